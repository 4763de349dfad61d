"""The panel of a measured round: what was measured, the fitted curve, and how sure it is."""

from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.studies.measured.measured import Measured
from coopetition.studies.report.figure_style import BLUE, DARK, ORANGE, label, legend, quiet
from coopetition.studies.solve import Study

_POINTS = 60
_WIDE = 1.96  # standard deviations of a band that is to hold 95 %


def draw_gain(axis: Any, measured: Measured, study: Study, metric: str) -> None:
    """Draw measured gains over effective data, the curve, its band, and the solved profile.

    Parameters
    ----------
    axis
        A matplotlib axis.
    metric
        What gains are measured in.
    """
    game, fit = measured.game, measured.fit
    omega, mean, half = band(measured)
    axis.fill_between(omega, mean - half, mean + half, color=BLUE, alpha=0.15, lw=0,
                      label="95 % band")  # fmt: skip
    errors = measured.measurements.standard_errors
    axis.errorbar(
        fit.effective_data,
        measured.measurements.means,
        None if errors is None else _WIDE * errors,
        fmt="o",
        ms=3.5,
        color=DARK,
        ecolor=DARK,
        lw=1,
        label="trained",
    )
    line = np.linspace(fit.effective_data.min(), fit.effective_data.max(), _POINTS)
    axis.plot(line, np.asarray(game.gain.value(line)), color=BLUE, lw=1.5, label=fit.family)
    here = float(game.form.aggregate(study.contribution))
    axis.axvline(here, color=ORANGE, lw=1, ls="--", label="solved")
    axis.set_title("Gain of the shared model", pad=24)
    axis.set_xlabel("effective data")
    axis.set_ylabel(label(metric))
    quiet(axis)
    legend(axis)


def band(measured: Measured) -> tuple[Array, Array, Array]:
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
