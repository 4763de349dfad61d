"""Gain surfaces: derivatives, closed forms and error bars against slow independent ways."""

from typing import Any

import numpy as np
import pytest

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError
from coopetition.oracles.search.gain_surface import fit_surface
from coopetition.oracles.search.gaussian_process import Trainings, mixture, posteriors, quality_of
from tests.campaign import draws

DATA, TOP = [60.0, 40.0, 90.0], [300.0, 400.0, 200.0]
RAY = np.outer([0.0, 1.0, 0.5, 0.2], TOP)


def trained(seed: int, count: int = 14, noise: float = 0.004, hump: float = 0.0) -> Any:
    """Draw profiles, and gains of a power law with unequal qualities and, if asked, a hump."""
    rng = np.random.default_rng(seed)
    quality = rng.uniform(0.1, 0.9, 3)
    exponent = rng.uniform(0.3, 1.2)

    def gain(x: Array) -> Array:
        omega = (190.0 + np.atleast_2d(x) @ quality) / 190.0
        share = np.atleast_2d(x)[:, 0] / TOP[0]
        return 1.5 - 0.5 * omega**-exponent + hump * share * (1.0 - share)

    profiles = np.vstack([RAY, rng.random((count - 4, 3)) * TOP])
    return profiles, gain(profiles) + noise * rng.standard_normal(count), gain, quality, rng


@pytest.mark.parametrize("seed", range(3))
def test_the_trends_derivatives_are_those_of_differences(seed: int) -> None:
    rng = np.random.default_rng(seed)
    data = Trainings(np.zeros((1, 3)), np.zeros(1), 190.0, np.array(TOP), 1.0)
    center = np.concatenate([rng.normal(size=2), rng.normal(size=2) / 2, rng.normal(size=3)])
    points = rng.random((5, 3)) * TOP
    slopes = data.trend_slopes(center, points)
    for k, step in enumerate(1e-6 * np.eye(7)):
        difference = data.trend(center + step, points) - data.trend(center - step, points)
        np.testing.assert_allclose(slopes[:, k], difference / 2e-6, rtol=1e-6, atol=1e-8)


def test_the_held_out_error_is_that_of_leaving_out_one_at_a_time() -> None:
    profiles, gains, *_ = trained(0, count=8)
    surface = fit_surface(profiles, gains, local_data=DATA, upper=TOP)
    data = Trainings(profiles, gains, 190.0, np.array(TOP), float(np.ptp(gains)))
    errors = []
    for k in range(gains.size):
        for part in posteriors(data.without(k)):
            if (part.noise, part.heterogeneity) == (surface.noise, surface.heterogeneity):
                errors.append(gains[k] - part.mean(profiles[[k]])[0])
    assert len(errors) == gains.size
    root = np.sqrt(np.mean(np.square(errors)))
    assert surface.held_out_error == pytest.approx(root, rel=1e-3)


def test_sizes_that_are_not_known_are_mixed() -> None:
    """By hand: the law of total variance over the posteriors."""
    profiles, gains, *_ = trained(4, count=7)
    data = Trainings(profiles, gains, 190.0, np.array(TOP), float(np.ptp(gains)))
    mixed = mixture(data)
    assert mixed is not None
    assert mixed.weights.sum() == pytest.approx(1.0)
    assert len(mixed.parts) > 1
    points = np.array([[10.0, 20.0, 30.0], [300.0, 0.0, 100.0]])
    mean, covariance = mixed.at(points)
    each = [part.at(points) for part in mixed.parts]
    second = sum(w * (c + np.outer(m, m)) for w, (m, c) in zip(mixed.weights, each, strict=True))
    np.testing.assert_allclose(mean, mixed.mean(points))
    np.testing.assert_allclose(covariance, second - np.outer(mean, mean), rtol=1e-6, atol=1e-12)
    largest = max(part.evidence for part in posteriors(data))
    assert mixed.parts[0].evidence == largest


@pytest.mark.campaign
def test_noise_as_large_as_the_gains_overflows_nothing() -> None:
    for seed in range(draws(4, 40)):
        rng = np.random.default_rng(seed)
        profiles = np.vstack([RAY, rng.random((9, 3)) * TOP])
        surface = fit_surface(profiles, rng.normal(size=13), local_data=DATA, upper=TOP)
        mean, deviation = surface.predict(profiles)
        assert np.isfinite(mean).all()
        assert (deviation > 0).all()
        assert surface.curve.exponent <= 20.0


def test_known_points_are_known_and_far_ones_are_not() -> None:
    profiles, gains, *_ = trained(0, noise=0.0)
    surface = fit_surface(profiles, gains, local_data=DATA, upper=TOP)
    mean, deviation = surface.predict(profiles)
    assert np.abs(mean - gains).max() < 3 * surface.noise
    _, away = surface.predict([[TOP[0], 0.0, 0.0]])
    assert away[0] > deviation.max()
    np.testing.assert_allclose(surface.mean(profiles), mean)


def test_differences_are_those_of_predictions() -> None:
    profiles, gains, *_ = trained(1)
    surface = fit_surface(profiles, gains, local_data=DATA, upper=TOP)
    mean, deviation = surface.differences(profiles[2:5], profiles[0])
    np.testing.assert_allclose(mean, surface.mean(profiles[2:5]) - surface.mean(profiles[:1]))
    _, nothing = surface.differences(profiles[:1], profiles[0])
    assert nothing[0] == pytest.approx(0.0, abs=1e-7)
    assert (deviation > 0).all()


@pytest.mark.campaign
def test_error_bars_hold_what_they_promise() -> None:
    """On random power laws: differences of gains, in units of their standard deviations."""
    scores = []
    for seed in range(draws(14, 60)):
        profiles, gains, gain, _, rng = trained(seed, noise=0.006)
        surface = fit_surface(profiles, gains, local_data=DATA, upper=TOP)
        points = rng.random((6, 3)) * TOP
        mean, deviation = surface.differences(points, profiles[2])
        scores.append((mean - (gain(points) - gain(profiles[2]))) / deviation)
    score = np.abs(np.concatenate(scores))
    assert 0.9 < np.mean(score < 2.0) <= 1.0
    assert np.mean(score < 3.0) > 0.98
    assert np.median(score) > 0.1  # not merely huge bars


@pytest.mark.campaign
def test_who_brings_more_is_seen() -> None:
    agreed, count = 0, draws(8, 40)
    for seed in range(count):
        profiles, gains, _, quality, _ = trained(seed, noise=0.002)
        surface = fit_surface(profiles, gains, local_data=DATA, upper=TOP)
        weight = np.array(TOP) * quality  # what its rows are worth at the top
        agreed += int(np.argmax(np.array(TOP) * surface.quality) == np.argmax(weight))
    assert agreed >= 0.75 * count


def test_a_hump_is_followed() -> None:
    """One organization's rows first help and then harm: no concave curve does that."""
    profiles, gains, gain, *_ = trained(3, count=30, noise=0.002, hump=0.5)
    surface = fit_surface(profiles, gains, local_data=DATA, upper=TOP)
    line = np.tile(RAY[2], (9, 1))
    line[:, 0] = np.linspace(0, TOP[0], 9)
    assert np.abs(surface.mean(line) - gain(line)).max() < 0.03
    assert np.argmax(surface.mean(line)) == np.argmax(gain(line))
    trend = np.asarray(surface.curve.value(190.0 + line @ surface.quality))
    assert np.abs(trend - gain(line)).max() > 0.05


def test_qualities_stay_between_nothing_and_a_real_sample() -> None:
    extreme = quality_of(np.array([0.0, 40.0, -80.0, 0.0, 40.0]))
    assert (extreme >= 0).all()
    assert (extreme <= 1).all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"profiles": RAY[:3]}, "at least 4"),
        ({"gains": [1.0, 2.0, 3.0]}, r"`gains` \(K,\), got"),
        ({"gains": [1.0, np.nan, 2.0, 3.0]}, "`gains` must hold finite numbers"),
        ({"gains": [1.0] * 4}, "all 4 gains are 1; nothing can be learned"),
        ({"gains": [1e-200, 2e-200, 0.0, 0.0]}, "`gains` differ by 2e-200: count them in another"),
        ({"local_data": [0.0] * 3}, "must not be 0 everywhere"),
        ({"local_data": [1.0]}, "`local_data` must be 3 numbers"),
        ({"upper": [1.0, 2.0]}, "`upper` must be 3 numbers"),
        ({"upper": [1.0, -2.0, 3.0]}, "`upper` must hold finite numbers of at least 0"),
        ({"profiles": -RAY}, "`profiles` must hold finite numbers of at least 0"),
    ],
)
def test_malformed_input_is_named(change: dict[str, Any], words: str) -> None:
    given: dict[str, Any] = {
        "profiles": RAY, "gains": [0.0, 0.3, 0.2, 0.1], "local_data": DATA, "upper": TOP,
    } | change  # fmt: skip
    with pytest.raises(InvalidInputError, match=words):
        fit_surface(given.pop("profiles"), given.pop("gains"), **given)
