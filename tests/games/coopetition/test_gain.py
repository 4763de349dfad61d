"""Gain curves: slopes against differences, inverses, concavity, refusals."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coopetition.games.coopetition.gain import (
    ExponentialGain,
    GainCurve,
    LogarithmicGain,
    PowerGain,
    TabulatedGain,
)
from coopetition.games.errors import InvalidInputError

CURVES: list[GainCurve] = [
    PowerGain(1.0, 2.0, 0.35),
    PowerGain(0.9, 40.0, 1.0, offset=50.0),
    ExponentialGain(0.8, 700.0),
    LogarithmicGain(0.1, 30.0),
    LogarithmicGain(0.1, 30.0, offset=5.0),
    TabulatedGain([0.0, 100.0, 300.0, 900.0, 2500.0], [0.0, 0.4, 0.7, 0.9, 0.95]),
]


@pytest.mark.parametrize("curve", CURVES, ids=lambda c: type(c).__name__)
def test_slope_and_curvature_are_derivatives(curve: GainCurve) -> None:
    data = np.linspace(37.0, 2401.0, 61)
    step = 1e-4 * data
    slope = (curve.value(data + step) - curve.value(data - step)) / (2 * step)
    assert curve.slope(data) == pytest.approx(slope, rel=1e-4)
    bend = (curve.slope(data + step) - curve.slope(data - step)) / (2 * step)
    inside = np.abs(curve.curvature(data + step) - curve.curvature(data - step)) < 1e-3 * np.abs(
        bend
    )
    assert inside.mean() > 0.8  # a tabulated curve's P″ jumps at its knots
    assert curve.curvature(data)[inside] == pytest.approx(bend[inside], rel=1e-3)


@pytest.mark.parametrize("curve", CURVES, ids=lambda c: type(c).__name__)
def test_scalars_arrays_and_inverse_agree(curve: GainCurve) -> None:
    for data in (40.0, 333.0, 2000.0):
        slope, bend = curve.slope_pair(data)
        assert slope == pytest.approx(float(curve.slope(data)), rel=1e-14)
        assert bend == pytest.approx(float(curve.curvature(data)), rel=1e-12)
        assert curve.inverse_slope(slope) == pytest.approx(data, rel=1e-9)
    assert curve.value(np.full((2, 3), 200.0)).shape == (2, 3)
    assert curve.steepest(40.0, 2000.0) >= np.abs(curve.curvature(np.linspace(40, 2000, 999))).max()


def test_slopes_beyond_reach_have_their_inverse_at_an_end() -> None:
    assert PowerGain(1, 2, 0.5).inverse_slope(0.0) == math.inf
    assert ExponentialGain(1.0, 100.0).inverse_slope(1.0) == 0.0
    assert LogarithmicGain(1.0, 1.0, offset=10.0).inverse_slope(1.0) == 0.0


@given(
    st.lists(st.floats(0.01, 100.0), min_size=3, max_size=12),
    st.lists(st.floats(0.3, 0.99), min_size=11, max_size=11),
    st.floats(0.0, 1000.0),
)
def test_tabulated_curves_keep_points_monotone_and_concave(
    widths: list[float], ratios: list[float], start: float
) -> None:
    data = start + np.concatenate(([0.0], np.cumsum(widths)))
    slopes = np.cumprod([1.0, *ratios])[: len(widths)]
    gains = np.concatenate(([0.0], np.cumsum(slopes * widths)))
    curve = TabulatedGain(data, gains)
    assert curve.value(data) == pytest.approx(gains, abs=1e-9 * gains[-1])
    fine = np.linspace(data[0], data[-1], 2001)
    slope = curve.slope(fine)
    assert (slope >= 0).all()
    assert (np.diff(slope) <= 1e-12 * slope[0]).all()
    knots, _, at_knots = curve.pieces  # P′ is piecewise linear: trapezoids are exact
    assert np.trapezoid(at_knots, knots) == pytest.approx(gains[-1], rel=1e-9)


def test_a_saturated_plateau_is_kept_flat() -> None:
    curve = TabulatedGain([0, 1, 2, 3, 4], [0.0, 0.8, 1.0, 1.0, 1.0])
    assert curve.value([2.0, 2.5, 4.0]).tolist() == [1.0, 1.0, 1.0]
    assert not curve.strictly_concave


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: PowerGain(1.0, -2.0, 0.5), "`scale`"),
        (lambda: PowerGain(1.0, 2.0, 0.0), "`exponent`"),
        (lambda: PowerGain(math.nan, 2.0, 0.5), "`ceiling`"),
        (lambda: PowerGain(1.0, 2.0, 0.5, offset=-1.0), "`offset`"),
        (lambda: ExponentialGain(1.0, math.inf), "`scale`"),
        (lambda: LogarithmicGain(True, 1.0), "`ceiling`"),
        (lambda: PowerGain("a", 1.0, 1.0), "`ceiling` must be a number"),  # type: ignore[arg-type]
        (lambda: TabulatedGain([0, 1], [0, 1]), "at least 3"),
        (lambda: TabulatedGain([0, 1, 1], [0, 1, 2]), "strictly increasing"),
        (lambda: TabulatedGain([0, 1, 2], [0, 1, 3]), "concave"),
        (lambda: TabulatedGain([0, 1, 2], [0, 1, 0.5]), "must not fall"),
        (lambda: TabulatedGain([0, 1, 2], [0, 1, 2, 3]), "3 values"),
        (lambda: TabulatedGain([0, 1, 2, 3, 4], [0, 2, 4, 5, 6]), "two straight runs"),
        (lambda: TabulatedGain([0, 1, 2], [0, 1, 1.5]).value(2.5), "2.5 effective samples"),
    ],
)
def test_nonsense_is_refused_by_name(make: object, words: str) -> None:
    assert callable(make)
    with pytest.raises(InvalidInputError, match=words):
        make()


def test_slopes_that_underflow_have_an_inverse() -> None:
    curve = ExponentialGain(100.0, 1.0)
    found = curve.inverse_slope(1e-322)
    assert found == pytest.approx(np.log(100.0) - np.log(1e-322), rel=1e-12)
