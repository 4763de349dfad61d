"""One organization's payoff in arbitrary-precision intervals (mpmath): for what vectors cannot say.

The gain's slope at Ω, which all organizations share; a tangent at a better point where the first
bound is loose; and branch and bound where w_n < 0, so that the payoff is not concave.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from coopetition.games.coopetition.gain import GainCurve
from coopetition.games.rigor.interval import Interval

CELLS = 4000


def context() -> Any:
    """Return mpmath's interval arithmetic, at 100 bits."""
    from mpmath import iv

    iv.prec = 100
    return iv


def floats(value: Any) -> tuple[float, float]:
    """Return an interval's ends as floats, rounded outwards."""
    low, high = float(value.a), float(value.b)  # rounded to the nearest float
    return float(np.nextafter(low, -np.inf)), float(np.nextafter(high, np.inf))


@dataclass(frozen=True, slots=True, kw_only=True)
class OnePlayer:
    """U(y) = w P(rest + q y) + linear y − curve y²/2 − skew/(data + y), all intervals."""

    gain: GainCurve
    rest: Any
    quality: Any
    weight: Any
    linear: Any
    curve: Any
    skew: Any
    data: Any

    def tangent(self, x: float, y: float, top: float) -> float:
        """Bound max U − U(x) by the tangent at y, for a weight of at least 0."""
        iv = context()
        lead = self.change(iv.mpf(x), iv.mpf(y))
        slope = self.shared_slope(iv.mpf(y)) + self.own_slope(iv.mpf(y))
        far = max((slope * (iv.mpf(top) - y)).b, (-slope * y).b, iv.mpf(0).b)
        return max(floats(lead + iv.mpf(far))[1], 0.0)

    def cells(self, x: float, top: float, tol: float) -> tuple[float, list[float]]:
        """Bound max U − U(x) by branch and bound; return it and the partition that proves it."""
        edges = sorted({*np.linspace(0.0, top, 17).tolist(), x})
        open_ = list(pairwise(edges))
        done: dict[tuple[float, float], float] = {}
        found = 0.0
        while open_ and len(done) + len(open_) < CELLS:
            for cell in open_:
                done[cell] = self.cell(x, *cell)
                middle = 0.5 * sum(cell)
                found = max(found, floats(self.change(_at(x), _at(middle)))[0])
            open_ = []
            for a, b in [cell for cell, value in done.items() if value > found + tol]:
                middle = 0.5 * (a + b)
                if a < middle < b:
                    del done[(a, b)]
                    open_ += [(a, middle), (middle, b)]
        for cell in open_:
            done[cell] = self.cell(x, *cell)
        return max(0.0, *done.values()), sorted({v for cell in done for v in cell})

    # With w < 0, w P is convex and below its chord, the own term concave and below its tangent at
    # the middle: their sum is at most its larger value at the two ends. Where x is an end of the
    # cell, (b − a) times the largest slope away from x is a bound too: 0 where the payoff falls.

    def cell(self, x: float, a: float, b: float) -> float:
        """Bound U − U(x) on [a, b] for a negative weight: chord and tangent, or slopes beside x."""
        left, right, here = _at(a), _at(b), _at(x)
        middle = (left + right) / 2
        tilt = self.own_slope(middle)
        both = [
            self.own_change(here, middle) + self.shared_change(here, end) + tilt * (end - middle)
            for end in (left, right)
        ]
        found = max(floats(v)[1] for v in both)
        if x in (a, b):
            low = self.shared_slope(left) + self.own_slope(right)
            high = self.shared_slope(right) + self.own_slope(left)
            beside = (right - left) * (high if x == a else -low)
            found = min(found, max(floats(beside)[1], 0.0))
        return found

    def shared_slope(self, y: Any) -> Any:
        """Return the slope of w P."""
        iv = context()
        if self.weight == 0:
            return iv.mpf(0)
        return self.weight * self.quality * self.gain.slope_within(self.rest + self.quality * y, iv)

    def own_slope(self, y: Any) -> Any:
        """Return the slope of the own terms."""
        slope = self.linear - self.curve * y
        return slope if self.skew == 0 else slope + self.skew / (self.data + y) ** 2

    def own_change(self, x: Any, y: Any) -> Any:
        """Return own(y) − own(x), factored so that it vanishes with y − x."""
        each = self.linear - self.curve * (x + y) / 2
        if self.skew != 0:
            each += self.skew / ((self.data + x) * (self.data + y))
        return (y - x) * each

    def shared_change(self, x: Any, y: Any) -> Any:
        """Return w (P at y − P at x)."""
        iv = context()
        if self.weight == 0:
            return iv.mpf(0)
        start, end = (self.rest + self.quality * v for v in (x, y))
        return self.weight * self.gain.change_within(start, end, iv)

    def change(self, x: Any, y: Any) -> Any:
        """Return U(y) − U(x)."""
        return self.own_change(x, y) + self.shared_change(x, y)


def _at(value: float) -> Any:
    return context().mpf(value)


def scalar(values: Interval, n: int) -> Any:
    """Return one entry of an array of intervals."""
    return context().mpf([float(np.ravel(end)[n]) for end in (values.low, values.high)])
