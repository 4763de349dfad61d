"""Private types: what one organization knows of itself, and how likely others hold it.

A type is one number: a cost, a value. Types are a finite set or an interval, each with its law;
laws of different organizations are independent.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from coopetition.games.checks import finite
from coopetition.games.errors import InvalidInputError, NotConvergedError

CELLS = 64


def jumps(label: Callable[[float], object]) -> list[float]:
    """Return 0, the places in [0, 1] where a label changes, and 1.

    Two changes within one of 64 cells that cancel are not seen.

    Examples
    --------
    >>> [round(u, 9) for u in jumps(lambda u: u > 0.3)]
    [0.0, 0.3, 1.0]
    """
    found, start, here = [0.0], 0.0, label(0.0)
    for cell in range(1, CELLS + 1):
        end = cell / CELLS
        while label(end) != here:
            low, high = start, end
            while low < (middle := 0.5 * (low + high)) < high:
                low, high = (middle, high) if label(middle) == here else (low, middle)
            found.append(high)
            start, here = high, label(high)
        start = end
    return [*found, 1.0]


def quadrature(function: Callable[[float], float], low: float, high: float) -> float:
    """Integrate a function without jumps.

    Examples
    --------
    >>> round(quadrature(lambda u: u * u, 0.0, 3.0), 12)
    9.0
    """
    from scipy.integrate import quad

    result = quad(function, low, high, epsabs=1e-10, epsrel=1e-10, limit=200, full_output=1)
    value, error = float(result[0]), float(result[1])
    if not error <= 1e-6 * (1.0 + abs(value)):
        raise NotConvergedError(f"the expectation {value:g} is only known to ± {error:.3g}")
    return value


Reports = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Finite:
    """A finite set of types with probabilities, equal ones by default.

    Raises
    ------
    InvalidInputError
        If a value is not a finite number or occurs twice, or the probabilities do not fit.

    Examples
    --------
    >>> Finite((1.0, 3.0), (0.75, 0.25)).mean(lambda t: t)
    1.5
    """

    values: tuple[float, ...]
    probabilities: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Check values and probabilities; store both as tuples of floats."""
        for value in self.values:
            finite("values", value)
        values = tuple(float(v) for v in self.values)
        if not values or len(set(values)) < len(values):
            raise InvalidInputError(f"`values` must be distinct, at least one, got {self.values}")
        shares = self.probabilities or (1.0 / len(values),) * len(values)
        for share in shares:
            finite("probabilities", share)
        if len(shares) != len(values) or min(shares) < 0 or abs(sum(shares) - 1.0) > 1e-9:
            raise InvalidInputError(
                f"`probabilities` must be {len(values)} numbers of at least 0 that sum to 1, "
                f"got {self.probabilities}"
            )
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "probabilities", tuple(float(p) for p in shares))

    @property
    def low(self) -> float:
        """The smallest type."""
        return min(self.values)

    @property
    def high(self) -> float:
        """The largest type."""
        return max(self.values)

    def grid(self, points: int) -> tuple[float, ...]:
        """Return all types, whatever `points` says."""
        return self.values

    def contains(self, report: float) -> bool:
        """Whether a report is one of the types."""
        return report in self.values

    def mean(
        self, function: Callable[[float], float], label: Callable[[float], object] | None = None
    ) -> float:
        """Return the exact expectation of a function of the type."""
        pairs = zip(self.values, self.probabilities, strict=True)
        return float(sum(share * function(value) for value, share in pairs if share > 0))

    def sample(self, rng: np.random.Generator, count: int) -> list[float]:
        """Draw types."""
        return [float(v) for v in rng.choice(self.values, count, p=self.probabilities)]


@dataclass(frozen=True, slots=True)
class TypeInterval:
    """Types that fill [low, high]; uniform, or with the law whose quantile function is given.

    Raises
    ------
    InvalidInputError
        If low < high fails, or the quantile function does not run from low to high.

    Examples
    --------
    >>> round(TypeInterval(0.0, 1.0).mean(lambda t: t * t), 9)
    0.333333333
    """

    low: float
    high: float
    quantile: Callable[[float], float] | None = None

    def __post_init__(self) -> None:
        """Check the ends."""
        finite("low", self.low)
        finite("high", self.high)
        if not self.low < self.high:
            raise InvalidInputError(f"`high` must exceed `low` = {self.low:g}, got {self.high:g}")
        if self.quantile is not None:
            ends = self.quantile(0.0), self.quantile(1.0)
            if not np.allclose(ends, (self.low, self.high), rtol=1e-9, atol=1e-12):
                raise InvalidInputError(
                    f"`quantile` must run from {self.low:g} to {self.high:g}, "
                    f"got {ends[0]:g} to {ends[1]:g}"
                )

    def at(self, share: float) -> float:
        """Return the type below which a share of all types lies."""
        if self.quantile is not None:
            return float(self.quantile(share))
        return self.low + (self.high - self.low) * share

    def grid(self, points: int) -> tuple[float, ...]:
        """Return equally spaced types, ends included."""
        return tuple(float(t) for t in np.linspace(self.low, self.high, points))

    def contains(self, report: float) -> bool:
        """Whether a report lies in the interval."""
        return self.low <= report <= self.high

    def mean(
        self, function: Callable[[float], float], label: Callable[[float], object] | None = None
    ) -> float:
        """Return the expectation of a function of the type, by adaptive quadrature.

        Parameters
        ----------
        label : type -> anything comparable, optional
            The function may jump where the label changes; such places are found first.

        Raises
        ------
        NotConvergedError
            If the quadrature's own error estimate exceeds 1e-6 of the result (or of 1).
        """
        ends = [0.0, 1.0] if label is None else jumps(lambda u: label(self.at(u)))
        pieces = [
            quadrature(lambda u: function(self.at(u)), a, b) for a, b in pairwise(ends) if a < b
        ]
        return sum(pieces)

    def sample(self, rng: np.random.Generator, count: int) -> list[float]:
        """Draw types."""
        return [self.at(float(u)) for u in rng.random(count)]


TypeSpace = Finite | TypeInterval
