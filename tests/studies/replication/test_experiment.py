"""The experiment's cells, computed again by other means; failures recorded; nothing paid twice."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from coopetition.games.errors import OracleError
from coopetition.games.measured import MeasuredGame
from coopetition.oracles import ReferenceOracle, design_profiles, fit_gains, measure_gains
from coopetition.oracles.protocol.query import Query
from coopetition.solvers import solve
from coopetition.studies.replication import experiment
from coopetition.studies.replication.design import (
    BEST,
    FEES,
    PRICES,
    REDISTRIBUTION,
    Cell,
    Deal,
    ExperimentPlan,
    TrainedRun,
)
from coopetition.studies.replication.experiment import run_experiment

SMALL = ExperimentPlan(
    dataset="breast-cancer",
    seeds=2,
    alphas=(2.0,),
    levels=(0.0, 0.1),
    organizations=3,
    local_rows=60,
    most=60.0,
    profiles=10,
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
    """Damage .1, no rule, seed 1: measured, fitted, solved, trained, summed by loops."""
    names = [f"organization {n}" for n in (1, 2, 3)]
    oracle = ReferenceOracle(
        organizations=names, dataset="breast-cancer", alpha=2.0, local_rows=60, upper=60.0,
        rounds=3, epochs=1, seed=1, own_test=True,
    )  # fmt: skip
    profiles = design_profiles([60.0] * 3, 10, 1)
    measured = measure_gains(oracle, profiles, [3])
    fit = fit_gains(profiles, measured.means, local_data=oracle.sizes, upper=60.0)
    own = SMALL.columns(1)
    game = MeasuredGame(gains=fit.predict, max_contribution=[60.0] * 3, damage=0.1, **own)
    x = np.rint(solve(game).raise_if_failed().profile)

    def trained(profile: np.ndarray) -> np.ndarray:
        answers = oracle.evaluate([Query(tuple(profile.tolist()), seed=s) for s in (4, 5)])
        return np.mean([np.array(answer.gains, dtype=float) for answer in answers], axis=0)

    payoffs, gains = [], trained(x)
    for n, p in enumerate(own["value"]):
        absent = x.copy()
        absent[n] = 0.0
        cost = own["unit_cost"][n] * x[n] + own["quadratic_cost"][n] * x[n] ** 2 / 2
        brought = gains - trained(absent)
        harm = sum(0.1 * own["value"][m] * brought[m] for m in range(3) if m != n)
        payoffs.append(p * gains[n] - cost - harm)
    run = run_of(found[1], 1, Cell("damage", 0.1, "WPR"))
    assert run.generation == x.sum()
    assert run.gain == pytest.approx(gains.mean(), abs=1e-12)
    assert run.payoffs == pytest.approx(payoffs, rel=1e-9)
    assert run.welfare == pytest.approx(sum(payoffs), rel=1e-9)


def test_payments_move_money_and_make_none(found: tuple[list[Deal], list[TrainedRun]]) -> None:
    for run in found[1]:
        assert sum(run.payoffs) == pytest.approx(run.welfare, abs=1e-6)
        if run.cell.rule == FEES:
            same = run_of(found[1], run.seed, replace(run.cell, rule=PRICES))
            assert (run.generation, run.welfare) == (same.generation, same.welfare)


def test_a_random_matrix_has_the_mean_that_is_asked() -> None:
    rho = SMALL.matrix("random damage", 0.1, 1)
    assert rho.sum() / 6 == pytest.approx(0.1)
    assert (np.diag(rho) == 0).all()
    assert np.ptp(rho[~np.eye(3, dtype=bool)]) > 0.01
    assert np.allclose(SMALL.matrix("damage", 0.1, 1), 0.1 * (1 - np.eye(3)))


def test_every_cell_is_there_once(found: tuple[list[Deal], list[TrainedRun]]) -> None:
    deals, runs = found
    assert [(deal.alpha, deal.seed) for deal in deals] == SMALL.points
    assert len({(run.seed, run.cell) for run in runs}) == len(runs) == 2 * len(list(SMALL.cells()))
    assert not any(run.failure for run in runs)


def test_without_competition_rules_change_nothing(
    found: tuple[list[Deal], list[TrainedRun]],
) -> None:
    for seed in range(2):
        for rule in ("WCO", REDISTRIBUTION, BEST):
            one, other = (
                run_of(found[1], seed, Cell("damage", 0.0, name)) for name in (rule, "WPR")
            )
            assert (one.generation, one.welfare) == (other.generation, other.welfare)


def test_baselines_are_what_they_are_called(found: tuple[list[Deal], list[TrainedRun]]) -> None:
    runs = found[1]
    for seed in range(2):
        cell = Cell("damage", 0.1, "VCFL")
        assert run_of(runs, seed, cell).generation == 0
        drawn = run_of(runs, seed, replace(cell, rule="RaDG")).generation
        assert drawn == np.rint(SMALL.random_profiles(seed)).sum(axis=1).mean()
        ignoring = run_of(runs, seed, replace(cell, rule="WCO")).generation
        assert ignoring == run_of(runs, seed, replace(cell, rule="WPR", level=0.0)).generation


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
    return Deal(alpha, seed, 0.0, 0.9, 0.0, ""), []


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
