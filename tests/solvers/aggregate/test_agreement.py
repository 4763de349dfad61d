"""Three solvers that share nothing must agree: aggregate, best response, conic."""

import numpy as np
import pytest
from scipy.optimize import LinearConstraint

from coopetition.games import CoopetitionRound, PowerGain
from coopetition.games.errors import InvalidInputError, UnsupportedGameError
from coopetition.solvers import (
    Equilibrium,
    Status,
    best_response_dynamics,
    maximize_potential,
    solve_aggregate,
    solve_planner,
)
from tests.campaign import draws
from tests.instances import SYMMETRIC, payoff_scale, random_round

BATCHES = range(0, draws(200, 500), 50)


def solved(seed: int) -> tuple[CoopetitionRound, Equilibrium] | None:
    game = random_round(seed)
    try:
        return game, solve_aggregate(game)
    except UnsupportedGameError:  # a negative weight with 0 not dominant: tested elsewhere
        return None


@pytest.mark.campaign
@pytest.mark.parametrize("first", BATCHES)
def test_solvers_agree_on_random_scenarios(first: int) -> None:
    """Rounds: N 1–30, all families, zero and linear costs, ties, tight bounds."""
    treated = conic = 0
    for seed in range(first, first + 50):
        pair = solved(seed)
        if pair is None:
            continue
        treated += 1
        game, exact = pair
        omega = float(game.form.aggregate(exact.profile))
        assert exact.certificate.epsilon <= 1e-9 * payoff_scale(game, exact.profile), seed
        slow = best_response_dynamics(game, max_iter=5000)
        if slow.status is not Status.BUDGET:  # near-ties may need very many sweeps
            assert slow.success, seed
            assert float(game.form.aggregate(slow.profile)) == pytest.approx(omega, rel=1e-8), seed
            if exact.unique:
                near = 1e-8 * exact.profile.max(initial=1e-300)
                assert slow.profile == pytest.approx(exact.profile, abs=near), seed
        if not (game.weights[game.max_contribution > 0] > 0).all():
            continue
        conic += 1
        other = maximize_potential(game)
        here, there = float(game.potential(exact.profile)), float(game.potential(other.profile))
        terms = abs(float(game.gain.value(omega)))
        terms += float(np.abs(game.form.own(exact.profile) / np.abs(game.weights)).sum())
        assert other.success, seed
        assert -1e-9 * terms <= here - there <= 1e-6 * terms, seed
    assert treated >= 40
    assert conic >= 30


@pytest.mark.campaign
@pytest.mark.parametrize("first", BATCHES)
def test_the_planner_is_never_below_the_equilibrium(first: int) -> None:
    for seed in range(first, first + 50):
        pair = solved(seed)
        if pair is None:
            continue
        game, found = pair
        best = solve_planner(game, start=found.profile)
        scale = game.welfare_scale(found.profile)
        assert best.welfare >= float(game.welfare(found.profile)) - 1e-9 * scale, seed
        assert not best.concave or best.success, seed
        rng = np.random.default_rng(seed)
        tried = game.welfare(game.spaces.sample(rng, 50))
        assert best.welfare >= tried.max() - 1e-9 * scale, seed


def test_the_symmetric_game_to_the_printed_digits() -> None:
    """Equilibrium 270.51, planner 2251.81, welfare + 62.53."""
    found, best = solve_aggregate(SYMMETRIC), solve_planner(SYMMETRIC)
    assert found.profile.round(2).tolist() == [270.51] * 6
    assert best.profile.round(2).tolist() == [2251.81] * 6
    assert round(best.welfare - float(found.payoffs.sum()), 2) == 62.53


@pytest.mark.parametrize("order", ["sequential", "simultaneous"])
def test_the_path_raises_the_potential(order: str) -> None:
    assert order in ("sequential", "simultaneous")
    found = best_response_dynamics(SYMMETRIC, order=order)  # type: ignore[arg-type]
    assert found.path is not None
    assert found.potentials is not None
    assert len(found.path) == len(found.potentials) == found.iterations + 1
    assert (np.diff(found.potentials) >= -1e-14).all()
    assert found.profile == pytest.approx([270.51448] * 6, rel=1e-7)


def test_undamped_simultaneous_play_diverges_where_theory_says() -> None:
    """(N − 1)K > 1: undamped play does not settle, damping 1/N does."""
    flat = SYMMETRIC.replace(quadratic_cost=1e-8)
    wild = best_response_dynamics(flat, order="simultaneous", damping=1.0, max_iter=500)
    assert wild.status is Status.BUDGET
    assert not wild.success
    assert best_response_dynamics(flat, order="simultaneous").success


def test_a_joint_budget_binds_at_one_shadow_price() -> None:
    """With Σ x ≤ B the answer is a variational equilibrium: slopes of Φ are equal inside."""
    game = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0] * 4, max_contribution=3000.0,
        value=[1000.0, 1100.0, 1200.0, 900.0], unit_cost=0.001, quadratic_cost=2e-6,
    )  # fmt: skip
    free = solve_aggregate(game).profile.sum()
    energy = LinearConstraint(np.ones((1, 4)), -np.inf, 0.5 * free)
    found = maximize_potential(game, constraints=[energy])
    inside = (found.profile > 1e-3) & (found.profile < 2999)
    slopes = game.potential_gradient(found.profile)[inside]
    assert found.profile.sum() == pytest.approx(0.5 * free, rel=1e-7)
    assert inside.sum() >= 2
    assert slopes == pytest.approx([slopes[0]] * inside.sum(), rel=1e-4)
    assert found.success
    tied = maximize_potential(game, constraints=[LinearConstraint([[1, -1, 0, 0]], 0, 0)])
    assert tied.profile[0] == pytest.approx(tied.profile[1], rel=1e-6)


def test_constraints_are_checked() -> None:
    with pytest.raises(InvalidInputError, match="6 finite columns"):
        maximize_potential(SYMMETRIC, constraints=[LinearConstraint(np.ones((1, 5)), 0, 1)])
    with pytest.raises(InvalidInputError, match="leave no profile"):
        maximize_potential(SYMMETRIC, constraints=[LinearConstraint(np.ones((1, 6)), -2.0, -1.0)])


def test_arguments_are_checked() -> None:
    with pytest.raises(InvalidInputError, match="`order`"):
        best_response_dynamics(SYMMETRIC, order="random")  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError, match="`damping`"):
        best_response_dynamics(SYMMETRIC, damping=0.0)


@pytest.mark.parametrize("room", [4000.0, 1e8, 1e12])
def test_the_planner_does_not_depend_on_idle_room(room: float) -> None:
    game = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0, 900.0, 500.0], max_contribution=room,
        value=[1000.0, 800.0, 1200.0], unit_cost=0.001, quadratic_cost=2e-6, damage=0.08,
    )  # fmt: skip
    best = solve_planner(game)
    assert best.success
    assert best.welfare == pytest.approx(2735.4552, abs=1e-4)


@pytest.mark.parametrize("seed", range(12))
def test_the_planner_equals_brute_force(seed: int) -> None:
    """Two organizations: a fine grid of profiles, refined around its best point."""
    game = random_round(seed, players=2)
    low, high = np.zeros(2), game.max_contribution.astype(float)
    for _ in range(12):
        axes = [np.linspace(a, b, 41) for a, b in zip(low, high, strict=True)]
        grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)
        best = grid[int(np.argmax(game.welfare(grid)))]
        width = (high - low) / 20
        low, high = np.maximum(best - width, 0), np.minimum(best + width, game.max_contribution)
    planner = solve_planner(game)
    scale = game.welfare_scale(best)
    assert planner.welfare == pytest.approx(float(game.welfare(best)), abs=1e-9 * scale)


@pytest.mark.parametrize("seed", range(0, 60, 3))
def test_climbing_and_branch_and_bound_agree(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    game = random_round(seed, positive=True)
    climbed = solve_planner(game)
    monkeypatch.setattr("coopetition.solvers.planner.planner._climbed", lambda *_: None)
    other = solve_planner(game)
    assert climbed.concave
    assert climbed.success
    assert other.success
    assert climbed.welfare == pytest.approx(other.welfare, abs=2.0 * other.tolerance)


def test_where_climbing_ends_early_branch_and_bound_takes_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    game = SYMMETRIC.replace(unit_cost=[0.001, 0.002, 0.003, 0.004, 0.005, 0.006])
    fast = solve_planner(game)
    monkeypatch.setattr("coopetition.solvers.batch.climb.LIMIT", 0)
    slow = solve_planner(game)
    assert slow.success
    assert (fast.known, slow.known) == ("checked: concave", "checked: branch and bound")
    assert slow.welfare == pytest.approx(fast.welfare, abs=2.0 * slow.tolerance)
