"""Paths of Lemke and Howson: all end in equilibria, in whole numbers exactly."""

import sys
from math import inf
from time import monotonic

import pytest

from coopetition.games.errors import InvalidInputError
from coopetition.games.finite import FiniteGame
from coopetition.solvers.finite import lemke_howson
from coopetition.solvers.finite.bimatrix.check import is_equilibrium
from coopetition.solvers.finite.bimatrix.polytope import polytope
from coopetition.solvers.finite.lemke_howson import paths
from tests.solvers.finite.textbook import PENNIES, random_game


@pytest.mark.parametrize("values", [0, 2, 3])
@pytest.mark.parametrize("shape", [(1, 1), (1, 3), (3, 2), (6, 6), (12, 9)])
def test_every_path_of_lemke_and_howson_ends_in_an_exact_equilibrium(
    shape: tuple[int, int], values: int
) -> None:
    game = random_game(shape, 9, values)
    exact = game.to_fractions()
    for label in range(sum(shape)):
        pair = lemke_howson(game, label)
        assert pair is not None
        assert not any(exact.mixed_regret(pair))
        assert all(own.sum() == 1 and own.min() >= 0 for own in pair)


def test_paths_need_two_players_and_a_label() -> None:
    with pytest.raises(InvalidInputError, match="two players"):
        lemke_howson(random_game((2, 2, 2), 0))
    with pytest.raises(InvalidInputError, match="number of a strategy"):
        lemke_howson(PENNIES, 4)


@pytest.mark.parametrize(("shape", "values"), [((40, 40), 0), ((35, 12), 0), ((40, 40), 3)])
def test_paths_in_floating_point_end_in_fractions(shape: tuple[int, int], values: int) -> None:
    game = random_game(shape, 6, values)
    exact = game.to_fractions()
    for label in range(0, sum(shape), 25):
        pair = lemke_howson(game, label, rounded=True)
        assert pair is not None
        assert not any(exact.mixed_regret(pair))
        assert all(own.sum() == 1 and own.min() >= 0 for own in pair)


def test_a_path_does_not_care_for_a_large_entry() -> None:
    tensor = random_game((6, 6), 4).tensor.copy()
    tensor[0, 2, 3], tensor[1, 0, 0] = 1e13, -1e15
    pair = lemke_howson(FiniteGame(tensor), 7, rounded=True)
    assert pair is not None
    assert not any(FiniteGame(tensor).to_fractions().mixed_regret(pair))


def test_several_paths_are_followed_and_exact_ones_where_rounding_loses_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = random_game((7, 5), 3).tensor.tolist()
    sides = polytope(second), polytope(list(zip(*first, strict=True)))
    found = list(paths(*sides, inf))
    assert len(found) == 12
    monkeypatch.setattr(sys.modules[paths.__module__], "NOISE", 1e9)
    assert set(paths(*sides, inf)) == set(found)
    assert all(is_equilibrium(first, second, pair) for pair in found)


def test_a_path_stops_at_its_deadline() -> None:
    game = random_game((60, 60), 1)
    assert lemke_howson(game, deadline=monotonic() + 0.01) is None
    assert lemke_howson(game, deadline=monotonic() - 1, rounded=True) is None
