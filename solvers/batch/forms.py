"""Aggregate forms of many rows: the arrays of `AggregateForm`, each (N, B) with rows last."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from coopetition.games.arrays import Array, Index, Mask
from coopetition.games.coopetition.competition import Competition, UniformCompetition
from coopetition.games.coopetition.gain import FAMILIES, GainCurve

# Gain curves of many rows at once: a family's own formulas with one parameter a row.
#
# Bits must not depend on how many rows go together. So every array is contiguous with rows last and
# at least two rows wide: at width one NumPy sums a column by another order.


def parameters(gain: GainCurve) -> tuple[str, ...]:
    """Return the names of a curve's parameters that a row may change.

    None of a curve that is no family of the index, or is not known everywhere.
    """
    known = FAMILIES.get(gain.family) is type(gain) and gain.domain == (0.0, math.inf)
    return tuple(gain.parameters) if known else ()


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """One curve a row; Ω of shape (B,) or (N, B)."""

    family: GainCurve
    numbers: Mapping[str, Array]

    @classmethod
    def of(cls, gain: GainCurve, numbers: Mapping[str, Array]) -> "Curves":
        """Put arrays of shape (B,) in place of a family's parameters; none keep the curve."""
        if not numbers:
            return cls(gain, {})
        family = object.__new__(type(gain))  # not through __init__, which wants plain numbers
        for name, column in numbers.items():
            object.__setattr__(family, name, column)
        return cls(family, numbers)

    def take(self, rows: Index) -> "Curves":
        """Return the curves of some rows."""
        return Curves.of(self.family, {name: a[rows] for name, a in self.numbers.items()})

    def value(self, data: Array) -> Array:
        """Return P(Ω)."""
        return self.family.value(self._known(data))

    def rise(self, data: Array, step: Array) -> Array:
        """Return P(Ω + step) − P(Ω)."""
        start = self._known(data)
        return self.family.rise(start, self._known(start + step) - start)

    def slope(self, data: Array) -> Array:
        """Return P′(Ω)."""
        return self.family.slope(self._known(data))

    def curvature(self, data: Array) -> Array:
        """Return P″(Ω)."""
        return self.family.curvature(self._known(data))

    def pair(self, data: Array) -> tuple[Array, Array]:
        """Return (P′, P″)."""
        return self.family.slope_pairs(self._known(data))

    def steepest(self, low: Array, high: Array, where: Mask) -> Array:
        """Return max |P″| between two points, both of shape (N, B); 0 outside `where`."""
        return np.where(where, self.family.steepest(self._known(low), self._known(high)), 0.0)

    def _known(self, data: Array) -> Array:
        """Keep Ω in the curve's domain, which a rounding may leave."""
        if self.numbers:
            return data
        low, high = self.family.domain
        return np.fmin(np.fmax(data, low), high)


@dataclass(frozen=True, slots=True, eq=False)
class Rivals:
    """`level` of shape (B,), or `matrix` of shape (N, N, 1) or (N, N, B): row n is who loses."""

    level: Array | None
    matrix: Array | None

    def take(self, rows: Index) -> "Rivals":
        """Return those of some rows."""
        level = None if self.level is None else self.level[rows]
        matrix = self.matrix
        if matrix is not None and matrix.shape[2] > 1:
            matrix = matrix.take(rows, axis=2)
        return Rivals(level, matrix)

    @property
    def idle(self) -> bool:
        """Whether nobody loses anything to anybody."""
        known = self.level if self.level is not None else self.matrix
        return known is None or not known.any()

    def weigh(self, values: Array) -> Array:
        """Return each organization's sum over its rivals; shape (N, B)."""
        if self.level is not None:
            return self.level * (values.sum(axis=0) - values)
        assert self.matrix is not None
        return _sum(self.matrix.swapaxes(0, 1), values)

    def spread(self, values: Array) -> Array:
        """Return what all others attach to each; shape (N, B)."""
        if self.level is not None:
            return self.weigh(values)
        assert self.matrix is not None
        return _sum(self.matrix, values)


def _sum(columns: Array, values: Array) -> Array:
    found = np.zeros_like(values)
    for m in range(values.shape[0]):
        found += columns[m] * values[m]
    return found


def dense(competition: Competition) -> Array | None:
    """Return a game's competition as a matrix (N, N), None where all pairs are alike."""
    if isinstance(competition, UniformCompetition):
        return None
    return np.ascontiguousarray(competition.weigh(np.eye(competition.size)).T)


@dataclass(frozen=True, slots=True, eq=False)
class Forms:
    """B aggregate forms; `base` has shape (B,), all other arrays (N, B)."""

    curves: Curves
    base: Array
    weight: Array
    quality: Array
    upper: Array
    linear: Array
    curvature: Array
    skew: Array
    data: Array

    def aggregate(self, x: Array) -> Array:
        """Return Ω, shape (B,)."""
        return np.asarray(self.base + (self.quality * x).sum(axis=0))

    def without(self, x: Array) -> Array:
        """Return Ω without each player's own contribution."""
        return np.maximum(self.aggregate(x) - self.quality * x, self.base)

    def own_slope(self, x: Array) -> Array:
        """Return the derivative of the own terms."""
        slope = self.linear - self.curvature * x
        return slope + fraction(self.skew, self.data + x, 2) if self.skew.any() else slope

    def marginal(self, x: Array) -> Array:
        """Return ∂U_n/∂x_n."""
        slope = self.curves.slope(self.aggregate(x))
        pull = self.weight * self.quality
        pulled = pull * slope
        if not np.isfinite(slope).all():
            pulled = np.where(pull == 0, 0.0, pulled)
        return pulled + self.own_slope(x)

    def regret(self, x: Array) -> Array:
        """Bound each player's regret by its payoff's concavity (w ≥ 0): max(m⁺(X − x), m⁻ x)."""
        slope = self.marginal(x)
        return np.maximum(slope * (self.upper - x), -slope * x)  # NaN stays NaN

    def reach(self, x: Array) -> Array:
        """Return what each player can move of its payoff by itself; as `AggregateForm.reach`."""
        omega, top = self.aggregate(x), self.aggregate(self.upper)
        slope = self.curves.slope(omega)
        slope = np.where(np.isfinite(slope), slope, 0.0)
        most = self.curves.rise(omega, np.maximum(top - omega, 0.0)) + slope * (omega - self.base)
        found = np.minimum(slope * self.quality * self.upper, most) * np.abs(self.weight)
        found += x * (np.abs(self.linear) + 0.5 * self.curvature * x)
        if self.skew.any():
            here, end = self.data + x, self.data + self.upper
            washed = self.skew / here * ((self.upper - x) / end + x / here)
            found += np.where(self.skew > 0, washed, 0.0)
        return found

    def eliminate(self) -> tuple["Forms", Mask]:
        """Fix players with negative weight at 0 where that is dominant.

        As for one game: where w_n q_n P′(Ω_max) + own_n′(0) ≤ 0. Returns the forms and which rows
        have a negative weight left.
        """
        upper = self.upper
        while True:
            negative = (self.weight < 0) & (upper > 0)
            if not negative.any():
                break
            top = self.curves.slope(self.aggregate(upper))
            at_zero = self.weight * self.quality * top + self.own_slope(np.zeros_like(upper))
            new = negative & (at_zero <= 0)
            if not new.any():
                break
            upper = np.where(new, 0.0, upper)
        left = np.asarray(negative.any(axis=0))
        return (self if upper is self.upper else replace(self, upper=upper)), left


def fraction(skew: Array, total: Array, power: int) -> Array:
    """Return skew / total^power, 0 where there is no skew."""
    found = np.zeros_like(total)
    if skew.any():
        np.divide(skew, total**power, out=found, where=skew != 0)
    return found
