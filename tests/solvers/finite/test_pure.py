"""Pure equilibria: textbook games, every profile tried, ties, ε, exact arithmetic."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coopetition.games.errors import InvalidInputError
from coopetition.games.finite import FiniteGame, from_json
from coopetition.solvers.finite import pure_equilibria
from tests.solvers.finite.textbook import (
    BATTLE,
    PENNIES,
    PRISONERS,
    STAG,
    brute_pure,
    random_game,
)

SHAPES = st.lists(st.integers(1, 4), min_size=1, max_size=5).map(tuple)


@pytest.mark.parametrize(
    ("game", "known"),
    [
        (PENNIES, []),
        (PRISONERS, [(1, 1)]),
        (BATTLE, [(0, 0), (1, 1)]),
        (STAG, [(0, 0), (1, 1)]),
        (FiniteGame([[5]]), [(0,)]),
        (FiniteGame([[1, 2, 2]]), [(1,), (2,)]),
        (FiniteGame([[[1, 2]], [[4, 3]]]), [(0, 0)]),
    ],
)
def test_known_equilibria_are_found_in_floats_and_in_fractions(
    game: FiniteGame, known: list[tuple[int, ...]]
) -> None:
    for version in (game, game.to_fractions()):
        found = pure_equilibria(version)
        assert list(found) == known
        assert found.known == "proved"
        assert all(not any(version.regret(profile)) for profile in found)


@settings(max_examples=60, deadline=None)
@given(shape=SHAPES, seed=st.integers(0, 10**6), values=st.sampled_from([0, 2, 3]))
def test_they_are_those_of_trying_every_change(
    shape: tuple[int, ...], seed: int, values: int
) -> None:
    game = random_game(shape, seed, values)
    for epsilon in (0.0, 0.25):
        assert list(pure_equilibria(game, epsilon)) == brute_pure(game, epsilon)
    assert list(pure_equilibria(game.to_fractions())) == brute_pure(game)


def test_many_survivors_are_read_in_parts() -> None:
    # 12 players of a coordination game on ties: more survivors than one part holds.
    rng = np.random.default_rng(3)
    game = FiniteGame((rng.random((13, *[2] * 13)) < 0.6).astype(float))
    found = pure_equilibria(game)
    good = np.ones(game.shape, dtype=bool)
    for n, own in enumerate(game.tensor):
        good &= own == own.max(axis=n, keepdims=True)
    assert len(found) > 0
    np.testing.assert_array_equal(found.profiles, np.argwhere(good))
    flat = pure_equilibria(FiniteGame(np.zeros((16, *[2] * 16))))
    assert len(flat) == 2**16


def test_layout_in_memory_does_not_matter() -> None:
    plain = random_game((3, 4, 2), 5)
    turned = FiniteGame(np.asfortranarray(plain.tensor))
    assert list(pure_equilibria(plain)) == list(pure_equilibria(turned))


def test_a_tie_that_rounding_broke_needs_an_epsilon() -> None:
    game = FiniteGame([[0.1 + 0.2, 0.3]])
    assert list(pure_equilibria(game)) == [(0,)]
    near = pure_equilibria(game, 1e-12)
    assert list(near) == [(0,), (1,)]
    assert near.known == "checked"
    third = FiniteGame(np.array([[Fraction(1, 3), Fraction(1, 3) + Fraction(1, 10**30)]]))
    assert list(pure_equilibria(third)) == [(1,)]
    assert len(pure_equilibria(third, Fraction(1, 10**30))) == 2
    assert pure_equilibria(third, Fraction(1, 10**30)).known == "proved"


def test_differences_beyond_all_floats_are_no_ties() -> None:
    assert list(pure_equilibria(FiniteGame([[-1e308, 1.7e308]]), 1.0)) == [(1,)]


@pytest.mark.parametrize("epsilon", [-1, float("nan"), float("inf"), "1"])
def test_bad_epsilon_is_refused(epsilon: Any) -> None:
    with pytest.raises(InvalidInputError, match="`epsilon` must be"):
        pure_equilibria(PENNIES, epsilon)


def test_payoffs_and_words() -> None:
    found = pure_equilibria(BATTLE.to_fractions())
    assert found.payoffs.tolist() == [[2, 1], [1, 2]]
    assert "(opera, opera): 1, 2" in str(found)
    assert str(pure_equilibria(PENNIES)) == "no pure equilibria (proved)"
    assert str(pure_equilibria(FiniteGame(np.zeros((2, 6, 6))))).endswith("… and 16 more")


def test_decimals_tie_and_an_epsilon_is_the_decimal_that_is_written() -> None:
    """As stored floats 0.1 + 0.2 beats 0.3, and 0.3 is below 3/10."""
    text = '{"payoffs": [[[0.3, 0.7], [0.1, 0.4]], [[0.30, 3e-1], [0.1, 0.1]]]}'
    game = from_json(text)
    assert len(pure_equilibria(game)) == 2
    assert list(pure_equilibria(game, 0.2)) == [(0, 0), (0, 1), (1, 0)]
    assert list(pure_equilibria(game, 0.3)) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert len(pure_equilibria(game, Fraction(3, 10) - Fraction(1, 10**30))) == 3
    tenths = np.array([[[1 + 2], [3]], [[0], [0]]]) * Fraction(1, 10)
    assert len(pure_equilibria(FiniteGame(tenths))) == 2
    assert len(pure_equilibria(FiniteGame([[[0.1 + 0.2], [0.3]], [[0.0], [0.0]]]))) == 1
