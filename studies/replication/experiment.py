"""The experiment: deal, measure, fit, solve, really train, score; for every skew and seed.

Every gain in the score is trained with seeds that neither the fit nor the direct route saw, those
of the damage term too: P(x) − P(0, x_−n) is the difference of two trainings.
"""

from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import CoopetitionError, InvalidInputError, OracleError
from coopetition.games.threads import one_thread
from coopetition.mechanisms import TransferRule, redistribute, redistribution
from coopetition.oracles import (
    Ledger,
    ParallelOracle,
    ReferenceOracle,
    design_profiles,
    fit_gain,
    measure,
)
from coopetition.oracles.federation.silos import load_dataset
from coopetition.oracles.parallel.executor import Processes, in_this_process
from coopetition.oracles.protocol.oracle import UtilityOracle
from coopetition.output.progress import Progress, silent
from coopetition.solvers import solve
from coopetition.studies.compare.compare import best_rate, without_competition, without_generation
from coopetition.studies.play.play import whole_samples
from coopetition.studies.replication.design import (
    BEST,
    DIRECT,
    PRICES,
    REDISTRIBUTION,
    RIVALRY_UNIT,
    Cell,
    Deal,
    ExperimentPlan,
    TrainedRun,
)
from coopetition.studies.replication.measured_equilibria import MeasuredGain, direct_equilibrium
from coopetition.studies.scenario.mechanism_table import MechanismSettings
from coopetition.studies.scenario.rules import optimal_prices

DealRuns = tuple[Deal, list[TrainedRun]]


def run_experiment(
    design: ExperimentPlan,
    ledger: Path | None,
    *,
    jobs: int = 1,
    cluster: str | None = None,
    progress: Progress = silent,
) -> tuple[list[Deal], list[TrainedRun]]:
    """Run the sweep; with a ledger no training is paid for twice.

    Each process takes a deal at a time. Their trainings may go to a cluster.
    """
    load_dataset(design.dataset)
    points, found = design.points, dict[tuple[float, int], DealRuns]()
    jobs = min(jobs, len(points))
    progress("training on deals of the data", 0, len(points))
    for alone in (False, True):
        left = [(design, *point, ledger, cluster) for point in points if point not in found]
        run = in_this_process if jobs == 1 else Processes(jobs).run
        for one in run(run_deal, left, alone):
            alpha, seed = one[0].alpha, one[0].seed
            found[alpha, seed] = one
            progress("training on deals of the data", len(found), len(points))
    if lost := [point for point in points if point not in found]:
        alpha, seed = lost[0]
        raise OracleError(
            f"{len(lost)} of {len(points)} deals killed their worker, also when run alone; "
            f"the first is α = {alpha:g}, seed {seed}"
        )
    deals = [found[point][0] for point in points]
    if all(deal.failure for deal in deals):
        raise InvalidInputError(f"nothing could be measured, the first reason: {deals[0].failure}")
    return deals, [run for point in points for run in found[point][1]]


def run_deal(
    design: ExperimentPlan, alpha: float, seed: int, ledger: Path | None, cluster: str | None = None
) -> DealRuns:
    """Run all cells of one skew and seed; a deal or fit that is refused is recorded as failed."""
    make = partial(ReferenceOracle, **oracle_settings(design, alpha, seed))
    try:
        oracle = make()
    except InvalidInputError as error:
        return _refused(design, Deal(alpha, seed, np.nan, "", np.nan, np.nan, str(error)))
    source: UtilityOracle = oracle
    if cluster is not None:
        source = ParallelOracle(make, cluster=cluster, spec=oracle.spec())
    if ledger is not None:
        source = Ledger(ledger, source)
    with one_thread(), closing(source):  # in this process as in others
        skew, bounds = float(oracle.skew.mean()), oracle.spec().upper
        fit_seeds, _ = design.training_seeds(seed)
        measured = measure(source, design_profiles(bounds, design.profiles, seed), fit_seeds)
        try:
            fit = fit_gain(measured, oracle.sizes)
        except InvalidInputError as error:
            return _refused(design, Deal(alpha, seed, skew, "", np.nan, np.nan, str(error)))
        base = CoopetitionRound(
            gain=fit.curve,
            local_data=np.array(oracle.sizes, dtype=float),
            max_contribution=design.most,
            quality=fit.quality,
            skew=oracle.skew,
            **design.columns(seed),
        )
        error_, quality = fit.held_out_error[fit.family], float(fit.quality[0])
        deal = Deal(alpha, seed, skew, fit.family, error_, quality, "")
        return deal, list(_scored(design, base, deal, source))


def oracle_settings(design: ExperimentPlan, alpha: float, seed: int) -> dict[str, Any]:
    """Return the settings of the `ReferenceOracle` that deals the data of one skew and seed."""
    return {
        "organizations": [f"organization {n + 1}" for n in range(design.organizations)],
        "dataset": design.dataset,
        "alpha": alpha,
        "local_rows": design.local_rows,
        "upper": design.most,
        "rounds": design.rounds,
        "epochs": design.epochs,
        "seed": seed,
    }


def game_of(base: CoopetitionRound, cell: Cell) -> CoopetitionRound:
    """Return the round of a cell."""
    return base.replace(
        personal_weight=cell.personal_weight,
        damage=cell.level if cell.kind == "damage" else 0.0,
        rivalry=RIVALRY_UNIT * cell.level if cell.kind == "rivalry" else 0.0,
    )


def chosen_profiles(
    design: ExperimentPlan, game: CoopetitionRound, cell: Cell, seed: int, gain: MeasuredGain
) -> Array:
    """Return what is contributed under a rule or baseline, whole samples, shape (draws, N).

    Raises
    ------
    CoopetitionError
        If there is no equilibrium.
    """
    if cell.rule == "VCFL":
        found = without_generation(game)
    elif cell.rule == "RaDG":
        found = design.random_profiles(seed)
    elif cell.route == DIRECT:
        found = _direct(design, game, cell, gain)
    elif cell.rule == "WCO":
        found = without_competition(game)
    elif cell.rule == "WPR":
        found = solve(game).raise_if_failed().profile
    else:
        rule = _rule(design, game, cell)
        found = solve(redistribute(game, rule)).raise_if_failed().profile
    return np.atleast_2d(whole_samples(found, game.max_contribution))


def _direct(
    design: ExperimentPlan, game: CoopetitionRound, cell: Cell, gain: MeasuredGain
) -> Array:
    """Let best responses go from zero to where they stop without competition, and on from there."""
    nothing = np.zeros_like(game.max_contribution)
    calm = game.replace(damage=0.0, rivalry=0.0)
    start = direct_equilibrium(calm, nothing, gain, nothing, design.step)
    if cell.rule == "WCO":
        return start
    rate = design.rate if cell.rule == REDISTRIBUTION else 0.0
    slope = redistribution(game, rate=rate, intensity=cell.level).slope
    return direct_equilibrium(game, slope, gain, start, design.step)


def _rule(design: ExperimentPlan, game: CoopetitionRound, cell: Cell) -> TransferRule:
    """Return a redistribution, whose intensity is the level of competition, or prices."""
    if cell.rule == PRICES:
        return optimal_prices(game)
    rate = design.rate
    if cell.rule == BEST:
        rate = best_rate(game, MechanismSettings(REDISTRIBUTION, intensity=cell.level))[0]
    return redistribution(game, rate=rate, intensity=cell.level)


def _refused(design: ExperimentPlan, deal: Deal) -> DealRuns:
    return deal, [_failed(deal, cell, deal.failure) for cell in design.cells()]


def _failed(deal: Deal, cell: Cell, why: str) -> TrainedRun:
    return TrainedRun(deal.alpha, deal.seed, cell, np.nan, np.nan, np.nan, np.nan, why)


def _scored(
    design: ExperimentPlan, base: CoopetitionRound, deal: Deal, oracle: UtilityOracle
) -> Iterator[TrainedRun]:
    """Solve every cell, train at the profile that came out, and score."""
    fit_seeds, holdout_seeds = design.training_seeds(deal.seed)
    seen, unseen = MeasuredGain(oracle, fit_seeds[:1]), MeasuredGain(oracle, holdout_seeds)
    for cell in design.cells():
        game = game_of(base, cell)
        try:
            made = chosen_profiles(design, game, cell, deal.seed, seen)
        except OracleError:
            raise
        except CoopetitionError as error:
            yield _failed(deal, cell, str(error))
            continue
        yield TrainedRun(
            deal.alpha,
            deal.seed,
            cell,
            generation=float(made.sum(axis=1).mean()),
            gain=float(unseen(made).mean()),
            predicted=float(np.mean(base.gain.value(base.form.aggregate(made)))),
            welfare=float(np.mean([trained_welfare(game, x, unseen) for x in made])),
            failure="",
        )


def trained_welfare(game: CoopetitionRound, x: Array, gain: MeasuredGain) -> float:
    """Return Σ U_n with trained gains in the place of the curve's, EUR."""
    shared, personal = float(gain(x[None])[0]), game.personal_gain(x)
    cost, rivalry = game.cost(x), game.rivalry.row_sums * personal - game.rivalry.weigh(personal)
    damage = np.zeros_like(x)
    if game.harm.any():
        without = np.where(np.eye(x.size, dtype=bool), 0.0, x)  # row n: n does not generate
        damage = game.harm * (shared - gain(without))
    return float((game.value * (shared + personal) - cost - damage + rivalry).sum())
