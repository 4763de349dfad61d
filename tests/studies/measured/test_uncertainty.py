"""How sure the numbers of a measured scenario are, against replications of the measurement."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coopetition.games.arrays import Array
from coopetition.games.coopetition.gain import PowerGain
from coopetition.oracles import Measurements, fit_gain
from coopetition.oracles.protocol.oracle import FunctionOracle
from coopetition.studies import parse_scenario, run_study
from coopetition.studies.measured.backends import Backend
from coopetition.studies.measured.measured import Measured, measure_with
from coopetition.studies.measured.uncertainty import (
    Uncertainty,
    jackknife_error,
    study_uncertainty,
    tied_families,
)
from coopetition.studies.solve.study import Study
from tests.campaign import draws
from tests.studies.command import MEASURED, TWO, coopetition, written

DATA = np.array([60.0, 90.0, 40.0])
CURVE = PowerGain(1.0, 40.0, 1.0)
FULL = 400.0
TRUE = """
name = "known curve"
[oracle]
kind = "reference"
dataset = "breast-cancer"
profiles = 9
seeds = SEEDS
[competition]
damage = 0.1
[mechanism]
rule = "bilateral-prices"
fees = "equal-gain"
""" + "".join(
    f"""[[organization]]
name = "{name}"
max_contribution = {FULL}
value = {value}
unit_cost = {cost}
quadratic_cost = 1e-3
quality = 0.5
"""
    for name, value, cost in (("North", 1000.0, 0.1), ("South", 1200.0, 0.12), ("West", 900.0, 0.1))
)


def oracle(noise: float, curve: Callable[[Array], Array] = CURVE.value) -> FunctionOracle:
    """Return a known curve plus Gaussian noise, half of it common to all queries of a seed."""

    def gain(x: Array, coalition: Any, seed: int) -> float:
        members = list(range(3)) if coalition is None else list(coalition)
        omega = np.array(float((DATA + 0.5 * x)[members].sum()))
        words = [seed, sum(1 << n for n in members), *(int(8 * value) for value in x)]
        common = np.random.default_rng([seed, 77]).normal()
        own = np.random.default_rng(words).normal()
        return float(curve(omega)) + noise * (common + own) / np.sqrt(2)

    return FunctionOracle(
        function=gain, upper=(FULL,) * 3, organizations=("North", "South", "West")
    )


def solved(
    noise: float,
    seeds: range = range(5),
    curve: Callable[[Array], Array] = CURVE.value,
    text: str = TRUE,
) -> tuple[Measured, Study]:
    scenario = parse_scenario(tomllib.loads(text.replace("SEEDS", str(len(seeds)))))
    backend = Backend(oracle(noise, curve), DATA, np.zeros(3))
    measured = measure_with(scenario, backend, seeds)
    assert isinstance(measured, Measured)
    return measured, run_study(measured.game, scenario.mechanism, alone=measured.alone)


def unsure(measured: Measured, study: Study) -> Uncertainty:
    found = study_uncertainty(measured, study)
    assert found is not None
    return found


@given(st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=12), st.floats(-5, 5))
def test_for_a_mean_it_is_the_textbook_standard_error(data: list[float], slope: float) -> None:
    values = np.array(data)
    replicates = [3.0 + slope * np.delete(values, s).mean() for s in range(values.size)]
    textbook = abs(slope) * values.std(ddof=1) / np.sqrt(values.size)
    assert jackknife_error(replicates) == pytest.approx(textbook, rel=1e-6, abs=1e-8)


@pytest.mark.campaign
def test_it_is_what_replications_of_the_measurement_scatter_by() -> None:
    runs = [solved(0.002, range(5 * k, 5 * k + 5)) for k in range(draws(16, 80))]
    assert {measured.fit.family for measured, _ in runs} == {"power"}  # its choice adds no scatter
    stated = [unsure(*run).errors for run in runs[:8]]
    for key in ("contribution", "payoff", "transfer", "fee", "autarky"):
        values = [
            study.outside["autarky"] if key == "autarky" else getattr(study, key)
            for _, study in runs
        ]
        scatter = np.std(np.array(values), axis=0, ddof=1)
        reported = np.sqrt(np.mean([errors[key] ** 2 for errors in stated], axis=0))
        assert (scatter > 0).all()
        assert (0.5 < reported / scatter).all(), key
        assert (reported / scatter < 2.0).all(), key


def test_without_noise_it_is_zero() -> None:
    found = unsure(*solved(0.0))
    assert not found.reason
    for error in found.errors.values():
        assert (error == 0).all()


def test_families_are_told_apart_where_the_data_do() -> None:
    measured, study = solved(0.002)
    assert tied_families(measured.fit) == []
    assert "Held-out" not in str(unsure(measured, study))


@pytest.mark.campaign
def test_the_true_family_is_hardly_ever_ruled_out() -> None:
    unknown, curve = TRUE.replace("quality = 0.5\n", ""), PowerGain(1.0, 2.0, 0.5).value
    fits = [
        solved(0.004, range(5 * k, 5 * k + 5), curve, unknown)[0].fit for k in range(draws(10, 40))
    ]
    assert len({fit.family for fit in fits}) > 1  # noise decides
    named = [fit for fit in fits if "power" in {fit.family, *tied_families(fit)}]
    assert len(named) >= 0.9 * len(fits)


def test_the_answer_under_another_family_is_that_familys() -> None:
    unknown, curve = TRUE.replace("quality = 0.5\n", ""), PowerGain(1.0, 2.0, 0.5).value
    measured, study = solved(0.004, range(5), curve, unknown)
    found = unsure(measured, study)
    assert found.rivals
    for name, rival in found.rivals.items():
        fit = fit_gain(measured.measurements, DATA, families=(name,))
        own = run_study(measured.game.replace(gain=fit.curve, quality=fit.quality), study.settings)
        assert rival.contribution == pytest.approx(own.contribution, rel=1e-9)
        assert f"with {name}" in str(found)
    said = found.to_dict()["families"]
    assert [entry["family"] for entry in said] == list(found.rivals)


def test_leaving_out_one_of_two_seeds_is_not_enough() -> None:
    found = unsure(*solved(0.002, range(2)))
    assert not found.errors
    assert "at least 3 seeds" in found.reason
    assert found.to_dict()["payoff"] is None
    assert str(found).startswith("No standard errors: ")


def test_a_contribution_at_its_bound_does_not_scatter_and_that_is_said() -> None:
    found = unsure(*solved(0.002, text=TRUE.replace("= 1000.0", "= 90000.0")))
    assert found.study.contribution[0] == FULL
    assert found.errors["contribution"][0] == 0
    assert found.errors["payoff"][0] > 0
    assert "at its bound whichever seed is left out" in str(found)


def test_an_adaptive_design_states_none() -> None:
    text = TRUE.replace("profiles = 9\nseeds = SEEDS", 'design = "adaptive"')
    measured, study = solved(0.0, text=text.replace("quality = 0.5\n", ""))
    assert measured.search is not None
    assert study_uncertainty(measured, study) is None


def test_the_alone_payoff_is_a_jackknife_of_what_was_measured() -> None:
    measured, study = solved(0.002)
    gains = measured.alone_gains
    assert isinstance(gains, Measurements)
    game, levels = measured.game, gains.profiles.sum(axis=1).reshape(3, -1)
    cost = game.unit_cost[:, None] * levels + 0.5 * game.quadratic_cost[:, None] * levels**2
    best = []
    for s in range(5):
        means = np.delete(gains.values, s, axis=1).mean(axis=1).reshape(3, -1)
        best.append((game.value[:, None] * means - cost).max(axis=1))
    by_hand = np.sqrt(4 / 5 * ((np.array(best) - np.mean(best, axis=0)) ** 2).sum(axis=0))
    assert unsure(measured, study).errors["autarky"] == pytest.approx(by_hand, rel=1e-9)


def test_a_person_reads_it_and_a_program_too(tmp_path: Path) -> None:
    path = written(tmp_path, MEASURED.replace("seeds = 2\nholdout", "seeds = 3\nholdout"))
    told = coopetition("solve", path)
    assert told.code == 0, told.err
    assert "± one standard error (jackknife over 3 seeds)" in told.out
    assert "on the fitted curve (tolerance" in told.out
    assert "trained, none gains more than 1 % of a payoff beyond the errors" in told.out
    said = coopetition("solve", path, "--json").document["measured"]["uncertainty"]
    assert said["seeds"] == 3
    assert said["method"] == "jackknife over seeds, family fixed"
    for key in ("contribution", "transfer", "fee", "payoff", "autarky"):
        assert len(said[key]) == 2
        assert min(said[key]) >= 0
    assert max(said["payoff"]) > 0


def test_a_given_curve_has_no_fitted_one(tmp_path: Path) -> None:
    told = coopetition("solve", written(tmp_path, TWO))
    assert "fitted curve" not in told.out
    assert "±" not in told.out
