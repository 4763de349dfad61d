"""Studies of federations whose truth is known, and what they are worth before it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from benchmarks.emulated import TOP, Truth
from coopetition.games.arrays import Array
from coopetition.games.measured import MeasuredGame
from coopetition.mechanisms.rules.bilateral import Contracts, bilateral_prices
from coopetition.oracles import (
    MeasuredGains,
    Measurements,
    design_alone,
    fit_gain,
    fit_gains,
    measure_gains,
)
from coopetition.oracles.protocol.query import Query
from coopetition.oracles.search.gains_search import RACE_SEEDS, search_gains
from coopetition.oracles.surrogates.committee import SmoothGains
from coopetition.solvers import solve, solve_planner

HARM = 0.32  # share of everybody else's value that an organization loses, on average
LEVELS = 41  # of what each could contribute alone
ALONE_SEED = 900_000


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


@dataclass(frozen=True, eq=False)
class Answer:
    """What a study says: an equilibrium, a target with its prices, who gains over alone."""

    equilibrium: Array
    rule: Contracts
    gains_over_alone: tuple[bool | None, ...]  # None: undecided
    trainings: int


@dataclass(frozen=True, slots=True)
class Score:
    """An answer before the truth.

    Regrets are the largest of any organization, relative to its payoff; `of_range` is relative to
    how far the payoff ranges over its own contributions. The share is of what the best welfare has
    over that without rule.
    """

    regret: float
    of_range: float
    share: float
    priced: float
    right: float
    decided: float
    trainings: int


def score(instance: Instance, answer: Answer) -> Score:
    """Put an answer before the truth."""
    game, target = instance.known, answer.rule.target
    paid = game.payoffs(target) + answer.rule(game, target)
    truly = paid >= instance.alone
    said = [(a, b) for a, b in zip(answer.gains_over_alone, truly, strict=True) if a is not None]
    regrets = _regrets(game, answer.equilibrium)
    improvement = instance.best - instance.without_rule
    return Score(
        regret=float((regrets / np.abs(game.payoffs(answer.equilibrium))).max()),
        of_range=float((regrets / game.own_range(answer.equilibrium)).max()),
        share=(float(game.payoffs(target).sum()) - instance.without_rule) / improvement,
        priced=float((_regrets(game, target, answer.rule) / np.abs(paid)).max()),
        right=float(np.mean([a == b for a, b in said])) if said else np.nan,
        decided=len(said) / truly.size,
        trainings=answer.trainings,
    )


def _regrets(game: MeasuredGame, profile: Array, rule: Contracts | None = None) -> Array:
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
    instance: Instance, game: MeasuredGame, target: Array, equilibrium: Array, trainings: int
) -> Answer:
    """Price a target on fitted gains, and compare payoffs there with what was trained alone."""
    rule = bilateral_prices(game, target=target)
    slack = game.payoffs(target) + rule(game, target) - _trained_alone(instance)
    return Answer(equilibrium, rule, tuple((slack >= 0).tolist()), trainings)


def _trained_alone(instance: Instance) -> Array:
    """Return the best payoff alone, of three contributions that are trained once."""
    size = instance.truth.size
    profiles, coalitions = design_alone(instance.truth.upper.tolist())
    asked = [
        Query(tuple(row), coalition=one, seed=ALONE_SEED)
        for row, one in zip(profiles.tolist(), coalitions, strict=True)
    ]
    own = np.array([one.gains for one in instance.truth.oracle.evaluate(asked)], float)
    worth = instance.columns["value"] * own - instance.known.cost(profiles)
    return np.array([np.nanmax(worth[:, n]) for n in range(size)])


def common_curve(instance: Instance, count: int, seed: int) -> Answer:
    """Fit one curve of the mean gain to a fixed design."""
    trained, rows = _trained(instance, count, seed), instance.truth.rows
    fit = fit_gain(Measurements(trained.profiles, trained.means @ rows[:, None] / rows.sum()), rows)

    def gains(x: Array) -> Array:
        common = fit.curve.value(rows.sum() + x @ fit.quality)
        return np.repeat(common[..., None], rows.size, axis=-1)

    game = instance.game(gains)
    return _study(instance, game, solve_planner(game).profile, solve(game).profile, count)


def fixed(instance: Instance, count: int, seed: int) -> Answer:
    """Fit the committee to a fixed design."""
    trained, truth = _trained(instance, count, seed), instance.truth
    fit = fit_gains(trained.profiles, trained.means, local_data=truth.rows, upper=truth.upper)
    game = instance.game(fit.predict)
    return _study(instance, game, solve_planner(game).profile, solve(game).profile, count)


def searched(instance: Instance, count: int, seed: int) -> Answer:
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
        truth.oracle, targets, welfare, local_data=truth.rows, budget=count, first_seed=1000 * seed
    )
    game = instance.game(found.fit.predict)
    raced = {tuple(one.profile) for one in found.race}
    trainings = found.trainings + RACE_SEEDS * len(raced)
    return _study(instance, game, found.winner.profile, solve(game).profile, trainings)


def _trained(instance: Instance, count: int, seed: int) -> MeasuredGains:
    """Train nobody, everybody, the middle, and a Latin hypercube, each with a seed of its own."""
    size, rng = instance.truth.size, np.random.default_rng((seed, count))
    strata = rng.permuted(np.tile(np.arange(count - 3), (size, 1)), axis=1).T
    inside = (strata + rng.random(strata.shape)) / (count - 3)
    rows = np.vstack((np.outer((0.0, 1.0, 0.5), np.ones(size)), inside)) * TOP
    oracle = instance.truth.oracle
    parts = [measure_gains(oracle, row[None], [seed * 1000 + k]) for k, row in enumerate(rows)]
    values = np.concatenate([part.values for part in parts])
    return MeasuredGains(
        organizations=parts[0].organizations, profiles=rows, values=values, seeds=(seed * 1000,)
    )
