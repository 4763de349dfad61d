"""Rules: formulas written out, zero sums, induced games, the planner implemented."""

import numpy as np
import pytest

from coopetition.games import CoopetitionRound, Game, InvalidInputError, PowerGain, certify
from coopetition.games.arrays import Array
from coopetition.games.coopetition.aggregate import AggregativeGame
from coopetition.mechanisms import (
    SeparableRule,
    bilateral_prices,
    none,
    redistribute,
    redistribution,
)
from coopetition.mechanisms.induced import InducedGame
from coopetition.solvers import solve, solve_aggregate, solve_planner
from tests.campaign import draws
from tests.instances import SYMMETRIC, payoff_scale, random_round


def matrix(game: CoopetitionRound) -> Array:
    return game.damage.weigh(np.eye(len(game.players))).T


@pytest.mark.parametrize("balanced", [True, False])
@pytest.mark.parametrize("seed", range(10))
def test_redistribution_follows_its_formula(seed: int, balanced: bool) -> None:
    game = random_round(seed, players=5)
    rho, x = matrix(game), game.spaces.sample(np.random.default_rng(seed), 1)[0]
    rule = redistribution(game, rate=0.7, balanced=balanced)
    expected = [
        0.7
        * sum(
            rho[n, m] * x[n] - rho[m, n] * x[m] if balanced else rho[n, m] * (x[n] - x[m])
            for m in range(5)
        )
        for n in range(5)
    ]
    assert rule(game, x) == pytest.approx(np.array(expected), abs=1e-12)
    total = float(rule(game, x).sum())
    assert total == pytest.approx(float(rule.leak @ x), abs=1e-9)
    assert not balanced or abs(total) <= 1e-12 * game.welfare_scale(x)


@pytest.mark.parametrize(
    ("level", "kappa_zero", "kappa"),
    [
        (0.0, 2403, 2403),
        (0.02, 2385, 2838),
        (0.05, 2357, 3645),
        (0.1, 2311, 5392),
        (0.15, 2264, 7499),
    ],
)
def test_with_redistribution_more_damage_means_more_generation(
    level: float, kappa_zero: int, kappa: int
) -> None:
    """κ = 0.02 turns the direction of the damage form around."""
    game = SYMMETRIC.replace(damage=level, skew=1.0, personal_weight=0.05)
    paid = redistribute(game, redistribution(game, rate=0.02))
    assert round(float(solve(game).profile[0])) == kappa_zero
    assert round(float(solve(paid).profile[0])) == kappa


def test_one_rate_implements_the_symmetric_optimum() -> None:
    """κ* = wP′(Ω°)/ρ + p(N−1)P′(Ω°−x°) = 0.012361 makes the planner's 2251.81 the equilibrium."""
    best = solve_planner(SYMMETRIC).profile[0]
    omega = 9000 + 6 * best
    slope = SYMMETRIC.gain.slope
    rate = float(600 * slope(omega) / 0.08 + 1000 * 5 * slope(omega - best))
    assert round(rate, 6) == 0.012361
    paid = redistribute(SYMMETRIC, redistribution(SYMMETRIC, rate=rate))
    assert solve(paid).profile.round(2).tolist() == [2251.81] * 6


@pytest.mark.campaign
@pytest.mark.parametrize("first", range(0, draws(200, 500), 50))
def test_bilateral_prices_implement_the_planner(first: int) -> None:
    """Zero-sum; W(x°) reached; x° an equilibrium; prices are the matrix that they say."""
    treated = 0
    for seed in range(first, first + 50):
        game = random_round(seed, positive=seed % 2 == 0)
        if not (game.weights[game.max_contribution > 0] > 0).all():
            continue
        treated += 1
        best = solve_planner(game, start=solve(game).profile)
        rule = bilateral_prices(game, target=best.profile)
        paid = redistribute(game, rule)
        found = solve(paid)
        scale = game.welfare_scale(best.profile)
        assert found.success, seed
        assert float(game.welfare(found.profile)) >= best.welfare - 1e-9 * scale, seed
        assert certify(paid, best.profile).holds, seed
        x = game.spaces.sample(np.random.default_rng(seed), 4)
        transfers = rule(game, x)
        unit = np.maximum(scale, np.abs(transfers).sum(axis=1))
        assert (np.abs(transfers.sum(axis=1)) <= 1e-12 * unit).all(), seed
        prices = rule.prices()
        assert prices.sum(axis=1) == pytest.approx(rule.price, rel=1e-9, abs=1e-12), seed
        if not rule.sharpening.any():
            by_hand = prices.sum(axis=1) * x - x @ prices
            assert transfers == pytest.approx(by_hand, abs=1e-9 * np.abs(transfers).max() + 1e-12)
    assert treated >= 30


@pytest.mark.parametrize("seed", range(20))
def test_prices_are_what_others_gain_at_the_margin(seed: int) -> None:
    """τ_n = Σ_{k≠n} ∂U_k/∂x_n, by differences of payoffs."""
    game = random_round(seed, players=4, positive=True)
    game = game.replace(gain=PowerGain(1.0, 30.0, 0.5, offset=100.0))
    x = 0.5 * game.max_contribution
    rule = bilateral_prices(game, target=solve_planner(game).profile, sharpen=False)
    x = rule.target
    for n in range(4):
        step = 1e-5 * max(game.max_contribution[n], 1e-9)
        if not step < x[n] < game.max_contribution[n] - step:
            continue
        ends = np.stack((x, x))
        ends[:, n] += [-step, step]
        change = np.diff(game.payoffs(ends), axis=0)[0] / (2 * step)
        assert rule.price[n] == pytest.approx(change.sum() - change[n], rel=2e-4, abs=1e-7)
        others = np.delete(change, n)
        assert np.delete(rule.prices()[n], n) == pytest.approx(others, rel=2e-3, abs=1e-6)


def test_any_interior_target_can_be_implemented() -> None:
    target = np.array([100.0, 500.0, 900.0, 1300.0, 1700.0, 2100.0])
    paid = redistribute(SYMMETRIC, bilateral_prices(SYMMETRIC, target=target))
    assert solve(paid).profile == pytest.approx(target, rel=1e-8)


def test_sharpening_makes_a_target_with_linear_costs_unique() -> None:
    game = SYMMETRIC.replace(quadratic_cost=0.0, unit_cost=0.004)
    best = solve_planner(game).profile
    flat = solve(redistribute(game, bilateral_prices(game, target=best, sharpen=False)))
    sharp = solve(redistribute(game, bilateral_prices(game, target=best)))
    assert flat.unique is False
    assert sharp.unique is True
    assert sharp.profile == pytest.approx(best, rel=1e-6)


def test_sharpening_holds_the_target_for_negative_weights() -> None:
    game = SYMMETRIC.replace(
        value=[1000.0] * 5 + [100.0], quadratic_cost=1e-7, max_contribution=6000.0
    )
    assert game.weights[5] < 0
    target = np.full(6, 1500.0)
    blunt = redistribute(game, bilateral_prices(game, target=target, sharpen=False))
    sharp = redistribute(game, bilateral_prices(game, target=target))
    assert certify(sharp, target).holds
    assert certify(sharp, target).epsilon <= certify(blunt, target).epsilon


def test_one_organization_alone_pays_nobody() -> None:
    game = random_round(4, players=1)
    rule = bilateral_prices(game, target=solve_planner(game).profile)
    assert rule(game, np.array([0.5 * game.max_contribution[0]])).tolist() == [0.0]


@pytest.mark.parametrize("seed", range(20))
def test_the_induced_game_has_the_same_weights_and_its_potential(seed: int) -> None:
    game = random_round(seed, players=5, positive=True)
    if not (game.weights > 0).all():
        game = game.replace(damage=0.0)
    rng = np.random.default_rng(seed)
    for rule in (
        redistribution(
            game, rate=0.3, balanced=False, intensity=rng.random((5, 5)) * (1 - np.eye(5))
        ),
        bilateral_prices(game, target=0.5 * game.max_contribution),
        none(game),
    ):
        paid = redistribute(game, rule)
        assert isinstance(paid, AggregativeGame)
        assert paid.weights is game.form.weight
        x, y = game.spaces.sample(rng, 2)
        n = int(rng.integers(5))
        moved = x.copy()
        moved[n] = y[n]
        change = float((paid.payoffs(moved) - paid.payoffs(x))[n])
        promised = float(paid.weights[n] * (paid.potential(moved) - paid.potential(x)))
        assert change == pytest.approx(promised, abs=1e-9 * payoff_scale(paid, x))


def test_rivalry_as_intensity_has_mean_one() -> None:
    game = SYMMETRIC.replace(rivalry=np.arange(36.0).reshape(6, 6) * (1 - np.eye(6)))
    rule = redistribution(game, rate=1.0, intensity="rivalry")
    assert rule.intensity.row_sums.sum() / 30 == pytest.approx(1.0)
    with pytest.raises(InvalidInputError, match="rivalry"):
        redistribution(SYMMETRIC, rate=1.0, intensity="rivalry")
    with pytest.raises(InvalidInputError, match="must be damage, rivalry, a number or a matrix"):
        redistribution(SYMMETRIC, rate=1.0, intensity="harm")
    with pytest.raises(InvalidInputError, match="`rate`"):
        redistribution(SYMMETRIC, rate=float("nan"))


def proportional(game: Game, profile: Array) -> Array:
    """Pay a pool of 100 in proportion to contributions: not separable."""
    total = profile.sum(axis=-1, keepdims=True)
    return 100.0 * (profile / np.maximum(total, 1e-12) - 1.0 / profile.shape[-1])


def test_a_rule_of_the_users_own_needs_no_class() -> None:
    paid = redistribute(SYMMETRIC, proportional)
    assert isinstance(paid, InducedGame)
    x = np.full(6, 300.0)
    assert paid.payoffs(x) == pytest.approx(SYMMETRIC.payoffs(x))
    x[0] = 600.0
    assert paid.payoffs(x)[0] > SYMMETRIC.payoffs(x)[0]


class Liar(SeparableRule):
    """Promises a slope of 1 and pays quadratically."""

    @property
    def slope(self) -> Array:
        """Ones."""
        return np.ones(6)

    @property
    def bend(self) -> Array:
        """Zeros."""
        return np.zeros(6)

    @property
    def leak(self) -> Array:
        """Zeros."""
        return np.zeros(6)

    def __call__(self, game: Game, profile: Array) -> Array:
        """Break the promise."""
        return profile**2


def test_broken_promises_and_shapes_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="own part is not what its transfers do"):
        redistribute(SYMMETRIC, Liar())
    with pytest.raises(InvalidInputError, match="one finite number per player"):
        redistribute(SYMMETRIC, lambda game, x: np.zeros(3))
    with pytest.raises(InvalidInputError, match="one finite number per player"):
        redistribute(SYMMETRIC, lambda game, x: x * np.nan)


def test_aggregate_solver_treats_induced_games() -> None:
    paid = redistribute(SYMMETRIC, redistribution(SYMMETRIC, rate=0.02))
    assert solve_aggregate(paid).success
