"""Who pays whom: marginal rules, fees, their audit. `RULES` and `FEES` are the indexes."""

from coopetition.mechanisms.audit import Audit, Property, audit_mechanism
from coopetition.mechanisms.average import DeviationFromAverage, deviation_from_average
from coopetition.mechanisms.balanced import balanced_pigou
from coopetition.mechanisms.bilateral import BilateralPrices, bilateral_prices
from coopetition.mechanisms.catalogue import RULES
from coopetition.mechanisms.declared import Declared, Entry
from coopetition.mechanisms.expected import ExpectedExternality, expected_externality
from coopetition.mechanisms.fees import FEES, FeeEntry, equal_gain, no_fees
from coopetition.mechanisms.groves import full_pigou, marginal_contribution
from coopetition.mechanisms.implementation import Implementation, k_implementation
from coopetition.mechanisms.induced import Mechanism, redistribute
from coopetition.mechanisms.ledyard import GrovesLedyard, groves_ledyard
from coopetition.mechanisms.partial import PartialPigou, partial_pigou
from coopetition.mechanisms.pigou import LinearPigou, linear_pigou
from coopetition.mechanisms.pool import PoolShares, pool_shares
from coopetition.mechanisms.promises import AggregativeRule, PotentialRule
from coopetition.mechanisms.redistribution import Redistribution, redistribution
from coopetition.mechanisms.revenue import RevenueShares, proportional, revenue_shares
from coopetition.mechanisms.symmetric import symmetric_intensity, symmetric_redistribution
from coopetition.mechanisms.transfers import SeparableRule, TransferRule, none
from coopetition.mechanisms.walker import Walker, walker

__all__ = [
    "FEES",
    "RULES",
    "AggregativeRule",
    "Audit",
    "BilateralPrices",
    "Declared",
    "DeviationFromAverage",
    "Entry",
    "ExpectedExternality",
    "FeeEntry",
    "GrovesLedyard",
    "Implementation",
    "LinearPigou",
    "Mechanism",
    "PartialPigou",
    "PoolShares",
    "PotentialRule",
    "Property",
    "Redistribution",
    "RevenueShares",
    "SeparableRule",
    "TransferRule",
    "Walker",
    "audit_mechanism",
    "balanced_pigou",
    "bilateral_prices",
    "deviation_from_average",
    "equal_gain",
    "expected_externality",
    "full_pigou",
    "groves_ledyard",
    "k_implementation",
    "linear_pigou",
    "marginal_contribution",
    "no_fees",
    "none",
    "partial_pigou",
    "pool_shares",
    "proportional",
    "redistribute",
    "redistribution",
    "revenue_shares",
    "symmetric_intensity",
    "symmetric_redistribution",
    "walker",
]
