"""Gain curves of a certificate file: P′ at a point and P between two points, in proved bounds."""

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, Protocol

from coopetition.games.checker.numbers import Bounds, exact, exp, ln, power


class Curve(Protocol):
    """A concave gain curve with a decreasing slope."""

    def slope(self, omega: Fraction) -> Bounds:
        """Return bounds of P′(Ω)."""
        ...

    def change(self, a: Fraction, b: Fraction) -> Bounds:
        """Return bounds of P(b) − P(a)."""
        ...


@dataclass(frozen=True)
class Power:
    """P = ceiling − scale (Ω + offset)^−exponent."""

    scale: Fraction
    exponent: Fraction
    offset: Fraction

    def slope(self, omega: Fraction) -> Bounds:
        """Return bounds of P′(Ω)."""
        low, high = power(omega + self.offset, -self.exponent - 1)
        return self.scale * self.exponent * low, self.scale * self.exponent * high

    def change(self, a: Fraction, b: Fraction) -> Bounds:
        """Return bounds of P(b) − P(a)."""
        start, end = (power(v + self.offset, -self.exponent) for v in (a, b))
        return self.scale * (start[0] - end[1]), self.scale * (start[1] - end[0])


@dataclass(frozen=True)
class Exponential:
    """P = ceiling (1 − e^(−Ω/scale))."""

    ceiling: Fraction
    scale: Fraction

    def slope(self, omega: Fraction) -> Bounds:
        """Return bounds of P′(Ω)."""
        low, high = exp(-omega / self.scale)
        return self.ceiling / self.scale * low, self.ceiling / self.scale * high

    def change(self, a: Fraction, b: Fraction) -> Bounds:
        """Return bounds of P(b) − P(a)."""
        start, end = exp(-a / self.scale), exp(-b / self.scale)
        return self.ceiling * (start[0] - end[1]), self.ceiling * (start[1] - end[0])


@dataclass(frozen=True)
class Logarithmic:
    """P = ceiling ln((Ω + offset)/scale)."""

    ceiling: Fraction
    offset: Fraction

    def slope(self, omega: Fraction) -> Bounds:
        """Return P′(Ω), exactly."""
        return (self.ceiling / (omega + self.offset),) * 2

    def change(self, a: Fraction, b: Fraction) -> Bounds:
        """Return bounds of P(b) − P(a)."""
        low, high = ln((b + self.offset) / (a + self.offset))
        return self.ceiling * low, self.ceiling * high


@dataclass(frozen=True)
class Tabulated:
    """P with a slope that is linear between knots, and goes on beyond its ends; all exact."""

    knots: tuple[Fraction, ...]
    slopes: tuple[Fraction, ...]

    def slope(self, omega: Fraction) -> Bounds:
        """Return P′(Ω), exactly."""
        k = self._piece(omega)
        left, right = self.knots[k], self.knots[k + 1]
        share = min(max((omega - left) / (right - left), Fraction(0)), Fraction(1))
        return ((1 - share) * self.slopes[k] + share * self.slopes[k + 1],) * 2

    def change(self, a: Fraction, b: Fraction) -> Bounds:
        """Return P(b) − P(a), exactly."""
        if b < a:
            low, high = self.change(b, a)
            return -high, -low
        stops = [a, *(v for v in self.knots if a < v < b), b]
        total = Fraction(0)
        for left, right in pairwise(stops):
            total += (right - left) * self.slope((left + right) / 2)[0]  # linear between knots
        return total, total

    def _piece(self, omega: Fraction) -> int:
        slack = self.knots[-1] / 10**12  # sums of data in floats may end beyond the table
        if not self.knots[0] - slack <= omega <= self.knots[-1] + slack:
            raise ValueError(
                f"the certificate evaluates the gain at Ω = {float(omega):.16g}, outside the "
                f"table's [{float(self.knots[0]):g}, {float(self.knots[-1]):g}]"
            )
        k = min(max(bisect_right(self.knots, omega) - 1, 0), len(self.knots) - 2)
        while self.knots[k + 1] == self.knots[k]:
            k -= 1
        return k


def _tabulated(given: dict[str, Any]) -> Tabulated:
    knots = tuple(map(exact, given["knots"]))
    slopes = tuple(map(exact, given["slopes"]))
    fits = len(knots) == len(slopes) >= 2 and knots[0] < knots[-1]
    rising = all(a <= b for a, b in pairwise(knots))
    if not (fits and rising and all(a >= b for a, b in pairwise(slopes)) and slopes[-1] >= 0):
        raise ValueError("the table makes no rising concave curve")
    return Tabulated(knots, slopes)


NAMES = {
    "tabulated": {"knots", "slopes"},
    "power": {"ceiling", "scale", "exponent", "offset"},
    "exponential": {"ceiling", "scale"},
    "logarithmic": {"ceiling", "scale", "offset"},
}  # what a family's curve may name


def read_curve(given: dict[str, Any]) -> Curve:
    """Read a curve's family and parameters."""
    if set(given) - {"family"} - NAMES.get(given["family"], set()):
        raise ValueError("unknown gain family, or a parameter that it does not have")
    if given["family"] == "tabulated":
        return _tabulated(given)
    numbers = {key: exact(value) for key, value in given.items() if key != "family"}
    offset = numbers.get("offset", Fraction(0))
    ceiling = numbers.get("ceiling", Fraction(1))
    if given["family"] == "power":
        scale, exponent = numbers["scale"], numbers["exponent"]
        curve: Curve = Power(scale, exponent, offset)
        positive = scale > 0 and exponent > 0
    elif given["family"] == "exponential":
        curve = Exponential(ceiling, numbers["scale"])
        positive = numbers["scale"] > 0 and ceiling > 0
    elif given["family"] == "logarithmic":
        curve = Logarithmic(ceiling, offset)
        positive = ceiling > 0
    else:
        raise ValueError(f"unknown gain family {given['family']!r:.40}")
    if not positive or offset < 0:
        raise ValueError("the parameters of the gain make no rising concave curve")
    return curve
