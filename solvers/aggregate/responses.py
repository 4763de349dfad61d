"""Own responses to a given slope of the gain: B_n(λ) = argmax w_n q_n λ x + own_n(x) on [0, X_n].

Players are handled in two groups: *smooth* ones, whose own term is strictly concave, answer every
slope with one number; *linear* ones contribute nothing below their threshold slope and everything
above it. Sweeps go through the arrays in chunks that fit the cache, in preallocated buffers.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from coopetition.games.arrays import Array, Index, Mask
from coopetition.games.coopetition.aggregate import AggregateForm

CHUNK = 8192


@dataclass(slots=True)
class Smooth:
    """Players with a strictly concave own term: arrays of shape (M,), and work space."""

    pull: Array
    linear: Array
    curvature: Array
    upper: Array
    quality: Array
    skew: Array | None
    data: Array
    work: Array
    free: Mask

    @classmethod
    def of(cls, form: AggregateForm, members: Index | None) -> "Smooth":
        """Take the players `members` (indices) of a form; None takes all without copying."""
        pick = slice(None) if members is None else members
        skew = form.skew[pick] if form.personal else None
        size = form.upper[pick].size
        return cls(
            pull=form.pull[pick],
            linear=form.linear[pick],
            curvature=form.curvature[pick],
            upper=form.upper[pick],
            quality=form.quality[pick],
            skew=skew if skew is not None and skew.any() else None,
            data=form.data[pick],
            work=np.empty((2, min(size, CHUNK))),
            free=np.empty(min(size, CHUNK), dtype=bool),
        )

    @property
    def size(self) -> int:
        """The number of players M."""
        return int(self.upper.size)

    def thinned(self, stride: int) -> "Smooth":
        """Return every stride-th player, for a first guess."""
        cut = {
            name: np.ascontiguousarray(getattr(self, name)[::stride])
            for name in ("pull", "linear", "curvature", "upper", "quality", "data")
        }
        skew = None if self.skew is None else np.ascontiguousarray(self.skew[::stride])
        return Smooth(**cut, skew=skew, work=self.work, free=self.free)

    def sweep(self, slope: float, out: Array | None = None) -> tuple[float, float]:
        """Return Σ q B(λ) and its derivative in λ; write B(λ) into `out` if given."""
        total, gradient = 0.0, 0.0
        for start in range(0, self.size, CHUNK):
            part = slice(start, min(start + CHUNK, self.size))
            width = part.stop - start
            x = self.work[0, :width] if out is None else out[part]
            rate = self.work[1, :width]
            if self.skew is None:
                self._quadratic(slope, part, x, rate)
            else:
                self._personal(slope, part, x, rate)
            total += float(self.quality[part] @ x)
            gradient += float(self.quality[part] @ rate)
        return total, gradient

    def _quadratic(self, slope: float, part: slice, x: Array, rate: Array) -> None:
        """B = (w q λ + linear)/curvature, clipped; rate = w q/curvature on the free ones."""
        free = self.free[: x.size]
        np.multiply(self.pull[part], slope, out=x)
        np.add(x, self.linear[part], out=x)
        np.divide(x, self.curvature[part], out=rate)
        np.minimum(rate, self.upper[part], out=x)
        np.maximum(x, 0.0, out=x)
        np.equal(x, rate, out=free)
        np.divide(self.pull[part], self.curvature[part], out=rate)
        np.multiply(rate, free, out=rate)

    def _personal(self, slope: float, part: slice, x: Array, rate: Array) -> None:
        """Solve w q λ + linear − curvature x + skew/(data + x)² = 0, clipped."""
        assert self.skew is not None
        pull, b, data = self.pull[part], self.curvature[part], self.data[part]
        skew, top = self.skew[part], self.upper[part]
        c = pull * slope + self.linear[part]
        x[:] = np.clip(_positive_root(b, c + b * data, skew) - data, 0.0, top)
        with np.errstate(divide="ignore", invalid="ignore"):
            for _ in range(3):  # the root was found in data + x: polish what x lost in rounding
                square = np.where(skew > 0, skew / (data + x) ** 2, 0.0)
                bend = b + np.where(skew > 0, 2.0 * square / (data + x), 0.0)
                x[:] = np.clip(x + (c - b * x + square) / bend, 0.0, top)
            rate[:] = np.where((x > 0) & (x < top), pull / bend, 0.0)


def _positive_root(b: Array, c: Array, skew: Array) -> Array:
    """Return y ≥ 0 with b y³ − c y² − skew = 0 (skew = 0: y = c/b), ∞ where none is.

    In y = data + x that is the first-order condition c − b y + skew/y² = 0, convex and falling in
    y: from a lower bound within a factor 2 of the root Newton's method rises to it monotonically.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        cube = np.where(b > 0, np.cbrt(0.5 * skew / b), np.inf)
        root = np.where(c < 0, np.sqrt(0.5 * skew / -c), np.inf)
        start = np.where(c >= 0, np.where(b > 0, np.maximum(c / b, cube), np.inf), np.inf)
        y = np.where(c < 0, np.minimum(cube, root), start)
        plain = skew == 0
        y = np.where(plain, np.where(b > 0, c / b, np.where(c > 0, np.inf, 0.0)), y)
        live = ~plain & np.isfinite(y)
        for _ in range(12):
            square = skew / (y * y)
            step = (c - b * y + square) / (b + 2.0 * square / y)
            y = np.where(live, y + step, y)
            if not (np.abs(step) > 1e-16 * y)[live].any():
                break
    return y


@dataclass(frozen=True, slots=True)
class Linear:
    """Players with a linear own term, sorted by the slope at which they start to contribute.

    `thresholds` are distinct and ascending, `capacity` is Σ q X of the players at each, `below`
    the Σ q X of all lower thresholds (with a last entry for all of them).
    """

    members: Index
    rank: Index
    thresholds: Array
    capacity: Array
    below: Array

    @classmethod
    def of(cls, form: AggregateForm, members: Index) -> "Linear":
        """Sort the players `members` (indices, all with w > 0) by threshold."""
        level = -form.linear[members] / form.pull[members]
        thresholds, rank = np.unique(level, return_inverse=True)
        full = form.quality[members] * form.upper[members]
        capacity = np.zeros(thresholds.size)
        np.add.at(capacity, rank, full)
        below = np.concatenate(([0.0], np.cumsum(capacity)))
        return cls(members, rank, thresholds, capacity, below)

    def fill(self, profile: Array, upper: Array, position: int, share: float) -> None:
        """Write contributions: all below `position`, a share of those at it, none above it."""
        part = (self.rank < position) + share * (self.rank == position)
        profile[self.members] = part * upper[self.members]


def between(low: float, high: float) -> float:
    """Return a point strictly inside a bracket: its geometric mean where it spans decades."""
    if high > 4.0 * low >= 0:
        return math.sqrt(max(low, 1e-30 * high)) * math.sqrt(high)
    return low + 0.5 * (high - low)


def root_of_piece(
    pair: Callable[[float], tuple[float, float]],
    a: float,
    k: float,
    s: float,
    ends: tuple[float, float],
) -> float:
    """Return the S with S − k P′(S) = a, or the end of the bracket that lies towards it.

    `pair(S)` returns (P′, P″); the left side increases in S. Newton from `s`, kept in the bracket.
    """
    low, high = ends
    for step in range(100):
        slope, bend = pair(s)
        value = s - k * slope - a
        low, high = (s, high) if value < 0 else (low, s)
        moved = s - value / (1.0 - k * bend)
        if abs(moved - s) <= 1e-16 * s or high - low <= 4e-16 * high:
            return moved
        if not low < moved < high or step % 16 == 15:
            moved = between(low, high)
        s = moved
    return s
