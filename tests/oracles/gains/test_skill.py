"""What a curve explains of measured gains, against slow loops and federations that are known."""

from itertools import product

import numpy as np
import pytest

from coopetition.games.arrays import Array
from coopetition.oracles.conformance.check import check_oracle
from coopetition.oracles.gains.fit import fit_gain
from coopetition.oracles.gains.measure import Measurements, design_profiles, measure
from coopetition.oracles.gains.skill import Skill, skill_of
from coopetition.oracles.protocol.oracle import FunctionOracle
from coopetition.oracles.search.gain_surface import fit_surface


def rng() -> np.random.Generator:
    return np.random.default_rng(4)


def one_seed(gains: Array, profiles: Array | None = None) -> Measurements:
    rows = np.arange(gains.size)[:, None] if profiles is None else profiles
    return Measurements(rows, gains[:, None])


def test_the_constant_is_the_mean_of_the_other_profiles() -> None:
    profiles = np.array([0, 1, 2, 3, 3, 4, 5, 5, 5, 6.0])[:, None]
    gains, misses = rng().normal(size=(2, 10))
    total = 0.0
    for k in range(10):
        others = [gains[m] for m in range(10) if profiles[m, 0] != profiles[k, 0]]
        total += (gains[k] - sum(others) / len(others)) ** 2
    found = skill_of(one_seed(gains, profiles), misses)
    assert found.value == pytest.approx(1 - sum(misses**2) / total, rel=1e-12)
    assert "7 left-out profiles" in found.how


def test_a_constant_has_no_skill_and_the_truth_has_all() -> None:
    gains = rng().normal(size=8)
    closed = 8 / 7 * (gains - gains.mean())  # what the mean of the others misses
    assert skill_of(one_seed(gains), closed).value == pytest.approx(0.0, abs=1e-12)
    assert skill_of(one_seed(gains), 0 * gains).value == 1.0


def test_noise_of_seeds_is_no_fault_of_the_curve() -> None:
    truth = np.linspace(0.0, 1.0, 40)
    known, luck = [], rng()
    for _ in range(400):
        common, own = 5 * luck.normal(size=3), luck.normal(size=(40, 3))
        data = Measurements(truth[:, None], truth[:, None] + common + 0.3 * own)
        missed = data.means - common.mean() - truth + 0.2  # the curve is wrong by 0.2 everywhere
        raw = skill_of(one_seed(data.means), missed).value
        found = skill_of(data, missed)
        assert "noise of 3 seeds" in found.how
        assert raw is not None
        assert found.value is not None
        known.append((raw, found.value))
    apart = 40 / 39 * (truth - truth.mean())
    true = 1 - 40 * 0.2**2 / float(apart @ apart)
    raw, clean = np.mean(known, axis=0)
    assert clean == pytest.approx(true, abs=0.02)
    assert raw < true - 0.1


def test_noise_stays_in_where_gains_are_little_else() -> None:
    values = rng().normal(size=(9, 2))
    data = Measurements(np.arange(9.0)[:, None], values)
    found = skill_of(data, 9 / 8 * (data.means - data.means.mean()))
    assert found.value == pytest.approx(0.0, abs=1e-12)
    assert "seeds" not in found.how


@pytest.mark.parametrize(
    ("gains", "misses", "why"),
    [
        (np.arange(5.0), np.zeros(5), "6 profiles are needed, got 5"),
        (np.full(7, 0.3), np.zeros(7), "all gains that were measured are the same"),
        (np.arange(7.0), np.full(7, np.nan), "no curve can be fitted"),
    ],
)
def test_what_cannot_be_known_is_unknown_with_the_reason(
    gains: Array, misses: Array, why: str
) -> None:
    found = skill_of(one_seed(gains), misses)
    assert (found.value, found.verdict, found.nothing) == (None, "unknown", False)
    assert why in found.how
    assert "unknown" in str(found)


def test_words_follow_the_thresholds() -> None:
    words = {value: Skill(value, "").verdict for value in (-0.2, 0.0, 0.01, 0.5, 0.51)}
    assert [*words.values()] == [
        *["no better than a constant"] * 2, *["weak"] * 2, "explains most",
    ]  # fmt: skip


def test_copies_of_a_profile_are_left_out_together() -> None:
    profiles = np.concatenate([design_profiles([400.0], 7), [[400.0], [400.0]]])
    values = 1 - 2 * (100 + profiles) ** -0.4 + 0.02 * rng().normal(size=(9, 1))
    fit = fit_gain(Measurements(profiles, values), [100.0], 1.0, families=("power",))
    copies = profiles[:, 0] == 400.0
    assert copies.sum() == 4  # alone and with everybody is the same for one
    rest = Measurements(profiles[~copies], values[~copies])
    without = fit_gain(rest, [100.0], 1.0, families=("power",)).curve
    expected = values[copies, 0] - float(without.value(np.array(500.0)))
    assert fit.held_out_misses["power"][copies] == pytest.approx(expected, abs=1e-4)


def test_the_trend_of_a_surface_is_judged_without_its_heterogeneity() -> None:
    x = np.array([*product((0.0, 50.0, 100.0), repeat=2)])
    common = 1 - 2 * (40 + x.sum(axis=1)) ** -0.4
    for harm, least, most in ((0.0, 0.9, 1.0), (1.0, -9.0, 0.6)):
        gains = common - harm * np.sin(np.pi * x[:, 1] / 100)  # half of its rows hurt, all do not
        surface = fit_surface(x, gains, local_data=[20.0, 20.0], upper=[100.0, 100.0])
        value = skill_of(one_seed(gains, x), surface.trend_misses()).value
        assert value is not None
        assert least < value <= most


def test_the_conformance_kit_says_whether_one_curve_does() -> None:
    def good(x: Array) -> float:
        return float(1 - 2 * (60 + x.sum()) ** -0.4)

    def harmful(x: Array) -> float:
        return float(0.01 * x[0] - 0.008 * x[1] + 0.002 * x[2])

    found = {}
    for name, function in (("good", good), ("harmful", harmful)):
        oracle = FunctionOracle(function=function, upper=(80.0,) * 3)
        report = check_oracle(oracle, seeds=(0,), local_data=[20.0] * 3)
        (found[name],) = [one for one in report.findings if one.name == "one curve"]
        assert report.passed
    assert found["good"].verdict == "pass"
    assert "skill 1 of at most 1" in found["good"].detail
    assert found["harmful"].verdict == "warn"
    data = measure(oracle, design_profiles([80.0] * 3, 8), [0])
    assert data.repeated() == [[k] for k in range(8)]
