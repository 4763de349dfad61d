"""Studies of federations whose truth is known, and what they are worth before it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from benchmarks.emulated import TOP, Truth
from coopetition.games.arrays import Array
from coopetition.games.measured import MeasuredGame
from coopetition.games.unknown import Unknown
from coopetition.mechanisms.rules.transfers import TransferRule
from coopetition.oracles import (
    MeasuredGains,
    Measurements,
    fit_gain,
    fit_gains,
    measure_gains,
)
from coopetition.oracles.search.gains_search import RACE_SEEDS, search_gains
from coopetition.oracles.surrogates.committee import SmoothGains
from coopetition.output.progress import silent
from coopetition.solvers import solve, solve_planner
from coopetition.solvers.planner.best_found import found_best
from coopetition.studies.measured.autarky import best_alone, measure_own_alone
from coopetition.studies.solve.study import Study, run_study
from coopetition.studies.verification.verification import Verification
from coopetition.studies.verification.verify import verify_study

HARM = 0.32  # share of everybody else's value that an organization loses, on average
LEVELS = 41  # of what each could contribute alone
SEEDS = 1000  # of an economy, no more than are used


@dataclass(eq=False)
class Instance:
    """A federation with values, costs and competition drawn at random."""

    truth: Truth
    seed: int

    def __post_init__(self) -> None:
        """Draw."""
        size = self.truth.size
        rng = np.random.default_rng((size, self.seed))
        damage = rng.uniform(0.0, 2.0 * HARM / (size - 1), (size, size))
        self.columns: dict[str, Any] = {
            "max_contribution": self.truth.upper,
            "value": rng.uniform(700.0, 1300.0, size),
            "unit_cost": rng.uniform(0.03, 0.09, size),
            "quadratic_cost": rng.uniform(0.5e-3, 2e-3, size),
            "damage": damage * (1.0 - np.eye(size)),
        }

    @property
    def first_seed(self) -> int:
        """The first seed of its trainings."""
        return SEEDS * (self.seed + 1)

    def game(self, gains: Callable[[Array], Any]) -> MeasuredGame:
        """Return the game of some gains."""
        return MeasuredGame(gains=gains, **self.columns)

    @cached_property
    def known(self) -> MeasuredGame:
        """The game of the truth."""
        return self.game(self.truth.gains)

    @cached_property
    def alone(self) -> Array:
        """What each has alone, at its best."""
        levels = np.linspace(0.0, TOP, LEVELS)[:, None] * np.ones(self.truth.size)
        worth = self.columns["value"] * self.truth.alone(levels) - self.known.cost(levels)
        return np.asarray(worth.max(axis=0))

    @cached_property
    def without_rule(self) -> float:
        """Welfare at the equilibrium."""
        return solve(self.known).welfare

    @cached_property
    def best(self) -> float:
        """The most welfare that was found."""
        return solve_planner(self.known).welfare


@dataclass(frozen=True, slots=True)
class Score:
    """A study before the truth.

    Regrets are the largest of any organization, relative to its payoff; `of_range` is relative to
    how far the payoff ranges over its own contributions. `share` is of what the best welfare has
    over that without rule, and `attainable` of what it has over nobody contributing. `right` is of
    those whose participation was decided. `worth` is what the rule brings, money; `error` the
    standard error that is stated for it.
    """

    regret: float
    of_range: float
    share: float
    attainable: float
    priced: float
    right: float
    decided: float
    worth: float
    error: float
    trainings: int
    verification: int


def score(instance: Instance, study: Study, found: Verification, trainings: int) -> Score:
    """Put a study, and what was trained to verify it, before the truth."""
    game, rule = instance.known, study.mechanism.rule
    free, answer = study.free.profile, study.contribution
    paid = game.payoffs(answer) + rule(game, answer)
    pairs = zip(found.verdicts, paid >= instance.alone, strict=True)
    right = [(verdict == "holds") == truly for verdict, truly in pairs if verdict != "undecided"]
    regrets, welfare = _regrets(game, free), float(game.welfare(answer))
    nobody = float(game.welfare(0.0 * free))
    return Score(
        regret=float((regrets / np.abs(game.payoffs(free))).max()),
        of_range=float((regrets / game.own_range(free)).max()),
        share=(welfare - instance.without_rule) / (instance.best - instance.without_rule),
        attainable=(welfare - nobody) / (instance.best - nobody),
        priced=float((_regrets(game, answer, rule) / np.abs(paid)).max()),
        right=float(np.mean(right)) if right else np.nan,
        decided=len(right) / free.size,
        worth=welfare - instance.without_rule,
        error=found.benefit.error,
        trainings=trainings,
        verification=found.trainings,
    )


def _regrets(game: MeasuredGame, profile: Array, rule: TransferRule | None = None) -> Array:
    """Return what everybody gains most by another contribution, money."""
    levels = np.linspace(0.0, TOP, 2001)
    found = np.zeros(profile.size)
    for n in range(profile.size):
        rows = np.repeat(profile[None], levels.size + 1, axis=0)
        rows[:-1, n] = levels
        worth = game.form.own(rows, n)
        if rule is not None:
            worth = worth + rule(game, rows)[:, n]
        found[n] = worth.max() - worth[-1]
    return found


def _study(
    instance: Instance, game: MeasuredGame, trainings: int, best: Array | None = None
) -> Score:
    """Price the best profile of a fitted game, everybody alone trained for it, and score that."""
    free = instance.first_seed + trainings
    oracle = instance.truth.oracle
    levels = measure_own_alone(game, oracle, range(free, free + 1), silent)
    assert not isinstance(levels, Unknown)
    alone, planner = best_alone(game, levels), None if best is None else found_best(game, best, 1)
    study = run_study(game, "bilateral-prices", alone=alone, planner=planner)
    found = verify_study(study, oracle, first_seed=free + 1, alone=alone, benefit_regret=None)
    return score(instance, study, found, trainings)


def common_curve(instance: Instance, count: int) -> Score:
    """Fit one curve of the mean gain to a fixed design."""
    trained, rows = _trained(instance, count), instance.truth.rows
    fit = fit_gain(Measurements(trained.profiles, trained.means @ rows[:, None] / rows.sum()), rows)

    def gains(x: Array) -> Array:
        common = fit.curve.value(rows.sum() + x @ fit.quality)
        return np.repeat(common[..., None], rows.size, axis=-1)

    game = instance.game(gains)
    return _study(instance, game, count)


def fixed(instance: Instance, count: int) -> Score:
    """Fit the committee to a fixed design."""
    trained, truth = _trained(instance, count), instance.truth
    fit = fit_gains(trained.profiles, trained.means, local_data=truth.rows, upper=truth.upper)
    game = instance.game(fit.predict)
    return _study(instance, game, count)


def searched(instance: Instance, count: int) -> Score:
    """Train where the committee's members want, and price the winner of their race."""
    truth = instance.truth

    def targets(gains: SmoothGains) -> tuple[Array, Array]:
        game = instance.game(gains)
        return solve_planner(game).profile, solve(game).profile

    def welfare(profile: Array, gains: Array, fit: SmoothGains) -> float:
        game = instance.game(fit)
        above = gains - game.gains_at(profile)
        return float(game.welfare(profile) + game.form.stakes.sum(axis=0) @ above)

    found = search_gains(
        truth.oracle,
        targets,
        welfare,
        local_data=truth.rows,
        budget=count,
        first_seed=instance.first_seed,
    )
    game = instance.game(found.fit.predict)
    raced = {tuple(one.profile) for one in found.race}
    trainings = found.trainings + RACE_SEEDS * len(raced)
    return _study(instance, game, trainings, found.winner.profile)


def _trained(instance: Instance, count: int) -> MeasuredGains:
    """Train nobody, everybody, the middle, and a Latin hypercube, each with a seed of its own."""
    size, rng = instance.truth.size, np.random.default_rng((instance.seed, count))
    strata = rng.permuted(np.tile(np.arange(count - 3), (size, 1)), axis=1).T
    inside = (strata + rng.random(strata.shape)) / (count - 3)
    rows = np.vstack((np.outer((0.0, 1.0, 0.5), np.ones(size)), inside)) * TOP
    oracle, first = instance.truth.oracle, instance.first_seed
    parts = [measure_gains(oracle, row[None], [first + k]) for k, row in enumerate(rows)]
    values = np.concatenate([part.values for part in parts])
    return MeasuredGains(
        organizations=parts[0].organizations, profiles=rows, values=values, seeds=(first,)
    )
