"""The picture of a measured round shows what was trained, and how sure the curve is."""

import numpy as np
import pytest

from coopetition.output.pictures.series import picture_data
from coopetition.studies import run_study
from coopetition.studies.pictures.gain import band_of, draw_gain
from tests.studies.command import LEARNED, MEASURED
from tests.studies.drawing import readable
from tests.studies.measuring import measured_round

pytest.importorskip("matplotlib")


@pytest.mark.parametrize("text", [MEASURED, LEARNED], ids=["fixed", "adaptive"])
def test_a_measured_round_shows_what_was_trained_and_how_sure_it_is(text: str) -> None:
    pytest.importorskip("sklearn")
    measured = measured_round(text)
    axis = draw_gain(measured, study=run_study(measured.game, alone=measured.alone))
    readable(axis)
    shown = {row[1] for row in picture_data(axis).rows}
    assert {"trained", measured.fit.family, "95 % band, low", "95 % band, high"} <= shown
    omega, mean, half = band_of(measured)
    assert (np.diff(omega) > 0).all()
    assert (half > 0).all()
    at = np.asarray(measured.game.gain.value(omega))
    if measured.search:  # the surface's own, heterogeneity included
        expected, deviation = measured.search.surface.predict(
            np.outer([0.0, 1.0], measured.game.max_contribution)
        )
        np.testing.assert_allclose(mean[[0, -1]], expected)
        np.testing.assert_allclose(half[[0, -1]], 1.96 * deviation)
    else:
        np.testing.assert_allclose(mean, at)
        error = measured.fit.held_out_error[measured.fit.family]
        np.testing.assert_allclose(half, 1.96 * error)
