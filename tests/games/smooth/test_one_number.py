"""The best answer of one number: the zero of a falling slope, or the best of grids."""

from typing import Any

import numpy as np
import pytest

from coopetition.games import SmoothGame, certify
from coopetition.games.arrays import Array
from coopetition.games.smooth.regret import block_response
from coopetition.solvers import solve


def rooted(top: float, cost: float, calls: list[float] | None = None, **fields: Any) -> SmoothGame:
    """U = 2√x − cost x: best at 1/cost²; the slope at 0 is infinite."""

    def slope(x: Array) -> Array:
        if calls is not None:
            calls.append(float(x[0]))
        with np.errstate(divide="ignore"):
            return np.asarray(1 / np.sqrt(x) - cost)

    return SmoothGame(
        payoffs=[lambda x: 2 * np.sqrt(x[0]) - cost * x[0]],
        gradients=[slope],
        bounds=[(0, top)],
        own_concave=True,
        **fields,
    )


@pytest.mark.parametrize(
    ("top", "cost", "best"), [(9.0, 0.5, 4.0), (3.0, 0.5, 3.0), (9.0, 50, 4e-4)]
)
def test_a_falling_slope_is_followed_to_its_zero_or_a_bound(
    top: float, cost: float, best: float
) -> None:
    game = rooted(top, cost)
    answer, value = block_response(game, 0, np.array([1.0]), game.spaces)
    assert answer[0] == pytest.approx(best, rel=1e-9)
    assert value == pytest.approx(2 * np.sqrt(best) - cost * best, rel=1e-12)


def test_who_gains_nothing_stays_where_it_is() -> None:
    flat = SmoothGame(payoffs=[lambda x: 1.0], bounds=[(0, 3)], own_concave=True)
    answer, value = block_response(flat, 0, np.array([2.0]), flat.spaces)
    assert (answer.tolist(), value) == ([2.0], 1.0)


def test_one_concave_number_is_asked_few_times() -> None:
    """Not by five climbs, each with a line search."""
    calls: list[float] = []
    game = rooted(9.0, 0.5, calls)
    calls.clear()
    block_response(game, 0, np.array([1.0]), game.spaces)
    assert len(calls) < 80


def test_a_slope_that_is_no_number_certifies_nothing() -> None:
    game = rooted(9.0, 0.5)
    object.__setattr__(game, "gradients", (lambda x: np.full(1, np.nan),))
    found = certify(game, [1.0])
    assert not found.holds
    assert np.isnan(found.regret[0])


def test_many_players_at_their_bounds_are_solved_with_slopes_of_all_at_once() -> None:
    """v_n/(1 + x_n + s Σx) = c_n inside; the own slope says who is at a bound."""
    rng = np.random.default_rng(0)
    v, c = rng.uniform(1, 10, 40), rng.uniform(0.5, 3, 40)
    calls = 0

    def slopes(x: Array) -> Array:
        nonlocal calls
        calls += 1
        return np.asarray(v * 1.1 / (1 + x + 0.1 * x.sum(axis=-1, keepdims=True)) - c)

    game = SmoothGame(
        payoffs=lambda x: v * np.log1p(x + 0.1 * x.sum(axis=-1, keepdims=True)) - c * x,
        gradients=slopes,
        bounds=[(0, 4)] * 40,
        own_concave=True,
        vectorized=True,
    )
    found = solve(game)
    assert found.success
    at = slopes(found.profile)
    inside = (found.profile > 0) & (found.profile < 4)
    np.testing.assert_allclose(at[inside], 0, atol=1e-9)
    assert (at[found.profile == 0] <= 0).all()
    assert (at[found.profile == 4] >= 0).all()
    assert {0.0, 4.0} <= set(found.profile.tolist())
    assert calls < 40 * 40 * 10


def test_one_number_of_unknown_shape_is_searched_on_grids() -> None:
    """Two peaks: a climb from 0 would end on the lower one."""
    game = SmoothGame(
        payoffs=[lambda x: np.exp(-((x[0] - 1) ** 2)) + 2 * np.exp(-((x[0] - 7) ** 2))],
        bounds=[(0, 10)],
    )
    answer, value = block_response(game, 0, np.array([0.9]), game.spaces)
    assert answer[0] == pytest.approx(7, abs=1e-6)
    assert value == pytest.approx(2, abs=1e-9)
