"""The end of the logit branch is an equilibrium, in games of every shape and with ties."""

from fractions import Fraction
from time import monotonic

import numpy as np
import pytest

from coopetition.games.finite import FiniteGame
from coopetition.solvers.finite import logit_equilibrium
from tests.solvers.finite.textbook import brute_mixed, random_game


@pytest.mark.parametrize("shape", [(3,), (2, 2), (4, 4), (2, 3, 2), (2, 2, 2, 2, 2)])
@pytest.mark.parametrize("seed", range(4))
def test_the_logit_branch_ends_in_an_equilibrium(shape: tuple[int, ...], seed: int) -> None:
    game = random_game(shape, seed)
    mixed = logit_equilibrium(game)
    assert mixed is not None
    assert (game.mixed_regret(mixed) <= 1e-10 * game.ranges).all()
    if shape in ((2, 2), (4, 4)):
        known = [np.abs(np.concatenate(mixed) - one).max() for one in brute_mixed(game)]
        assert min(known) < 1e-8


@pytest.mark.parametrize("values", [2, 3])
@pytest.mark.parametrize("shape", [(3,), (1, 1), (3, 3), (1, 2, 3), (2, 2, 2, 2)])
def test_ties_do_not_stop_it(shape: tuple[int, ...], values: int) -> None:
    game = random_game(shape, 11, values)
    mixed = logit_equilibrium(game)
    assert mixed is not None
    assert (game.mixed_regret(mixed) <= 1e-10 * game.ranges).all()


@pytest.mark.parametrize("seed", [224, 232, 238, 244, 268, 271, 272, 273, 278, 289, 293])
def test_a_large_payoff_elsewhere_makes_no_equilibrium(seed: int) -> None:
    """By the range of all payoffs profiles with regrets of 0.005 to 6.8 passed for equilibria."""
    rng = np.random.default_rng(seed)
    shape = tuple(int(k) for k in rng.integers(2, 4, int(rng.integers(2, 4))))
    tensor = rng.integers(-9, 10, (len(shape), *shape)).astype(object)
    large = 10 ** int(rng.integers(0, 13))
    tensor[tuple(int(rng.integers(k)) for k in tensor.shape)] *= large
    assert large >= 10**10
    mixed = logit_equilibrium(FiniteGame(tensor), monotonic() + 0.3)
    if mixed is not None:
        exact = [np.array([Fraction(p) for p in own.tolist()], dtype=object) for own in mixed]
        shares = [own / sum(own.tolist()) for own in exact]
        assert max(FiniteGame(tensor).mixed_regret(shares)) < 1e-6
