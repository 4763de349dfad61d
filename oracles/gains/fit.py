"""Fit a gain curve to measured gains, choosing the family by its error on held-out profiles."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.coopetition.gain import GainCurve
from coopetition.games.errors import InvalidInputError
from coopetition.oracles.gains.fitted_families import FITTED, Fitted, Points, fit_family
from coopetition.oracles.gains.measure import Measurements
from coopetition.oracles.gains.shape_report import ShapeReport, shape_report
from coopetition.output.columns import keyed, stacked
from coopetition.output.result import Result
from coopetition.output.table import Table

_LEAST_POINTS = 4
_TIE = 1.05


@dataclass(frozen=True, slots=True, eq=False)
class GainFit(Result):
    """A gain curve fitted to measurements, with what speaks for and against it.

    Parameters
    ----------
    curve
        The fitted curve of the chosen family.
    family
        ``power``, ``exponential`` or ``logarithmic``.
    quality : shape (N,)
        Effective real samples per contributed sample, fitted or as given.
    parameters
        The curve's parameters, and the quality if it was fitted.
    standard_errors
        Of the parameters, from leaving out one seed at a time. They cover the noise of the
        oracle, not a wrong family. None with less than three seeds, and for a quality that
        stops at its bound 1.
    held_out_error
        Per family, root mean square error on profiles left out of the fit one at a time, in
        units of gain.
    refused
        Per family that could not be fitted, why.
    residuals : shape (K,)
        Measured mean minus fitted gain.
    effective_data : shape (K,)
        Ω of every profile; beyond its range the curve is extrapolated.
    shape
        Down-steps, convex kinks and noise of the measurements.
    held_out_misses : shape (K,) each
        Per family, what `held_out_error` is the root mean square of: measured minus fitted gain.
    """

    curve: GainCurve
    family: str
    quality: Array
    parameters: dict[str, float]
    standard_errors: dict[str, float | None] | None
    held_out_error: dict[str, float]
    refused: dict[str, str]
    residuals: Array
    effective_data: Array
    shape: ShapeReport
    held_out_misses: dict[str, Array] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, lists and words; no curve."""
        return {
            "family": self.family,
            "parameters": dict(self.parameters),
            "standard_errors": self.standard_errors and dict(self.standard_errors),
            "quality": self.quality.tolist(),
            "held_out_error": dict(self.held_out_error),
            "refused": dict(self.refused),
            "residual": self.residuals.tolist(),
            "effective_data": self.effective_data.tolist(),
            "shape": self.shape.to_dict(),
        }

    def tables(self) -> tuple[Table, Table, Table]:
        """Return one row per parameter, one per family that was tried, and one per profile."""
        errors, families = self.standard_errors or {}, [*self.held_out_error, *self.refused]
        tried = {
            "cell": families,
            "held_out_error": map(self.held_out_error.get, families),
            "refused": map(self.refused.get, families),
        }
        points = {"cell": range(self.residuals.size), "effective_data": self.effective_data}
        fitted = {
            "parameter": self.parameters,
            "estimate": self.parameters.values(),
            "standard_error": map(errors.get, self.parameters),
        }
        return (
            keyed(f"Fitted gain curve: {self.family}", fitted),
            keyed("Families", tried),
            keyed("Profiles", points | {"residual": self.residuals}),
        )

    def long_table(self) -> Table:
        """Return all tables below each other; a parameter is a cell."""
        first, *others = self.tables()
        name = replace(first.columns[0], key="cell")
        return stacked(replace(first, columns=(name, *first.columns[1:])), *others)


def fit_gain(
    measurements: Measurements,
    local_data: ArrayLike,
    quality: ArrayLike | None = None,
    *,
    families: Sequence[str] = tuple(FITTED),
) -> GainFit:
    """Fit the mean gain as a curve of Ω = Σ (D_n + q_n x_n).

    The family with the least held-out error is chosen; within 5 % of it, the one with fewer
    parameters. Profiles are weighted by their standard errors, these squared and increased by
    their mean square, since no family is exact enough to be forced through the least noisy
    profile.

    If all profiles are of the same coalition, a fitted quality rests on the form of the family
    alone, and the curve says nothing about single organizations, whose Ω is smaller. Add
    profiles of other coalitions (`design_alone`) where that matters.

    Parameters
    ----------
    measurements
        Gains of at least 4 distinct Ω.
    local_data : shape (N,)
        Real samples D_n.
    quality : scalar or shape (N,)
        Quality q_n; None fits a common one in (0, 1].
    families
        Families to choose from.

    Raises
    ------
    InvalidInputError
        If the measurements cannot support a fit: too few distinct Ω, or gains that do not rise.

    Examples
    --------
    >>> x = np.array([[0.0], [100.0], [200.0], [400.0], [800.0], [1600.0]])
    >>> gains = 1 - 2 * (100 + 0.5 * x) ** -0.4
    >>> fit = fit_gain(Measurements(x, gains), local_data=[100.0])
    >>> fit.family, {name: round(value, 4) for name, value in fit.parameters.items()}
    ('power', {'ceiling': 1.0, 'scale': 2.0, 'exponent': 0.4, 'quality': 0.5})
    """
    if not families or not set(families) <= set(FITTED):
        known = ", ".join(FITTED)
        raise InvalidInputError(f"`families` must be among {known}, got {list(families)}")
    points = _points(measurements, local_data, quality)
    _refuse_hopeless(measurements, points)
    fits: dict[str, tuple[Fitted, GainCurve]] = {}
    refused: dict[str, str] = {}
    for name in families:
        if reason := _reason_against(name, points):
            refused[name] = reason
            continue
        fitted = fit_family(FITTED[name], points)
        if fitted.curve is None:
            refused[name] = "its best fit does not rise, or needs a parameter too large for floats"
        else:
            fits[name] = fitted, fitted.curve
    if not fits:
        raise InvalidInputError(f"no family can be fitted: {refused}")
    groups = measurements.repeated()
    misses = {n: _held_out_misses(fitted, points, groups) for n, (fitted, _) in fits.items()}
    errors = {name: float(np.sqrt(np.mean(np.square(miss)))) for name, miss in misses.items()}
    close = [name for name in errors if errors[name] <= _TIE * min(errors.values())]
    best = min(close, key=lambda name: (FITTED[name].parameters, errors[name]))
    chosen = replace(fits[best][0], quality=_shortened(fits[best][0].quality))
    found = fits[best][1]
    curve = type(found)(**{name: _shortened(value) for name, value in found.numbers.items()})
    omega = points.base + chosen.quality * points.extra
    q = chosen.quality if quality is None else quality
    return GainFit(
        curve=curve,
        family=best,
        quality=np.broadcast_to(np.asarray(q, dtype=float), measurements.profiles.shape[1]).copy(),
        parameters=_parameters(curve, chosen, points),
        standard_errors=_standard_errors(chosen, points, measurements),
        held_out_error=errors,
        refused=refused,
        residuals=points.gains - curve.value(omega),
        effective_data=omega,
        shape=shape_report(measurements),
        held_out_misses=misses,
    )


def _points(measurements: Measurements, local_data: ArrayLike, quality: ArrayLike | None) -> Points:
    """Return what is fitted: means, their weights and effective samples."""
    size = measurements.profiles.shape[1]
    local, q = np.asarray(local_data, float), np.asarray(1.0 if quality is None else quality, float)
    if local.shape not in ((), (size,)) or not (np.isfinite(local) & (local >= 0)).all():
        raise InvalidInputError(
            f"`local_data` must be {size} finite numbers of at least 0, got {local_data!r}"
        )
    if q.shape not in ((), (size,)) or not ((q > 0) & (q <= 1)).all():
        raise InvalidInputError(f"`quality` must be in (0, 1], got {quality!r}")
    base = measurements.effective_data(local, 0.0 if quality is None else q)
    full = measurements.effective_data(local, q)
    errors = measurements.standard_errors
    weights = np.ones_like(base)
    if errors is not None and errors.any():
        weights = 1.0 / (errors**2 + (errors**2).mean())
    return Points(
        base=base,
        extra=full - base,
        gains=measurements.means,
        weights=weights,
        unit=float(full.max()),
        free_quality=quality is None,
    )


def _distinct(points: Points) -> int:
    omega = points.base + points.extra
    return np.unique(np.round(omega / points.unit, 9)).size


def check_distinct(
    measurements: Measurements, local_data: ArrayLike, quality: ArrayLike | None = None
) -> None:
    """Refuse profiles with too few distinct Ω, whatever was measured there.

    Raises
    ------
    InvalidInputError
        If there are less than 4.
    """
    _refuse_few(_points(measurements, local_data, quality))


def _refuse_few(points: Points) -> None:
    if (count := _distinct(points)) < _LEAST_POINTS:
        raise InvalidInputError(
            f"a fit needs at least {_LEAST_POINTS} distinct effective data, got {count}"
        )


def _refuse_hopeless(measurements: Measurements, points: Points) -> None:
    """Refuse measurements from which no rising curve can be learned."""
    _refuse_few(points)
    if points.free_quality and not points.extra.any():
        raise InvalidInputError("`quality` cannot be fitted without contributions; give it")
    centered = points.base + points.extra - (points.base + points.extra).mean()
    known = ~np.isnan(measurements.values)
    values = np.where(known, measurements.values - measurements.means[:, None], 0.0)
    # What a seed lacks has, for want of better, the mean of the profile's other seeds.
    slopes = centered @ (values + measurements.means[:, None]) / (centered @ centered)
    error = slopes.std(ddof=1) / np.sqrt(slopes.size) if slopes.size > 1 else 0.0
    if not slopes.mean() > 2 * error:
        raise InvalidInputError(
            f"the measured gains do not rise with effective data: slope {slopes.mean():.3g}, "
            f"standard error {error:.2g}; no gain curve fits them"
        )


def _reason_against(name: str, points: Points) -> str:
    """Say why a family cannot be fitted to the points."""
    needed = FITTED[name].parameters + points.free_quality + 1
    if (count := _distinct(points)) < needed:
        return f"needs {needed} distinct effective data, got {count}"
    if FITTED[name].needs_data and points.base.min() <= 0:
        return "is infinite without data"
    return ""


def _held_out_misses(fitted: Fitted, points: Points, groups: Sequence[list[int]]) -> Array:
    """Return measured minus fitted gain of profiles left out one at a time."""
    misses = np.empty_like(points.gains)
    for rows in groups:  # those of one profile
        without = fit_family(fitted.family, points.without(rows), [fitted.search])
        misses[rows] = (points.gains - without.predict(points))[rows]
    return misses


def _shortened(value: float) -> float:
    """Round to seven digits: far below the noise, above what last bits do to a fit."""
    return float(f"{value:.7g}")


def _parameters(curve: GainCurve, fitted: Fitted, points: Points) -> dict[str, float]:
    values = {name: float(value) for name, value in curve.numbers.items()}
    values.pop("offset", None)  # not fitted
    return values | ({"quality": fitted.quality} if points.free_quality else {})


def _standard_errors(
    fitted: Fitted, points: Points, measurements: Measurements
) -> dict[str, float | None] | None:
    """Return jackknife standard errors: refit without each seed in turn."""
    values = measurements.values
    count = values.shape[1]
    if count < 3 or np.isnan(values).any():  # a seed without all profiles cannot be left out
        return None
    refits = []
    for s in range(count):
        gains = np.delete(values, s, axis=1).mean(axis=1)
        refit = fit_family(fitted.family, replace(points, gains=gains), [fitted.search])
        if refit.curve is None:
            return None
        refits.append(_parameters(refit.curve, refit, points))
    errors: dict[str, float | None] = {
        name: float(np.sqrt((count - 1) * np.var([refit[name] for refit in refits])))
        for name in refits[0]
    }
    if points.free_quality and fitted.quality > 1 - 1e-6:
        errors["quality"] = None
    return errors
