"""Baselines by their definitions."""

import numpy as np
import pytest

from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.solvers import best_response_dynamics
from coopetition.studies.compare.compare import (
    random_generation,
    without_competition,
    without_generation,
)
from tests.instances import random_round


@pytest.mark.parametrize("seed", range(12))
def test_ignoring_competition_is_the_equilibrium_without_it(seed: int) -> None:
    game = random_round(seed, players=3)
    free = CoopetitionRound(
        gain=game.gain,
        local_data=game.local_data,
        max_contribution=game.max_contribution,
        value=game.value,
        unit_cost=game.unit_cost,
        quadratic_cost=game.quadratic_cost,
        quality=game.quality,
        skew=game.skew,
        personal_weight=game.personal_weight,
    )
    found = without_competition(game)
    slow = best_response_dynamics(free, tol=1e-6)
    assert slow.success
    # Ties leave a continuum, but all of it brings the same data, and so the same marginal gain.
    total = float(game.form.aggregate(found))
    assert total == pytest.approx(float(game.form.aggregate(slow.profile)), rel=1e-5)
    assert without_generation(game).tolist() == [0.0] * 3


def test_competition_matters_to_the_real_equilibrium() -> None:
    game = random_round(5, players=3)
    assert game.harm.any()
    with_it = best_response_dynamics(game).raise_if_failed().profile
    assert np.abs(without_competition(game) - with_it).max() > 1.0


def test_random_generation_is_uniform_and_belongs_to_its_seed() -> None:
    game = random_round(7, players=4)
    once, again = random_generation(game, 4000, 3), random_generation(game, 4000, 3)
    other = random_generation(game, 4000, 4)
    assert once.welfare == again.welfare != other.welfare
    assert once.contribution.tolist() == again.contribution.tolist()
    assert once.draws == 4000
    top = game.max_contribution
    assert once.contribution / top == pytest.approx(np.full(4, 0.5), abs=5 / np.sqrt(12 * 4000))
    assert once.payoff.sum() == pytest.approx(once.welfare, rel=1e-12)

    rng = np.random.default_rng(99)  # the same law, drawn and scored independently
    draws = rng.uniform(size=(4000, 4)) * top
    welfare = np.array([game.payoffs(x).sum() for x in draws])
    error = welfare.std(ddof=1) / np.sqrt(4000)
    assert once.standard_error == pytest.approx(error, rel=0.1)
    assert abs(once.welfare - welfare.mean()) < 5 * np.hypot(error, once.standard_error)


def test_the_standard_error_is_that_of_a_sample_mean() -> None:
    game = random_round(7, players=4)
    rng = np.random.default_rng(np.random.SeedSequence([3, 1]))
    one, other = game.payoffs(game.spaces.sample(rng, 2)).sum(axis=1)
    found = random_generation(game, 2, 3)
    assert found.welfare == pytest.approx((one + other) / 2, rel=1e-12)
    assert found.standard_error == pytest.approx(abs(one - other) / 2, rel=1e-12)
