"""A primal-dual interior-point method for variational inequalities.

As in Facchinei and Pang (2003), chapter 11. It needs no independence of what binds, only a profile
strictly inside all constraints.
"""

import numpy as np

from coopetition.games.arrays import Array
from coopetition.solvers.variational.conditions import Conditions

STEPS = 60
INSIDE = 1e-3  # how far from its bounds everything starts, in units of the box
BOUNDARY = 0.995
CENTRE = 0.1  # of the mean product of a pair: what the next step aims at
DONE = 1e-15


def central_path(problem: Conditions, z: Array) -> Array:
    """Follow the central path from near z; the last point, which is as good as it got.

    Three pairs are complementary: distance to lower bounds and its price, distance to upper bounds
    and its price, slack of the rows and theirs.
    """
    size = problem.width.size
    moving = np.flatnonzero(problem.box.upper > problem.box.lower)
    x, prices = z[:size].copy(), np.maximum(z[size:], INSIDE)
    x[moving] = np.clip(x[moving], INSIDE, 1.0 - INSIDE)
    value = problem.operator(np.concatenate((x, prices)))
    below, above = x[moving], 1.0 - x[moving]
    low, high = np.maximum(value[moving], INSIDE), np.maximum(-value[moving], INSIDE)
    slack = np.maximum(value[size:], INSIDE)
    for _ in range(STEPS):
        x[moving] = below
        z = np.concatenate((x, prices))
        gaps = np.concatenate((low * below, high * above, prices * slack))
        if gaps.max(initial=0.0) < DONE:
            break
        target = CENTRE * float(gaps.mean())
        value, slopes = problem.operator(z), problem.slopes(z)
        slope = slopes[:size, size:].T[:, moving]
        short = value[size:] - slack
        left = slopes[np.ix_(moving, moving)] + np.diag(low / below + high / above)
        left += (slope.T * (prices / slack)) @ slope
        right = target / below - target / above - value[moving]
        right -= slope.T @ ((target - prices * short) / slack - prices)
        if not (np.isfinite(left).all() and np.isfinite(right).all()):
            break
        dx = np.linalg.lstsq(left, right, rcond=None)[0]
        dslack = short - slope @ dx
        changes = (
            dx,
            -dx,
            (target - low * dx) / below - low,
            (target + high * dx) / above - high,
            dslack,
            (target - prices * dslack) / slack - prices,
        )
        now = (below, above, low, high, slack, prices)
        step = _stay_inside(np.concatenate(now), np.concatenate(changes))
        below, above, low, high, slack, prices = (
            old + step * change for old, change in zip(now, changes, strict=True)
        )
    return z


def _stay_inside(now: Array, change: Array) -> float:
    """Return the longest step ≤ 1 that keeps everything positive, except for a little."""
    falling = change < 0
    return min(1.0, BOUNDARY * float(np.min(-now[falling] / change[falling], initial=np.inf)))
