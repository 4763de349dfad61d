from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from coopetition.games import CoopetitionRound, PowerGain, UnsupportedGameError, certify
from coopetition.games.arrays import Array
from coopetition.games.measured import MeasuredGame
from coopetition.solvers import Status, solve, solve_measured, solve_planner
from tests.games.measured.test_measured_gains import measured, separable, transfer

SLOPES = np.array([[3.0, 1.0], [0.5, 2.0]])
BENDS = np.array([[[1.0, 0.3], [0.3, 0.2]], [[0.1, -0.2], [-0.2, 0.8]]])


def quadratic(**fields: Any) -> MeasuredGame:
    """G_m = g_m·x − x·Q_m x/2: best replies are linear."""

    def gains(x: Array) -> Array:
        return np.asarray(x @ SLOPES.T - 0.5 * np.einsum("...i,mij,...j->...m", x, BENDS, x))

    given: dict[str, Any] = {"value": [2.0, 3.0], "unit_cost": [0.4, 0.3], "damage": 0.1}
    return MeasuredGame(gains=gains, **({"max_contribution": [9.0, 9.0]} | given | fields))


def test_two_with_quadratic_gains_meet_their_closed_form() -> None:
    """Σ_m A_nm (g_mn − (Q_m x)_n) = a_n + b_n x_n are two linear equations."""
    game = quadratic(quadratic_cost=[0.5, 0.1])
    stakes = np.array([[2.0, -0.3], [-0.2, 3.0]])
    matrix = np.einsum("nm,mnj->nj", stakes, BENDS) + np.diag([0.5, 0.1])
    right = np.einsum("nm,mn->n", stakes, SLOPES) - [0.4, 0.3]
    found = solve(game)
    assert found.success
    assert found.solver == "solve_measured"
    assert found.unique is None
    np.testing.assert_allclose(found.profile, np.linalg.solve(matrix, right), rtol=1e-7)


def test_the_planner_meets_its_closed_form_and_promises_a_search_only() -> None:
    """Where gains count whole, W = Σ_m B_m G_m − costs is one quadratic form."""
    game = quadratic(quadratic_cost=[0.5, 0.1], counts="gains")
    worth = np.array([2.0 - 0.2, 3.0 - 0.3])
    matrix = np.einsum("m,mij->ij", worth, BENDS) + np.diag([0.5, 0.1])
    best = solve_planner(game)
    expected = np.linalg.solve(matrix, worth @ SLOPES - [0.4, 0.3])
    np.testing.assert_allclose(best.profile, expected, rtol=1e-5)
    assert best.known == "best found: 6 climbs"
    assert best.gap == np.inf
    assert best.raise_if_failed() is best


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("counts", ["contributions", "gains"])
def test_the_planner_beats_a_fine_grid(counts: Any, seed: int) -> None:
    game = measured(transfer(seed), counts=counts)
    axes = [np.linspace(0, top, 21) for top in game.max_contribution]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    assert solve_planner(game).welfare >= game.welfare(grid).max()


def test_the_planner_is_never_worse_than_where_it_starts() -> None:
    game = measured(transfer(0, size=5))
    start = 0.3 * game.max_contribution
    assert solve_planner(game, start=start).welfare >= game.welfare(start)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("family", ["transfer", "convex", "separable"])
def test_equilibria_survive_a_search_that_knows_nothing(family: str, seed: int) -> None:
    sign = -1.0 if family == "convex" else 1.0
    gains = separable(seed, 4) if family == "separable" else transfer(seed, 4, sign)
    found = solve(measured(gains))
    assert found.success, str(found)
    plain = measured(
        lambda x: gains(x), max_contribution=gains.unit, value=9000.0 * np.arange(1, 5), damage=0.1
    )
    assert certify(plain, found.profile).holds


def test_with_one_curve_for_all_it_finds_the_rounds_equilibrium_and_optimum() -> None:
    round_ = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35),
        local_data=[1500.0, 900.0, 400.0],
        max_contribution=4000.0,
        value=[1000.0, 800.0, 1200.0],
        unit_cost=0.001,
        quadratic_cost=2e-6,
        damage=0.1,
    )

    def gains(x: Array) -> Array:
        shared = round_.gain.value(round_.form.aggregate(x))
        return np.repeat(shared[..., None], 3, axis=-1)

    names = ("max_contribution", "value", "unit_cost", "quadratic_cost", "damage")
    game = MeasuredGame(gains=gains, **{name: getattr(round_, name) for name in names}, bends=-1)
    np.testing.assert_allclose(solve(game).profile, solve(round_).profile, rtol=1e-6)
    best, known = solve_planner(game), solve_planner(round_)
    assert best.welfare == pytest.approx(known.welfare, rel=1e-9)


def coordination(**fields: Any) -> MeasuredGame:
    """Each one's rows are worth more the more the other brings: nobody, or everybody."""
    return MeasuredGame(
        gains=lambda x: np.repeat((x[..., :1] * x[..., 1:]), 2, axis=-1),
        max_contribution=[2.0, 2.0],
        value=1.0,
        unit_cost=1.0,
        **fields,
    )


@pytest.mark.parametrize("bends", [None, 0])
def test_all_that_are_found_are_listed_and_the_best_is_chosen(bends: int | None) -> None:
    found = solve(coordination(bends=bends))
    assert found.profile.tolist() == [2, 2]
    assert found.listed is not None
    profiles = [one.profile.round(6).tolist() for one in found.listed]
    assert profiles[0] == [0, 0]
    assert profiles[-1] == [2, 2]
    assert [one.chosen for one in found.listed] == [False] * (len(profiles) - 1) + [True]
    assert "there may be others" in found.reason
    here = solve_measured(coordination(bends=bends), [0.3, 0.2])
    assert here.profile.tolist() == [0, 0]
    assert here.listed is None


def test_a_game_without_pure_equilibrium_is_said_to_have_none_found() -> None:
    def chase(x: Array) -> Array:
        apart = (x[..., 0] - x[..., 1]) ** 2
        return np.stack([apart, -apart], axis=-1)

    found = solve(MeasuredGame(gains=chase, max_contribution=[1.0, 1.0], value=1.0))
    assert found.status is Status.NO_PURE_EQUILIBRIUM
    assert not found.success
    assert found.certificate.deviation is not None


def test_who_cannot_move_stays_and_others_are_solved() -> None:
    gains = transfer(1)
    game = measured(gains, max_contribution=gains.unit * [1, 0, 1])
    found = solve(game)
    assert found.success
    assert found.profile[1] == 0
    assert solve_planner(game).profile[1] == 0


def test_other_games_are_refused() -> None:
    with pytest.raises(UnsupportedGameError, match="needs a game of gains"):
        solve_measured(3)  # type: ignore[arg-type]


def test_a_profile_with_more_welfare_takes_the_place_of_the_best_found() -> None:
    game = measured(transfer(0))
    best = solve_planner(game)
    poor = replace(best, profile=0 * best.profile, welfare=best.nobody)
    found = poor.beside(game, best.profile, "an equilibrium")
    assert found.welfare == pytest.approx(best.welfare)
    assert found.known == "best found: an equilibrium"
    np.testing.assert_allclose(found.payoffs, best.payoffs)
    assert best.beside(game, 0 * best.profile, "nobody") is best
