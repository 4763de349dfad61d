"""The experiment's cells, computed again by other means; failures recorded; nothing paid twice."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coopetition.games.coopetition.gain import PowerGain
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError, OracleError, UnsupportedGameError
from coopetition.oracles import Ledger, ReferenceOracle, design_profiles, fit_gain, measure
from coopetition.oracles.protocol.oracle import FunctionOracle
from coopetition.oracles.protocol.query import Query
from coopetition.solvers import best_response_dynamics
from coopetition.studies.replication import experiment
from coopetition.studies.replication.design import (
    BEST,
    PRICES,
    REDISTRIBUTION,
    Cell,
    Deal,
    ExperimentPlan,
    TrainedRun,
)
from coopetition.studies.replication.experiment import run_experiment, trained_welfare
from coopetition.studies.replication.measured_equilibria import MeasuredGain, direct_equilibrium
from tests.oracles.images import write_folder

SMALL = ExperimentPlan(
    dataset="breast-cancer",
    seeds=2,
    alphas=(2.0,),
    levels=(0.0, 0.1),
    organizations=3,
    local_rows=60,
    most=60.0,
    profiles=8,
    step=20.0,
    draws=2,
    rounds=3,
    epochs=1,
)


@pytest.fixture(scope="module")
def found() -> tuple[list[Deal], list[TrainedRun]]:
    pytest.importorskip("sklearn")
    return run_experiment(SMALL, None)


def run_of(runs: list[TrainedRun], seed: int, cell: Cell) -> TrainedRun:
    return next(run for run in runs if (run.seed, run.cell) == (seed, cell))


def test_a_cell_is_what_the_parts_say(found: tuple[list[Deal], list[TrainedRun]]) -> None:
    """Damage .1, no rule, seed 1: measured, fitted, solved by best responses, trained, summed."""
    names = [f"organization {n}" for n in (1, 2, 3)]
    oracle = ReferenceOracle(
        organizations=names, dataset="breast-cancer", alpha=2.0, local_rows=60, upper=60.0,
        rounds=3, epochs=1, seed=1,
    )  # fmt: skip
    measured = measure(oracle, design_profiles([60.0] * 3, 8, 1), [4, 5])
    fit = fit_gain(measured, oracle.sizes)
    own = SMALL.columns(1)
    game = CoopetitionRound(
        gain=fit.curve, local_data=oracle.sizes, max_contribution=60.0, quality=fit.quality,
        skew=oracle.skew, personal_weight=0.05, damage=0.1, **own,
    )  # fmt: skip
    x = np.rint(best_response_dynamics(game).raise_if_failed().profile)

    def trained(profile: np.ndarray) -> float:
        answers = oracle.evaluate([Query(tuple(profile.tolist()), seed=s) for s in (6, 7)])
        return float(np.mean([answer.gain for answer in answers if answer.gain is not None]))

    welfare = 0.0
    for n, p in enumerate(own["value"]):
        absent = x.copy()
        absent[n] = 0.0
        data = oracle.sizes[n]
        personal = -0.05 * oracle.skew[n] * data / (data + x[n])
        cost = own["unit_cost"][n] * x[n] + own["quadratic_cost"][n] * x[n] ** 2 / 2
        harm = 0.1 * (own["value"].sum() - p) * (trained(x) - trained(absent))
        welfare += p * (trained(x) + personal) - cost - harm
    run = run_of(found[1], 1, Cell("curve", 0.05, "damage", 0.1, "WPR"))
    assert run.generation == x.sum() > 0
    assert run.gain == pytest.approx(trained(x), abs=1e-12)
    assert run.welfare == pytest.approx(welfare, rel=1e-12)


def test_every_cell_is_there_once(found: tuple[list[Deal], list[TrainedRun]]) -> None:
    deals, runs = found
    assert [(deal.alpha, deal.seed) for deal in deals] == SMALL.points
    assert len({(run.seed, run.cell) for run in runs}) == len(runs) == 2 * len(list(SMALL.cells()))
    assert not any(run.failure for run in runs)


def test_without_competition_rules_change_nothing(
    found: tuple[list[Deal], list[TrainedRun]],
) -> None:
    for seed in range(2):
        for route, rules in (
            ("curve", ("WCO", REDISTRIBUTION, BEST)),
            ("direct", ("WCO", REDISTRIBUTION)),
        ):
            for rule in rules:
                one, other = (
                    run_of(found[1], seed, Cell(route, 0.05, "damage", 0.0, name))
                    for name in (rule, "WPR")
                )
                assert (one.generation, one.welfare) == (other.generation, other.welfare)


def test_baselines_are_what_they_are_called(found: tuple[list[Deal], list[TrainedRun]]) -> None:
    runs = found[1]
    for seed in range(2):
        cell = Cell("curve", 0.05, "damage", 0.1, "VCFL")
        assert run_of(runs, seed, cell).generation == 0
        drawn = run_of(runs, seed, replace(cell, rule="RaDG")).generation
        assert drawn == np.rint(SMALL.random_profiles(seed)).sum(axis=1).mean()
        ignoring = run_of(runs, seed, replace(cell, rule="WCO")).generation
        assert ignoring == run_of(runs, seed, replace(cell, rule="WPR", level=0.0)).generation
        prices = run_of(runs, seed, replace(cell, rule=PRICES)).generation
        assert prices >= run_of(runs, seed, replace(cell, rule="WPR")).generation


def test_a_second_run_trains_nothing_and_says_the_same(
    tmp_path: Path, found: tuple[list[Deal], list[TrainedRun]], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "gains.sqlite"
    assert run_experiment(SMALL, file, jobs=2) == found

    def refuse(*_: object) -> None:
        raise AssertionError("trained")

    monkeypatch.setattr(ReferenceOracle, "weights", refuse)
    assert run_experiment(SMALL, file) == found


def deadly_deal(
    design: ExperimentPlan, alpha: float, seed: int, ledger: Path, cluster: str | None
) -> tuple[Deal, list[TrainedRun]]:
    """Note who was dealt; seed 1 kills its process."""
    if seed == 1:
        os._exit(7)
    (ledger / f"{seed}").touch()
    return Deal(alpha, seed, 0.0, "", 0.0, 1.0, ""), []


def test_a_deal_that_kills_its_worker_is_named_and_costs_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("sklearn")
    monkeypatch.setattr(experiment, "run_deal", deadly_deal)
    with pytest.raises(OracleError, match=r"^1 of 2 deals killed .* first is α = 2, seed 1$"):
        run_experiment(SMALL, tmp_path, jobs=2)
    assert [path.name for path in tmp_path.iterdir()] == ["0"]


def test_a_run_that_was_stopped_goes_on(
    tmp_path: Path, found: tuple[list[Deal], list[TrainedRun]]
) -> None:
    class StoppedError(Exception):
        pass

    def stop(what: str, done: int, total: int | None) -> None:
        if done:
            raise StoppedError

    with pytest.raises(StoppedError):
        run_experiment(SMALL, tmp_path / "gains.sqlite", progress=stop)
    assert run_experiment(SMALL, tmp_path / "gains.sqlite") == found


def test_a_refused_deal_is_recorded() -> None:
    pytest.importorskip("sklearn")
    deals, runs = run_experiment(replace(SMALL, seeds=1, alphas=(1e-3, 5.0), organizations=5), None)
    assert "take a larger alpha" in deals[0].failure
    assert not deals[1].failure
    failed = [run for run in runs if run.failure]
    assert len(failed) == len(list(SMALL.cells()))
    assert {run.alpha for run in failed} == {1e-3}
    assert all(np.isnan(run.welfare) and run.failure == deals[0].failure for run in failed)


def test_a_refused_fit_is_recorded(tmp_path: Path) -> None:
    """Images without any information: the more rows, the worse the model."""
    write_folder(tmp_path, side=6, rows=90, tests=60, noise=True)
    design = replace(SMALL, dataset=str(tmp_path), seeds=1, rounds=20)
    with pytest.raises(InvalidInputError, match=r"nothing could be measured.*rise"):
        run_experiment(design, None)


# The direct route


def curved(game: CoopetitionRound) -> FunctionOracle:
    return FunctionOracle(
        function=lambda x: float(game.gain.value(game.form.aggregate(x))),
        upper=game.max_contribution.tolist(),
    )


def random_game(seed: int) -> CoopetitionRound:
    rng = np.random.default_rng(seed)
    return CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.4),
        local_data=rng.uniform(20, 200, 3),
        max_contribution=rng.uniform(50, 300, 3),
        value=rng.uniform(800, 1200, 3),
        unit_cost=rng.uniform(0.02, 0.3, 3),
        quadratic_cost=rng.uniform(0, 2e-3, 3),
        skew=rng.uniform(0, 1, 3),
        personal_weight=0.05,
        damage=rng.uniform(0, 0.2, (3, 3)) * (1 - np.eye(3)),
        rivalry=rng.uniform(0, 200, (3, 3)) * (1 - np.eye(3)),
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_welfare_with_a_curve_for_training_is_the_round_s(seed: int) -> None:
    game = random_game(seed)
    x = game.spaces.sample(np.random.default_rng(seed), 1)[0]
    gain = MeasuredGain(curved(game), range(1))
    assert trained_welfare(game, x, gain) == pytest.approx(float(game.welfare(x)), rel=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_nobody_gains_on_the_lattice(seed: int) -> None:
    game, rng = random_game(seed), np.random.default_rng(seed)
    slope = rng.uniform(-0.1, 0.3, 3)
    found = direct_equilibrium(game, slope, MeasuredGain(curved(game), range(1)), np.zeros(3), 20.0)
    payoff = game.payoffs(found) + slope * found
    for n in range(3):
        for choice in np.arange(0.0, game.max_contribution[n] + 1e-9, 20.0):
            other = found.copy()
            other[n] = choice
            assert (game.payoffs(other) + slope * other)[n] <= payoff[n] + 1e-6


def test_negative_weights_are_refused() -> None:
    game = random_game(1).replace(damage=1.0)
    with pytest.raises(UnsupportedGameError, match="weight is negative"):
        direct_equilibrium(
            game, np.zeros(3), MeasuredGain(curved(game), range(1)), np.zeros(3), 9.0
        )


def test_a_profile_is_trained_once(tmp_path: Path) -> None:
    oracle = FunctionOracle(function=lambda x, seed: float(x.sum()) + seed, upper=(9.0, 9.0))
    with Ledger(tmp_path / "gains.sqlite", oracle) as ledger:
        gain = MeasuredGain(ledger, range(2))
        rows = np.array([[1.0, 2.0], [0.0, 0.0], [1.0, 2.0]])
        assert gain(rows).tolist() == [3.5, 0.5, 3.5]
        assert gain(rows[:1]).tolist() == [3.5]
        assert len(list(ledger.records())) == 4


@pytest.mark.parametrize("seeds", [0, -1])
def test_a_sweep_of_nothing_is_refused(seeds: int) -> None:
    with pytest.raises(InvalidInputError, match="`seeds` must be at least 1"):
        ExperimentPlan(seeds=seeds)


def test_no_training_seed_is_used_twice() -> None:
    used = [seed for s in range(5) for part in SMALL.training_seeds(s) for seed in part]
    assert len(set(used)) == len(used) == 5 * 4
