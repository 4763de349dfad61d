"""k-implementation: the price against a brute search, dominance, and what promises must keep."""

import numpy as np
import pytest

from coopetition.games import CoopetitionRound, Game, InvalidInputError, certify
from coopetition.games.arrays import Array
from coopetition.games.base import PotentialGame
from coopetition.games.coopetition.aggregate import AggregateForm, AggregativeGame
from coopetition.mechanisms import (
    AggregativeRule,
    PotentialRule,
    bilateral_prices,
    k_implementation,
    redistribute,
)
from coopetition.mechanisms.induced import InducedPotentialGame
from coopetition.solvers import solve
from tests.campaign import draws
from tests.instances import SYMMETRIC, payoff_scale, random_round
from tests.mechanisms.catalogue import FIRMS, made, planned


def best_payoff(game: CoopetitionRound, x: Array, n: int) -> float:
    grid = np.repeat(x[None], 5001, axis=0)
    grid[:, n] = np.linspace(0.0, game.max_contribution[n], 5001)
    return float(game.payoffs(grid)[:, n].max())


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(4, draws(8, 44)))
def test_the_subsidy_is_what_everybody_could_gain_elsewhere(seed: int) -> None:
    game = random_round(seed, players=3)
    z = game.spaces.sample(np.random.default_rng(seed), 1)[0]
    offer = k_implementation(game, target=z)
    unit = 1e-5 * payoff_scale(game, z)
    by_hand = [best_payoff(game, z, n) - float(game.payoffs(z)[n]) for n in range(3)]
    assert offer.each == pytest.approx(np.maximum(by_hand, 0.0), abs=unit)
    assert offer.total == pytest.approx(offer.each.sum())
    assert offer.subsidy(game, z) == pytest.approx(offer.each)
    assert certify(redistribute(game, offer.subsidy), z, tol=unit).holds


def test_the_target_is_dominant_whatever_others_do() -> None:
    z = planned(FIRMS).profile
    offer = k_implementation(FIRMS, target=z)
    for x in FIRMS.spaces.sample(np.random.default_rng(0), 10):
        for n in range(4):
            kept = x.copy()
            kept[n] = z[n]
            value = float((FIRMS.payoffs(kept) + offer.subsidy(FIRMS, kept))[n])
            assert value >= best_payoff(FIRMS, kept, n) - 1e-9
            assert offer.subsidy(FIRMS, kept)[np.arange(4) != n].tolist() == [0.0] * 3


def test_an_equilibrium_costs_nothing_to_implement() -> None:
    assert k_implementation(FIRMS, target=solve(FIRMS).profile).total < 1e-12
    paid = redistribute(FIRMS, bilateral_prices(FIRMS, target=planned(FIRMS).profile))
    assert k_implementation(paid, target=planned(FIRMS).profile).total < 1e-12
    assert k_implementation(FIRMS, target=planned(FIRMS).profile).total > 1


POTENTIAL = ["expected-externality", "full-pigou", "partial-pigou", "pool-shares"]


@pytest.mark.parametrize("name", [*POTENTIAL, "groves-ledyard"])
@pytest.mark.parametrize("seed", range(6))
def test_gradients_of_promised_potentials(name: str, seed: int) -> None:
    game = random_round(seed, players=4, positive=True)
    if name == "groves-ledyard":
        game = SYMMETRIC
    x, z = game.spaces.sample(np.random.default_rng(seed), 2)
    induced = redistribute(game, made(name, game, z))
    assert isinstance(induced, InducedPotentialGame)
    known = induced.potential_gradient(x)
    slow = PotentialGame.potential_gradient(induced, x)
    unit = float(np.abs(slow * game.max_contribution).max())
    error = np.abs(known - slow) * game.max_contribution
    assert error.max() <= 1e-4 * unit + 1e-8 * abs(float(induced.potential(x)))


class Boaster(PotentialRule):
    """Promises W as the potential and pays nothing."""

    def weights(self, game: Game) -> Array:
        """Return ones."""
        return np.ones(len(game.players))

    def potential(self, game: Game, profile: Array) -> Array:
        """Return W."""
        return np.asarray(game.payoffs(profile).sum(axis=-1))

    def __call__(self, game: Game, profile: Array) -> Array:
        """Return nothing."""
        return np.zeros_like(profile)


class Misformed(AggregativeRule):
    """Promises the form of the round itself and pays for contributions."""

    def form(self, game: AggregativeGame) -> AggregateForm:
        """Return the round's own."""
        return game.form

    def __call__(self, game: Game, profile: Array) -> Array:
        """Return one per unit."""
        return 1.0 * profile


@pytest.mark.parametrize("rule", [Boaster(), Misformed()])
def test_promises_that_are_not_kept_are_refused(rule: PotentialRule | AggregativeRule) -> None:
    with pytest.raises(InvalidInputError, match="does not keep what it promises: when org"):
        redistribute(FIRMS, rule)
