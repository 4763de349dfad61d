"""The TradeFL-style game: its formulas by loops, its potential, its certificates against grids."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array, Index
from coopetition.games.coopetition.gain import (
    ExponentialGain,
    LogarithmicGain,
    PowerGain,
    TabulatedGain,
)
from coopetition.games.errors import InvalidInputError, UnsupportedGameError
from coopetition.games.tradefl.game import TradeFLGame
from coopetition.games.tradefl.response import LevelDeviation, certify_tradefl
from coopetition.mechanisms import redistribution
from tests.tradefl_instances import random_tradefl

DAMAGE = np.array([[0.0, 0.1, 0.05], [0.2, 0.0, 0.0], [0.0, 0.15, 0.0]])
SIZED: dict[str, Any] = {
    "gain": PowerGain(1.0, 2.0, 0.35),
    "local_data": [3000.0, 2000.0, 500.0],
    "frequencies": [[1.0, 2.0], [1.5, 0.5], [1.0, 1.2]],
    "value": [1000.0, 800.0, 1200.0],
    "least_fraction": 0.1,
    "cycles": [0.01, 0.02, 0.03],
    "deadline": 25.0,
    "communication_time": 5.0,
    "energy_cost": 0.1,
    "fixed_cost": [1.0, 2.0, 3.0],
    "damage": DAMAGE,
    "transfer_rate": 0.02,
    "compute_worth": 100.0,
    "organizations": ["North", "South", "West"],
}


def drawn(game: TradeFLGame, rng: np.random.Generator) -> tuple[Array, Index]:
    """Draw one allowed profile."""
    levels = np.array([rng.choice(np.flatnonzero(row)) for row in game.feasible])
    return rng.uniform(game.least_fraction, game.at(game.limits, levels)), levels


@pytest.mark.parametrize("balanced", [False, True])
def test_payoffs_are_the_documented_sum(balanced: bool) -> None:
    game = TradeFLGame(**SIZED, balanced=balanced)
    d, levels, data = np.array([0.5, 0.3, 0.9]), [0, 0, 1], [3000.0, 2000.0, 500.0]
    f, p, cycles = [1.0, 1.5, 1.2], [1000.0, 800.0, 1200.0], [0.01, 0.02, 0.03]
    omega = sum(d[n] * data[n] for n in range(3))

    def gain(samples: float) -> float:
        return float(1.0 - 2.0 * samples**-0.35)

    expected = []
    for n in range(3):
        payoff = p[n] * gain(omega) - 0.1 * cycles[n] * f[n] ** 2 * d[n] * data[n] - (n + 1)
        for m in range(3):
            payoff -= DAMAGE[n, m] * p[m] * (gain(omega) - gain(omega - d[n] * data[n]))
            own, other = d[n] * data[n] + 100 * f[n], d[m] * data[m] + 100 * f[m]
            back = DAMAGE[m, n] if balanced else DAMAGE[n, m]
            payoff += 0.02 * (DAMAGE[n, m] * own - back * other)
        expected.append(payoff)
    assert game.payoffs(d, levels) == pytest.approx(np.array(expected), rel=1e-13)
    assert sum(game.payoff_terms(d, levels)) == pytest.approx(expected, rel=1e-13)


def largest(game: TradeFLGame, fractions: ArrayLike, levels: ArrayLike) -> float:
    """Return the largest single term in any payoff."""
    return max(float(np.abs(term).max()) for term in game.payoff_terms(fractions, levels))


@pytest.mark.parametrize("seed", range(40))
def test_the_potential_orders_unilateral_changes_of_fraction_and_level(seed: int) -> None:
    game, rng = random_tradefl(seed), np.random.default_rng(seed)
    for _ in range(10):
        (d, levels), (e, others) = drawn(game, rng), drawn(game, rng)
        n = int(rng.integers(d.size))
        e, others = np.where(np.arange(d.size) == n, e, d), np.where(levels < 0, 0, levels)
        others[n] = rng.choice(np.flatnonzero(game.feasible[n]))
        e[n] = min(e[n], game.limits[n, others[n]])
        change = (game.payoffs(e, others) - game.payoffs(d, levels))[n]
        risen = float(game.potential(e, others) - game.potential(d, levels))
        scale = largest(game, d, levels) + largest(game, e, others)
        scale += game.weights[n] * game.potential_scale(d, levels)
        assert change == pytest.approx(game.weights[n] * risen, abs=1e-12 * scale)


def test_profiles_come_in_batches() -> None:
    game, rng = TradeFLGame(**SIZED), np.random.default_rng(0)
    profiles = [drawn(game, rng) for _ in range(5)]
    d, levels = (np.array(part) for part in zip(*profiles, strict=True))
    one_by_one = np.array([game.payoffs(*profile) for profile in profiles])
    assert game.payoffs(d, levels) == pytest.approx(one_by_one, rel=1e-14)
    assert game.potential(d, levels).shape == (5,)


def test_only_the_balanced_transfer_sums_to_zero_for_one_sided_damage() -> None:
    d, levels = [0.5, 0.3, 0.9], [0, 0, 1]
    balanced = TradeFLGame(**SIZED, balanced=True).transfers(d, levels)
    assert abs(TradeFLGame(**SIZED).transfers(d, levels).sum()) > 1.0
    assert balanced.sum() == pytest.approx(0.0, abs=1e-12)
    mutual = SIZED | {"damage": DAMAGE + DAMAGE.T}
    assert TradeFLGame(**mutual).transfers(d, levels).sum() == pytest.approx(0.0, abs=1e-12)


def test_the_transfer_is_that_of_the_published_contract() -> None:
    """reward_i = deposit_i + Σ_j [(d_i s_i + γ f_i) − (d_j s_j + γ f_j)], term by term."""
    d, levels, gamma = np.array([0.5, 0.3, 0.9]), [1, 0, 1], 100.0
    size, power, deposit = np.array(SIZED["local_data"]), np.array([2.0, 1.5, 1.2]), 5000.0
    worth = d * size + gamma * power
    reward = [deposit + sum(worth[i] - worth[j] for j in range(3)) for i in range(3)]
    game = TradeFLGame(**SIZED | {"damage": 0.05, "transfer_rate": 20.0})  # κ ρ = 1
    assert deposit + game.transfers(d, levels) == pytest.approx(reward)
    rule = redistribution(game, rate=1.0, balanced=False, intensity=1.0)
    assert deposit + rule(game, worth) == pytest.approx(reward)


def test_the_deadline_is_met_exactly_at_the_limit() -> None:
    game = TradeFLGame(**SIZED)
    time = game.cycles[:, None] * game.limits * game.local_data[:, None] / game.frequencies + 5.0
    bound = game.limits < 1
    assert 0 < bound.sum() < bound.size
    assert time[bound] == pytest.approx(25.0)
    assert (time[~bound] <= 25.0).all()


def on_grid(game: TradeFLGame, d: Array, levels: Index) -> Array:
    """Search every level and 401 fractions on payoffs alone: a lower bound of the regrets."""
    found = np.zeros(d.size)
    for n in range(d.size):
        for level in np.flatnonzero(game.feasible[n]):
            e, other = np.repeat(d[None], 401, axis=0), np.repeat(levels[None], 401, axis=0)
            e[:, n] = np.linspace(game.least_fraction[n], game.limits[n, level], 401)
            other[:, n] = level
            gained = game.payoffs(e, other)[:, n].max() - game.payoffs(d, levels)[n]
            found[n] = max(found[n], gained)
    return found


@pytest.mark.parametrize("strength", [1.0, 4.0])
@pytest.mark.parametrize("seed", range(25))
def test_regrets_are_never_below_a_grid_search_and_tight(seed: int, strength: float) -> None:
    """With four times the damage some weights are negative: the regret must still be right."""
    drawn_game = random_tradefl(seed, players=3, levels=3)
    game = drawn_game.replace(damage=drawn_game.damage.scaled(strength))
    d, levels = drawn(game, np.random.default_rng(seed))
    certificate, grid = certify_tradefl(game, d, levels), on_grid(game, d, levels)
    scale = largest(game, d, levels)
    assert (certificate.regret >= grid - 1e-12 * scale).all()
    assert (certificate.regret <= grid + 1e-4 * scale).all()
    found = certificate.deviation
    assert certificate.bounded
    if found is not None:
        assert isinstance(found, LevelDeviation)
        n = game.players.index(found.player)
        before = game.payoffs(d, levels)[n]
        d[n], levels[n] = found.contribution, found.level
        gained = game.payoffs(*game.checked(d, levels))[n] - before
        assert gained == pytest.approx(found.gain, abs=1e-12 * scale)


class RoughGain(ExponentialGain):
    """A curve of a user's own whose inverse slope is 20 % off."""

    def inverse_slope(self, slope: float) -> float:
        """Return a wrong Ω."""
        return 1.2 * super().inverse_slope(slope)


def test_a_rough_inverse_slope_makes_the_bound_weaker_but_not_wrong() -> None:
    exact = TradeFLGame(
        gain=ExponentialGain(1.0, 1000.0),
        local_data=[3000.0, 10.0],
        frequencies=[1.0],
        value=100.0,
        energy_cost=0.02,
    )
    rough = exact.replace(gain=RoughGain(1.0, 1000.0))
    d, levels = np.array([0.6, 0.5]), np.zeros(2, dtype=int)
    true, bound = certify_tradefl(exact, d, levels).regret, certify_tradefl(rough, d, levels).regret
    assert true[0] > 0.1
    assert (bound >= true).all()


def test_some_of_these_weights_are_negative() -> None:
    games = [random_tradefl(seed, players=3, levels=3) for seed in range(25)]
    assert sum((game.value < 4.0 * game.harm).any() for game in games) >= 5


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"deadline": [25.0, 5.5, 25.0]},
            r"`deadline` of South must leave time for 0\.1 .*0\.0187",
        ),
        ({"communication_time": 30.0}, "`deadline` of North .* enough for 0 at most"),
        ({"local_data": [3000, 0, 500]}, "`local_data` of South must be finite and positive"),
        ({"least_fraction": 1.5}, r"`least_fraction` of North must be in \[0, 1\], got 1.5"),
        ({"frequencies": [1.0, -2.0]}, "`frequencies` of North must be finite and positive"),
        ({"frequencies": [[1.0, 2.0], [1.0], [1.0]]}, "`frequencies` must be L numbers for all"),
        ({"energy_cost": np.nan}, "`energy_cost` of North must be finite and at least 0, got nan"),
        ({"energy_cost": 1e40}, "`energy_cost` of North must be at most 1e"),
        ({"transfer_rate": np.inf}, "`transfer_rate` must be finite"),
        ({"balanced": 1}, "`balanced` must be True or False"),
        ({"gain": 3}, "`gain` must be a GainCurve"),
        ({"organizations": ["A", "A", "B"]}, "`organizations` must have distinct"),
        ({"least_fraction": 0.0}, "`gain` is infinite without data, which `least_fraction` allows"),
        ({"gain": TabulatedGain([100, 500, 900], [0, 0.5, 0.6])}, "`gain` is known for 100 to 900"),
        ({"damage": [[0.0, 0.1], [0.1, 0.0]]}, "`damage` must be a 3 × 3 matrix"),
    ],
)
def test_bad_input_gets_one_sentence(change: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInputError, match=said) as caught:
        TradeFLGame(**(SIZED | change))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("fractions", "levels", "said"),
    [
        ([0.5, 0.5, 0.5], [0, 1, 0], r"`fractions` of South must be in \[0.1, 0.25\] at freq"),
        ([0.5, 0.05, 0.5], [0, 0, 0], "`fractions` of South"),
        ([0.5, np.nan, 0.5], [0, 0, 0], "`fractions` of South .* got nan"),
        ([0.5, 0.5], [0, 0], "`fractions` must be 3 numbers"),
        ([0.5, 0.5, 0.5], [0, 0, 2], "`levels` must be indices from 0 to 1"),
        ([0.5, 0.5, 0.5], [0.0, 0.0, 1.0], "`levels` must be indices from 0 to 1"),
    ],
)
def test_a_profile_outside_is_refused(fractions: list[float], levels: list[int], said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        certify_tradefl(TradeFLGame(**SIZED), fractions, levels)


def test_a_level_that_misses_its_deadline_and_a_bad_tolerance_are_refused() -> None:
    game = TradeFLGame(**(SIZED | {"least_fraction": 0.3}))
    with pytest.raises(InvalidInputError, match=r"South: frequency 0\.5 misses its deadline"):
        game.checked([0.4, 0.4, 0.4], [0, 1, 0])
    with pytest.raises(InvalidInputError, match="`tol` must be at least 0, got -1"):
        certify_tradefl(game, [0.4, 0.4, 0.4], [0, 0, 0], tol=-1)


def test_no_potential_where_rivals_matter_more_than_the_model() -> None:
    game = TradeFLGame(**(SIZED | {"damage": 8 * DAMAGE}))
    assert game.weights[1] < 0
    with pytest.raises(UnsupportedGameError, match=r"that of South is -800: .* worth 800 .* 1600"):
        game.potential([0.2, 0.2, 0.2], [0, 0, 0])


def test_a_negative_weight_does_not_matter_where_the_data_are_fixed() -> None:
    damage = DAMAGE * [[1.0], [8.0], [1.0]]
    game = TradeFLGame(**(SIZED | {"damage": damage, "least_fraction": [0.1, 0.75, 0.1]}))
    assert game.limits[1].max() == 0.75
    assert game.pull[1] < 0
    before, after = ([0.2, 0.75, 0.2], [0, 0, 0]), ([0.2, 0.75, 0.2], [1, 0, 0])
    change = (game.payoffs(*after) - game.payoffs(*before))[0]
    risen = float(game.potential(*after) - game.potential(*before))
    assert change == pytest.approx(game.weights[0] * risen)


def test_without_data_a_curve_with_an_offset_is_finite() -> None:
    game = TradeFLGame(
        gain=LogarithmicGain(0.2, 10.0, 50.0),
        local_data=[100.0, 200.0],
        frequencies=[1.0],
        value=100.0,
        least_fraction=0.0,
        energy_cost=5.0,
    )
    assert game.payoffs([0.0, 0.0], [0, 0]) == pytest.approx(20.0 * np.log(5.0))
    assert certify_tradefl(game, [0.0, 0.0], [0, 0]).holds
