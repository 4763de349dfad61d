"""Arrays of intervals: every result holds the true one, whatever was rounded on the way.

IEEE arithmetic rounds +, −, ×, ÷ correctly, so the neighbors of a float result enclose the exact
one. Transcendental functions are not rounded correctly by NumPy and do not occur here.
"""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array

LONG = 4096  # numbers, from which on a sum in plain Python takes longer than vectors


@dataclass(frozen=True, slots=True, eq=False)
class Interval:
    """Intervals [low, high], of one shape."""

    low: Array
    high: Array

    @classmethod
    def of(cls, value: ArrayLike) -> Self:
        """Return the intervals that hold one number each."""
        array = np.asarray(value, dtype=float)
        return cls(array, array)

    def __add__(self, other: "Interval") -> "Interval":
        """Return the sums."""
        return _outward(self.low + other.low, self.high + other.high)

    def __sub__(self, other: "Interval") -> "Interval":
        """Return the differences."""
        return _outward(self.low - other.high, self.high - other.low)

    def __mul__(self, other: "Interval") -> "Interval":
        """Return the products."""
        if other.low is not other.high and self.low is self.high:
            return other * self
        ends = [self.low * other.low, self.high * other.low]
        if self.low is self.high:  # two numbers each: one product
            ends = ends[:1]
        if other.low is not other.high:
            ends += [self.low * other.high, self.high * other.high]
        return _hull(ends)

    def over(self, other: "Interval") -> "Interval":
        """Return the quotients by positive intervals."""
        ends = [
            self.low / other.low, self.low / other.high,
            self.high / other.low, self.high / other.high,
        ]  # fmt: skip
        return _hull(ends)

    def where(self, mask: ArrayLike) -> "Interval":
        """Return the intervals where a mask holds, 0 elsewhere."""
        return Interval(np.where(mask, self.low, 0.0), np.where(mask, self.high, 0.0))


def _hull(ends: list[Array]) -> Interval:
    low = high = ends[0]
    for end in ends[1:]:
        low, high = np.minimum(low, end), np.maximum(high, end)
    return _outward(low, high)


def _outward(low: Array, high: Array) -> Interval:
    """Widen by one float on both sides: a result of one operation is at most half of one off.

    2^−52 |x| is at least the distance to the next float, and long arrays take it in a fraction of
    the time of `nextafter`; the smallest float is added for numbers near 0.
    """
    if np.size(low) < LONG:
        return Interval(np.nextafter(low, -np.inf), np.nextafter(high, np.inf))
    apart = [np.abs(end) * 2.0**-52 + 5e-324 for end in (low, high)]
    return Interval(low - apart[0], high + apart[1])


def total(values: Array) -> Interval:
    """Return the sum of floats in one interval.

    Short sums are exact before one rounding (`math.fsum`). Long ones are halved again and again
    with Knuth's two-sum, which gives the rounding error of every addition as a float: the errors
    are summed in turn, and what that sum can miss is added to the interval.

    Examples
    --------
    >>> found = total(np.array([1e16, 1.0, -1e16]))
    >>> bool(found.low <= 1.0 <= found.high)
    True
    """
    x = np.ravel(values)
    if x.size < LONG:
        one = np.asarray(math.fsum(x.tolist()))
        return _outward(one, one)
    lost, size, count = 0.0, 0.0, float(x.size)
    while x.size > 1:
        half = x.size // 2
        a, b, odd = x[:half], x[half : 2 * half], x[2 * half :]
        s = a + b
        t = s - a
        error = (a - (s - t)) + (b - t)
        lost += float(error.sum())
        size += float(np.abs(error).sum())
        x = np.concatenate((s, odd))
    slack = 2.0 * (count + 64.0) * 2.0**-53 * size + 5e-324  # twice what that sum can miss
    low = high = np.asarray(float(x[0]) + lost)
    found = _outward(low, high)
    return Interval(found.low - slack, found.high + slack)


def products(a: Array, b: Array) -> Interval:
    """Return Σ a_n b_n of floats that are not negative in one interval.

    Each product is off by half a unit in the last place at most, or by the smallest float.
    """
    found = total(np.ravel(a * b))
    slack = 4e-324 * a.size
    return Interval(found.low * (1 - 4e-16) - slack, found.high * (1 + 4e-16) + slack)
