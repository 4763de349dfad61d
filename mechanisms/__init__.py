"""Who pays whom: marginal rules, fees, their audit. `RULES` and `FEES` are the indexes."""

from typing import TYPE_CHECKING

from coopetition._lazy import lazy

if TYPE_CHECKING:
    from coopetition.mechanisms.audit.audit import Audit, Property, audit_mechanism
    from coopetition.mechanisms.fees import FEES, FeeEntry, equal_gain, no_fees
    from coopetition.mechanisms.induced import Mechanism, redistribute
    from coopetition.mechanisms.rules.bilateral import BilateralPrices, bilateral_prices
    from coopetition.mechanisms.rules.catalogue import RULES
    from coopetition.mechanisms.rules.deviation_from_average import (
        DeviationFromAverage,
        deviation_from_average,
    )
    from coopetition.mechanisms.rules.expected_externality import (
        ExpectedExternality,
        expected_externality,
    )
    from coopetition.mechanisms.rules.groves import (
        balanced_pigou,
        full_pigou,
        marginal_contribution,
    )
    from coopetition.mechanisms.rules.k_implementation import Implementation, k_implementation
    from coopetition.mechanisms.rules.nash_implementation import (
        GrovesLedyard,
        Walker,
        groves_ledyard,
        walker,
    )
    from coopetition.mechanisms.rules.pigou import (
        LinearPigou,
        PartialPigou,
        linear_pigou,
        partial_pigou,
    )
    from coopetition.mechanisms.rules.promises import (
        AggregativeRule,
        Declared,
        Entry,
        PotentialRule,
    )
    from coopetition.mechanisms.rules.redistribution import (
        Redistribution,
        redistribution,
        symmetric_intensity,
        symmetric_redistribution,
    )
    from coopetition.mechanisms.rules.shares import (
        PoolShares,
        RevenueShares,
        pool_shares,
        proportional,
        revenue_shares,
    )
    from coopetition.mechanisms.rules.transfers import SeparableRule, TransferRule, none
else:
    __getattr__, __dir__ = lazy(__name__)

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
