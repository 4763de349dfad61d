"""Variational inequalities: published games, enumeration of what binds, random monotone games."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike
from scipy.optimize import Bounds, LinearConstraint, NonlinearConstraint
from scipy.sparse import csr_array

from coopetition.games import (
    Box,
    CoopetitionRound,
    Game,
    InvalidInputError,
    PowerGain,
    SmoothGame,
)
from coopetition.games.arrays import Array
from coopetition.solvers.variational.solve import solve_variational


class Quadratic(Game):
    """U_n = b_n x_n − x_n Σ_m A_nm x_m + A_nn x_n²/2, so that F(x) = A x − b."""

    def __init__(self, matrix: Array, linear: Array, top: float) -> None:
        self.matrix, self.linear, self.top = matrix, linear, top

    @property
    def players(self) -> tuple[str, ...]:
        """Name them by number."""
        return tuple(f"player {n + 1}" for n in range(self.linear.size))

    @property
    def spaces(self) -> Box:
        """Everybody chooses from [0, top]."""
        return Box(np.zeros(self.linear.size), np.full(self.linear.size, self.top))

    def payoffs(self, profile: ArrayLike) -> Array:
        """Evaluate U."""
        x = np.asarray(profile, dtype=float)
        own = np.diag(self.matrix)
        return np.asarray(self.linear * x - x * (x @ self.matrix.T) + 0.5 * own * x * x)

    def marginal_payoffs(self, profile: ArrayLike) -> Array:
        """Evaluate −F."""
        return np.asarray(self.linear - self.matrix @ np.asarray(profile))


class Slow(Quadratic):
    """The same game, of which only payoffs are known."""

    marginal_payoffs = None  # type: ignore[assignment]


def random_game(seed: int, size: int, kind: type[Quadratic] = Quadratic) -> Quadratic:
    """Draw a strongly monotone game whose interactions are mostly antisymmetric."""
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(size, size))
    matrix = root - root.T + root @ root.T / size + 0.2 * np.eye(size)
    return kind(matrix, 5 * rng.normal(size=size), 3.0)


def enumerated(game: Quadratic) -> Array:
    """Solve by trying every set of players at their bounds."""
    size, top = game.linear.size, game.top
    for where in product((0, 1, 2), repeat=size):
        code = np.array(where)
        x = np.where(code == 2, top, 0.0)
        free = np.flatnonzero(code == 1)
        if free.size:
            rest = game.linear[free] - game.matrix[free] @ x
            x[free] = np.linalg.solve(game.matrix[np.ix_(free, free)], rest)
        pull = game.matrix @ x - game.linear
        inside = ((x >= -1e-12) & (x <= top + 1e-12)).all()
        if inside and (pull[code == 0] >= -1e-12).all() and (pull[code == 2] <= 1e-12).all():
            return np.asarray(x)
    raise AssertionError("no equilibrium")


def river() -> tuple[Game, LinearConstraint]:
    """Make the river basin pollution game of Krawczyk and Uryasev (2000)."""
    cost = np.array([0.01, 0.05, 0.01])
    matrix = np.full((3, 3), 0.01) + np.diag(0.01 + 2 * cost)
    game = Quadratic(matrix, 3.0 - np.array([0.10, 0.12, 0.15]), 100.0)
    decay = np.array([[6.5, 5.0, 5.5], [4.583, 6.250, 3.750]]) * [0.5, 0.25, 0.75]
    return game, LinearConstraint(decay, -np.inf, 100.0)


def test_the_river_basin_game_has_its_published_equilibrium() -> None:
    game, limit = river()
    found = solve_variational(game, constraints=[limit])
    assert found.success
    np.testing.assert_allclose(found.equilibrium.profile, [21.14, 16.03, 2.73], atol=0.02)
    np.testing.assert_allclose(found.multipliers, [0.574, 0.0], atol=1e-3)
    assert found.distance is not None
    assert found.distance < 1e-6


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), size=st.integers(1, 4))
def test_games_without_a_potential_agree_with_enumeration(seed: int, size: int) -> None:
    game = random_game(seed, size)
    found = solve_variational(game)
    truth = enumerated(game)
    assert found.success
    assert found.distance is not None
    assert np.linalg.norm(found.equilibrium.profile - truth) <= found.distance + 1e-9
    assert found.distance < 1e-5


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), size=st.integers(2, 5))
@example(seed=43494, size=5)  # where two players contribute the budget and the ball touch
@example(seed=1088, size=2)
def test_joint_constraints_have_one_price_and_leave_no_gain(seed: int, size: int) -> None:
    game = random_game(seed, size)
    budget = LinearConstraint(np.ones((1, size)), -np.inf, 1.0)
    ball = NonlinearConstraint(lambda x: x @ x, -np.inf, 0.5, jac=lambda x: 2 * x)
    found = solve_variational(game, constraints=[budget, ball])
    x = found.equilibrium.profile
    assert found.success
    assert found.violation <= 1e-9
    assert (found.multipliers >= 0).all()
    shadow = found.multipliers[0] + 2 * x * found.multipliers[1]
    pull = game.matrix @ x - game.linear + shadow
    inside = (x > 1e-6) & (x < game.top - 1e-6)
    assert np.abs(pull[inside]).max(initial=0.0) < 1e-6
    assert (pull[x <= 0] >= -1e-6).all()


def test_payoffs_that_vanish_at_the_equilibrium_have_a_tolerance() -> None:
    game = random_game(60, 2)
    game.matrix = game.matrix - game.matrix.T
    found = solve_variational(game)
    assert np.abs(game.payoffs(found.equilibrium.profile)).max() < 1e-12
    assert found.success
    assert (found.equilibrium.certificate.tolerance > 1e-10).all()


def test_payoffs_alone_are_enough() -> None:
    game = random_game(5, 4, Slow)
    found = solve_variational(game)
    assert found.success
    np.testing.assert_allclose(found.equilibrium.profile, enumerated(game), atol=1e-7)


def test_a_bound_below_the_true_modulus_is_a_wider_distance() -> None:
    game = random_game(1, 4, Slow)
    searched = solve_variational(game)
    stated = solve_variational(game, modulus=searched.modulus / 10)
    assert stated.stated
    assert stated.distance is not None
    assert searched.distance is not None
    assert stated.distance >= searched.distance


def test_a_game_that_is_not_monotone_is_said_to_be_so() -> None:
    matrix = np.array([[1.0, 5.0], [5.0, 1.0]])  # strategic substitutes: three equilibria
    found = solve_variational(Quadratic(matrix, np.array([5.0, 5.0]), 5.0))
    assert found.modulus == pytest.approx(-4.0)
    assert found.distance is None
    assert "not monotone" in str(found)


@pytest.mark.parametrize(
    ("constraint", "words"),
    [
        (LinearConstraint(np.ones((1, 3)), 0.0, 1.0), "2 finite columns"),
        (LinearConstraint(np.ones((1, 2)), 2.0, 1.0), "not above"),
        (NonlinearConstraint(lambda x: x @ x, 0.0, 1.0, jac=lambda x: 2 * x), "no lower bound"),
        (NonlinearConstraint(lambda x: x @ x, -np.inf, 1.0), "jac"),
    ],
)
def test_malformed_constraints_are_refused(constraint: object, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        solve_variational(random_game(0, 2), constraints=[constraint])


def test_payoffs_that_are_not_finite_are_refused() -> None:
    game = Quadratic(np.eye(2), np.array([np.nan, 1.0]), 1.0)
    with pytest.raises(InvalidInputError, match="player 1 is not finite"):
        solve_variational(game)


def duopoly() -> SmoothGame:
    """Return a linear Cournot duopoly, margins 9 and 8: the equilibrium is (10/3, 7/3)."""
    return SmoothGame(
        payoffs=[lambda x: x[0] * (9 - x[0] - x[1]), lambda x: x[1] * (8 - x[0] - x[1])],
        bounds=[(0, 10), (0, 10)],
        own_concave=True,
    )


def test_no_equilibrium_is_claimed_where_no_profile_meets_the_constraints() -> None:
    found = solve_variational(
        duopoly(), constraints=[LinearConstraint(np.ones((1, 2)), -np.inf, -1.0)], max_iter=500
    )
    assert found.equilibrium.success  # nobody can move at all
    assert not found.feasible
    assert not found.success
    assert found.distance is None
    assert "a constraint is exceeded by 1" in str(found)


def test_the_distance_counts_the_error_of_slopes_by_differences() -> None:
    found = solve_variational(duopoly(), modulus=1.0)
    assert found.distance is not None
    assert found.distance >= np.linalg.norm(found.equilibrium.profile - [10 / 3, 7 / 3])
    assert 0 < found.residual < 1e-9


def test_a_bilinear_game_is_monotone_and_no_more() -> None:
    game = SmoothGame(
        payoffs=[lambda x: x[0] * x[1], lambda x: -x[0] * x[1]], bounds=[(-1, 1), (-1, 1)]
    )
    found = solve_variational(game, start=[0.7, 0.3])
    assert np.abs(found.equilibrium.profile).max() < 1e-8
    assert found.modulus == 0.0
    assert "not monotone" not in str(found)


def test_a_modulus_is_a_finite_number() -> None:
    with pytest.raises(InvalidInputError, match="`modulus`"):
        solve_variational(duopoly(), modulus=float("nan"))


def symmetric_round() -> Game:
    return CoopetitionRound(
        gain=PowerGain(1, 2, 0.35), local_data=[1500.0] * 3, max_contribution=20000.0,
        value=1000.0, unit_cost=0.001, quadratic_cost=2e-6, damage=0.08,
    )  # fmt: skip


def test_gradients_that_vanish_at_the_start_and_rows_of_zeros() -> None:
    game, center = symmetric_round(), np.full(3, 1e4)
    ball = NonlinearConstraint(
        lambda x: np.sum((x - center) ** 2), -np.inf, 9000.0**2, jac=lambda x: 2 * (x - center)
    )
    wanted = 1e4 - 9000.0 / np.sqrt(3)  # less than they would: the ball's nearest point
    assert solve_variational(game, constraints=[ball]).equilibrium.profile == pytest.approx(wanted)
    slack = LinearConstraint([[0, 0, 0], [1, 1, 1]], -np.inf, [1e9, 600])
    found = solve_variational(game, constraints=slack)
    assert found.success
    assert found.equilibrium.profile == pytest.approx(200.0)
    assert found.multipliers[0] == 0
    none = LinearConstraint([[0, 0, 0], [1, 1, 1]], -np.inf, [-1, 600])
    assert not solve_variational(game, constraints=none).success


def test_free_rows_are_left_out_and_sparse_ones_read() -> None:
    game = symmetric_round()
    free = NonlinearConstraint(
        lambda x: [x.sum(), x[0]], -np.inf, [600, np.inf], jac=lambda x: [[1, 1, 1], [1, 0, 0]]
    )
    for limit in (free, LinearConstraint(csr_array(np.ones((1, 3))), -np.inf, 600)):
        found = solve_variational(game, constraints=[limit])
        assert found.success
        assert found.multipliers.shape == (1,)
        assert found.equilibrium.profile == pytest.approx(200.0)
        assert found.distance is not None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"constraints": [LinearConstraint(np.ones((1, 3)), -np.inf, -np.inf)]}, "lower bounds"),
        ({"constraints": [LinearConstraint(np.ones((1, 3)), np.inf, np.inf)]}, "lower bounds"),
        ({"constraints": [Bounds(0, 1)]}, "must be a list of scipy"),
        ({"constraints": {"a": 1}}, "must be a list of scipy"),
        ({"modulus": "a"}, "`modulus` must be a finite number, got 'a'"),
        ({"max_iter": 10.5}, "`max_iter` must be an integer"),
        ({"seed": -1}, "`seed` must be an integer of at least 0"),
    ],
)
def test_wrong_options_are_refused(options: Any, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        solve_variational(symmetric_round(), **options)


@pytest.mark.parametrize(
    ("fun", "upper", "jac", "words"),
    [
        ([1.0], np.nan, [[1, 1, 1]], "`ub` must be numbers"),
        ([np.nan], 1.0, [[1, 1, 1]], "is not finite at"),
        ([1.0], 1.0, [[1, 1]], "must have 3 columns"),
    ],
)
def test_wrong_nonlinear_constraints_are_refused(
    fun: Any, upper: float, jac: Any, words: str
) -> None:
    limit = NonlinearConstraint(lambda _: fun, -np.inf, upper, jac=lambda _: jac)
    with pytest.raises(InvalidInputError, match=words):
        solve_variational(symmetric_round(), constraints=[limit])
