"""What a gain curve is: what the coalition's model gains from Ω effective samples.

A curve is concave and knows its value P, slope P′, curvature P″ and the inverse of its slope.
Arguments are effective samples (scalars or arrays of any shape); values are performance units,
for example accuracy points or decrease of log-loss. These four are enough to solve and to certify.
A family that scenarios can name also says which numbers it has (`family`, `parameters`), and may
say what else it knows of itself: the methods that follow each have one reader, which refuses a
family without them in one sentence. CONTRIBUTING.md shows how to add one.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.checks import finite, positive
from coopetition.games.errors import InvalidInputError, UnsupportedGameError

if TYPE_CHECKING:
    from fractions import Fraction

Range = Literal["any", "positive", "not negative"]


@dataclass(frozen=True, slots=True)
class Fitting:
    """How a family is fitted: gains level + factor·φ(u; shape) of u = Ω / unit.

    Parameters
    ----------
    has_level
        Whether the level is free; otherwise it is 0.
    needs_data
        Whether φ is infinite at u = 0.
    shapes
        Starts of the shape, the search reaching ten times beyond them; empty without a shape.
    basis
        φ, increasing and concave in u.
    curve
        Makes the curve of a level, factor, shape and unit.
    """

    has_level: bool
    needs_data: bool
    shapes: tuple[float, ...]
    basis: Callable[[Array, float], Array]
    curve: Callable[[float, float, float, float], "GainCurve"]

    @property
    def parameters(self) -> int:
        """Number of free parameters, without the quality."""
        return 1 + self.has_level + bool(self.shapes)


@dataclass(frozen=True, slots=True)
class SlopeMixture:
    """P′(Ω) = ∫ z k(z) e^(−zΩ) dz: a slope that is a mixture of exponentials.

    k(z) = mass z^(exponent − 1)/Γ(exponent) e^(−z offset), with Γ(0) = 1; or, where `rate` is
    stated, the one point z = rate of that mass.
    """

    mass: float
    exponent: float = 0.0
    offset: float = 0.0
    rate: float | None = None


class GainCurve(ABC):
    """A concave, C¹ gain curve P(Ω) on Ω ≥ 0."""

    family: ClassVar[str] = ""  # a scenario's word for it
    parameters: ClassVar[Mapping[str, Range]] = {}  # numbers, which may vary along a batch
    lists: ClassVar[tuple[str, ...]] = ()  # lists of numbers, which may not
    fitting: ClassVar[Fitting | None] = None

    def __post_init__(self) -> None:
        """Refuse parameters for which the curve would not be increasing and concave."""
        for name, allowed in self.parameters.items():
            if allowed == "any":
                finite(name, getattr(self, name))
            else:
                positive(name, getattr(self, name), zero=allowed == "not negative")

    @property
    def numbers(self) -> dict[str, Any]:
        """The parameters by name: floats, or arrays where a batch has one per row."""
        return {name: getattr(self, name) for name in self.parameters}

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

    def slope_pairs(self, data: Array) -> tuple[Array, Array]:
        """Return (P′, P″) at many points; families override it where one serves the other."""
        return self.slope(data), self.curvature(data)

    def steepest(self, low: ArrayLike, high: ArrayLike) -> Array:
        """Return max |P″| between two points each: at an end, unless a family says otherwise."""
        return np.asarray(np.abs(self.curvature(np.array([low, high]))).max(axis=0))

    def value_partials(self, data: Array, slope: Array) -> Mapping[str, Array]:
        """Return ∂P by parameter, shape as `data`, where P′ is `slope`: for sensitivities."""
        return {}

    def slope_partials(self, data: float) -> Mapping[str, float]:
        """Return ∂P′ by parameter at one Ω, with the keys of `value_partials`."""
        return {}

    def slope_within(self, omega: Any, iv: Any) -> Any:
        """Return an interval that holds P′ on an interval of Ω, in mpmath's `iv`: for proofs.

        Raises
        ------
        UnsupportedGameError
            If the family has no bounds, or Ω may be 0 where the slope is infinite.
        """
        raise UnsupportedGameError(
            f"a proof needs a gain family with known bounds, got {type(self).__name__}"
        )

    def change_within(self, a: Any, b: Any, iv: Any) -> Any:
        """Return an interval that holds P(b) − P(a), by the mean value theorem if no better."""
        return (b - a) * self.slope_within(iv.mpf([min(a.a, b.a), max(a.b, b.b)]), iv)

    def exact_slope(self, omega: "Fraction") -> "Fraction":
        """Return P′(Ω) as a fraction: for proofs in fractions.

        Raises
        ------
        UnsupportedGameError
            If it is not rational, or infinite.
        """
        raise UnsupportedGameError(
            f"the slope of this {type(self).__name__} is not rational: use the rigor interval"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the `[gain]` table of a scenario that makes this curve."""
        return {
            "family": self.family,
            **self.numbers,
            **{k: [*getattr(self, k)] for k in self.lists},
        }

    def certified_dict(self) -> dict[str, Any]:
        """Return what a certificate file says of the curve, which the checker has formulas for."""
        return self.to_dict()

    def concave_expression(
        self, cp: Any, level: Any, reach: float, size: float
    ) -> tuple[Any, list[Any]]:
        """Return P(reach·level)/size up to a constant, of cvxpy's `cp`, and constraints on it.

        Raises
        ------
        UnsupportedGameError
            If the family has no such formula.
        """
        raise UnsupportedGameError(
            f"{type(self).__name__} has no cvxpy formula: use solve_aggregate() or "
            "best_response_dynamics()"
        )

    @property
    def mixture(self) -> SlopeMixture | None:
        """The slope as a mixture of exponentials, where it is one: for Shapley values."""
        return None


def from_zero(omega: Any, offset: Any) -> Any:
    """Return Ω + offset, of which a proof needs that it is above 0: fractions or intervals."""
    base = omega + offset
    if not getattr(base, "a", base) > 0:
        raise UnsupportedGameError("there is no proof where there may be no data: P′ is infinite")
    return base


def check_known(name: str, gain: GainCurve, low: float, high: float) -> None:
    """Refuse a curve that does not reach from `low` to `high` effective samples."""
    start, end = gain.domain
    if low < start or high > end * (1 + 1e-12):
        raise InvalidInputError(
            f"`{name}` is known for {start:g} to {end:g} effective samples, "
            f"the game needs {low:g} to {high:g}"
        )


def check_concave(name: str, gain: GainCurve, low: float, high: float) -> None:
    """Refuse a curve whose slope rises, or is not finite, on a grid from `low` to `high`."""
    grid = np.unique(np.geomspace(max(low, 1e-9 * high), high, 65)) if high > 0 else np.zeros(1)
    slopes = np.asarray(gain.slope(np.clip(grid, low, high)))
    rises = np.diff(slopes) > 1e-9 * np.abs(slopes[:-1])
    if not np.isfinite(slopes).all() or rises.any():
        where = grid[int(np.argmax(rises))] if rises.any() else grid[0]
        raise InvalidInputError(f"`{name}` must be concave: its slope rises at {where:g} samples")
