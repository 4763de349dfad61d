"""Gain curves and competition of many rows, for the formulas of one round."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array, Index
from coopetition.games.coopetition.competition import Competition, UniformCompetition
from coopetition.games.coopetition.gain import FAMILIES, GainCurve
from coopetition.games.errors import UnsupportedGameError

# Gain curves of many rows at once: a family's own formulas with one parameter per row.
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
    """One curve per row; Ω of shape (B,) or (N, B)."""

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

    def steepest(self, low: Array, high: Array) -> Array:
        """Return max |P″| between two points each, both of shape (N, B)."""
        return self.family.steepest(self._known(low), self._known(high))

    def _known(self, data: Array) -> Array:
        """Keep Ω in the curve's domain, which a rounding may leave."""
        if self.numbers:
            return data
        low, high = self.family.domain
        return np.fmin(np.fmax(data, low), high)


class CurveOfRows(GainCurve):
    """One curve per row, asked as a round's formulas ask: Ω of shape (B,), (B, 1) or (B, N)."""

    def __init__(self, curves: Curves) -> None:
        """Keep the curves, which take rows last."""
        self.curves = curves

    @property
    def strictly_concave(self) -> bool:
        """Whether P has no straight piece."""
        return self.curves.family.strictly_concave

    def take(self, rows: Index) -> "CurveOfRows":
        """Return the curves of some rows."""
        return CurveOfRows(self.curves.take(rows))

    def value(self, data: ArrayLike) -> Array:
        """Return P(Ω)."""
        return self.curves.value(np.asarray(data).T).T

    def slope(self, data: ArrayLike) -> Array:
        """Return P′(Ω)."""
        return self.curves.slope(np.asarray(data).T).T

    def curvature(self, data: ArrayLike) -> Array:
        """Return P″(Ω)."""
        return self.curves.curvature(np.asarray(data).T).T

    def rise(self, data: ArrayLike, step: ArrayLike) -> Array:
        """Return P(Ω + step) − P(Ω)."""
        return self.curves.rise(np.asarray(data).T, np.asarray(step).T).T

    def slope_pair(self, data: Any) -> Any:
        """Return (P′, P″)."""
        return self.slope(data), self.curvature(data)

    def steepest(self, low: ArrayLike, high: ArrayLike) -> Array:
        """Return max |P″| between two points each."""
        return self.curves.steepest(np.asarray(low).T, np.asarray(high).T).T

    def inverse_slope(self, slope: float) -> float:
        """Refuse: each row has its own."""
        raise UnsupportedGameError("the curves of many rows have no common inverse slope")


@dataclass(frozen=True, slots=True, eq=False)
class Rivals(Competition):
    """Who loses what to whom in each of B rows.

    `level` of shape (B, 1), or `matrix` of shape (N, N, 1) or (N, N, B): first is who loses. Values
    have the shape (B, N), rows contiguous: products are summed one organization after the other.
    """

    count: int
    level: Array | None
    matrix: Array | None

    @property
    def size(self) -> int:
        """The number of organizations N."""
        return self.count

    @classmethod
    def of(cls, numbers: Array, size: int) -> "Rivals":
        """Take numbers of shape (B,), one for every pair, or (B, N, N)."""
        if numbers.ndim == 1:
            return cls(size, numbers[:, None].copy(), None)
        return cls(size, None, np.ascontiguousarray(np.moveaxis(numbers, 0, -1)))

    def take(self, rows: Index) -> "Rivals":
        """Return those of some rows."""
        level = None if self.level is None else self.level[rows]
        matrix = self.matrix
        if matrix is not None and matrix.shape[2] > 1:
            matrix = matrix.take(rows, axis=2)
        return Rivals(self.size, level, matrix)

    @property
    def numbers(self) -> Array:
        """The numbers of `of`, of as many rows as are known."""
        if self.level is not None:
            return self.level[:, 0]
        return np.moveaxis(self._known(), -1, 0)

    def _known(self) -> Array:
        known = self.level if self.level is not None else self.matrix
        assert known is not None
        return known

    def weigh(self, values: Array) -> Array:
        """Return each organization's sum over its rivals; shape (B, N)."""
        if not self._known().any():
            return np.zeros_like(values)
        if self.level is not None:
            return np.asarray(self.level * (values.sum(axis=-1, keepdims=True) - values))
        return _product(self._known().swapaxes(0, 1), values.T).T

    def spread(self, values: Array) -> Array:
        """Return what all others attach to each; shape (B, N)."""
        if self.level is not None or not self._known().any():
            return self.weigh(values)
        return _product(self._known(), values.T).T

    def scaled(self, factor: float | Array) -> "Rivals":
        """Return factor · C; one factor, or one per row, shape (B,)."""
        by = np.asarray(factor)
        if self.level is not None:
            return Rivals(self.size, by[..., None] * self.level, None)
        return Rivals(self.size, None, by * self._known())

    def among(self, members: Index) -> "Rivals":
        """Return the competition among some organizations only."""
        matrix = None if self.matrix is None else self.matrix[members][:, members]
        return Rivals(len(members), self.level, matrix)

    @property
    def _ones(self) -> Array:
        rows = self._known().shape[0 if self.level is not None else 2]
        return np.ones((self.size, rows)).T

    @property
    def row_sums(self) -> Array:
        """C @ 1, shape (B, N), or (1, N) where all rows are alike."""
        return self.weigh(self._ones)

    @property
    def column_sums(self) -> Array:
        """Cᵀ @ 1, shape (B, N), or (1, N) where all rows are alike."""
        return self.spread(self._ones)


def _product(columns: Array, values: Array) -> Array:
    """Return Σ_m columns[m] values[m], of shape (N, B): the same order whatever the width."""
    found = np.zeros_like(values)
    for m in range(values.shape[0]):
        found += columns[m] * values[m]
    return found


def dense(competition: Competition) -> Array | None:
    """Return a game's competition as a matrix (N, N), None where all pairs are alike."""
    if isinstance(competition, UniformCompetition):
        return None
    return np.ascontiguousarray(competition.weigh(np.eye(competition.size)).T)
