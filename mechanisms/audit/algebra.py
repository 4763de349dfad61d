"""What the algebra of our own rules says at every profile of every round, with the reason.

Each entry is proved with general parameters in the tests, where the formula that is proved is
also compared with the code.
"""

from collections.abc import Mapping

from coopetition.mechanisms.rules.bilateral import BilateralPrices, Contracts
from coopetition.mechanisms.rules.deviation_from_average import DeviationFromAverage
from coopetition.mechanisms.rules.expected_externality import ExpectedExternality
from coopetition.mechanisms.rules.nash_implementation import GrovesLedyard, Walker
from coopetition.mechanisms.rules.pigou import LinearPigou, PartialPigou
from coopetition.mechanisms.rules.redistribution import Redistribution
from coopetition.mechanisms.rules.shares import PoolShares, Proportional, RevenueShares
from coopetition.mechanisms.rules.transfers import NoTransfer

PAIRS = "every payment has a payer and a payee"
# Why our rules sum to zero, unless they are separable and say that they leak.
BALANCED: Mapping[type, str] = {
    NoTransfer: PAIRS,
    Redistribution: PAIRS,
    BilateralPrices: PAIRS,
    Contracts: PAIRS,
    DeviationFromAverage: PAIRS,
    ExpectedExternality: "what one receives the others pay in equal parts",
    PoolShares: "the shares of the pool sum to one",
    RevenueShares: "the shares of the revenue sum to one",
    Proportional: "the parts of the revenue sum to one",
    GrovesLedyard: "prices are paid by the others, and the fines sum to zero",
    Walker: "Lindahl's prices sum to the seller's, their cyclic parts to zero",
}
# Why those that balance are payments between two that see the payer's contribution only.
PAIRWISE: Mapping[type, str] = {
    NoTransfer: PAIRS,
    Redistribution: PAIRS,
    BilateralPrices: PAIRS,
    Contracts: PAIRS,
    DeviationFromAverage: PAIRS,
    ExpectedExternality: "each pays every other one the same part of what its contribution does",
}
SEPARABLE = "transfers are separable: t_n = f_n(x_n) + g_n(x_−n)"
# Why our rules keep a weighted potential with its weights.
KEPT: Mapping[type, str] = {
    NoTransfer: SEPARABLE,
    Redistribution: SEPARABLE,
    BilateralPrices: SEPARABLE,
    Contracts: SEPARABLE,
    DeviationFromAverage: SEPARABLE,
    LinearPigou: SEPARABLE,
    ExpectedExternality: SEPARABLE,
    PartialPigou: "Φ′ = (1 − α) mean(w) Φ + α W",
}
