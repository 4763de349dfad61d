"""The power family: gains that approach a ceiling as a power of the data, as learning curves do."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.coopetition.gain.curve import (
    Fitting,
    GainCurve,
    Range,
    SlopeMixture,
    from_zero,
)

if TYPE_CHECKING:
    from fractions import Fraction


@dataclass(frozen=True, slots=True)
class PowerGain(GainCurve):
    """P(Ω) = ceiling − scale·(Ω + offset)^(−exponent); exponent 1 is the inverse form.

    Examples
    --------
    >>> curve = PowerGain(ceiling=1.0, scale=2.0, exponent=0.35)
    >>> round(float(curve.value(9000.0)), 6), round(curve.inverse_slope(curve.slope(9000.0)), 6)
    (0.917388, 9000.0)
    """

    family: ClassVar[str] = "power"
    parameters: ClassVar[Mapping[str, Range]] = {
        "ceiling": "any",
        "scale": "positive",
        "exponent": "positive",
        "offset": "not negative",
    }
    fitting: ClassVar[Fitting | None] = Fitting(
        has_level=True,
        needs_data=True,
        shapes=(0.1, 0.3, 1.0, 3.0),
        basis=lambda u, exponent: -(u**-exponent),
        curve=lambda level, factor, exponent, unit: PowerGain(
            level, factor * unit**exponent, exponent
        ),
    )

    ceiling: float
    scale: float
    exponent: float
    offset: float = 0.0

    @property
    def finite_at_zero(self) -> bool:
        """Whether P(0) is a number: only with an offset."""
        return self.offset > 0

    @property
    def convex_slope(self) -> bool:
        """P′ is convex."""
        return True

    def value(self, data: ArrayLike) -> Array:
        """Return P(Ω)."""
        with np.errstate(divide="ignore"):
            return self.ceiling - self.scale * np.add(data, self.offset) ** -self.exponent

    def slope(self, data: ArrayLike) -> Array:
        """Return P′(Ω)."""
        rate = self.scale * self.exponent
        with np.errstate(divide="ignore"):
            return rate * np.add(data, self.offset) ** (-self.exponent - 1.0)

    def curvature(self, data: ArrayLike) -> Array:
        """Return P″(Ω)."""
        rate = -self.scale * self.exponent * (self.exponent + 1.0)
        with np.errstate(divide="ignore"):
            return rate * np.add(data, self.offset) ** (-self.exponent - 2.0)

    def rise(self, data: ArrayLike, step: ArrayLike) -> Array:
        """Return P(Ω + step) − P(Ω), without the ceiling."""
        base, added = np.add(data, self.offset), np.asarray(step, dtype=float)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = -np.expm1(-self.exponent * np.log1p(added / base))
            return np.where(added == 0, 0.0, self.scale * base**-self.exponent * share)

    def inverse_slope(self, slope: float) -> float:
        """Return the Ω at which P′ is `slope`."""
        if slope <= 0:
            return math.inf
        root = (self.scale * self.exponent / slope) ** (1.0 / (self.exponent + 1.0))
        return max(float(root) - self.offset, 0.0)

    def slope_pair(self, data: float) -> tuple[float, float]:
        """Return (P′, P″) at one point."""
        base = data + self.offset
        if base <= 0:
            return math.inf, -math.inf
        slope = self.scale * self.exponent * base ** (-self.exponent - 1.0)
        return slope, -slope * (self.exponent + 1.0) / base

    def slope_pairs(self, data: Array) -> tuple[Array, Array]:
        """Return (P′, P″) at many points."""
        slope = self.slope(data)
        return slope, -slope * (self.exponent + 1.0) / (data + self.offset)

    def value_partials(self, data: Array, slope: Array) -> Mapping[str, Array]:
        """Return ∂P by parameter."""
        reach = np.add(data, self.offset)
        rest = slope * reach / self.exponent
        return {
            "ceiling": np.ones_like(slope),
            "scale": -rest / self.scale,
            "exponent": rest * np.log(reach),
            "offset": slope,
        }

    def slope_partials(self, data: float) -> Mapping[str, float]:
        """Return ∂P′ by parameter at one Ω."""
        slope, second = self.slope_pair(data)
        log = float(np.log(data + self.offset))
        return {
            "ceiling": 0.0,
            "scale": slope / self.scale,
            "exponent": slope * (1.0 / self.exponent - log),
            "offset": second,
        }

    def slope_within(self, omega: Any, iv: Any) -> Any:
        """Return an interval that holds P′."""
        base, exponent = from_zero(omega, iv.mpf(self.offset)), iv.mpf(self.exponent)
        return iv.mpf(self.scale) * exponent * iv.exp(-(exponent + 1) * iv.log(base))

    def change_within(self, a: Any, b: Any, iv: Any) -> Any:
        """Return an interval that holds P(b) − P(a)."""
        offset, exponent = iv.mpf(self.offset), iv.mpf(self.exponent)
        start, end = (iv.exp(-exponent * iv.log(v + offset)) for v in (a, b))
        return iv.mpf(self.scale) * (start - end)

    def exact_slope(self, omega: "Fraction") -> "Fraction":
        """Return P′(Ω) as a fraction, for a whole exponent."""
        from fractions import Fraction

        base = from_zero(omega, Fraction(self.offset))
        if not float(self.exponent).is_integer():
            return GainCurve.exact_slope(self, omega)  # refuses
        rate = Fraction(self.scale) * Fraction(self.exponent)
        return Fraction(rate / base ** (int(self.exponent) + 1))

    def concave_expression(
        self, cp: Any, level: Any, reach: float, size: float
    ) -> tuple[Any, list[Any]]:
        """Return P(reach·level)/size up to a constant, of cvxpy's `cp`, and constraints on it."""
        peak = cp.Variable()
        offset = self.offset / reach
        alpha = 1.0 / (1.0 + self.exponent)  # peak ≥ (level + offset)^−exponent
        cone = cp.PowCone3D(peak, level + offset, cp.Constant(1.0), alpha)
        return -self.scale * reach**-self.exponent / size * peak, [cone]

    @property
    def mixture(self) -> SlopeMixture:
        """The slope as a mixture of exponentials."""
        return SlopeMixture(self.scale, self.exponent, self.offset)
