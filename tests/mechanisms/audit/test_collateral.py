"""The collateral against corners, a fine grid, and rules whose largest payment is known."""

from itertools import product
from typing import Any

import numpy as np
import pytest

from coopetition.games.arrays import Array
from coopetition.games.base import Game
from coopetition.games.coopetition.gain import PowerGain
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms import (
    TransferRule,
    bilateral_prices,
    deviation_from_average,
    linear_pigou,
    none,
    pool_shares,
    redistribution,
)
from coopetition.mechanisms.audit.collateral import collateral
from coopetition.mechanisms.rules.bilateral import contracts


def drawn(seed: int, size: int) -> CoopetitionRound:
    rng = np.random.default_rng(np.random.SeedSequence((91, seed)))
    damage = rng.uniform(0, 0.2, (size, size))
    np.fill_diagonal(damage, 0.0)
    return CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35), local_data=rng.uniform(200, 2000, size), damage=damage,
        max_contribution=rng.uniform(500, 5000, size), value=rng.uniform(600, 1400, size),
        unit_cost=rng.uniform(0, 0.01, size), quadratic_cost=rng.uniform(0, 4e-6, size),
    )  # fmt: skip


def corners(game: CoopetitionRound) -> Array:
    return np.array(list(product(*((0.0, top) for top in game.max_contribution))))


def linear_rules(game: CoopetitionRound) -> list[TransferRule]:
    target = 0.4 * game.max_contribution
    size = len(game.players)
    return [
        redistribution(game, rate=0.02),
        redistribution(game, rate=-0.02, balanced=False),
        deviation_from_average(game, rate=0.03),
        linear_pigou(game, target=target),
        bilateral_prices(game, target=target, sharpen=False),
        contracts(np.linspace(-0.1, 0.2, size), ~np.eye(size, dtype=bool), target=target),
    ]


@pytest.mark.parametrize("size", [2, 3, 4])
@pytest.mark.parametrize("seed", range(3))
def test_a_linear_rule_asks_most_at_a_corner(seed: int, size: int) -> None:
    game = drawn(seed, size)
    for rule in linear_rules(game):
        found = collateral(game, rule)
        most = np.maximum((-rule(game, corners(game))).max(axis=0), 0.0)
        assert found.how == "proved"
        np.testing.assert_allclose(found.amount, most, rtol=1e-9, atol=1e-9)
        for n in range(size):
            there = float(-rule(game, found.profiles[n])[n])
            assert max(there, 0.0) == pytest.approx(found.amount[n], rel=1e-9, abs=1e-9)


def test_fines_are_largest_where_a_fine_grid_says() -> None:
    game = drawn(5, 3).replace(quadratic_cost=0.0)  # linear own terms: prices are sharpened
    rule = bilateral_prices(game, target=0.4 * game.max_contribution)
    assert rule.sharpening.all()
    axes = [np.linspace(0, top, 41) for top in game.max_contribution]
    grid = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 3)
    on_grid = (-rule(game, grid)).max(axis=0)
    found = collateral(game, rule)
    assert found.how == "proved"
    assert (found.amount >= on_grid - 1e-9).all()
    np.testing.assert_allclose(found.amount, on_grid, rtol=2e-3)


def test_fees_count_and_nobody_owes_less_than_nothing() -> None:
    game = drawn(1, 3)
    assert collateral(game, none(game)).amount.tolist() == [0.0, 0.0, 0.0]
    assert collateral(game, none(game), fees=[5.0, -3.0, -2.0]).amount.tolist() == [0.0, 3.0, 2.0]


def test_of_other_rules_a_lower_bound_is_found() -> None:
    game = drawn(2, 3)
    rule = pool_shares(game)
    found = collateral(game, rule, draws=200)
    assert found.how == "checked"
    assert "or more" in str(found)
    paid = -rule(
        game, np.vstack((corners(game), game.spaces.sample(np.random.default_rng(0), 200)))
    )
    assert (found.amount >= np.maximum(paid.max(axis=0), 0.0)).all()
    for n in range(3):
        there = float(-rule(game, found.profiles[n])[n])
        assert max(there, 0.0) == pytest.approx(found.amount[n], abs=1e-9)


@pytest.mark.parametrize("largest", [0, 1, 2])
def test_it_is_said_who_may_have_to_pay_most(largest: int) -> None:
    game = drawn(4, 3)
    bill = -np.roll([90.0, 20.0, 50.0], largest)

    def toll(game: Game, profile: Array) -> Array:
        return np.asarray(bill * np.exp(-profile / game.spaces.upper))

    said = f"{game.players[largest]} may have to pay 90 or more"
    assert str(collateral(game, toll)).startswith(said)
    flat = collateral(game, none(game), fees=bill)
    assert str(flat) == f"{game.players[largest]} may have to pay most, 90"


def test_the_profile_said_to_cost_most_costs_it() -> None:
    """Each pays most somewhere inside, at a place of its own that no corner has."""
    game = drawn(6, 3)
    top = game.max_contribution
    places = top * [[0.2, 0.6, 0.9], [0.7, 0.3, 0.5], [0.4, 0.8, 0.1]]

    def toll(game: Game, profile: Array) -> Array:
        away = (np.asarray(profile)[..., None, :] - places) / top
        return np.asarray(-np.exp(-4 * (away**2).sum(axis=-1)))

    for size in (1, 300):
        found = collateral(game, toll, draws=size)
        for n in range(3):
            assert -toll(game, found.profiles[n])[n] == found.amount[n] > 0.9


def test_a_rule_of_the_users_own_without_a_formula_is_never_called_proved() -> None:
    game = drawn(3, 2)

    def toll(game: Game, profile: Array) -> Array:
        return np.asarray(-np.exp(0.0 * profile))

    found = collateral(game, toll, draws=7)
    assert found.how == "checked"
    assert found.amount.tolist() == [1.0, 1.0]
    assert found.looked == 7 + 4 + 2 * 2 * 2 * 9


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"draws": 0}, "`draws` must be finite and positive"),
        ({"fees": [1.0]}, "`fees` must be a finite number or 2"),
        ({"fees": np.nan}, "`fees` must be a finite number or 2"),
    ],
)
def test_malformed_input_is_named(given: dict[str, Any], words: str) -> None:
    game = drawn(0, 2)
    with pytest.raises(InvalidInputError, match=words):
        collateral(game, none(game), **given)


def test_too_many_organizations_are_refused() -> None:
    game = CoopetitionRound(
        gain=PowerGain(1, 2, 0.35), local_data=[900.0] * 2001, max_contribution=10.0, value=1.0
    )
    with pytest.raises(InvalidInputError, match="not computed above 2000 organizations, got 2001"):
        collateral(game, none(game))


def test_a_formula_of_ones_own_is_maximized_exactly() -> None:
    """−t_n = a x_n − b x_n² + c x_m, largest at the vertex a/(2b) and with x_m at its capacity."""
    game, a, b, c = drawn(1, 3), 0.01, 0.01 / 800, 0.002

    def rule(game: Any, x: Array) -> Array:
        return b * x**2 - a * x - c * (x.sum(axis=-1, keepdims=True) - x)

    found = collateral(game, rule)
    top = game.max_contribution
    assert (top > a / (2 * b)).all()
    assert found.how == "proved"
    assert found.amount == pytest.approx(a**2 / (4 * b) + c * (top.sum() - top))
    assert -np.diagonal(rule(game, found.profiles)) == pytest.approx(found.amount)

    def mixed(game: Any, x: Array) -> Array:
        return rule(game, x) - 1e-9 * x * x[..., ::-1]

    def cubic(game: Any, x: Array) -> Array:
        return rule(game, x) - 1e-12 * x**3

    assert collateral(game, mixed).how == collateral(game, cubic).how == "checked"
