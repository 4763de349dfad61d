"""The end of the logit branch is an equilibrium, in games of every shape and with ties."""

import numpy as np
import pytest

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
