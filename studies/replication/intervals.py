"""Means over seeds with 95 % intervals of Student's t."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class ConfidenceInterval:
    """A mean, the half-width of its interval (None with less than two values), how many values."""

    mean: float
    half_width: float | None
    count: int

    @property
    def sign(self) -> int:
        """1 or −1 where the whole interval lies above or below 0, else 0."""
        if self.half_width is None or abs(self.mean) <= self.half_width:
            return 0
        return 1 if self.mean > 0 else -1

    def to_dict(self, name: str) -> dict[str, Any]:
        """Return the interval's JSON form, its mean under a name."""
        return {name: self.mean, "half_width": self.half_width, "seeds": self.count}

    def __str__(self) -> str:
        """Show the interval with the digits that it deserves."""
        if self.half_width is None:
            return f"{self.mean:.4g}" if self.count else "–"
        if self.half_width <= 0:
            return f"{self.mean:,.4g} ± 0"
        digits = max(0, 1 - int(np.floor(np.log10(self.half_width))))
        mean = round(self.mean, digits) + 0.0  # no minus before a zero
        return f"{mean:,.{digits}f} ± {self.half_width:,.{digits}f}"


def interval(values: Iterable[float]) -> ConfidenceInterval:
    """Return the mean and its interval, with Student's t; NaN are left out and not counted.

    Examples
    --------
    >>> print(interval([1.0, 2.0, 3.0]))
    2.0 ± 2.5
    >>> interval([1.0, float("nan")])
    ConfidenceInterval(mean=1.0, half_width=None, count=1)
    """
    from scipy.special import stdtrit

    x = np.array([value for value in values if np.isfinite(value)], dtype=float)
    if x.size < 2:
        return ConfidenceInterval(float(x.mean()) if x.size else float("nan"), None, x.size)
    quantile = float(stdtrit(x.size - 1, 0.5 + LEVEL / 2))
    spread = float(x.std(ddof=1)) / np.sqrt(x.size)
    if spread <= 1e-12 * float(np.abs(x).max()):
        spread = 0.0  # equal values, up to rounding
    return ConfidenceInterval(float(x.mean()), float(quantile * spread), x.size)
