"""Gain curves of many rows at once: a family's own formulas with one parameter a row.

Bits must not depend on how many rows go together. So every array is contiguous with rows last and
at least two rows wide: at width one NumPy sums a column by another order.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from coopetition.games.gain import (
    Array,
    ExponentialGain,
    GainCurve,
    Index,
    LogarithmicGain,
    Mask,
    PowerGain,
)
from coopetition.games.tabulated import TabulatedGain

FAMILIES = (PowerGain, ExponentialGain, LogarithmicGain)


def parameters(gain: GainCurve) -> tuple[str, ...]:
    """Return the names of a curve's parameters that a row may change; none for a table."""
    return tuple(field.name for field in fields(gain)) if type(gain) in FAMILIES else ()  # type: ignore[arg-type]


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
        slope = self.slope(data)
        if type(self.family) is PowerGain:
            return slope, -slope * (self.family.exponent + 1.0) / (data + self.family.offset)
        return slope, self.curvature(data)

    def steepest(self, low: Array, high: Array, where: Mask) -> Array:
        """Return max |P″| between two points, both of shape (N, B); 0 outside `where`."""
        if self.numbers:  # of all three families the slope is convex
            return np.where(where, np.abs(self.curvature(low)), 0.0)
        found = np.zeros_like(low)
        if isinstance(self.family, TabulatedGain):
            knots, _, slopes = self.family.pieces
            found = np.abs(self.curvature(low))
            for k in np.flatnonzero(np.diff(knots) > 0):
                bend = abs(slopes[k + 1] - slopes[k]) / (knots[k + 1] - knots[k])
                inside = (knots[k] > low) & (knots[k] < high)
                found = np.where(inside, np.maximum(found, bend), found)
            return np.where(where, found, 0.0)
        for spot in zip(*np.nonzero(where), strict=True):
            found[spot] = self.family.steepest(float(low[spot]), float(high[spot]))
        return found

    def _known(self, data: Array) -> Array:
        """Keep Ω in the curve's domain, which a rounding may leave."""
        if self.numbers:
            return data
        low, high = self.family.domain
        return np.fmin(np.fmax(data, low), high)
