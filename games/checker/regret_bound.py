"""One organization's payoff as a function of its own contribution, bounded by proof.

    U(y) = weight · P(rest + quality·y) + linear·y − curve·y²/2 − skew/(data + y)

with curve >= 0 and skew >= 0, so that the own terms are concave. With weight >= 0 it is concave: a
tangent bounds it. With weight < 0 it is a convex and a concave part: on every cell of a partition
the chord bounds the one and a tangent the other; beside x, where the difference vanishes, (y − x)
times bounds of the slope do better.
"""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from coopetition.games.checker.curves import Curve
from coopetition.games.checker.numbers import Bounds, exact

ZERO = Fraction(0)


@dataclass(frozen=True, kw_only=True)
class Player:
    """The numbers of one organization; the others' contributions are in `rest`."""

    gain: Curve
    rest: Fraction
    quality: Fraction
    weight: Fraction
    linear: Fraction
    curve: Fraction
    skew: Fraction
    data: Fraction

    def bound(self, x: Fraction, top: Fraction, hints: dict[str, Any]) -> Fraction:
        """Return a proved bound of max U(y) − U(x) over [0, top].

        `hints` may hold a better `point` for the tangent, or the `cells` of a partition.
        """
        if top == 0:
            return ZERO
        if self.weight >= 0:
            point = exact(hints["point"]) if "point" in hints else x
            if not 0 <= point <= top:
                raise ValueError("a hint is out of the interval")
            lowest, highest = self.slope(point)
            lead = ZERO if point == x else self.change(x, point)
            return max(ZERO, lead + max(highest * (top - point), -lowest * point, ZERO))
        edges = [exact(v) for v in hints["cells"]]
        if edges[0] != 0 or edges[-1] != top or any(b <= a for a, b in pairwise(edges)):
            raise ValueError("cells must cover the interval")
        return max(ZERO, *(self.cell(x, a, b) for a, b in pairwise(edges)))

    def slope(self, y: Fraction) -> Bounds:
        """Return bounds of U′(y)."""
        shared, own = self.shared_slope(y), self.own_slope(y)
        return shared[0] + own, shared[1] + own

    def shared_slope(self, y: Fraction) -> Bounds:
        """Return bounds of the slope of weight · P."""
        if not self.weight:
            return ZERO, ZERO
        pull = self.weight * self.quality
        ends = [pull * v for v in self.gain.slope(self.rest + self.quality * y)]
        return min(ends), max(ends)

    def own_slope(self, y: Fraction) -> Fraction:
        """Return the slope of the own terms, exactly."""
        slope = self.linear - self.curve * y
        return slope + self.skew / (self.data + y) ** 2 if self.skew else slope

    def own_change(self, x: Fraction, y: Fraction) -> Fraction:
        """Return own(y) − own(x), exactly."""
        each = self.linear - self.curve * (x + y) / 2
        if self.skew:
            each += self.skew / ((self.data + x) * (self.data + y))
        return (y - x) * each

    def shared_change(self, x: Fraction, y: Fraction) -> Fraction:
        """Return an upper bound of weight · (P at y − P at x)."""
        if not self.weight or x == y:
            return ZERO
        low, high = self.gain.change(self.rest + self.quality * x, self.rest + self.quality * y)
        return max(self.weight * low, self.weight * high)

    def change(self, x: Fraction, y: Fraction) -> Fraction:
        """Return an upper bound of U(y) − U(x)."""
        return self.own_change(x, y) + self.shared_change(x, y)

    def cell(self, x: Fraction, a: Fraction, b: Fraction) -> Fraction:
        """Return an upper bound of U − U(x) on [a, b] where the weight is negative."""
        middle = (a + b) / 2
        tilt = self.own_slope(middle)
        found = self.own_change(x, middle) + max(
            self.shared_change(x, end) + tilt * (end - middle) for end in (a, b)
        )
        if x in (a, b):  # the convex part's slope rises, the concave part's falls
            low = self.shared_slope(a)[0] + self.own_slope(b)
            high = self.shared_slope(b)[1] + self.own_slope(a)
            beside = (b - a) * (high if x == a else -low)
            found = min(found, max(ZERO, beside))
        return found
