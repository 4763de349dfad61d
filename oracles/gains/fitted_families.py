"""The families that can be fitted, and the least-squares fit of one of them.

Every family is linear in some parameters and not in others. For given non-linear ones the best
linear ones have a closed form, so the search has at most two dimensions, the family's shape and
the quality (variable projection: Golub and Pereyra, SIAM J. Numer. Anal. 10, 1973), and a grid
of starts covers them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.coopetition.gain import FAMILIES, GainCurve
from coopetition.games.coopetition.gain.curve import Fitting
from coopetition.games.errors import InvalidInputError

_QUALITIES = (0.03, 0.1, 0.3, 0.9)  # starts; the search is bounded by [0.001, 1]


FITTED = {name: curve.fitting for name, curve in FAMILIES.items() if curve.fitting}


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Mean gains at Ω = base + quality·extra.

    Parameters
    ----------
    base, extra : shape (K,)
        Effective samples that are known, and those that count by an unknown common quality.
    gains, weights : shape (K,)
        Mean gains, and how much each counts.
    unit
        Size of the largest Ω.
    free_quality
        Whether the quality is fitted; otherwise it is 1 and `extra` is 0.
    """

    base: Array
    extra: Array
    gains: Array
    weights: Array
    unit: float
    free_quality: bool

    def without(self, rows: list[int]) -> "Points":
        """Return the points but some."""
        parts = (self.base, self.extra, self.gains, self.weights)
        base, extra, gains, weights = (np.delete(part, rows) for part in parts)
        return replace(self, base=base, extra=extra, gains=gains, weights=weights)


@dataclass(frozen=True, slots=True)
class Fitted:
    """One family, fitted; `search` holds the logarithms of shape and quality."""

    family: Fitting
    unit: float
    level: float
    factor: float
    shape: float
    quality: float
    search: tuple[float, ...]
    cost: float

    @property
    def curve(self) -> GainCurve | None:
        """The gain curve; None if the gains do not rise, or floats cannot hold a parameter."""
        try:
            return self.family.curve(self.level, self.factor, self.shape, self.unit)
        except (InvalidInputError, ArithmeticError):
            return None

    def predict(self, points: Points) -> Array:
        """Return the fitted gains at some points, shape (K,)."""
        u = (points.base + self.quality * points.extra) / self.unit
        return self.level + self.factor * self.family.basis(u, self.shape)


def fit_family(
    family: Fitting, points: Points, starts: Sequence[tuple[float, ...]] | None = None
) -> Fitted:
    """Fit one family by weighted least squares.

    Parameters
    ----------
    family
        The family.
    points
        What to fit.
    starts
        Starts of the search; by default the best three of a grid.
    """
    from scipy.optimize import least_squares

    bounds = _bounds(family, points)
    if not bounds:
        return _project(family, points, ())

    def residuals(search: Array) -> Array:
        fitted = _project(family, points, tuple(search))
        return np.sqrt(points.weights) * (points.gains - fitted.predict(points))

    if starts is None:
        ranked = sorted(_grid(family, points), key=lambda z: _project(family, points, z).cost)
        starts = ranked[:3]
    low, high = np.transpose(bounds)
    tolerance = 1e-12
    runs = [
        least_squares(
            residuals,
            np.clip(start, low + 1e-9, high - 1e-9),
            bounds=(low, high),
            ftol=tolerance,
            xtol=tolerance,
            gtol=tolerance,
            max_nfev=200,
        )
        for start in starts
    ]
    return min(
        (_project(family, points, tuple(run.x.tolist())) for run in runs),
        key=lambda fitted: fitted.cost,
    )


def _grid(family: Fitting, points: Points) -> list[tuple[float, ...]]:
    axes = [family.shapes] if family.shapes else []
    axes += [_QUALITIES] if points.free_quality else []
    return [tuple(math.log(value) for value in values) for values in product(*axes)]


def _bounds(family: Fitting, points: Points) -> list[tuple[float, float]]:
    bounds = []
    if family.shapes:
        bounds.append((math.log(family.shapes[0] / 10), math.log(family.shapes[-1] * 10)))
    if points.free_quality:
        bounds.append((math.log(1e-3), 0.0))
    return bounds


def _project(family: Fitting, points: Points, search: tuple[float, ...]) -> Fitted:
    """Return the best fit with a given shape and quality; the factor is never negative."""
    values = [math.exp(value) for value in search]
    quality = values.pop() if points.free_quality else 1.0
    shape = values.pop() if values else 0.0
    phi = family.basis((points.base + quality * points.extra) / points.unit, shape)
    weights, gains = points.weights / points.weights.sum(), points.gains
    middle, height = (weights @ phi, weights @ gains) if family.has_level else (0.0, 0.0)
    spread = weights @ (phi - middle) ** 2
    factor = max(float(weights @ ((phi - middle) * (gains - height)) / spread), 0.0)
    level = float(height - factor * middle)
    cost = float(weights @ (gains - level - factor * phi) ** 2)
    return Fitted(family, points.unit, level, factor, shape, quality, search, cost)
