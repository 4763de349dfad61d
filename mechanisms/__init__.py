"""Who pays whom: marginal rules, fees, their audit. `RULES` and `FEES` are the indexes."""

from collections.abc import Mapping
from typing import Any

from coopetition.mechanisms.audit import Audit, Property, audit_mechanism
from coopetition.mechanisms.bilateral import BilateralPrices, bilateral_prices
from coopetition.mechanisms.fees import FEES, equal_gain, no_fees
from coopetition.mechanisms.induced import Mechanism, redistribute
from coopetition.mechanisms.redistribution import Redistribution, redistribution
from coopetition.mechanisms.transfers import SeparableRule, TransferRule, none

RULES: Mapping[str, Any] = {
    "none": none,
    "redistribution": redistribution,
    "bilateral-prices": bilateral_prices,
}

__all__ = [
    "FEES",
    "RULES",
    "Audit",
    "BilateralPrices",
    "Mechanism",
    "Property",
    "Redistribution",
    "SeparableRule",
    "TransferRule",
    "audit_mechanism",
    "bilateral_prices",
    "equal_gain",
    "no_fees",
    "none",
    "redistribute",
    "redistribution",
]
