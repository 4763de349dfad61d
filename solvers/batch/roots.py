"""Roots of many falling functions at once, one number each."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from coopetition.games.arrays import Array, Mask
from coopetition.solvers.batch.newton import EPS

LIMIT = 200


@dataclass(frozen=True, slots=True, eq=False)
class Roots:
    """Roots of falling functions, the functions there, minus their derivatives.

    `cost` is what a miss may cost: the function times how far x can go; `jump` where there is no
    root but two neighboring floats between which the function changes its sign.
    """

    x: Array
    value: Array
    bend: Array
    cost: Array
    jump: Mask


def falling_roots(
    slopes: Callable[[Array], tuple[Array, Array]],
    ends: tuple[Array, Array],
    start: Array,
    small: float | Array,
) -> Roots:
    """Return where falling functions are 0 between two ends, or the end next to that.

    Safeguarded Newton, until every cost is `small`: as g falls, its integral from x to an end is at
    most g(x) (end − x). A step that leaves the bracket goes to its end, where most of those belong
    that cost little; from the seventh on it halves the bracket.
    """
    low, high = ends
    x = np.minimum(np.maximum(start, low), high)
    for step in range(1, LIMIT + 1):
        g, d = slopes(x)
        cost = np.maximum(g * (ends[1] - x), -g * (x - ends[0]))
        low, high = np.where(g >= 0, x, low), np.where(g <= 0, x, high)
        moved = np.minimum(np.maximum(x + g / d, low), high)
        moved = np.where(np.isnan(moved), x, moved)
        out = (moved == low) | (moved == high)
        missed = cost > small
        jump = missed & (high - low <= 4.0 * EPS * high)
        goes = (missed & ~jump) | (out & (moved != x) & (step <= 6))
        if step == LIMIT or not goes.any():
            break
        halved = (out & (step > 6)) | (moved == x) | (step % 6 == 0)
        x = np.where(goes, np.where(halved, 0.5 * (low + high), moved), x)
    return Roots(x, g, d, np.where(jump, np.abs(g) * (high - low), cost), jump)
