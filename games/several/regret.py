"""Regrets in games with several aggregates, bounded from above by the slopes of payoffs.

Where w_n ≥ 0 a payoff is concave in the player's own contribution and lies below its tangents.
Where w_n < 0 the shared part is convex: its slope is least with nothing and largest with all that
the player could contribute, which settles a dominant 0 but not every profile.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from coopetition.games.base import Box
from coopetition.games.gain import Array

if TYPE_CHECKING:
    from coopetition.games.several.game import SeveralAggregatesGame

Alone = Callable[[Array], Array]


def first_order(slope: Array, x: Array, box: Box) -> Array:
    """Return max over the box of slope·(y − x): what a concave payoff can gain at most."""
    with np.errstate(invalid="ignore"):  # ∞·0 at one end: the other end decides
        rise = np.fmax(slope * (box.upper - x), slope * (box.lower - x))
    return np.where(box.upper > box.lower, np.maximum(rise, 0.0), 0.0)


def concave_regrets(
    slope: Alone, gained: Alone, x: Array, box: Box, tolerance: Array
) -> tuple[Array, Array, Array]:
    """Return (regret bound, deviation, its gain) for each player, shape (N,).

    Where the tangent at x does not settle it, each slope is bisected; the tangent at the bracket's
    lower end bounds what lies between its ends.

    Parameters
    ----------
    slope, gained : functions of y, shape (N,)
        ∂U_n/∂x_n and U_n − U_n(x) at (y_n, x_−n), each player alone moving to y_n.

    Examples
    --------
    >>> box = Box(np.zeros(2), np.array([10.0, 1.0]))
    >>> bound, where, gained = concave_regrets(
    ...     lambda y: 2 * (3 - y), lambda y: 9 - (y - 3) ** 2, np.zeros(2), box, np.zeros(2))
    >>> bound.round(9).tolist(), where.round(9).tolist(), gained.round(9).tolist()
    ([9.0, 5.0], [3.0, 1.0], [9.0, 5.0])
    """
    bound = first_order(slope(x), x, box)
    if (bound <= tolerance).all():
        return bound, x, np.zeros_like(x)
    low, high = box.lower.copy(), box.upper.copy()
    for end in (low, high):  # an end that is a best response closes the bracket
        rise = slope(end)
        low, high = np.where(rise >= 0, end, low), np.where(rise <= 0, end, high)
        high = np.maximum(low, high)
    for _ in range(100):
        middle = low + 0.5 * (high - low)
        if not ((middle > low) & (middle < high)).any():
            break
        rise = slope(middle)
        low, high = np.where(rise >= 0, middle, low), np.where(rise <= 0, middle, high)
    gain = np.where(low == x, 0.0, gained(low))
    with np.errstate(invalid="ignore"):
        tangent = np.where(low == x, 0.0, slope(x) * (low - x))
        beyond = np.where(high > low, np.maximum(slope(low), 0.0) * (high - low), 0.0)
    near = np.maximum(np.fmin(gain, tangent), 0.0)  # the tangent where values are their rounding
    return np.fmin(bound, near + beyond), low, gain


def regrets_of_several(
    game: "SeveralAggregatesGame", x: Array, box: Box, tolerance: Array
) -> tuple[Array, Array, Array, str] | None:
    """Return (regret bound, deviation, its gain, how), or None where nothing is bounded."""

    def slope(y: Array) -> Array:
        own = game.unit_cost + game.quadratic_cost * y
        return game.weights * _slope_alone(game, x, y) - own

    def gained(y: Array) -> Array:
        own = (x - y) * (game.unit_cost + 0.5 * game.quadratic_cost * (x + y))
        return game.weights * _change_alone(game, x, y) + own

    bound, where, gain = concave_regrets(slope, gained, x, box, tolerance)
    negative = (game.weights < 0) & (box.upper > box.lower)
    if not negative.any():
        return bound, where, gain, "concavity bound"
    up = game.weights * _slope_alone(game, x, box.upper) - game.unit_cost
    down = game.weights * _slope_alone(game, x, box.lower) - game.unit_cost
    rise = np.maximum(up, 0.0) * (box.upper - x)
    fall = np.maximum(game.quadratic_cost * x - down, 0.0) * (x - box.lower)
    bound = np.where(negative, np.maximum(rise, fall), bound)
    if (bound > tolerance)[negative].any():
        return None
    where, gain = np.where(negative, x, where), np.where(negative, 0.0, gain)
    return bound, where, gain, "concavity bound, dominance where a weight is negative"


def _slope_alone(game: "SeveralAggregatesGame", x: Array, y: Array) -> Array:
    """Return Σ_k q_nk P_k′ where n alone changes from x_n to y_n, shape (N,)."""
    omega, found = game.aggregates(x), np.zeros_like(x)
    for k, gain in enumerate(game.gains):  # kind by kind: no table of the size of q
        there = omega[k] + game.quality[:, k] * (y - x)
        found += game.quality[:, k] * gain.slope(np.maximum(there, game.base[k]))
    return found


def _change_alone(game: "SeveralAggregatesGame", x: Array, y: Array) -> Array:
    """Return Σ_k P_k there less Σ_k P_k here where n alone changes from x_n to y_n."""
    omega, found = game.aggregates(x), np.zeros_like(x)
    for k, gain in enumerate(game.gains):
        there = omega[k] + game.quality[:, k] * (y - x)
        found += gain.rise(omega[k], np.maximum(there, game.base[k]) - omega[k])
    return found
