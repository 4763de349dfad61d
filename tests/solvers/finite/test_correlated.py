"""Correlated equilibria: a textbook game, Nash equilibria among them, every rule tried."""

from itertools import product

import numpy as np
import pytest

from coopetition.games.errors import NotConvergedError
from coopetition.games.finite import FiniteGame
from coopetition.solvers.finite import correlated_equilibrium, mixed_equilibria
from tests.solvers.finite.textbook import PENNIES, random_game


def test_chicken() -> None:
    # Aumann (1974): a traffic light is better than every Nash equilibrium.
    chicken = FiniteGame([[[6, 2], [7, 0]], [[6, 7], [2, 0]]])
    found = correlated_equilibrium(chicken)
    assert found.welfare == pytest.approx(10.5)
    assert found.welfare > max(payoffs.sum() for payoffs in mixed_equilibria(chicken).payoffs)


def test_a_large_loss_elsewhere_allows_no_gain() -> None:
    # Chicken, and a third strategy of the first player that nobody would choose.
    rows = [[6, 2], [7, 0], [-1e9, -1e9]], [[6, 7], [2, 0], [-1e9, -1e9]]
    found = correlated_equilibrium(FiniteGame(np.array(rows)))
    assert found.welfare == pytest.approx(10.5)
    assert found.regret.max() < 1e-6


def test_matching_pennies_have_only_one() -> None:
    found = correlated_equilibrium(PENNIES)
    np.testing.assert_allclose(found.distribution, 0.25, atol=1e-9)


@pytest.mark.parametrize("shape", [(3,), (1, 2), (3, 3), (2, 3, 2)])
@pytest.mark.parametrize("seed", range(3))
def test_no_rule_gains_and_no_nash_equilibrium_is_better(shape: tuple[int, ...], seed: int) -> None:
    game = random_game(shape, seed)
    found = correlated_equilibrium(game)
    for n, count in enumerate(shape):
        for rule in product(range(count), repeat=count):  # told a, play rule[a]
            changed = np.take(game.tensor[n], rule, axis=n)
            gain = ((changed - game.tensor[n]) * found.distribution).sum()
            assert gain <= found.regret[n] + 1e-12
    assert found.regret.max() < 1e-7
    best = max(payoffs.sum() for payoffs in mixed_equilibria(game).payoffs)
    assert found.welfare >= best - 1e-7


def test_large_payoffs_elsewhere_make_no_equilibrium() -> None:
    """An answer is one by the payoffs that it plays, or refused: never by the largest of all."""
    refused = 0
    for seed in range(60):
        rng = np.random.default_rng((7, seed))
        tensor = rng.normal(size=(2, 3, 3))
        tensor[tuple(rng.integers((2, 3, 3)))] *= 10.0 ** rng.integers(6, 13)
        try:
            found = correlated_equilibrium(FiniteGame(tensor))
        except NotConvergedError:
            refused += 1
            continue
        played = np.where(found.distribution > 1e-9, np.abs(tensor).max(axis=0), 0.0).max()
        assert found.regret.max() <= 1e-5 * max(played, 1.0)
    assert refused < 25
