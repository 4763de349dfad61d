"""Known curves come back; what cannot be known is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coopetition.games.coopetition.gain import (
    ExponentialGain,
    GainCurve,
    LogarithmicGain,
    PowerGain,
)
from coopetition.games.errors import InvalidInputError
from coopetition.oracles.gains.fit import fit_gain
from coopetition.oracles.gains.fitted_families import FITTED
from coopetition.oracles.gains.measure import Measurements, design_alone, design_profiles

LOCAL = np.array([80.0, 50.0, 110.0])
DESIGN = design_profiles([400.0, 300.0, 500.0], 20)
CURVES = {
    "power": PowerGain(2.0, 20.0, 0.6),
    "exponential": ExponentialGain(1.9, 260.0),
    "logarithmic": LogarithmicGain(0.3, 4.0),
}


def data_of(curve: GainCurve, quality: float, noise: float = 0.0, seeds: int = 4) -> Measurements:
    omega = LOCAL.sum() + quality * DESIGN.sum(axis=1)
    shocks = np.random.default_rng(1).normal(scale=noise, size=(DESIGN.shape[0], seeds))
    return Measurements(DESIGN, curve.value(omega)[:, None] + shocks)


@pytest.mark.parametrize("given_quality", [True, False])
@pytest.mark.parametrize("name", CURVES)
def test_noiseless_gains_give_the_curve_back(name: str, given_quality: bool) -> None:
    fit = fit_gain(data_of(CURVES[name], 0.6), LOCAL, 0.6 if given_quality else None)
    assert fit.family == name
    assert fit.quality == pytest.approx([0.6] * 3, rel=1e-4)
    omega = np.linspace(240.0, 960.0, 50)
    assert fit.curve.value(omega) == pytest.approx(CURVES[name].value(omega), abs=1e-6)
    assert fit.held_out_error[name] < 1e-5
    # The power family tends to the logarithm as its exponent falls, so it comes close.
    others = [error for other, error in fit.held_out_error.items() if other != name]
    assert min(others) > 10 * fit.held_out_error[name]
    assert np.abs(fit.residuals).max() < 1e-6
    assert (fit.effective_data.min(), fit.effective_data.max()) == pytest.approx((240.0, 960.0))


@pytest.mark.parametrize("name", CURVES)
def test_noisy_gains_give_it_back_within_the_stated_errors(name: str) -> None:
    data = data_of(CURVES[name], 0.6, noise=0.01, seeds=8)
    fit = fit_gain(data, LOCAL, quality=0.6, families=[name])
    true = {k: getattr(CURVES[name], k) for k in fit.parameters}
    assert fit.standard_errors is not None
    for parameter, value in fit.parameters.items():
        error = fit.standard_errors[parameter]
        assert error is not None
        assert abs(value - true[parameter]) < 3 * error
    omega = np.linspace(240.0, 960.0, 50)
    assert fit.curve.value(omega) == pytest.approx(CURVES[name].value(omega), abs=0.01)


def test_a_fitted_quality_is_within_its_stated_error() -> None:
    fit = fit_gain(data_of(CURVES["exponential"], 0.6, noise=0.005, seeds=8), LOCAL)
    assert fit.family == "exponential"
    assert fit.standard_errors is not None
    error = fit.standard_errors["quality"]
    assert error is not None
    assert abs(fit.quality[0] - 0.6) < 3 * error < 0.2


def test_jackknife_errors_have_the_size_of_the_real_spread() -> None:
    curve = CURVES["logarithmic"]
    omega = LOCAL.sum() + DESIGN.sum(axis=1)
    rng = np.random.default_rng(5)
    slopes, stated = [], []
    for _ in range(60):
        values = curve.value(omega)[:, None] + rng.normal(scale=0.05, size=(20, 6))
        fit = fit_gain(Measurements(DESIGN, values), LOCAL, 1.0, families=["logarithmic"])
        assert fit.standard_errors is not None
        slopes.append(fit.parameters["ceiling"])
        stated.append(fit.standard_errors["ceiling"] or 0.0)
    assert np.sqrt(np.mean(np.square(stated))) == pytest.approx(np.std(slopes), rel=0.35)


def test_the_jackknife_of_a_common_shift_is_its_standard_error() -> None:
    """Each seed lifts all gains alike: so the ceiling, whose error is that of a mean."""
    shifts = np.array([0.03, -0.01, 0.02, -0.05])
    plain = data_of(CURVES["power"], 0.6).values
    fit = fit_gain(Measurements(DESIGN, plain + shifts), LOCAL, quality=0.6, families=["power"])
    assert fit.standard_errors is not None
    expected = shifts.std(ddof=1) / 2
    assert fit.standard_errors["ceiling"] == pytest.approx(expected, rel=1e-3)
    assert fit.standard_errors["exponent"] == pytest.approx(0.0, abs=1e-3)


def test_coalitions_help_to_identify_the_quality() -> None:
    curve = CURVES["exponential"]
    alone, groups = design_alone([400.0, 300.0, 500.0])
    profiles = np.vstack([DESIGN, alone])
    coalitions = (None,) * len(DESIGN) + groups
    layout = Measurements(profiles, np.zeros((len(profiles), 1)), coalitions=coalitions)
    gains = curve.value(layout.effective_data(LOCAL, 0.25))[:, None]
    data = Measurements(profiles, gains, coalitions=coalitions)
    assert fit_gain(data, LOCAL).quality[0] == pytest.approx(0.25, rel=1e-4)
    # A wrong family is off by a half without coalitions, and finds about the truth with them.
    wrong = fit_gain(data, LOCAL, families=["power"]).quality[0]
    blind = Measurements(DESIGN, gains[: len(DESIGN)])
    wronger = fit_gain(blind, LOCAL, families=["power"]).quality[0]
    assert abs(wrong - 0.25) < 0.5 * abs(wronger - 0.25)


def test_a_quality_at_its_bound_has_no_error() -> None:
    # Contributed rows worth twice a real one: more than the model of a round allows.
    data = data_of(CURVES["exponential"], 2.0, noise=1e-3)
    fit = fit_gain(data, LOCAL, families=["exponential"])
    assert fit.quality == pytest.approx([1.0] * 3)
    assert fit.standard_errors is not None
    assert fit.standard_errors["quality"] is None
    assert fit.standard_errors["ceiling"] is not None


def test_a_tie_goes_to_the_simpler_family() -> None:
    # A power with a tiny exponent is a logarithm to the eye: it wins, but not by 5 %.
    fit = fit_gain(data_of(PowerGain(125.0, 125.0, 0.008), 0.8, noise=3e-3), LOCAL, 0.8)
    assert 1 < fit.held_out_error["logarithmic"] / fit.held_out_error["power"] < 1.05
    assert fit.family == "logarithmic"


@settings(max_examples=15, deadline=None)
@given(
    exponent=st.floats(0.2, 2.0),
    quality=st.floats(0.2, 1.0),
    rise=st.floats(0.1, 100.0),
    level=st.floats(-5.0, 5.0),
)
def test_any_power_curve_is_interpolated(
    exponent: float, quality: float, rise: float, level: float
) -> None:
    curve = PowerGain(level, rise * 240.0**exponent, exponent)
    data = data_of(curve, quality)
    fit = fit_gain(data, LOCAL, quality, families=["power"])
    assert np.abs(fit.residuals).max() < 1e-5 * rise
    assert fit.parameters["exponent"] == pytest.approx(exponent, rel=1e-2)


def test_the_least_noisy_profile_does_not_rule_the_fit() -> None:
    # One profile without any noise, off the curve by much less than the others' noise.
    data = data_of(CURVES["exponential"], 0.6, noise=0.02, seeds=6)
    values = data.values.copy()
    values[0] = CURVES["exponential"].value(240.0) + 0.01
    fit = fit_gain(Measurements(DESIGN, values), LOCAL, 0.6, families=["exponential"])
    omega = np.linspace(240.0, 960.0, 50)
    assert fit.curve.value(omega) == pytest.approx(CURVES["exponential"].value(omega), abs=0.02)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.zeros((20, 4)), "do not rise"),
        (-DESIGN.sum(axis=1, keepdims=True) + np.zeros((20, 4)), "do not rise.*slope -1"),
        (np.random.default_rng(0).normal(size=(20, 4)), "do not rise"),
    ],
)
def test_flat_falling_or_noisy_gains_are_refused(values: np.ndarray, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        fit_gain(Measurements(DESIGN, values), LOCAL)


def test_too_few_distinct_data_are_refused() -> None:
    profiles = [[0.0, 6.0], [6.0, 0.0], [3.0, 3.0], [9.0, 0.0], [12.0, 0.0]]
    data = Measurements(profiles, [[0.0], [0.0], [0.0], [0.1], [0.15]])
    with pytest.raises(InvalidInputError, match="at least 4 distinct effective data, got 3"):
        fit_gain(data, [10.0, 10.0], 1.0)


def test_a_family_with_too_many_parameters_is_left_out_with_a_reason() -> None:
    x = np.array([[0.0], [100.0], [200.0], [400.0]])
    data = Measurements(x, np.log(100 + x))
    fit = fit_gain(data, [100.0])
    assert fit.refused == {"power": "needs 5 distinct effective data, got 4"}
    assert fit.family == "logarithmic"


def test_curves_infinite_without_data_are_left_out() -> None:
    x = np.array([[0.0], [100.0], [200.0], [400.0], [800.0]])
    data = Measurements(x, ExponentialGain(1.0, 300.0).value(x))
    fit = fit_gain(data, [0.0], 1.0)
    assert set(fit.refused) == {"power", "logarithmic"}
    assert fit.parameters == pytest.approx({"ceiling": 1.0, "scale": 300.0}, rel=1e-5)


def test_a_nearly_flat_logarithm_that_floats_cannot_hold_is_left_out() -> None:
    x = np.array([[0.0], [100.0], [200.0], [400.0], [800.0]])
    data = Measurements(x, 1.5 + 1e-3 * np.log(100 + x))
    fit = fit_gain(data, [100.0], 1.0)
    assert "logarithmic" in fit.refused
    assert np.abs(fit.residuals).max() < 1e-4


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"quality": 0.0}, "quality"),
        ({"quality": 1.5}, "quality"),
        ({"quality": [0.5, 0.5]}, "quality"),
        ({"local_data": [1.0, 2.0]}, "local_data"),
        ({"local_data": [1.0, 2.0, -3.0]}, "local_data"),
        ({"families": ["cubic"]}, "power, exponential, logarithmic, got"),
        ({"families": []}, "families"),
    ],
)
def test_malformed_arguments_are_named(arguments: dict[str, object], words: str) -> None:
    data = data_of(CURVES["power"], 1.0)
    with pytest.raises(InvalidInputError, match=words):
        fit_gain(data, **({"local_data": LOCAL} | arguments))  # type: ignore[arg-type]


def test_quality_needs_contributions() -> None:
    groups = [(0,), (1,), (2,), (0, 1), None]
    data = Measurements(np.zeros((5, 3)), [[1.0], [0.8], [1.2], [1.5], [1.8]], coalitions=groups)
    with pytest.raises(InvalidInputError, match=r"quality.*contributions"):
        fit_gain(data, LOCAL)


def test_every_family_is_increasing_and_concave() -> None:
    u = np.linspace(0.05, 1.0, 100)
    for family in FITTED.values():
        for shape in family.shapes or (0.0,):
            slopes = np.diff(family.basis(u, shape))
            assert (slopes >= 0).all()
            assert slopes[0] > 0
            assert (np.diff(slopes) < 1e-9 * slopes[0]).all()
