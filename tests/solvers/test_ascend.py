"""Climbing a potential against the exact solver."""

import numpy as np
import pytest

from coopetition.games.base import PotentialGame
from coopetition.mechanisms import full_pigou, redistribute
from coopetition.solvers import solve, solve_aggregate, solve_planner
from coopetition.solvers.potential_ascent import ascend_potential
from tests.instances import SYMMETRIC, random_round


@pytest.mark.parametrize("seed", range(40))
def test_the_climb_ends_where_the_exact_solver_does(seed: int) -> None:
    game = random_round(seed, players=2 + seed % 7, positive=True)
    if not (game.weights > 0).all():
        return
    exact, climbed = solve_aggregate(game), ascend_potential(game)
    assert climbed.success
    heights = game.potential(np.stack((exact.profile, climbed.profile)))
    assert heights[1] == pytest.approx(heights[0], rel=1e-10, abs=1e-12)


def test_solve_climbs_and_says_so() -> None:
    found = solve(redistribute(SYMMETRIC, full_pigou(SYMMETRIC)))
    assert found.solver == "ascend_potential"
    assert "potential was maximized" in found.reason
    assert found.profile == pytest.approx(solve_planner(SYMMETRIC).profile, rel=1e-6)


def test_without_a_formula_the_gradient_is_taken_by_differences() -> None:
    x = SYMMETRIC.spaces.sample(np.random.default_rng(0), 1)[0]
    x[0], x[1] = 0.0, 20_000.0  # one-sided at the bounds
    slow = PotentialGame.potential_gradient(SYMMETRIC, x)
    assert slow == pytest.approx(SYMMETRIC.potential_gradient(x), rel=1e-4, abs=1e-12)
