"""The exponential family: gains that saturate after some multiple of `scale` samples."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.coopetition.gain.curve import Fitting, GainCurve, Range, SlopeMixture


@dataclass(frozen=True, slots=True)
class ExponentialGain(GainCurve):
    """P(Ω) = ceiling·(1 − exp(−Ω/scale)).

    Examples
    --------
    >>> round(float(ExponentialGain(ceiling=2.0, scale=100.0).value(100.0)), 6)
    1.264241
    """

    family: ClassVar[str] = "exponential"
    parameters: ClassVar[Mapping[str, Range]] = {"ceiling": "positive", "scale": "positive"}
    fitting: ClassVar[Fitting | None] = Fitting(
        has_level=False,
        needs_data=False,
        shapes=(0.03, 0.1, 0.3, 1.0, 3.0),
        basis=lambda u, scale: -np.expm1(-u / scale),
        curve=lambda _, factor, scale, unit: ExponentialGain(factor, scale * unit),
    )

    ceiling: float
    scale: float

    @property
    def convex_slope(self) -> bool:
        """P′ is convex."""
        return True

    def value(self, data: ArrayLike) -> Array:
        """Return P(Ω)."""
        return -self.ceiling * np.expm1(-np.divide(data, self.scale))

    def slope(self, data: ArrayLike) -> Array:
        """Return P′(Ω)."""
        return self.ceiling / self.scale * np.exp(-np.divide(data, self.scale))

    def curvature(self, data: ArrayLike) -> Array:
        """Return P″(Ω)."""
        return -self.slope(data) / self.scale

    def rise(self, data: ArrayLike, step: ArrayLike) -> Array:
        """Return P(Ω + step) − P(Ω), without the ceiling."""
        left = self.ceiling * np.exp(-np.divide(data, self.scale))
        return np.asarray(-left * np.expm1(-np.divide(step, self.scale)))

    def inverse_slope(self, slope: float) -> float:
        """Return the Ω at which P′ is `slope`."""
        if slope <= 0:
            return math.inf
        logs = math.log(self.ceiling) - math.log(self.scale) - math.log(slope)
        return max(self.scale * logs, 0.0)  # of each, as their product may round to 0

    def slope_pair(self, data: float) -> tuple[float, float]:
        """Return (P′, P″) at one point."""
        slope = self.ceiling / self.scale * math.exp(-data / self.scale)
        return slope, -slope / self.scale

    def value_partials(self, data: Array, slope: Array) -> Mapping[str, Array]:
        """Return ∂P by parameter."""
        by_scale = -slope * np.divide(data, self.scale)
        return {"ceiling": self.value(data) / self.ceiling, "scale": by_scale}

    def slope_partials(self, data: float) -> Mapping[str, float]:
        """Return ∂P′ by parameter at one Ω."""
        slope, share = self.slope_pair(data)[0], data / self.scale
        return {"ceiling": slope / self.ceiling, "scale": slope * (share - 1.0) / self.scale}

    def slope_within(self, omega: Any, iv: Any) -> Any:
        """Return an interval that holds P′."""
        scale = iv.mpf(self.scale)
        return iv.mpf(self.ceiling) / scale * iv.exp(-omega / scale)

    def change_within(self, a: Any, b: Any, iv: Any) -> Any:
        """Return an interval that holds P(b) − P(a)."""
        scale = iv.mpf(self.scale)
        return iv.mpf(self.ceiling) * (iv.exp(-a / scale) - iv.exp(-b / scale))

    def concave_expression(
        self, cp: Any, level: Any, reach: float, size: float
    ) -> tuple[Any, list[Any]]:
        """Return P(reach·level)/size up to a constant, of cvxpy's `cp`, and constraints on it."""
        return -self.ceiling / size * cp.exp(-reach / self.scale * level), []

    @property
    def mixture(self) -> SlopeMixture:
        """The slope as a mixture of exponentials: one point."""
        return SlopeMixture(self.ceiling, rate=1.0 / self.scale)
