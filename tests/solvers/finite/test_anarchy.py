"""Prices of anarchy and of stability, and Pareto dominance."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from coopetition.games.errors import InvalidInputError
from coopetition.games.finite import FiniteGame
from coopetition.solvers.finite import anarchy, dominated, pure_equilibria
from tests.solvers.finite.textbook import PENNIES, PRISONERS, STAG, random_game


def pigou() -> FiniteGame:
    """Two drivers, one road of cost 2 and one of cost 1 for each who takes it, so many times."""
    costs = [[[2, 2], [1, 2]], [[2, 1], [2, 2]]]
    return FiniteGame([[[-c for c in row] for row in own] for own in costs]).to_fractions()


def test_known_prices() -> None:
    stag = anarchy(STAG)
    assert (stag.optimum, stag.worst, stag.best) == (8, 6, 8)
    assert stag.anarchy == pytest.approx(8 / 6)
    assert stag.stability == 1
    assert (stag.worst_profile, stag.best_profile) == ((1, 1), (0, 0))
    assert anarchy(PRISONERS.to_fractions()).anarchy == Fraction(3)


def test_costs_turn_the_ratio() -> None:
    found = anarchy(pigou(), "cost")
    assert found.optimum == 3
    assert found.anarchy == Fraction(4, 3)
    assert found.stability == 1
    assert found.gap_worst == 1
    assert anarchy(pigou(), "payoff").anarchy is None  # sums of payoffs are negative


def test_no_ratio_without_equilibrium_or_with_a_sum_that_is_not_positive() -> None:
    none = anarchy(PENNIES)
    assert (none.equilibria, none.worst, none.anarchy, none.gap_worst) == (0, None, None, None)
    assert "no pure equilibrium" in str(none)
    shifted = FiniteGame(PRISONERS.tensor - 1)
    found = anarchy(shifted)
    assert found.anarchy is None
    assert found.gap_worst == 4
    assert "not positive" in str(found)


@pytest.mark.parametrize("seed", range(10))
def test_prices_are_those_of_all_profiles(seed: int) -> None:
    game = random_game((3, 2, 3), seed, 4)
    found = anarchy(game)
    sums = {p: float(game.payoffs(p).sum()) for p in product(*map(range, game.shape))}
    here = [sums[p] for p in pure_equilibria(game)]
    assert found.optimum == max(sums.values())
    assert (found.worst, found.best) == ((min(here), max(here)) if here else (None, None))


@pytest.mark.parametrize("seed", range(5))
def test_dominated_is_what_comparing_all_pairs_says(seed: int) -> None:
    game = random_game((3, 3), seed, 3)
    profiles = list(product(*map(range, game.shape)))
    for profile, flag in zip(profiles, dominated(game, profiles), strict=True):
        here = game.payoffs(profile)
        others = [game.payoffs(p) for p in profiles]
        assert flag == any((o >= here).all() and (o > here).any() for o in others)


def test_bad_kind_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="`kind` must be payoff or cost"):
        anarchy(PENNIES, "profit")  # type: ignore[arg-type]


def test_a_ratio_beyond_all_floats_is_a_fraction_and_no_float() -> None:
    tiny = Fraction(1, 10**300)
    rows = [[[10**300, 0], [2 * 10**300, tiny]], [[10**300, 2 * 10**300], [0, tiny]]]
    found = anarchy(FiniteGame(np.array(rows, dtype=object)))
    assert found.anarchy == Fraction(10**600)
    assert found.to_dict()["anarchy"] is None
    assert found.to_dict()["optimum"] == 2e300
