"""Welfare optima of many rows with damage: projected Newton, one evaluation of W per step.

A step that does not raise W is halved, and the row waits where it is. Rows are taken out when
their gap is rounding, or is within the tolerance and falls no further.
"""

from dataclasses import dataclass

import numpy as np

from coopetition.games.arrays import Array, Index, Mask
from coopetition.solvers.batch.newton import pair
from coopetition.solvers.batch.welfare import Local, Welfare, ascent

LIMIT = 200


@dataclass(slots=True, eq=False)
class Climb:
    """Where the rows are: profile, derivatives there, step, its share, gap and whether they go."""

    rows: Index
    x: Array
    at: Local
    step: Array
    share: Array
    gap: Array
    live: Mask

    def take(self, keep: Index) -> "Climb":
        """Return some of the rows."""
        at = Local(*(getattr(self.at, name).take(keep, axis=-1) for name in Local.__slots__))
        arrays = [getattr(self, name) for name in ("step", "share", "gap", "live")]
        x, rows = self.x.take(keep, axis=-1), self.rows[keep]
        return Climb(rows, x, at, *(array.take(keep, axis=-1) for array in arrays))


def climb(welfare: Welfare, start: Array, scale: Array) -> tuple[Array, int]:
    """Maximize W from `start`, (N, B); `scale`: the sum of absolute terms of W, shape (B,).

    Returns profiles and the number of steps of the slowest row. No promise: the gap is the
    caller's to compute.
    """
    found = start.copy()
    state = _begin(welfare, start)
    for steps in range(1, LIMIT + 1):
        ended = _step(state, welfare, scale)
        found[:, state.rows[ended]] = state.x[:, ended]
        state.live = state.live & ~ended
        left = int(state.live.sum())
        if left == 0:
            return found, steps
        if 2 * left <= state.rows.size:
            keep = pair(np.flatnonzero(state.live), state.rows.size)
            state, welfare, scale = state.take(keep), welfare.take(keep), scale[keep]
    found[:, state.rows[state.live]] = state.x[:, state.live]
    return found, LIMIT


# W must rise by 1e-4 of what its slope promises (Armijo), up to rounding, 1e-14 of its terms. A row
# ends at a gap of 1e-15 of them, or at 1e-9 once a step no longer cuts the gap to a quarter.


def _step(state: Climb, welfare: Welfare, scale: Array) -> Mask:
    """Try each row's step; where W rises, take it and choose the next. Return who ended."""
    trial = np.clip(state.x + state.share * state.step, 0.0, welfare.upper)
    at = welfare.local(trial)
    ahead = (state.at.slope * (trial - state.x)).sum(axis=0)
    better = at.value >= state.at.value + 1e-4 * ahead - 1e-14 * scale
    gap = ascent(at.slope, trial, welfare.upper)
    settled = better & (gap <= 1e-9 * scale) & (gap > 0.25 * state.gap)
    better &= state.live & ~(settled & (gap > state.gap))
    state.x = np.where(better, trial, state.x)
    state.at = _chosen(better, at, state.at)
    state.gap = np.where(better, gap, state.gap)
    state.step = np.where(better, welfare.direction(state.x, state.at), state.step)
    state.share = np.where(better, 1.0, 0.5 * state.share)
    ended = settled | (state.gap <= 1e-15 * scale) | (state.share < 1e-10)
    return np.asarray(ended & state.live)


def _begin(welfare: Welfare, start: Array) -> Climb:
    at = welfare.local(start)
    size = welfare.base.size
    return Climb(
        rows=np.arange(size),
        x=start,
        at=at,
        step=welfare.direction(start, at),
        share=np.ones(size),
        gap=ascent(at.slope, start, welfare.upper),
        live=np.ones(size, dtype=bool),
    )


def _chosen(better: Mask, new: Local, old: Local) -> Local:
    names = Local.__slots__
    return Local(*(np.where(better, getattr(new, name), getattr(old, name)) for name in names))
