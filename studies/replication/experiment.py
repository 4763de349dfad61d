"""The experiment: deal, measure, fit, solve, really train, score; for every skew and seed.

Everybody's own gain is measured on its own test rows. Every gain in the score is trained with seeds
that the fit did not see, those of the damage term too: G_m(x) − G_m(0, x_−n) is the difference of
two trainings.
"""

from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.errors import CoopetitionError, InvalidInputError, OracleError
from coopetition.games.measured import MeasuredGame
from coopetition.games.threads import one_thread
from coopetition.mechanisms import TransferRule, bilateral_prices, redistribute, redistribution
from coopetition.oracles import (
    Ledger,
    ParallelOracle,
    ReferenceOracle,
    design_profiles,
    fit_gains,
    measure_gains,
)
from coopetition.oracles.federation.silos import load_dataset
from coopetition.oracles.parallel.executor import Processes, in_this_process
from coopetition.oracles.protocol.oracle import UtilityOracle
from coopetition.output.progress import Progress, silent
from coopetition.solvers import solve, solve_planner
from coopetition.studies.compare.compare import without_competition, without_generation
from coopetition.studies.play.play import whole_samples
from coopetition.studies.replication.design import (
    BEST,
    FEES,
    PRICES,
    RATES,
    RIVALRY,
    RIVALRY_UNIT,
    Cell,
    Deal,
    ExperimentPlan,
    TrainedRun,
)

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
        return _refused(design, Deal(alpha, seed, np.nan, np.nan, np.nan, str(error)))
    source: UtilityOracle = oracle
    if cluster is not None:
        source = ParallelOracle(make, cluster=cluster, spec=oracle.spec())
    if ledger is not None:
        source = Ledger(ledger, source)
    with one_thread(), closing(source):  # in this process as in others
        skew, upper = float(oracle.skew.mean()), oracle.spec().upper
        fit_seeds, _ = design.training_seeds(seed)
        profiles = design_profiles(upper, design.profiles, seed)
        found = measure_gains(source, profiles, fit_seeds)
        try:
            fit = fit_gains(
                profiles,
                found.means,
                standard_errors=found.standard_errors,
                local_data=oracle.sizes,
                upper=upper,
            )
        except InvalidInputError as error:
            return _refused(design, Deal(alpha, seed, skew, np.nan, np.nan, str(error)))
        base = MeasuredGame(gains=fit.predict, max_contribution=upper, **design.columns(seed))
        skill = np.nan if fit.skill.value is None else fit.skill.value
        deal = Deal(alpha, seed, skew, skill, float(fit.held_out_error.max()), "")
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
        "own_test": True,
    }


def game_of(design: ExperimentPlan, base: MeasuredGame, cell: Cell, seed: int) -> MeasuredGame:
    """Return the round of a cell."""
    rho = design.matrix(cell.kind, cell.level, seed)
    if cell.kind == RIVALRY:
        return base.replace(rivalry=RIVALRY_UNIT * rho)
    return base.replace(damage=rho)


def agreed(
    design: ExperimentPlan, game: MeasuredGame, cell: Cell, seed: int
) -> tuple[Array, TransferRule | None, Array]:
    """Return what is contributed, whole samples, shape (draws, N), the rule, and everybody's fee.

    Raises
    ------
    CoopetitionError
        If there is no equilibrium.
    """
    rule, fee = None, np.zeros(design.organizations)
    if cell.rule == "VCFL":
        found = without_generation(game)
    elif cell.rule == "RaDG":
        found = design.random_profiles(seed)
    elif cell.rule == "WCO":
        found = without_competition(game)
    elif cell.rule == "WPR":
        found = solve(game).raise_if_failed().profile
    else:
        rule = _rule(design, game, cell, seed)
        found = solve(redistribute(game, rule)).raise_if_failed().profile
    made = np.atleast_2d(whole_samples(found, game.max_contribution))
    if rule is not None and cell.rule == FEES:
        free = game.payoffs(solve(game).raise_if_failed().profile)
        better = game.payoffs(made[0]) + rule(game, made[0]) - free
        fee = better.mean() - better  # as promised, everybody is better off by the same
    return made, rule, fee


def _rule(design: ExperimentPlan, game: MeasuredGame, cell: Cell, seed: int) -> TransferRule:
    """Return a redistribution by the matrix of competition, or prices for the best profile."""
    if cell.rule in (PRICES, FEES):
        best = solve_planner(game, start=solve(game).profile).raise_if_failed().profile
        return bilateral_prices(game, target=whole_samples(best, game.max_contribution))
    rho = design.matrix(cell.kind, cell.level, seed)
    rules = [
        redistribution(game, rate=rate, intensity=rho)
        for rate in (RATES if cell.rule == BEST else (design.rate,))
    ]
    if not cell.level or len(rules) == 1:
        return rules[0]
    found = [solve(redistribute(game, rule)) for rule in rules]
    worth = [float(game.welfare(one.profile)) if one.success else -np.inf for one in found]
    return rules[int(np.argmax(worth))]


def _refused(design: ExperimentPlan, deal: Deal) -> DealRuns:
    return deal, [failed(deal.alpha, deal.seed, cell, deal.failure) for cell in design.cells()]


def failed(alpha: float, seed: int, cell: Cell, why: str) -> TrainedRun:
    """Return the record of a cell that failed."""
    return TrainedRun(alpha, seed, cell, np.nan, np.nan, np.nan, np.nan, (), why)


def _scored(
    design: ExperimentPlan, base: MeasuredGame, deal: Deal, oracle: UtilityOracle
) -> Iterator[TrainedRun]:
    """Solve every cell, train at the profile that came out, and score."""
    _, holdout_seeds = design.training_seeds(deal.seed)
    unseen = TrainedGains(oracle, holdout_seeds)
    for cell in design.cells():
        game = game_of(design, base, cell, deal.seed)
        try:
            made, rule, fee = agreed(design, game, cell, deal.seed)
        except OracleError:
            raise
        except CoopetitionError as error:
            yield failed(deal.alpha, deal.seed, cell, str(error))
            continue
        before = np.mean([trained_payoffs(game, x, unseen) for x in made], axis=0)
        paid = fee if rule is None else fee + rule(game, made[0])
        yield TrainedRun(
            deal.alpha,
            deal.seed,
            cell,
            generation=float(made.sum(axis=1).mean()),
            gain=float(unseen(made).mean()),
            predicted=float(game.gains_at(made).mean()),
            welfare=float(before.sum()),
            payoffs=tuple((before + paid).tolist()),
            failure="",
        )


class TrainedGains:
    """Everybody's mean gain at profiles over fixed seeds; each profile is trained once."""

    def __init__(self, oracle: UtilityOracle, seeds: range) -> None:
        self._oracle, self._seeds = oracle, seeds
        self._known: dict[tuple[float, ...], Array] = {}

    def __call__(self, profiles: Array) -> Array:
        """Return the gains at each profile, shape (K, N)."""
        keys = [tuple(row) for row in np.asarray(profiles, dtype=float).tolist()]
        missing = [key for key in dict.fromkeys(keys) if key not in self._known]
        if missing:
            means = measure_gains(self._oracle, missing, self._seeds).means
            self._known |= dict(zip(missing, means, strict=True))
        return np.array([self._known[key] for key in keys])


def trained_payoffs(game: MeasuredGame, x: Array, gains: TrainedGains) -> Array:
    """Return everybody's payoff before transfers with trained gains in place of the fit's, EUR."""
    own = gains(x[None])[0]
    damage = np.zeros_like(own)
    if game.harm.any():
        without = np.where(np.eye(x.size, dtype=bool), 0.0, x)  # row n: n does not generate
        damage = (game.harm * (own - gains(without))).sum(axis=1)
    rivalry = game.rivalry.row_sums * own - game.rivalry.weigh(own)
    return np.asarray(game.value * own - game.cost(x) - damage + rivalry)
