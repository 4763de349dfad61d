"""The experiment's cells, computed again by other means; failures recorded; nothing paid twice."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError, OracleError
from coopetition.games.measured import MeasuredGame, SeparableGains
from coopetition.oracles import Ledger, ReferenceOracle, design_profiles, fit_gains, measure_gains
from coopetition.oracles.protocol.oracle import FunctionOracle
from coopetition.oracles.protocol.query import Query
from coopetition.solvers import solve
from coopetition.studies.replication import experiment
from coopetition.studies.replication.design import (
    BEST,
    DAMAGE,
    FEES,
    PRICES,
    RANDOM,
    REDISTRIBUTION,
    RIVALRY,
    Cell,
    Deal,
    ExperimentPlan,
    TrainedRun,
)
from coopetition.studies.replication.experiment import (
    TrainedGains,
    agreed,
    run_experiment,
    trained_payoffs,
)

SMALL = ExperimentPlan(
    dataset="breast-cancer",
    seeds=2,
    alphas=(2.0,),
    levels=(0.0, 0.1),
    organizations=3,
    local_rows=60,
    most=60.0,
    profiles=8,
    fit_seeds=2,
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
    """Damage .1, no rule, seed 1: measured, fitted, solved, trained, summed by hand."""
    names = [f"organization {n}" for n in (1, 2, 3)]
    oracle = ReferenceOracle(
        organizations=names, dataset="breast-cancer", alpha=2.0, local_rows=60, upper=60.0,
        rounds=3, epochs=1, seed=1, own_test=True,
    )  # fmt: skip
    profiles = design_profiles([60.0] * 3, 8, 1)
    measured = measure_gains(oracle, profiles, [4, 5])
    fit = fit_gains(
        profiles, measured.means, standard_errors=measured.standard_errors,
        local_data=oracle.sizes, upper=60.0,
    )  # fmt: skip
    own = SMALL.columns(1)
    game = MeasuredGame(
        gains=fit.predict, max_contribution=[60.0] * 3, damage=0.1, organizations=names, **own
    )
    x = np.rint(solve(game).raise_if_failed().profile)

    def trained(profile: Array) -> Array:
        answers = oracle.evaluate([Query(tuple(profile.tolist()), seed=s) for s in (6, 7)])
        return np.mean([np.array(answer.gains, float) for answer in answers], axis=0)

    payoffs = []
    for n in range(3):
        absent = x.copy()
        absent[n] = 0.0
        cost = own["unit_cost"][n] * x[n] + own["quadratic_cost"][n] * x[n] ** 2 / 2
        brought = own["value"] * (trained(x) - trained(absent))
        harm = 0.1 * (brought.sum() - brought[n])
        payoffs.append(own["value"][n] * trained(x)[n] - cost - harm)
    run = run_of(found[1], 1, Cell(DAMAGE, 0.1, "WPR"))
    assert run.generation == x.sum() > 0
    assert run.gain == pytest.approx(trained(x).mean(), abs=1e-12)
    assert run.payoffs == pytest.approx(payoffs, rel=1e-12)
    assert run.welfare == pytest.approx(sum(payoffs), rel=1e-12)


def test_every_cell_is_there_once(found: tuple[list[Deal], list[TrainedRun]]) -> None:
    deals, runs = found
    assert [(deal.alpha, deal.seed) for deal in deals] == SMALL.points
    assert len({(run.seed, run.cell) for run in runs}) == len(runs) == 2 * len(list(SMALL.cells()))
    assert not any(run.failure for run in runs)


def test_without_competition_redistribution_changes_nothing(
    found: tuple[list[Deal], list[TrainedRun]],
) -> None:
    for seed in range(2):
        for rule in ("WCO", REDISTRIBUTION, BEST):
            one, other = (run_of(found[1], seed, Cell(DAMAGE, 0.0, name)) for name in (rule, "WPR"))
            assert (one.generation, one.welfare) == (other.generation, other.welfare)


def test_baselines_are_what_they_are_called(found: tuple[list[Deal], list[TrainedRun]]) -> None:
    runs = found[1]
    for seed in range(2):
        cell = Cell(DAMAGE, 0.1, "VCFL")
        assert run_of(runs, seed, cell).generation == 0
        drawn = run_of(runs, seed, replace(cell, rule="RaDG")).generation
        assert drawn == np.rint(SMALL.random_profiles(seed)).sum(axis=1).mean()
        ignoring = run_of(runs, seed, replace(cell, rule="WCO")).generation
        assert ignoring == run_of(runs, seed, replace(cell, rule="WPR", level=0.0)).generation


def test_transfers_and_fees_sum_to_zero(found: tuple[list[Deal], list[TrainedRun]]) -> None:
    for run in found[1]:
        assert sum(run.payoffs) == pytest.approx(run.welfare, rel=1e-9)


def test_fees_promise_everybody_the_same_over_no_rule() -> None:
    game = formula_game()
    made, rule, fee = agreed(SMALL, game, Cell(DAMAGE, 0.1, FEES), 0)
    assert rule is not None
    free = game.payoffs(solve(game).profile)
    better = game.payoffs(made[0]) + rule(game, made[0]) + fee - free
    assert better == pytest.approx([better.mean()] * 3, rel=1e-9)
    assert fee.sum() == pytest.approx(0.0, abs=1e-9)
    prices = agreed(SMALL, game, Cell(DAMAGE, 0.1, PRICES), 0)
    assert made.tolist() == prices[0].tolist()
    assert not prices[2].any()


def test_a_random_matrix_has_the_mean_that_it_is_called_by() -> None:
    for seed in range(5):
        for kind in (DAMAGE, RANDOM, RIVALRY):
            rho = SMALL.matrix(kind, 0.1, seed)
            off = rho[~np.eye(3, dtype=bool)]
            assert off.mean() == pytest.approx(0.1, rel=1e-12)
            assert (np.ptp(off) > 0.01) == (kind == RANDOM)
    assert (SMALL.matrix(RANDOM, 0.1, 0) != SMALL.matrix(RANDOM, 0.1, 1)).any()


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
    return Deal(alpha, seed, 0.0, 0.5, 0.1, ""), []


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


# What is trained in place of the fit


def formula_game() -> MeasuredGame:
    effect = np.array([[0.3, 0.1, 0.05], [0.1, 0.25, 0.0], [-0.05, 0.1, 0.3]])
    return MeasuredGame(
        gains=SeparableGains(np.zeros(3), effect, 4.0, np.full(3, 60.0)),
        max_contribution=[60.0] * 3,
        damage=0.1,
        rivalry=20.0,
        **SMALL.columns(0),
    )


def test_payoffs_with_the_fit_for_training_are_the_game_s() -> None:
    game = formula_game()
    oracle = FunctionOracle(function=lambda x: game.gains_at(x), upper=(60.0,) * 3, own_gains=True)
    for x in game.spaces.sample(np.random.default_rng(0), 5):
        found = trained_payoffs(game, x, TrainedGains(oracle, range(1)))
        assert found == pytest.approx(game.payoffs(x), rel=1e-12)


def test_a_profile_is_trained_once(tmp_path: Path) -> None:
    oracle = FunctionOracle(
        function=lambda x, seed: [x.sum() + seed, -x[0]], upper=(9.0, 9.0), own_gains=True
    )
    with Ledger(tmp_path / "gains.sqlite", oracle) as ledger:
        gains = TrainedGains(ledger, range(2))
        rows = np.array([[1.0, 2.0], [0.0, 0.0], [1.0, 2.0]])
        assert gains(rows).tolist() == [[3.5, -1.0], [0.5, 0.0], [3.5, -1.0]]
        assert gains(rows[:1]).tolist() == [[3.5, -1.0]]
        assert len(list(ledger.records())) == 4


@pytest.mark.parametrize("seeds", [0, -1])
def test_a_sweep_of_nothing_is_refused(seeds: int) -> None:
    with pytest.raises(InvalidInputError, match="`seeds` must be at least 1"):
        ExperimentPlan(seeds=seeds)


def test_no_training_seed_is_used_twice() -> None:
    used = [seed for s in range(5) for part in SMALL.training_seeds(s) for seed in part]
    assert len(set(used)) == len(used) == 5 * 4
