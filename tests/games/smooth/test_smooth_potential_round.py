from typing import Any

import numpy as np
import pytest

from coopetition.games import CoopetitionRound, Game, PowerGain, potential_of_smooth
from coopetition.mechanisms import RULES, redistribute
from coopetition.solvers import solve_planner
from tests.games.potentials import assert_is_potential, assert_refuted, assert_same_weights
from tests.instances import SYMMETRIC, random_round

Array = np.ndarray


@pytest.mark.parametrize("seed", range(20))
def test_rounds_are_recognized_with_their_weights(seed: int) -> None:
    game = random_round(seed, players=2 + seed % 5, positive=True)
    found = potential_of_smooth(game)
    assert_is_potential(game, found)
    assert_same_weights(found, game, "")


def test_a_round_of_mixed_signs_is_refused() -> None:
    game = SYMMETRIC.replace(value=[1000, 1000, 1000, 1000, 1000, 100])
    assert (game.weights < 0).any()
    assert (game.weights > 0).any()
    assert_refuted(game, potential_of_smooth(game))


def test_rules_keep_or_break_the_potential_as_the_catalogue_says() -> None:
    game = random_round(3, players=4, positive=True)
    assert np.ptp(game.weights) > 1
    optimum = solve_planner(game).profile
    refused = set()
    for name, entry in RULES.items():
        given: dict[str, Any] = {key: {"rate": 0.01, "alpha": 0.3}[key] for key in entry.needs}
        if entry.targeted:
            given["target"] = optimum
        induced = redistribute(game, entry.factory(game, **given))
        found = potential_of_smooth(induced)
        assert found.holds is not None, name
        if not found.holds:
            assert_refuted(induced, found)
            refused.add(name)
        elif entry.declared.potential_kept == "always":
            assert_same_weights(found, game, name)
    assert refused == {"proportional", "groves-ledyard", "walker"}


def damage_compensated(game: CoopetitionRound) -> Game:
    """Let m pay n what n's loss to m is: ρ_nm p_m [P(x) − P(0, x_−n)], pair by pair."""
    owed = np.asarray(game.damage.weigh(np.eye(len(game.players)))).T * game.value  # ρ_nm p_m

    def rule(_: Game, x: Array) -> Array:
        total = np.asarray(game.form.aggregate(x))[..., None]
        brought = game.gain.value(total) - game.gain.value(total - game.quality * x)
        return owed.sum(axis=1) * brought - brought @ owed

    return redistribute(game, rule)


def test_compensating_marginal_damage_pair_by_pair_breaks_it_from_three_on() -> None:
    rho = np.array([[0, 0.1, 0.2], [0.05, 0, 0.1], [0.3, 0.02, 0]])
    common: dict[str, Any] = {
        "gain": PowerGain(1.0, 2.0, 0.35),
        "max_contribution": 4000.0,
        "unit_cost": 0.001,
    }
    values = np.array([1000.0, 700.0, 400.0])
    three = CoopetitionRound(local_data=[100.0, 200.0, 300.0], value=values, damage=rho, **common)
    two = CoopetitionRound(
        local_data=[100.0, 200.0], value=values[:2], damage=rho[:2, :2], **common
    )
    induced = damage_compensated(three)
    np.testing.assert_allclose(
        (induced.payoffs([9, 8, 7]) - three.payoffs([9, 8, 7])).sum(), 0, atol=1e-12
    )
    assert_refuted(induced, potential_of_smooth(induced))
    kept = potential_of_smooth(damage_compensated(two))
    assert_is_potential(damage_compensated(two), kept)
    expected = values[:2] * (1 - rho[:2, :2].sum(axis=0))  # p_n (1 − ρ_mn)
    np.testing.assert_allclose(kept.weights[1], expected[1] / expected[0], rtol=1e-9)
