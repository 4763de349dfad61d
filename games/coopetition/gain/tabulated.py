"""A gain curve through measured points: concave, continuously differentiable, never extrapolated.

Between two points the slope falls linearly from the left point's slope to the secant's and from
there to the right point's (a quadratic spline with one extra knot per segment). The knot is placed
where the spline meets both points, so nothing is fitted: monotone concave points in, a monotone
concave C¹ curve out. Source of the idea: Schumaker, On shape preserving quadratic spline
interpolation, SIAM J. Numer. Anal. 20 (1983).
"""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.coopetition.gain.curve import GainCurve
from coopetition.games.errors import InvalidInputError

if TYPE_CHECKING:
    from fractions import Fraction


def _checked(name: str, values: ArrayLike) -> Array:
    array = np.array(values, dtype=float)
    if array.ndim != 1 or array.size < 3 or not np.isfinite(array).all():
        raise InvalidInputError(f"`{name}` must be at least 3 finite numbers, got {values!r}")
    return array


def _secants(data: Array, gains: Array) -> Array:
    """Return the slopes between neighboring points, refusing points off a concave curve."""
    if data[0] < 0 or (np.diff(data) <= 0).any():
        raise InvalidInputError("`data` must be non-negative and strictly increasing")
    secants = np.diff(gains) / np.diff(data)
    if (secants < 0).any():
        k = int(np.argmax(secants < 0))
        raise InvalidInputError(
            f"`gains` must not fall: {gains[k + 1]:g} at {data[k + 1]:g} follows "
            f"{gains[k]:g} at {data[k]:g}; regress the points first"
        )
    rises = np.diff(secants) > 1e-12 * secants[0]
    if rises.any():
        k = int(np.argmax(rises))
        raise InvalidInputError(
            f"`gains` must be concave: the slope rises from {secants[k]:.4g} to "
            f"{secants[k + 1]:.4g} at data = {data[k + 1]:g}; regress the points first"
        )
    return np.minimum.accumulate(secants)


def _knot_slopes(data: Array, secants: Array) -> Array:
    """Choose each point's slope between its two secants; on a straight run the secant itself."""
    width = np.diff(data)
    inner = (width[1:] * secants[:-1] + width[:-1] * secants[1:]) / (width[1:] + width[:-1])
    first = secants[0] + (secants[0] - inner[0])
    last = max(secants[-1] - (inner[-1] - secants[-1]), 0.5 * secants[-1])
    slopes = np.concatenate(([first], inner, [last]))
    forced = np.zeros(data.size, dtype=bool)
    for k in np.flatnonzero(secants[1:] == secants[:-1]):
        if forced[k] and slopes[k] != secants[k]:
            raise InvalidInputError(
                f"`gains` has two straight runs that meet at data = {data[k]:g}: "
                "no differentiable concave curve passes through them"
            )
        slopes[k : k + 3], forced[k : k + 3] = secants[k], True
    return slopes


@dataclass(frozen=True, slots=True)
class TabulatedGain(GainCurve):
    """P through the points (data, gains), with P′ continuous and piecewise linear.

    Parameters
    ----------
    data : shape (K,), K ≥ 3
        Effective samples, strictly increasing.
    gains : shape (K,)
        Measured gains; non-decreasing and concave.

    Raises
    ------
    InvalidInputError
        If the points are not monotone and concave, or Ω is asked outside the measured range.

    Examples
    --------
    >>> curve = TabulatedGain([0.0, 100.0, 300.0, 600.0], [0.0, 0.5, 0.8, 0.9])
    >>> curve.value([0.0, 300.0, 600.0]).tolist()
    [0.0, 0.8, 0.9]
    """

    family: ClassVar[str] = "tabulated"
    lists: ClassVar[tuple[str, ...]] = ("data", "gains")

    data: tuple[float, ...]
    gains: tuple[float, ...]
    _knots: Array = field(init=False, repr=False, compare=False)
    _slopes: Array = field(init=False, repr=False, compare=False)
    _values: Array = field(init=False, repr=False, compare=False)

    def __init__(self, data: ArrayLike, gains: ArrayLike) -> None:
        x, y = _checked("data", data), _checked("gains", gains)
        if x.size != y.size:
            raise InvalidInputError(f"`gains` must have {x.size} values as `data`, got {y.size}")
        secants = _secants(x, y)
        ends = _knot_slopes(x, secants)
        drop = ends[:-1] - ends[1:]
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(drop > 0, (secants - ends[1:]) / drop, 0.5)
        knots = np.empty(2 * x.size - 1)
        slopes, values = np.empty_like(knots), np.empty_like(knots)
        knots[::2], slopes[::2], values[::2] = x, ends, y
        knots[1::2] = x[:-1] + np.clip(share, 0.0, 1.0) * np.diff(x)
        slopes[1::2] = secants
        values[1::2] = y[:-1] + 0.5 * (ends[:-1] + secants) * (knots[1::2] - x[:-1])
        for name, value in (
            ("data", tuple(x.tolist())),
            ("gains", tuple(y.tolist())),
            ("_knots", knots),
            ("_slopes", slopes),
            ("_values", values),
        ):
            object.__setattr__(self, name, value)

    @property
    def domain(self) -> tuple[float, float]:
        """The measured range of Ω."""
        return self.data[0], self.data[-1]

    @property
    def strictly_concave(self) -> bool:
        """Whether no piece of the spline is straight."""
        return bool(((np.diff(self._slopes) < 0) | (np.diff(self._knots) == 0)).all())

    @property
    def pieces(self) -> tuple[Array, Array, Array]:
        """The spline as (knots, values, slopes), each of shape (2K − 1,)."""
        return self._knots, self._values, self._slopes

    def _piece(self, data: ArrayLike) -> tuple[Array, Array]:
        """Return each Ω with the index of its piece, refusing what was not measured."""
        omega = np.asarray(data, dtype=float)
        low, high = self.domain
        slack = 1e-12 * high
        if omega.size and not (omega.min() >= low - slack and omega.max() <= high + slack):
            bad = omega.min() if not omega.min() >= low - slack else omega.max()
            raise InvalidInputError(
                f"{bad:g} effective samples: measured only in [{low:g}, {high:g}]"
            )
        index = np.searchsorted(self._knots, omega, side="right") - 1
        return omega, np.clip(index, 0, self._knots.size - 2)

    def value(self, data: ArrayLike) -> Array:
        """Return P(Ω)."""
        omega, k = self._piece(data)
        step = omega - self._knots[k]
        return self._values[k] + step * (self._slopes[k] + 0.5 * step * self.curvature(omega))

    def slope(self, data: ArrayLike) -> Array:
        """Return P′(Ω)."""
        omega, _ = self._piece(data)
        return np.asarray(np.interp(omega, self._knots, self._slopes))

    def curvature(self, data: ArrayLike) -> Array:
        """Return P″(Ω), at a knot that of the piece to its right."""
        _, k = self._piece(data)
        width = self._knots[k + 1] - self._knots[k]
        fall = self._slopes[k + 1] - self._slopes[k]
        return np.divide(fall, width, out=np.zeros_like(width), where=width > 0)

    def steepest(self, low: ArrayLike, high: ArrayLike) -> Array:
        """Return max |P″| between two points each."""
        low, high = np.asarray(low), np.asarray(high)
        found = np.abs(self.curvature(low))
        starts = self._knots[:-1]
        inside = (np.diff(self._knots) > 0) & (starts > np.min(low)) & (starts < np.max(high))
        for k in np.flatnonzero(inside):
            bend = abs(self._slopes[k + 1] - self._slopes[k]) / (self._knots[k + 1] - starts[k])
            crossed = (starts[k] > low) & (starts[k] < high)
            found = np.maximum(found, np.where(crossed, bend, 0.0))
        return found

    def inverse_slope(self, slope: float) -> float:
        """Return an Ω at which P′ is `slope`, or the nearer end of the measured range."""
        return float(np.interp(slope, self._slopes[::-1], self._knots[::-1]))

    def exact_slope(self, omega: "Fraction") -> "Fraction":
        """Return P′(Ω) as a fraction, beyond the table that of its end."""
        from fractions import Fraction

        knots, slopes = self._knots, self._slopes
        k = int(np.clip(np.searchsorted(knots, float(omega), side="right") - 1, 0, knots.size - 2))
        while knots[k + 1] == knots[k] or (omega < Fraction(float(knots[k])) and k > 0):
            k -= 1
        left, right = Fraction(float(knots[k])), Fraction(float(knots[k + 1]))
        # sums of data in floats may end beyond the table
        share = min(max((omega - left) / (right - left), Fraction(0)), Fraction(1))
        return (1 - share) * Fraction(float(slopes[k])) + share * Fraction(float(slopes[k + 1]))

    def slope_within(self, omega: Any, iv: Any) -> Any:
        """Return an interval that holds P′: from its right end to its left one, as P′ falls."""
        from fractions import Fraction

        ends = np.nextafter(float(omega.b), np.inf), np.nextafter(float(omega.a), -np.inf)
        low, high = (self.exact_slope(Fraction(float(end))) for end in ends)
        low, high = (iv.mpf(v.numerator) / iv.mpf(v.denominator) for v in (low, high))
        return iv.mpf([low.a, high.b])

    def change_within(self, a: Any, b: Any, iv: Any) -> Any:
        """Integrate the slope: trapezoids are exact where it is linear.

        What is uncertain about the ends is (length) × (an interval of the slope there).
        """
        if float(a.mid) > float(b.mid):
            return -self.change_within(b, a, iv)
        start, end = iv.mpf(a.b), iv.mpf(b.a)
        if not start < end:
            return GainCurve.change_within(self, a, b, iv)
        inside = [v for v in map(iv.mpf, self._knots.tolist()) if start < v < end]
        found = (start - a) * self.slope_within(a, iv) + (b - end) * self.slope_within(b, iv)
        for left, right in pairwise([start, *inside, end]):
            both = self.slope_within(left, iv) + self.slope_within(right, iv)
            found += (right - left) * both / 2
        return found

    def certified_dict(self) -> dict[str, Any]:
        """Return the spline, which is what certificates are about, rather than its points."""
        knots, _, slopes = self.pieces
        return {"family": self.family, "knots": knots.tolist(), "slopes": slopes.tolist()}

    def concave_expression(
        self, cp: Any, level: Any, reach: float, size: float
    ) -> tuple[Any, list[Any]]:
        """Return P(reach·level)/size up to a constant, of cvxpy's `cp`, and constraints on it."""
        knots, _, slopes = self.pieces
        width = np.diff(knots)
        keep = width > 0
        width, start = width[keep], slopes[:-1][keep]
        fall = (start - slopes[1:][keep]) * width
        part = cp.Variable(width.size)
        needs = [part >= 0, part <= 1, knots[0] / reach + (width / reach) @ part == level]
        linear = (start * width / size) @ part
        return linear - cp.sum(cp.multiply(0.5 * fall / size, cp.square(part))), needs
