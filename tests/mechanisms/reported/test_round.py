"""A coopetition round with private numbers, the planner choosing contributions."""

from dataclasses import replace
from functools import lru_cache
from itertools import product

import numpy as np
import pytest

from coopetition.games import CoopetitionRound, InvalidInputError, PowerGain, UnsupportedGameError
from coopetition.games.arrays import Array
from coopetition.mechanisms.reported import (
    Finite,
    TypeInterval,
    check_budget,
    check_efficiency,
    check_incentives,
    check_rationality,
    clarke,
    expected_externality,
    private_round,
)
from coopetition.solvers import solve, solve_planner
from coopetition.studies import autarky
from tests.campaign import draws
from tests.mechanisms.reported.witness import balance, lie, loser

GAME = CoopetitionRound(
    gain=PowerGain(1.0, 2.0, 0.35),
    local_data=[1500.0, 900.0, 400.0],
    max_contribution=4000.0,
    value=[1000.0, 800.0, 600.0],
    quadratic_cost=1e-5,
    damage=0.08,
    organizations=["North", "South", "West"],
)
COSTS = TypeInterval(0.0, 0.08)


def plan(game: CoopetitionRound) -> Array:
    """Return the planner's optimum."""
    return solve_planner(game).raise_if_failed().profile


@pytest.mark.campaign
@pytest.mark.parametrize(
    ("private", "high", "damage"),
    [
        ("unit_cost", 0.08, 0.08),
        ("unit_cost", 0.08, 0.0),
        ("quadratic_cost", 4e-5, 0.08),
        ("value", 1200.0, 0.0),
    ],
)
def test_clarke_makes_truth_best_against_a_grid_of_lies(
    private: str, high: float, damage: float
) -> None:
    game = GAME.replace(damage=damage, rivalry=20.0, skew=1.0, personal_weight=0.05)
    space = TypeInterval(0.1 * high, high)
    rule = clarke(private_round(game, [space] * 3, plan=plan, private=private))
    assert rule.promise.incentives == "DSIC"
    verdict = check_incentives(rule, points=draws(3, 5))
    assert verdict.holds
    assert verdict.claim == "checked"  # the planner is exact to rounding, not by algebra


def test_values_and_transfers_are_those_of_the_round() -> None:
    problem = private_round(GAME, [COSTS] * 3, plan=plan)
    types, x = (0.01, 0.03, 0.07), np.array([300.0, 1500.0, 0.0])
    game = GAME.replace(unit_cost=types)
    assert problem.values(x, types) == pytest.approx(game.payoffs(x).tolist(), rel=1e-12)
    best = plan(game)
    profile, transfers = clarke(problem)(types)
    assert profile == pytest.approx(best)
    for n in range(3):
        rest = game.among([m for m in range(3) if m != n])
        alone = solve_planner(rest).welfare
        others = float(game.payoffs(best).sum() - game.payoffs(best)[n])
        assert transfers[n] == pytest.approx(others - alone, abs=1e-6)


def test_without_transfers_organizations_overstate_their_costs() -> None:
    problem = private_round(GAME, [COSTS] * 3, plan=plan)
    bare = replace(clarke(problem), pay=lambda reports: (0.0, 0.0, 0.0))
    verdict = check_incentives(bare, points=4)
    assert verdict.holds is False
    found = lie(verdict)
    assert found.report > found.type
    assert found.gain > 1.0


def test_a_planner_that_misses_leaves_no_lie_worth_more_than_it_misses() -> None:
    """Truth pays W(chosen) + h, a lie at most W(best) + h: rounded contributions as an example."""
    rounded = private_round(GAME, [COSTS] * 3, plan=lambda game: 500.0 * np.round(plan(game) / 500))
    exact = private_round(GAME, [COSTS] * 3, plan=plan)
    rule = clarke(rounded)
    grid = list(product(COSTS.grid(4), repeat=3))
    missed = max(exact.welfare(types) - rounded.welfare(types) for types in grid)
    verdict = check_incentives(rule, points=4)
    assert verdict.holds is False
    assert 0 < lie(verdict).gain <= missed


def test_data_that_others_need_are_paid_from_outside_and_balance_costs_dominance() -> None:
    """Clarke pays for what each brings, a deficit; expected externality balances, on average."""
    types = [Finite((0.01, 0.03, 0.06))] * 3

    @lru_cache(maxsize=100)
    def alone(n: int, own: float) -> float:
        costs = np.full(3, 0.03)
        costs[n] = own
        return float(autarky(GAME.replace(unit_cost=costs)).payoff[n])

    problem = private_round(GAME, types, plan=plan, outside=alone)
    pivot, balanced = clarke(problem), expected_externality(problem)
    assert pivot.promise.budget == "none"
    deficit = check_budget(pivot)
    assert deficit.holds is False
    assert balance(deficit).lowest > 0
    assert check_budget(balanced).claim == "proved"
    assert check_incentives(balanced).holds
    assert check_incentives(pivot).holds
    dominant = check_incentives(balanced, concept="dominant strategy")
    assert dominant.holds is False
    assert lie(dominant).gain > 0
    assert check_rationality(pivot, stage="interim").holds
    assert loser(check_rationality(balanced)).organization in GAME.players
    free = check_rationality(clarke(private_round(GAME, types, plan=plan)))
    assert free.holds is None
    assert free.how == "no outside option was given"
    assert check_efficiency(pivot).holds is None


def test_an_equilibrium_is_no_efficient_outcome_rule() -> None:
    """Groves transfers on top of equilibrium play do not make truth best."""
    problem = private_round(GAME, [COSTS] * 3, plan=lambda game: solve(game).profile)
    assert check_incentives(clarke(problem), points=4).holds is False


def test_what_cannot_be_private_is_refused() -> None:
    with pytest.raises(UnsupportedGameError, match="depends on the others' values"):
        private_round(GAME, [COSTS] * 3, plan=plan, private="value")
    with pytest.raises(InvalidInputError, match="`private` must be one of"):
        private_round(GAME, [COSTS] * 3, plan=plan, private="quality")
    with pytest.raises(InvalidInputError, match="`types` must be at least 0"):
        private_round(GAME, [TypeInterval(-1.0, 1.0)] * 3, plan=plan)
    with pytest.raises(InvalidInputError, match="one space for each of 3"):
        private_round(GAME, [COSTS] * 2, plan=plan)
    lost = private_round(GAME, [COSTS] * 3, plan=lambda game: np.zeros(2))
    with pytest.raises(InvalidInputError, match="a profile must hold 3 numbers"):
        clarke(lost)([0.01, 0.01, 0.01])
    with pytest.raises(UnsupportedGameError, match="needs a CoopetitionRound"):
        private_round("GAME", [COSTS] * 3, plan=plan)  # type: ignore[arg-type]
