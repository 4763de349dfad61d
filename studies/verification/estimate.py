"""An amount of money as trained: what other seeds, and other test rows, would change of it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from coopetition.output.numbers import number, spread

LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """A mean over seeds with both of its standard errors, which are independent.

    Parameters
    ----------
    value
        Money.
    seeds_error
        Standard error from the spread over seeds.
    test_error
        Standard error that stems from the test rows, the same for all seeds; None if the oracle
        does not know it.
    freedom, test_freedom
        Degrees of freedom of these errors.
    seeds
        How many were averaged.

    Examples
    --------
    >>> found = Estimate(12.0, 3.0, 4.0, 7.0, 8)
    >>> found.error, [round(end, 2) for end in found.interval()]
    (5.0, [1.98, 22.02])
    >>> print(found)
    12.00 ± 3 (seeds) ± 4 (test rows)
    """

    value: float
    seeds_error: float
    test_error: float | None
    freedom: float
    seeds: int
    test_freedom: float = float("inf")

    @property
    def error(self) -> float:
        """The standard error from both sources, as far as they are known."""
        return float(np.hypot(self.seeds_error, self.test_error or 0.0))

    @cached_property
    def _all_freedom(self) -> float:
        """Degrees of freedom of both together: Satterthwaite (1946)."""
        rows = self.test_error or 0.0
        parts = self.seeds_error**4 / self.freedom + rows**4 / self.test_freedom
        return self.error**4 / parts if parts > 0 else float("inf")

    def interval(self, level: float = LEVEL) -> tuple[float, float]:
        """Return the interval of Student's t."""
        half = _quantile(level, self._all_freedom) * self.error
        return self.value - half, self.value + half

    def verdict(self, level: float = LEVEL) -> bool | None:
        """Whether the amount is at least 0; None where the interval does not decide it."""
        low, high = self.interval(level)
        return True if low >= 0 else False if high < 0 else None

    def decidable(self, level: float = LEVEL) -> bool:
        """Whether more seeds could decide the sign: the test rows alone do not leave it open."""
        return abs(self.value) > _quantile(level, self.test_freedom) * (self.test_error or 0.0)

    def __str__(self) -> str:
        """Say the amount with both errors."""
        rows = "" if self.test_error is None else f" ± {spread(self.test_error)} (test rows)"
        beside = abs(self.value) + self.seeds_error
        return f"{number(self.value, beside)} ± {spread(self.seeds_error)} (seeds){rows}"

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form, with the 95 % interval."""
        return {
            "value": self.value,
            "seeds_error": self.seeds_error,
            "test_error": self.test_error,
            "interval": list(self.interval()),
            "seeds": self.seeds,
        }


def _quantile(level: float, freedom: float) -> float:
    """Return the quantile of |t| at a level."""
    from scipy.special import ndtri, stdtrit

    at = 0.5 + 0.5 * level
    return float(ndtri(at) if np.isinf(freedom) else stdtrit(freedom, at))
