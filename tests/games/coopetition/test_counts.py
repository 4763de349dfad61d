"""Damage counted from rivals' whole gains: payoffs, planner, prices, outside options, batches."""

import numpy as np
import pytest

from coopetition import PowerGain
from coopetition.games.arrays import Array
from coopetition.games.coopetition.competition import DamageCounts
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError
from coopetition.games.measured import MeasuredGame
from coopetition.mechanisms import bilateral_prices, none, redistribute
from coopetition.solvers import plan_many, solve, solve_many, solve_planner
from coopetition.studies.batch.outside import autarky_many, exit_many
from coopetition.studies.market import logit
from coopetition.studies.outside.outside import autarky, exit_payoffs
from coopetition.studies.outside.subcoalitions import subcoalitions


def drawn(
    seed: int,
    counts: DamageCounts = "gains",
    *,
    size: int = 3,
    personal: bool = True,
    low: float = 0.0,
) -> CoopetitionRound:
    """Return a random round; `low` is the least damage."""
    rng = np.random.default_rng(seed)
    matrix = rng.uniform(low, 0.3, (size, size))
    rivalry = rng.uniform(0, 40, (size, size)) * personal
    for each in (matrix, rivalry):
        np.fill_diagonal(each, 0.0)
    return CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35),
        local_data=rng.uniform(300, 2000, size),
        max_contribution=4000.0,
        value=rng.uniform(500, 1500, size),
        unit_cost=0.002,
        quadratic_cost=rng.uniform(1e-6, 2e-5, size),
        fixed_cost=3.0,
        quality=rng.uniform(0.4, 1.0, size),
        skew=rng.uniform(0, 1, size) * personal,
        personal_weight=0.05 * personal,
        damage=matrix,
        rivalry=rivalry,
        counts=counts,
    )


def gains_of(game: CoopetitionRound, x: Array) -> list[float]:
    """Return everybody's gain, written out."""
    omega = sum(d + q * y for d, q, y in zip(game.local_data, game.quality, x, strict=True))
    shared = 1.0 - 2.0 * omega**-0.35
    return [
        shared - game.personal_weight * s * d / (d + y)
        for s, d, y in zip(game.skew, game.local_data, x, strict=True)
    ]


@pytest.mark.parametrize("seed", range(4))
def test_payoffs_are_the_formula(seed: int) -> None:
    game = drawn(seed)
    x = np.random.default_rng(seed).uniform(0, 4000, 3)
    gain, damage, rivalry = gains_of(game, x), game.damage.dense(), game.rivalry.dense()
    for n in range(3):
        wanted = game.value[n] * gain[n] - 3.0
        wanted -= 0.002 * x[n] + 0.5 * game.quadratic_cost[n] * x[n] ** 2
        for m in range(3):
            wanted -= damage[n, m] * game.value[m] * gain[m]
            wanted -= rivalry[n, m] * (gain[m] - gain[n])
        assert game.payoffs(x)[n] == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_no_incentive_changes(seed: int) -> None:
    """Payoffs differ by what the organization does not influence."""
    gains, contributions = drawn(seed), drawn(seed, "contributions")
    rng = np.random.default_rng(seed)
    x, n = rng.uniform(0, 4000, 3), 1
    y = np.where(np.arange(3) == n, 17.0, x)
    apart = gains.payoffs(x) - contributions.payoffs(x)
    moved = gains.payoffs(y) - contributions.payoffs(y)
    assert apart[n] == pytest.approx(moved[n], abs=1e-9)
    assert abs(apart - moved).max() > 1e-3
    np.testing.assert_array_equal(solve(gains).profile, solve(contributions).profile)


@pytest.mark.parametrize("seed", range(4))
def test_the_welfare_gradient_is_its_differences(seed: int) -> None:
    game = drawn(seed)
    x = np.random.default_rng(seed).uniform(100, 3900, 3)
    step = 0.01
    differences = [
        (game.welfare(x + step * e) - game.welfare(x - step * e)) / (2 * step) for e in np.eye(3)
    ]
    np.testing.assert_allclose(game.welfare_gradient(x), differences, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("seed", range(6))
def test_no_profile_of_a_grid_beats_the_planner(seed: int) -> None:
    game = drawn(seed, low=-0.3 if seed % 2 else 0.0)
    if seed == 4:
        game = game.replace(damage=3.0 * game.damage.dense())  # weights below zero
    best = solve_planner(game)
    ends = np.linspace(0, 4000, 41)
    grid = np.stack(np.meshgrid(ends, ends, ends), axis=-1).reshape(-1, 3)
    assert best.welfare + best.gap >= game.welfare(grid).max()
    together = plan_many(game, {"unit_cost": [0.002, 0.003]})
    assert together.welfare[0] == pytest.approx(best.welfare, abs=best.tolerance + best.gap)


def test_four_equal_firms_of_a_logit_market() -> None:
    """Both planners, and what each is worth in either form, from an independent program."""
    share, size = 0.15, 1e4
    market = logit(np.full(4, share * size), outside=0.4)
    game = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35), local_data=[550] * 4, max_contribution=4000.0,
        value=market.value, unit_cost=0.001, quadratic_cost=2e-5, damage=market.damage,
        counts="gains",
    )  # fmt: skip
    old = game.replace(counts="contributions")
    free, ours, theirs = (
        solve(game).profile,
        solve_planner(game).profile,
        solve_planner(old).profile,
    )
    np.testing.assert_allclose(free, 344.12373444301625, rtol=1e-6)
    np.testing.assert_allclose(ours, 828.6505706320628, rtol=1e-6)
    np.testing.assert_allclose(theirs, 1240.668497633424, rtol=1e-6)
    for form, wanted in (
        (game, [53.618326675755725, 62.723197177334896, 74.26017850194103]),
        (old, [107.75220846501361, 188.56907056821365, 174.16393133678412]),
    ):
        over = [form.welfare(x) - form.welfare(np.zeros(4)) for x in (free, theirs, ours)]
        np.testing.assert_allclose(over, wanted, rtol=1e-7)


@pytest.mark.parametrize("seed", range(3))
def test_bilateral_prices_implement_the_planner(seed: int) -> None:
    game = drawn(seed, low=-0.1)
    best = solve_planner(game)
    rule = bilateral_prices(game, target=best.profile)
    found = solve(redistribute(game, rule))
    np.testing.assert_allclose(found.profile, best.profile, rtol=1e-6, atol=1e-3)
    x = np.random.default_rng(seed).uniform(0, 4000, 3)
    assert abs(rule(game, x).sum()) < 1e-9
    # A price is what a contribution does to all others at the margin.
    step = 0.01
    for n in range(3):
        e = np.eye(3)[n] * step
        other = np.delete(game.payoffs(best.profile + e) - game.payoffs(best.profile - e), n)
        if 0 < best.profile[n] < 4000:
            assert rule.price[n] == pytest.approx(other.sum() / (2 * step), rel=1e-4)


def test_outside_options_count_what_rivals_gain() -> None:
    game = drawn(5, personal=False)
    alone = autarky(game)
    damage = game.damage.dense()
    plain = autarky(game.replace(damage=0.0))
    np.testing.assert_array_equal(alone.contribution, plain.contribution)
    lost = damage @ (game.value * alone.gain)
    np.testing.assert_allclose(alone.payoff, plain.payoff - lost, rtol=1e-12)
    found = exit_payoffs(game, none, alone)
    for n in range(3):
        others = [m for m in range(3) if m != n]
        rest = game.among(others)
        x = solve(rest).profile
        gain = rest.gain.value(rest.form.aggregate(x))
        lost = sum(damage[n, m] * game.value[m] * gain for m in others)
        assert found[n] == pytest.approx(plain.payoff[n] - lost, rel=1e-9)
    assert (found < alone.payoff).all()  # the others gain more together


def test_sub_coalitions_lose_by_what_the_others_gain_together() -> None:
    game = drawn(6, personal=False)
    found = subcoalitions(game, none)
    exits = exit_payoffs(game, none, autarky(game))
    np.testing.assert_allclose(found.values[[1, 2, 4]], exits, rtol=1e-9)
    pair, third = game.among([0, 1]), autarky(game)
    welfare = float(pair.welfare(solve(pair).profile))
    lost = float(game.damage.dense()[:2, 2].sum() * game.value[2] * third.gain[2])
    assert found.values[3] == pytest.approx(welfare - lost, rel=1e-9)
    assert (found.option >= exits - 1e-9).all()


@pytest.mark.parametrize("personal", [False, True])
def test_many_rounds_are_each_of_them(personal: bool) -> None:
    game = drawn(7, personal=personal)
    damage = np.stack([game.damage.dense(), -0.2 * game.damage.dense()])
    changes = {"damage": damage}
    found, alone = solve_many(game, changes), autarky_many(game, changes)
    gone = exit_many(game, changes)
    for k in range(2):
        one = game.replace(damage=damage[k])
        x = solve(one).profile
        np.testing.assert_allclose(found.profiles[k], x, rtol=1e-9)
        np.testing.assert_allclose(found.payoffs[k], one.payoffs(x), rtol=1e-9)
        np.testing.assert_allclose(alone.payoff[k], autarky(one).payoff, rtol=1e-9)
        np.testing.assert_allclose(gone[k], exit_payoffs(one, none, autarky(one)), rtol=1e-9)


def test_a_measured_game_of_the_same_gains_is_the_round() -> None:
    game = drawn(8)
    measured = MeasuredGame(
        gains=lambda x: np.array([gains_of(game, one) for one in x]),
        max_contribution=4000.0, value=game.value, unit_cost=game.unit_cost,
        quadratic_cost=game.quadratic_cost, fixed_cost=game.fixed_cost,
        damage=game.damage, rivalry=game.rivalry, counts="gains", organizations=game.players,
    )  # fmt: skip
    x = np.random.default_rng(8).uniform(0, 4000, (5, 3))
    np.testing.assert_allclose(measured.payoffs(x), game.payoffs(x), rtol=1e-12)


def test_help_is_for_gains_only() -> None:
    assert drawn(0, low=-0.3).weights.max() > 0
    with pytest.raises(InvalidInputError, match="`damage` must hold finite non-negative numbers"):
        drawn(0, "contributions", low=-0.3)
    with pytest.raises(InvalidInputError, match="`counts` must be contributions or gains"):
        drawn(0, "profits")  # type: ignore[arg-type]
