import numpy as np
import pytest

from coopetition.games import SmoothGame, UnsupportedGameError, certify, potential_of_smooth
from coopetition.solvers import Status, best_response_dynamics, solve, solve_smooth
from tests.games.smooth.test_smooth import cournot, training
from tests.instances import SYMMETRIC


@pytest.mark.parametrize("declared", [False, True])
def test_cournot_meets_its_closed_form(declared: bool) -> None:
    found = solve_smooth(cournot(own_concave=declared))
    assert found.success
    np.testing.assert_allclose(found.profile, [4, 3], atol=1e-9)
    assert found.certificate.bounded is declared


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("declared", [False, True])
def test_data_and_compute_meet_their_first_order_conditions(known: bool, declared: bool) -> None:
    """At an inner point d_n² / c_n² = 2: s = √(d c) obeys v_n / (1 + Σ s) = √2 s_n."""
    values = np.array([5.0, 3.0])
    game = training(values.tolist(), own_concave=declared)
    potential = potential_of_smooth(game) if known else None
    found = solve_smooth(game, [1, 1, 1, 1], potential=potential)
    assert found.success, str(found)
    assert ("potential" in found.reason) is known
    total = (-1 + np.sqrt(1 + 4 * values.sum() / np.sqrt(2))) / 2
    share = values / (np.sqrt(2) * (1 + total))
    expected = np.stack([share * 2**0.25, share / 2**0.25], axis=-1).ravel()
    np.testing.assert_allclose(found.profile, expected, rtol=1e-6)
    assert certify(game, found.profile).holds


def test_solve_sends_smooth_games_here() -> None:
    found = solve(training([5.0, 3.0, 1.0]))
    assert found.success
    assert found.solver == "solve_smooth"


def test_the_table_shows_blocks() -> None:
    found = solve_smooth(training([5.0, 3.0]), [1, 1, 1, 1])
    lines = str(found).splitlines()
    assert lines[3].startswith("player 2      0.860868, 0.608726")
    assert "total contribution" not in str(found)
    assert "total contribution 7," in str(solve_smooth(cournot()))


def test_bounds_that_bind_are_met_exactly() -> None:
    game = SmoothGame(
        payoffs=[lambda x: x[0] + x[1] - x[2], lambda x: -((x[2] - x[0]) ** 2)],
        bounds=[[(0, 1), (-2, 3)], (0, 5)],
    )
    np.testing.assert_allclose(solve_smooth(game).profile, [1, 3, 1], atol=1e-8)


def test_a_game_without_pure_equilibrium_is_said_to_have_none_found() -> None:
    chase = SmoothGame(
        payoffs=[lambda x: (x[0] - x[1]) ** 2, lambda x: -((x[0] - x[1]) ** 2)],
        bounds=[(0, 1), (0, 1)],
    )
    found = solve_smooth(chase, max_iter=5)
    assert not found.success
    assert found.status is Status.NO_PURE_EQUILIBRIUM


def test_the_solver_answers_a_round_dressed_as_a_smooth_game() -> None:
    box = SYMMETRIC.spaces
    game = SmoothGame(
        payoffs=SYMMETRIC.payoffs,
        bounds=list(zip(box.lower, box.upper, strict=True)),
        vectorized=True,
        own_concave=True,
    )
    found = solve_smooth(game, tol=1e-7)
    assert found.success, str(found)
    np.testing.assert_allclose(found.profile, solve(SYMMETRIC).profile, rtol=1e-5)


def test_the_contest_is_solved_though_it_has_no_potential() -> None:
    """Tullock, prizes v and w: x = v² w / (v + w)², y = v w² / (v + w)²."""
    game = SmoothGame(
        payoffs=[lambda x: 4 * x[0] / x.sum() - x[0], lambda x: 3 * x[1] / x.sum() - x[1]],
        bounds=[(0.01, 4), (0.01, 4)],
        own_concave=True,
    )
    found = solve_smooth(game)
    assert found.success
    assert found.certificate.bounded
    np.testing.assert_allclose(found.profile, [48 / 49, 36 / 49], rtol=1e-8)
    assert best_response_dynamics(game, max_iter=200).certificate.epsilon < 1e-6


def test_other_games_are_refused() -> None:
    with pytest.raises(UnsupportedGameError, match="SmoothGame"):
        solve_smooth(SYMMETRIC)  # type: ignore[arg-type]
