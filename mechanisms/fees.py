"""Fees: zero-sum lump sums. They move no incentive, so fairness is theirs alone.

A fee rule sees payoffs at the solved profile and each organization's outside option, and returns
one lump sum each (positive = received). To add one, write a function and put it into `FEES`.
"""

from collections.abc import Callable, Mapping

import numpy as np

from coopetition.games.gain import Array

FeeRule = Callable[[Array, Array], Array]


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


FEES: Mapping[str, FeeRule] = {"none": no_fees, "equal-gain": equal_gain}
