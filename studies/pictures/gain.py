"""The picture of a measured round: what was measured, the fitted curve, and how sure it is."""

from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.output.pictures.labels import legend
from coopetition.output.pictures.series import band, keep, line
from coopetition.output.pictures.style import BLUE, DARK, VERMILLION, Look, axes_for, dress, finish
from coopetition.output.pictures.units import show_unit
from coopetition.studies.measured.measured import Measured
from coopetition.studies.solve.study import Study

_POINTS = 60
_WIDE = 1.96  # standard deviations of a band that is to hold 95 %
CURVE = Look(BLUE)


def draw_gain(measured: Measured, ax: Any = None, *, study: Study | None = None) -> Any:
    """Draw measured gains over effective data, the curve, its band, and the solved profile.

    Parameters
    ----------
    ax
        A matplotlib axes; None for a new figure.
    study
        The solved round.

    Returns
    -------
    axes
    """
    axes = axes_for(ax, 1, (6.4, 4.2))
    (axis,) = axes
    game, fit, metric = measured.game, measured.fit, measured.oracle.spec().metric
    omega, mean, half = band_of(measured)
    band(axis, "95 % band", omega, mean - half, mean + half, BLUE, metric, label="95 % band")
    errors = measured.measurements.standard_errors
    axis.errorbar(
        fit.effective_data,
        measured.measurements.means,
        None if errors is None else _WIDE * errors,
        fmt="o",
        ms=3.5,
        color=DARK,
        lw=1,
        label="trained",
    )
    keep(axis, "trained", fit.effective_data, measured.measurements.means, metric)
    if errors is not None:
        keep(axis, "trained, standard error", fit.effective_data, errors, metric)
    x = np.linspace(fit.effective_data.min(), fit.effective_data.max(), _POINTS)
    line(axis, fit.family, x, np.asarray(game.gain.value(x)), CURVE, metric, label=fit.family,
         marker="")  # fmt: skip
    if study is not None:
        here = float(game.form.aggregate(study.contribution))
        axis.axvline(here, color=VERMILLION, lw=1.3, ls="--", label="solved")
    dress(axis, "Gain of the shared model")
    show_unit(axis, "samples", "x", before="effective data")
    show_unit(axis, metric)
    legend(axis)
    return finish(axes, ax is None, "Measured gains of the shared model")


def band_of(measured: Measured) -> tuple[Array, Array, Array]:
    """Return effective data, expected gain and half-width of its band, where all do alike.

    After an adaptive search it is the surface's own 95 % band on the ray from nothing to
    everybody's largest contribution. After a fixed design it is the curve, and 1.96 times its
    held-out error.
    """
    game, fit = measured.game, measured.fit
    ray = np.outer(np.linspace(0.0, 1.0, _POINTS), game.max_contribution)
    omega = np.asarray(game.form.aggregate(ray))
    if measured.search:
        mean, deviation = measured.search.surface.predict(ray)
        return omega, mean, _WIDE * deviation
    mean = np.asarray(game.gain.value(omega))
    return omega, mean, np.full_like(mean, _WIDE * fit.held_out_error[fit.family])
