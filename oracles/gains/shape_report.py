"""Count where measured gains fall or bend up, and how noisy they are.

Theorems about equilibria assume a concave, increasing gain. Real learning curves step down and
bend up, by noise and by nature. This module counts; it assumes nothing.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coopetition.games.arrays import Array
from coopetition.oracles.gains.measure import Measurements
from coopetition.oracles.gains.over_seeds import mean_over_seeds
from coopetition.output.columns import keyed
from coopetition.output.result import Result
from coopetition.output.table import Table


def submodular_pairs(data: Measurements) -> tuple[int, int]:
    """Count pairs with join and meet among the profiles, and those that break submodularity.

    A pair breaks it if the mean gains have g(x) + g(y) < g(x ∨ y) + g(x ∧ y).

    Examples
    --------
    >>> square = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
    >>> submodular_pairs(Measurements(square, [[0.0], [1.0], [1.0], [3.0]]))
    (1, 1)
    """
    rows, means = data.profiles, data.means
    place = {tuple(x): k for k, x in enumerate(rows.tolist())}
    slack, count, bad = 1e-9 * float(np.ptp(means)), 0, 0
    for i in range(len(rows)):
        for j in range(i):
            join = place.get(tuple(np.maximum(rows[i], rows[j]).tolist()))
            meet = place.get(tuple(np.minimum(rows[i], rows[j]).tolist()))
            if join is None or meet is None or join in (i, j):
                continue
            count += 1
            bad += bool(means[join] + means[meet] - means[i] - means[j] > slack)
    return count, bad


@dataclass(frozen=True, slots=True)
class Counts:
    """How often a sequence of gains steps down, and how often its slope rises.

    Parameters
    ----------
    steps, down_steps
        Neighboring points, and those of them between which the gain falls.
    kinks, convex_kinks
        Inner points, and those of them at which the slope rises.
    """

    steps: int = 0
    down_steps: int = 0
    kinks: int = 0
    convex_kinks: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        """Add up the counts of two sequences."""
        return Counts(
            self.steps + other.steps,
            self.down_steps + other.down_steps,
            self.kinks + other.kinks,
            self.convex_kinks + other.convex_kinks,
        )


@dataclass(frozen=True, slots=True)
class ShapeReport(Result):
    """Counts and noise of measured gains.

    Parameters
    ----------
    ray
        Of the mean gain along the ray from zero to the largest profile.
    ray_by_seed
        The same of every single seed, added up.
    alone
        Of the mean gain when one organization raises its contribution and the others stay at
        zero, added up over organizations.
    noise
        Standard deviation of one evaluation, pooled over profiles; None with one seed.
    span
        Largest minus smallest mean gain.
    """

    ray: Counts
    ray_by_seed: Counts
    alone: Counts
    noise: float | None
    span: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers."""
        return asdict(self)

    def tables(self) -> tuple[Table]:
        """Return one row per kind of sequence."""
        rows = {"ray": self.ray, "ray by seed": self.ray_by_seed, "alone": self.alone}
        values = {name: [getattr(c, name) for c in rows.values()] for name in Counts.__slots__}
        noise = "unknown with one seed" if self.noise is None else f"{self.noise:.2g}"
        note = f"Noise of one evaluation {noise}, span {self.span:.2g}."
        return (keyed("Shape of measured gains", {"cell": rows} | values, notes=(note,)),)

    def __str__(self) -> str:
        """Say it in one line."""
        noise = "unknown" if self.noise is None else f"{self.noise:.2g}"
        return (
            f"ray: {self.ray.down_steps} of {self.ray.steps} steps down, "
            f"{self.ray.convex_kinks} of {self.ray.kinks} kinks convex; "
            f"one organization alone: {self.alone.down_steps} of {self.alone.steps} steps down, "
            f"{self.alone.convex_kinks} of {self.alone.kinks} kinks convex; "
            f"noise {noise}, span {self.span:.2g}"
        )


def shape_report(measurements: Measurements) -> ShapeReport:
    """Count down-steps and convex kinks, and measure the noise.

    Only profiles of everybody count, and only steps and kinks that the design contains: 0 of 0
    says nothing.

    Examples
    --------
    >>> gains = [[0.0], [1.0], [1.5], [1.4]]
    >>> shape_report(Measurements([[0.0], [1.0], [2.0], [3.0]], gains)).ray
    Counts(steps=3, down_steps=1, kinks=2, convex_kinks=0)
    """
    everybody = np.array([coalition is None for coalition in measurements.coalitions])
    x, values = measurements.profiles[everybody], measurements.values[everybody]
    means = mean_over_seeds(values)
    ray, position = _ray(x)
    alone = Counts()
    for n in range(x.shape[1]):
        own = np.flatnonzero(np.delete(x, n, axis=1).sum(axis=1) == 0)
        alone += _count(x[own, n], means[own])
    by_seed = (
        _count(position[known], values[ray, s][known])
        for s in range(values.shape[1])
        if (known := ~np.isnan(values[ray, s])).any()
    )
    full = measurements.values[~np.isnan(measurements.values).any(axis=1)]
    spread = full.var(axis=1, ddof=1) if full.size and full.shape[1] > 1 else None
    return ShapeReport(
        ray=_count(position, means[ray]),
        ray_by_seed=sum(by_seed, Counts()),
        alone=alone,
        noise=None if spread is None else float(np.sqrt(spread.mean())),
        span=float(np.ptp(measurements.means)),
    )


def _ray(profiles: Array) -> tuple[NDArray[np.intp], Array]:
    """Return the indices of the profiles on the ray to the largest one, and their positions."""
    if not profiles.size:
        return np.empty(0, dtype=np.intp), np.empty(0)
    top = profiles[profiles.sum(axis=1).argmax()]
    share = profiles @ top / max(float(top @ top), np.finfo(float).tiny)
    off = np.abs(profiles - np.outer(share, top)).max(axis=1)
    index = np.flatnonzero(off <= 1e-9 * top.max())
    return index, share[index]


def _count(position: Array, gains: Array) -> Counts:
    """Count down-steps and convex kinks of a sequence, sorted by position."""
    _, first = np.unique(position, return_index=True)
    width, rise = np.diff(position[first]), np.diff(gains[first])
    slope = rise / width
    slack = 1e-9 * np.abs(slope).max(initial=0.0)
    bend = np.diff(slope)
    return Counts(rise.size, int((rise < 0).sum()), bend.size, int((bend > slack).sum()))
