"""The logarithmic family: every doubling of the data adds the same gain."""

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
class LogarithmicGain(GainCurve):
    """P(Ω) = ceiling·ln((Ω + offset)/scale).

    Examples
    --------
    >>> round(float(LogarithmicGain(ceiling=0.1, scale=100.0).value(10_000.0)), 6)
    0.460517
    """

    family: ClassVar[str] = "logarithmic"
    parameters: ClassVar[Mapping[str, Range]] = {
        "ceiling": "positive",
        "scale": "positive",
        "offset": "not negative",
    }
    fitting: ClassVar[Fitting | None] = Fitting(
        has_level=True,
        needs_data=True,
        shapes=(),
        basis=lambda u, _: np.log(u),
        curve=lambda level, factor, _, unit: LogarithmicGain(
            factor, unit * math.exp(-level / factor)
        ),
    )

    ceiling: float
    scale: float
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
            return self.ceiling * np.log(np.add(data, self.offset) / self.scale)

    def slope(self, data: ArrayLike) -> Array:
        """Return P′(Ω)."""
        with np.errstate(divide="ignore"):
            return self.ceiling / np.add(data, self.offset)

    def curvature(self, data: ArrayLike) -> Array:
        """Return P″(Ω)."""
        with np.errstate(divide="ignore"):
            return -self.ceiling / np.square(np.add(data, self.offset))

    def rise(self, data: ArrayLike, step: ArrayLike) -> Array:
        """Return P(Ω + step) − P(Ω), whatever the scale."""
        base, added = np.add(data, self.offset), np.asarray(step, dtype=float)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(added == 0, 0.0, self.ceiling * np.log1p(added / base))

    def inverse_slope(self, slope: float) -> float:
        """Return the Ω at which P′ is `slope`."""
        return max(self.ceiling / float(slope) - self.offset, 0.0) if slope > 0 else math.inf

    def slope_pair(self, data: float) -> tuple[float, float]:
        """Return (P′, P″) at one point."""
        base = data + self.offset
        if base <= 0:
            return math.inf, -math.inf
        return self.ceiling / base, -self.ceiling / base**2

    def value_partials(self, data: Array, slope: Array) -> Mapping[str, Array]:
        """Return ∂P by parameter."""
        by_scale = -np.ones_like(slope) * self.ceiling / self.scale
        return {"ceiling": self.value(data) / self.ceiling, "scale": by_scale, "offset": slope}

    def slope_partials(self, data: float) -> Mapping[str, float]:
        """Return ∂P′ by parameter at one Ω."""
        slope, second = self.slope_pair(data)
        return {"ceiling": slope / self.ceiling, "scale": 0.0, "offset": second}

    def slope_within(self, omega: Any, iv: Any) -> Any:
        """Return an interval that holds P′."""
        return iv.mpf(self.ceiling) / from_zero(omega, iv.mpf(self.offset))

    def change_within(self, a: Any, b: Any, iv: Any) -> Any:
        """Return an interval that holds P(b) − P(a)."""
        offset = iv.mpf(self.offset)
        return iv.mpf(self.ceiling) * iv.log((b + offset) / (a + offset))

    def exact_slope(self, omega: "Fraction") -> "Fraction":
        """Return P′(Ω) as a fraction."""
        from fractions import Fraction

        return Fraction(self.ceiling) / from_zero(omega, Fraction(self.offset))

    def concave_expression(
        self, cp: Any, level: Any, reach: float, size: float
    ) -> tuple[Any, list[Any]]:
        """Return P(reach·level)/size up to a constant, of cvxpy's `cp`, and constraints on it."""
        return self.ceiling / size * cp.log(level + self.offset / reach), []

    @property
    def mixture(self) -> SlopeMixture:
        """The slope as a mixture of exponentials."""
        return SlopeMixture(self.ceiling, offset=self.offset)
