"""A game among some players is the whole game with the others' contributions put in."""

import numpy as np
import pytest

from coopetition.games import InvalidInputError, SmoothGame
from coopetition.games.base import PotentialGame
from coopetition.games.coopetition.aggregate import AggregativeGame
from coopetition.games.errors import UnsupportedGameError
from coopetition.games.reduced import ReducedAggregativeGame, reduced
from coopetition.mechanisms import expected_externality, pool_shares, redistribute
from tests.instances import random_round


@pytest.mark.parametrize("seed", range(6))
def test_the_form_says_what_the_payoffs_do(seed: int) -> None:
    game = random_round(seed, players=5)
    rng = np.random.default_rng(seed)
    fixed, there = game.spaces.sample(rng, 2)
    two = reduced(game, fixed, [3, 1])
    assert isinstance(two, ReducedAggregativeGame)
    x, y = fixed.copy(), fixed.copy()
    x[[3, 1]], y[[3, 1]] = there[[3, 1]], (there[3], fixed[1])
    assert two.payoffs(x[[3, 1]]) == pytest.approx(game.payoffs(x)[[3, 1]])
    assert float(two.welfare(x[[3, 1]])) == pytest.approx(float(game.payoffs(x).sum()))
    assert two.marginal_payoffs(y[[3, 1]]) == pytest.approx(game.marginal_payoffs(y)[[3, 1]])
    assert two.form.aggregate(y[[3, 1]]) == pytest.approx(float(game.form.aggregate(y)))


@pytest.mark.parametrize("rule", ["pool", "externality"])
def test_a_potential_is_kept_with_its_weights(rule: str) -> None:
    game = random_round(7, players=4, positive=True)
    x, y = game.spaces.sample(np.random.default_rng(1), 2)
    own = pool_shares(game) if rule == "pool" else expected_externality(game, target=y)
    induced = redistribute(game, own)
    assert isinstance(induced, PotentialGame)
    assert not isinstance(induced, AggregativeGame)
    two = reduced(induced, x, [2, 0])
    assert isinstance(two, PotentialGame)
    moved = np.array([x[2], y[0]])
    after, before = two.payoffs(moved), two.payoffs(x[[2, 0]])
    risen = two.potential(moved) - two.potential(x[[2, 0]])
    assert after[1] - before[1] == pytest.approx(two.weights[1] * risen, rel=1e-6)


def test_what_is_no_game_of_two_is_refused() -> None:
    game = random_round(1, players=3)
    with pytest.raises(InvalidInputError, match="`members` must be different players, 0 to 2"):
        reduced(game, np.zeros(3), [1, 1])
    wide = SmoothGame(bounds=[[(0, 1), (0, 1)], (0, 1)], payoffs=[lambda x: x[0], lambda x: x[2]])
    with pytest.raises(UnsupportedGameError, match="one number per player"):
        reduced(wide, np.zeros(3), [0, 1])
