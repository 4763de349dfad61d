"""The solver for several aggregates: against one aggregate, quasi-Newton, and hard games."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from coopetition.games import PowerGain, SeveralAggregatesGame, UnsupportedGameError
from coopetition.games.search import search_deviations
from coopetition.solvers import solve, solve_aggregate, solve_several
from tests.instances import SYMMETRIC, payoff_scale
from tests.several_instances import as_round, heavy_tailed_several, random_several

SEEDS = st.integers(0, 10_000)


@settings(max_examples=50, deadline=None)
@given(SEEDS)
def test_one_kind_agrees_with_the_exact_solver(seed: int) -> None:
    game = random_several(seed, 1)
    found, exact = solve_several(game), solve_aggregate(as_round(game))
    assert found.success
    assert found.unique
    assert found.profile == pytest.approx(exact.profile, rel=1e-9, abs=1e-9)


@settings(max_examples=50, deadline=None)
@given(SEEDS)
def test_one_kind_with_linear_costs_has_the_same_aggregate(seed: int) -> None:
    game = random_several(seed, 1, linear=1.0)
    found, exact = solve_several(game), solve_aggregate(as_round(game))
    assert found.success
    assert found.unique is None
    # A regret of second order in the distance is met: the square root of what is promised for it.
    assert game.aggregates(found.profile) == pytest.approx(game.aggregates(exact.profile), rel=1e-4)


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.integers(2, 5))
def test_quasi_newton_climbs_no_higher(seed: int, kinds: int) -> None:
    game = random_several(seed, kinds)
    found = solve_several(game)
    assert found.success
    top = game.max_contribution
    unit = abs(float(game.potential(found.profile))) + 1.0

    def downhill(y: np.ndarray) -> tuple[float, np.ndarray]:
        x = top * y
        return -float(game.potential(x)) / unit, -game.potential_gradient(x) * top / unit

    climbed = minimize(
        downhill,
        np.full(top.size, 0.5),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, 1.0)] * top.size,
        options={"ftol": 0.0, "gtol": 1e-12, "maxiter": 2000},
    )
    assert game.potential(found.profile) >= game.potential(top * climbed.x) - 1e-13 * unit
    assert found.profile / top == pytest.approx(climbed.x, abs=1e-3)


@settings(max_examples=100, deadline=None)
@given(SEEDS)
def test_hard_games_are_certified_and_nobody_finds_a_deviation(seed: int) -> None:
    game = heavy_tailed_several(seed)
    found = solve_several(game)
    assert found.success, found
    regret, _, _, _ = search_deviations(game, found.profile, game.spaces)
    assert regret.max() <= 1e-9 * payoff_scale(game, found.profile)


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.sampled_from([0.5, 1.0]), st.booleans())
def test_linear_costs_and_ties_are_certified(seed: int, linear: float, ties: bool) -> None:
    game = random_several(seed, linear=linear, ties=ties)
    found = solve_several(game)
    assert found.success, found
    if ties and linear == 1.0:  # all alike but for their bounds: all give the same share
        share = found.profile / game.max_contribution
        assert share == pytest.approx(np.full(share.size, share[0]), abs=1e-6)


def test_a_closed_form() -> None:
    """Two kinds that one organization each feeds are two games of one."""
    game = SeveralAggregatesGame(
        gains=[PowerGain(1.0, 100.0, 1.0), PowerGain(1.0, 400.0, 1.0)],
        local_data=[[50.0, 0.0], [0.0, 100.0]],
        quality=np.eye(2),
        max_contribution=1000.0,
        value=[100.0, 25.0],
        unit_cost=1.0,
    )  # p s / (D + x)² = a
    found = solve(game)
    assert found.solver == "solve_several"
    assert found.success
    assert found.profile == pytest.approx([50.0, 0.0], abs=1e-6)


def test_the_symmetric_round_in_two_halves() -> None:
    """Splitting one gain into two kinds of equal halves changes nothing."""
    half = PowerGain(0.5, 1.0 * 0.5**0.35, 0.35)
    game = SeveralAggregatesGame(
        gains=[half, half],
        local_data=np.full((6, 2), 750.0),
        quality=0.5,
        max_contribution=20_000.0,
        value=1000.0,
        unit_cost=0.001,
        quadratic_cost=2e-6,
        damage=0.08,
    )
    assert solve(game).profile == pytest.approx(solve(SYMMETRIC).profile, rel=1e-9)


def test_those_who_bring_nothing_or_do_not_care_follow_their_own_costs() -> None:
    game = SeveralAggregatesGame(
        gains=[PowerGain(1.0, 2.0, 0.35), PowerGain(0.5, 1.0, 0.5)],
        local_data=np.full((4, 2), 400.0),
        quality=[[0.0, 0.0], [0.5, 0.5], [0.5, 0.5], [0.5, 0.5]],
        max_contribution=[500.0, 500.0, 0.0, 500.0],
        value=[1000.0, 0.0, 1000.0, 1000.0],
        unit_cost=[-1.0, -1.0, 0.01, 0.01],
        quadratic_cost=[0.01, 0.004, 0.0, 1e-4],
    )
    found = solve(game)
    assert found.success
    assert found.profile[:3].tolist() == [100.0, 250.0, 0.0]
    assert 0 < found.profile[3] < 500
    assert "organization 2" in found.reason


def rivals(unit_cost: float) -> SeveralAggregatesGame:
    return SeveralAggregatesGame(
        gains=[PowerGain(1.0, 2.0, 0.35), PowerGain(0.5, 1.0, 0.5)],
        local_data=[[900.0, 100.0], [400.0, 400.0]],
        max_contribution=3000.0,
        value=[500.0, 1000.0],
        unit_cost=[unit_cost, 0.05],
        quadratic_cost=1e-5,
        damage=[[0.0, 0.7], [0.0, 0.0]],
        organizations=["North", "South"],
    )


def test_a_negative_weight_is_fixed_where_nothing_is_dominant() -> None:
    found = solve(rivals(0.01))
    assert found.success
    assert found.profile[0] == 0
    assert found.reason.startswith("weight not positive for North")


def test_a_negative_weight_is_refused_by_name_where_payments_tempt_it() -> None:
    game = rivals(-0.1)
    with pytest.raises(UnsupportedGameError, match="weight of North is negative and 0 is not"):
        solve_several(game)
    found = solve(game)
    assert found.reason.startswith("weight negative for North")
    assert found.success
    with pytest.raises(UnsupportedGameError, match="got CoopetitionRound"):
        solve_several(SYMMETRIC)


def test_many_organizations_take_few_sweeps() -> None:
    rng = np.random.default_rng(0)
    size, kinds = 70_000, 3
    game = SeveralAggregatesGame(
        gains=[PowerGain(1.0, 1000.0, 0.5)] * kinds,
        local_data=rng.uniform(0.0, 100.0, (size, kinds)),
        quality=rng.uniform(0.0, 1.0, (size, kinds)),
        max_contribution=100.0,
        value=1000.0,
        unit_cost=rng.uniform(0.0, 1e-4, size),
        quadratic_cost=1e-6,
        damage=0.1 / size,
    )
    found = solve(game)
    assert found.success
    assert found.iterations <= 8
    assert found.certificate.epsilon <= 1e-12 * payoff_scale(game, found.profile)
