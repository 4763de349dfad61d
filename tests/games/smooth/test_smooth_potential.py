import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coopetition.games import (
    InvalidInputError,
    SmoothGame,
    UnsupportedGameError,
    potential_of_smooth,
)
from tests.games.potentials import assert_is_potential, assert_refuted
from tests.games.smooth.test_smooth import training
from tests.instances import SYMMETRIC

Array = np.ndarray


def quadratic(seed: int, players: int) -> tuple[SmoothGame, Array, Array]:
    """Draw U_n = w_n Φ + r_n(x_−n), Φ quadratic: the game, w and the cross terms of Φ."""
    rng = np.random.default_rng(seed)
    w = 10.0 ** rng.uniform(-2, 2, players)
    q = rng.normal(size=(players, players))
    q += q.T
    b, r = rng.normal(size=players), rng.normal(size=(players, players, players))
    for n in range(players):
        r[n, n, :] = r[n, :, n] = 0.0

    def payoffs(x: Array) -> Array:
        phi = x @ b + 0.5 * np.einsum("...i,ij,...j", x, q, x)
        return w * phi[..., None] + np.einsum("...i,nij,...j->...n", x, r, x)

    bounds = np.sort(rng.uniform(-3, 3, (players, 2)), axis=1) + np.array([-0.5, 0.5])
    return SmoothGame(payoffs=payoffs, bounds=list(bounds), vectorized=True), w, q


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6), st.integers(2, 6))
def test_hidden_weights_of_quadratic_games_are_recognized(seed: int, players: int) -> None:
    game, w, _ = quadratic(seed, players)
    found = potential_of_smooth(game)
    assert_is_potential(game, found)
    np.testing.assert_allclose(found.weights / found.weights[0], w / w[0], rtol=1e-4)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6), st.integers(2, 6))
def test_one_wrong_cross_term_is_refused_with_a_witness(seed: int, players: int) -> None:
    game, w, q = quadratic(seed, players)
    sign = -np.sign(q[0, 1]) * w[0] * (1 + 2 * abs(q[0, 1]))

    def payoffs(x: Array) -> Array:
        extra = np.zeros(x.shape)
        extra[..., 0] = sign * x[..., 0] * x[..., 1]
        return game.payoffs(x) + extra

    bounds = list(zip(game.spaces.lower, game.spaces.upper, strict=True))
    wrong = SmoothGame(payoffs=payoffs, bounds=bounds, vectorized=True)
    assert_refuted(wrong, potential_of_smooth(wrong))


@pytest.mark.parametrize("size", [2, 3, 5])
def test_the_lottery_contest_has_none(size: int) -> None:
    prizes = np.linspace(1.0, 2.0, size)

    def payoffs(x: Array) -> Array:
        return prizes * x / x.sum(axis=-1, keepdims=True) - x

    game = SmoothGame(payoffs=payoffs, bounds=[(0.1, 1.0)] * size, vectorized=True)
    assert_refuted(game, potential_of_smooth(game))


def test_players_with_several_numbers() -> None:
    game = training([5.0, 3.0, 1.0])
    found = potential_of_smooth(game)
    assert_is_potential(game, found)
    assert found.kind == "weighted"
    np.testing.assert_allclose(found.weights, [1.0, 0.6, 0.2], rtol=1e-9)
    assert found.components == ((0, 1, 2),)


def test_conflict_inside_a_block_is_seen() -> None:
    """Each number alone would allow weights: 1 : 1 for data, 1 : 2 for compute."""
    game = SmoothGame(
        payoffs=[lambda x: x[0] * x[2] + x[1] * x[3], lambda x: x[0] * x[2] + 2 * x[1] * x[3]],
        bounds=[[(0, 1), (0, 1)]] * 2,
    )
    found = potential_of_smooth(game)
    assert_refuted(game, found)
    assert found.witness is not None
    assert found.witness.gap > 0.01


def test_weights_are_free_between_players_who_do_not_touch() -> None:
    game = SmoothGame(
        payoffs=lambda x: np.array([x[0] * x[1], 4 * x[0] * x[1], x[2] * x[3], x[2] * x[3], x[4]]),
        bounds=[(0, 1)] * 5,
    )
    found = potential_of_smooth(game)
    assert_is_potential(game, found)
    assert found.components == ((0, 1), (2, 3), (4,))
    np.testing.assert_allclose(found.weights, [1, 4, 1, 1, 1])


def test_one_player_alone_always_has_one() -> None:
    game = SmoothGame(payoffs=[lambda x: x[0] * x[1] - x[1] ** 3], bounds=[[(0, 1), (0, 1)]])
    found = potential_of_smooth(game)
    assert_is_potential(game, found)
    assert found.kind == "exact"


def test_noise_between_rounding_and_refutation_is_undecided() -> None:
    game = SmoothGame(
        payoffs=[lambda x: x[0] * x[1], lambda x: x[0] * x[1] + 5e-11 * (x[0] * x[1]) ** 2],
        bounds=[(0, 1)] * 2,
    )
    found = potential_of_smooth(game)
    assert found.holds is None
    assert str(found).startswith("undecided")
    assert potential_of_smooth(game, rounding=1e-11).holds is True


def beside_a_peak(height: float) -> SmoothGame:
    """Return a game without a potential, where player 1 is paid a fortune for nearly all it has."""
    return SmoothGame(
        payoffs=[
            lambda x: x[0] * x[1] + height * max(0.0, x[0] - 0.9),
            lambda x: x[0] * x[1] + 0.2 * (x[0] * x[1]) ** 2,
        ],
        bounds=[(0, 1)] * 2,
    )


@pytest.mark.parametrize("height", [0.0, 1e6, 1e10])
def test_large_payoffs_of_some_cycles_hide_no_conflict_of_others(height: float) -> None:
    game = beside_a_peak(height)
    assert_refuted(game, potential_of_smooth(game))


def test_a_conflict_that_may_be_rounding_of_the_largest_payoff_is_undecided() -> None:
    assert potential_of_smooth(beside_a_peak(1e15)).holds is None


@pytest.mark.parametrize("own", [1.0, 0.0])
def test_what_larger_terms_leave_behind_by_rounding_refutes_nothing(own: float) -> None:
    """Here payoffs are rounded to 1e-7 by a term that shows on some cycles only."""
    height = 1e9

    def rounded(x: Array) -> float:
        return float(own * x[0] * x[1] + height - height + height * (x[0] > 0.9))

    game = SmoothGame(payoffs=[rounded, lambda x: own * x[0] * x[1]], bounds=[(0, 1)] * 2)
    assert potential_of_smooth(game).holds is not False
    noisy = SmoothGame(
        payoffs=[lambda x: rounded(x) + 1e-7 * np.sin(1e6 * x.sum()), lambda x: own * x[0] * x[1]],
        bounds=[(0, 1)] * 2,
    )
    assert potential_of_smooth(noisy).holds is not False


def test_a_giant_hides_no_other_organizations() -> None:
    """Weights are values: two small ones are tied to each other beside one of 1e12."""
    round_ = SYMMETRIC.replace(damage=0.0, value=[1e13, 1000, 2000, 1000, 1000, 1000])
    found = potential_of_smooth(round_)
    assert found.holds
    assert found.components == (tuple(range(6)),)
    ratios = np.asarray(found.weights) / round_.weights
    np.testing.assert_allclose(ratios, ratios[0], rtol=1e-6)


def test_words_and_plain_values() -> None:
    kept = potential_of_smooth(SYMMETRIC, points=32)
    assert kept.kind == "exact"
    assert "checked on 32 points, residual" in str(kept)
    plain = json.loads(json.dumps(kept.to_dict()))
    assert plain["holds"] is True
    assert plain["weights"] == [1.0] * 6
    refused = potential_of_smooth(SYMMETRIC.replace(value=[1000] * 5 + [100]))
    assert str(refused).startswith("no weighted potential (checked on 64 points)")
    witness = json.loads(json.dumps(refused.to_dict()))["witness"]
    assert len(witness["cycles"][0]["corners"]) == 4


def test_bad_input_is_refused() -> None:
    with pytest.raises(UnsupportedGameError, match="needs a Game"):
        potential_of_smooth("game")  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError, match="`points`"):
        potential_of_smooth(SYMMETRIC, points=2)
    bad = SmoothGame(payoffs=[lambda x: np.inf, lambda x: x[1]], bounds=[(-1, 1)] * 2)
    with pytest.raises(InvalidInputError, match="finite"):
        potential_of_smooth(bad)
    crowd = SmoothGame(payoffs=lambda x: x, bounds=[(0, 1)] * 65, vectorized=True)
    with pytest.raises(UnsupportedGameError, match="at most 64"):
        potential_of_smooth(crowd)
