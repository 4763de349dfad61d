"""Fees: zero-sum lump sums. They move no incentive, so fairness is theirs alone.

A fee rule sees payoffs after transfers at the solved profile and what they are measured against,
its *ground*: one outside option each, or the table of what every sub-coalition has. It returns
one lump sum each (positive = received). To add one, write a function and put it into `FEES`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from coopetition.games.gain import Array
from coopetition.mechanisms.division.fees import (
    almost_ideal_fees,
    least_core_fees,
    nash_fees,
    nucleolus_fees,
    shapley_fees,
)

Ground = Literal["nothing", "outside option", "exit", "sub-coalitions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeEntry:
    """A fee rule: `rule(payoffs, ground)`, and `rule(payoffs, ground, power)` where `weighted`.

    `ground` says what it is given: the outside option that the scenario names, exit whatever the
    scenario names, shape (N,) both, or v(S) of every sub-coalition, shape (2^N,), whose last entry
    is what the payoffs sum to. `power` is how a surplus is shared, shape (N,), in any unit.
    """

    rule: Callable[..., Array]
    ground: Ground
    weighted: bool = False


def no_fees(payoffs: Array, outside: Array) -> Array:
    """Charge nobody.

    Examples
    --------
    >>> no_fees(np.array([3.0, 1.0]), np.zeros(2)).tolist()
    [0.0, 0.0]
    """
    return np.zeros_like(payoffs)


def equal_gain(payoffs: Array, outside: Array) -> Array:
    """Give everybody the same gain over its outside option.

    φ_n = (o_n − v_n) + mean(v − o), so that v_n + φ_n − o_n is the same for all. If Σ v < Σ o
    everybody loses the same: no zero-sum fee could do better for the worst off.

    Examples
    --------
    >>> equal_gain(np.array([3.0, 1.0]), np.array([0.0, 2.0])).tolist()
    [-2.0, 2.0]
    """
    surplus = payoffs - outside
    fees = surplus.mean() - surplus
    return np.asarray(fees - fees.mean())  # the mean of rounding errors, gone


FEES: Mapping[str, FeeEntry] = {
    "none": FeeEntry(rule=no_fees, ground="nothing"),
    "equal-gain": FeeEntry(rule=equal_gain, ground="outside option"),
    "nash": FeeEntry(rule=nash_fees, ground="outside option", weighted=True),
    "almost-ideal": FeeEntry(rule=almost_ideal_fees, ground="exit", weighted=True),
    "shapley": FeeEntry(rule=shapley_fees, ground="sub-coalitions"),
    "nucleolus": FeeEntry(rule=nucleolus_fees, ground="sub-coalitions"),
    "least-core": FeeEntry(rule=least_core_fees, ground="sub-coalitions"),
}
