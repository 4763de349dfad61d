"""Gain curves: what the coalition's model gains from Ω effective samples.

A curve is concave and knows its value P, slope P′, curvature P″ and the inverse of its slope.
Arguments are effective samples (scalars or arrays of any shape); values are performance units,
for example accuracy points or decrease of log-loss. To add a family, subclass `GainCurve`.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.checks import finite, positive


class GainCurve(ABC):
    """A concave, C¹ gain curve P(Ω) on Ω ≥ 0."""

    @property
    def domain(self) -> tuple[float, float]:
        """The closed range of Ω in which the curve is known."""
        return 0.0, math.inf

    @property
    def finite_at_zero(self) -> bool:
        """Whether P(0) is a number, rather than −∞."""
        return True

    @property
    def strictly_concave(self) -> bool:
        """Whether P has no straight piece."""
        return True

    @property
    def convex_slope(self) -> bool:
        """Whether P′ is convex: complete enumeration with negative weights needs it."""
        return False

    @abstractmethod
    def value(self, data: ArrayLike) -> Array:
        """Return P(Ω) in performance units."""

    @abstractmethod
    def slope(self, data: ArrayLike) -> Array:
        """Return P′(Ω), performance units per effective sample."""

    @abstractmethod
    def curvature(self, data: ArrayLike) -> Array:
        """Return P″(Ω) ≤ 0."""

    @abstractmethod
    def inverse_slope(self, slope: float) -> float:
        """Return the Ω ≥ 0 with P′(Ω) = slope; 0 or ∞ (the domain's ends) when there is none."""

    def rise(self, data: ArrayLike, step: ArrayLike) -> Array:
        """Return P(Ω + step) − P(Ω); families override it so that no digit is lost to P itself."""
        return np.asarray(self.value(np.add(data, step)) - self.value(data))

    def slope_pair(self, data: float) -> tuple[float, float]:
        """Return (P′, P″) at one point; families override it where plain floats are faster."""
        return float(self.slope(data)), float(self.curvature(data))

    def steepest(self, low: ArrayLike, high: ArrayLike) -> Array:
        """Return max |P″| between two points each: at an end, unless a family says otherwise."""
        return np.asarray(np.abs(self.curvature(np.array([low, high]))).max(axis=0))


@dataclass(frozen=True, slots=True)
class PowerGain(GainCurve):
    """P(Ω) = ceiling − scale·(Ω + offset)^(−exponent); exponent 1 is the inverse form.

    Examples
    --------
    >>> curve = PowerGain(ceiling=1.0, scale=2.0, exponent=0.35)
    >>> round(float(curve.value(9000.0)), 6), round(curve.inverse_slope(curve.slope(9000.0)), 6)
    (0.917388, 9000.0)
    """

    ceiling: float
    scale: float
    exponent: float
    offset: float = 0.0

    def __post_init__(self) -> None:
        """Refuse parameters for which the curve would not be increasing and concave."""
        finite("ceiling", self.ceiling)
        positive("scale", self.scale)
        positive("exponent", self.exponent)
        positive("offset", self.offset, zero=True)

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


@dataclass(frozen=True, slots=True)
class ExponentialGain(GainCurve):
    """P(Ω) = ceiling·(1 − exp(−Ω/scale)).

    Examples
    --------
    >>> round(float(ExponentialGain(ceiling=2.0, scale=100.0).value(100.0)), 6)
    1.264241
    """

    ceiling: float
    scale: float

    def __post_init__(self) -> None:
        """Refuse parameters for which the curve would not be increasing and concave."""
        positive("ceiling", self.ceiling)
        positive("scale", self.scale)

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


@dataclass(frozen=True, slots=True)
class LogarithmicGain(GainCurve):
    """P(Ω) = ceiling·ln((Ω + offset)/scale).

    Examples
    --------
    >>> round(float(LogarithmicGain(ceiling=0.1, scale=100.0).value(10_000.0)), 6)
    0.460517
    """

    ceiling: float
    scale: float
    offset: float = 0.0

    def __post_init__(self) -> None:
        """Refuse parameters for which the curve would not be increasing and concave."""
        positive("ceiling", self.ceiling)
        positive("scale", self.scale)
        positive("offset", self.offset, zero=True)

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
