"""Derivatives where rivals' whole gains hurt, against rounds solved again."""

from typing import Any

import numpy as np
import pytest

from coopetition import PowerGain
from coopetition.games.arrays import Array
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.solvers import solve
from coopetition.solvers.sensitivity.change import Change
from coopetition.solvers.sensitivity.derivatives import sensitivity

STEP = 1e-4


@pytest.fixture(scope="module")
def game() -> CoopetitionRound:
    return CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35),
        local_data=[1500.0, 900.0, 400.0],
        max_contribution=6000.0,
        value=[1000.0, 800.0, 1200.0],
        unit_cost=0.001,
        quadratic_cost=[4e-5, 2e-5, 6e-5],
        quality=[0.9, 0.6, 1.0],
        skew=[0.3, 0.8, 0.5],
        personal_weight=0.05,
        damage=[[0, 0.1, 0.05], [0.02, 0, 0.1], [0.1, -0.03, 0]],
        rivalry=[[0, 20, 5], [3, 0, 9], [0, 30, 0]],
        counts="gains",
    )


def payoffs(game: CoopetitionRound, **fields: Any) -> Array:
    other = game.replace(**fields)
    return other.payoffs(solve(other, tol=1e-12).profile)


def two_sided(game: CoopetitionRound, name: str, direction: Array, at: Array) -> Array:
    ends = [payoffs(game, **{name: at + sign * STEP * direction}) for sign in (1, -1)]
    return (ends[0] - ends[1]) / (2 * STEP)


@pytest.mark.parametrize("name", ["value", "skew", "quality", "local_data", "unit_cost"])
def test_columns(game: CoopetitionRound, name: str) -> None:
    found = sensitivity(game)
    at, e = getattr(game, name), np.array([0.0, 1.0, 0.0])
    scale = np.abs(at[1])
    wanted = two_sided(game, name, e * scale, at) / scale
    direction: dict[str, Any] = {name: e}
    changed = found.along(Change(**direction)).payoff
    np.testing.assert_allclose(changed, wanted, rtol=2e-5, atol=1e-6 * np.abs(wanted).max())
    for n in range(3):
        gradient = found.gradient("payoff", game.players[n])
        assert getattr(gradient, name)[1] == pytest.approx(changed[n], rel=1e-8)


def test_entries_factor_and_level_of_damage(game: CoopetitionRound) -> None:
    found, dense = sensitivity(game), game.damage.dense()
    entry = np.zeros((3, 3))
    entry[2, 1] = 1.0
    off = 1.0 - np.eye(3)
    for name, direction in (("entry", entry), ("factor", dense), ("level", off)):
        wanted = two_sided(game, "damage", direction, dense)
        for n in range(3):
            gradient = found.gradient("payoff", game.players[n])
            numbers = {
                "entry": gradient.damage_entry(2, 1),
                "factor": gradient.damage_factor,
                "level": gradient.damage_level,
            }
            assert numbers[name] == pytest.approx(wanted[n], rel=2e-5, abs=1e-3), (name, n)
