"""The aggregate solver: stress, degenerate games, ties, and an independent slow method."""

import numpy as np
import pytest

from coopetition.games import (
    AggregateForm,
    CoopetitionRound,
    ExponentialGain,
    InvalidInputError,
    PowerGain,
    TabulatedGain,
    UnsupportedGameError,
)
from coopetition.games.arrays import Array
from coopetition.solvers import Status, best_response_dynamics, solve_aggregate
from coopetition.solvers.aggregate.aggregate import fill
from tests.instances import heavy_tailed_form, payoff_scale, random_round


def violation(form: AggregateForm, x: Array) -> float:
    """Return the largest clipped marginal payoff, in units of the sum of its absolute terms."""
    slope = form.attraction(np.asarray(form.gain.slope(form.aggregate(x)))[None])
    slope = slope + form.own_slope(x)
    inside = np.where(x >= form.upper, np.maximum(-slope, 0.0), np.abs(slope))
    clipped = np.where(x <= 0, np.maximum(slope, 0.0), inside)
    return float(np.max(np.where(form.upper > 0, clipped, 0.0) / form.terms(x)))


def test_three_thousand_heavy_tailed_games() -> None:
    """Parameters over ten decades, ties, subsidies, skews: no failure, few sweeps."""
    worst, sweeps = 0.0, 0
    for seed in range(3000):
        form = heavy_tailed_form(seed)
        filled = fill(form)
        worst, sweeps = max(worst, violation(form, filled.profile)), max(sweeps, filled.sweeps)
    assert worst <= 1e-12
    assert sweeps <= 40


HALVINGS = 64  # after which an interval is shorter than the last bit of what is sought


def slow_aggregate(form: AggregateForm) -> float:
    """Bisect Ω on f, each response by bisection of its slope: independent of the solver."""

    def responses(slope: float) -> Array:
        low, high = np.zeros_like(form.upper), form.upper.copy()
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            up = form.pull * slope + form.own_slope(middle) > 0
            low, high = np.where(up, middle, low), np.where(up, high, middle)
        return 0.5 * (low + high)

    low, high = form.base, form.base + float(form.quality @ form.upper)
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        total = form.base + float(form.quality @ responses(float(form.gain.slope(middle))))
        low, high = (middle, high) if total > middle else (low, middle)
    return 0.5 * (low + high)


@pytest.mark.parametrize("seed", range(60))
def test_the_aggregate_equals_that_of_plain_bisection(seed: int) -> None:
    game = random_round(seed, positive=True)
    if not (game.weights >= 0).all():
        game = game.replace(damage=0.0)
    found = solve_aggregate(game)
    omega = float(game.form.aggregate(found.profile))
    assert omega == pytest.approx(slow_aggregate(game.form), rel=1e-9)
    assert found.success
    assert found.status is Status.CONVERGED


def test_identical_organizations_with_linear_cost_share_one_total() -> None:
    """Ties: a continuum of equilibria with one Ω; the fill is proportional, `unique` False."""
    game = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0] * 4,
        max_contribution=[1000.0, 2000.0, 3000.0, 4000.0], value=1000.0, unit_cost=0.004,
    )  # fmt: skip
    found = solve_aggregate(game)
    share = found.profile / game.max_contribution
    assert found.unique is False
    assert share == pytest.approx([share[0]] * 4)
    slope = float(game.gain.slope(game.form.aggregate(found.profile)))
    assert slope * 1000.0 == pytest.approx(0.004, rel=1e-14)
    assert found.certificate.epsilon <= 1e-12 * payoff_scale(game, found.profile)
    assert "continuum" in str(found)


def test_linear_costs_give_one_partial_contributor() -> None:
    """Full contributors, at most one partial one, free riders, in the order of thresholds."""
    game = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0] * 5, max_contribution=2000.0,
        value=1000.0, unit_cost=[0.002, 0.004, 0.006, 0.0085, 0.02],
    )  # fmt: skip
    found = solve_aggregate(game)
    partial = (found.profile > 0) & (found.profile < 2000)
    assert found.unique is True
    assert partial.sum() <= 1
    assert (np.diff(found.profile) <= 0).all()
    assert found.profile[0] == 2000
    assert found.profile[4] == 0


def test_nearly_equal_thresholds_are_filled_not_missed() -> None:
    """Thresholds one float apart, and curvatures too small to resolve between two floats."""
    costs = 0.003 * (1 + np.arange(5) * 2.3e-16)
    for curvature in (0.0, 1e-25, 1e-20):
        game = CoopetitionRound(
            gain=PowerGain(1.0, 2.0, 0.35), local_data=[900.0] * 5, max_contribution=5000.0,
            value=1000.0, unit_cost=costs, quadratic_cost=curvature,
        )  # fmt: skip
        assert violation(game.form, solve_aggregate(game).profile) <= 1e-14


@pytest.mark.parametrize("curve", [PowerGain(1, 2, 0.5), ExponentialGain(1.0, 500.0)])
def test_one_organization_equals_its_closed_form(curve: PowerGain | ExponentialGain) -> None:
    game = CoopetitionRound(
        gain=curve, local_data=[100.0], max_contribution=1e6, value=1000.0, unit_cost=0.05
    )
    expected = curve.inverse_slope(0.05 / 1000.0) - 100.0
    assert solve_aggregate(game).profile == pytest.approx([expected], rel=1e-12)


def test_no_room_and_no_data() -> None:
    still = CoopetitionRound(
        gain=PowerGain(1, 2, 0.5), local_data=[100.0, 50.0], max_contribution=0.0, value=1000.0
    )
    assert solve_aggregate(still).profile.tolist() == [0.0, 0.0]
    bare = CoopetitionRound(
        gain=PowerGain(1, 2, 0.5), local_data=[0.0, 0.0], max_contribution=1000.0, value=1000.0,
        unit_cost=0.01, quadratic_cost=1e-4,
    )  # fmt: skip
    found = solve_aggregate(bare)
    assert found.success
    assert found.profile[0] == pytest.approx(found.profile[1])
    assert found.profile[0] > 0
    finite = bare.replace(gain=PowerGain(1, 2, 0.5, offset=10.0), damage=0.3)
    assert solve_aggregate(finite).success
    with pytest.raises(InvalidInputError, match="offset"):
        bare.replace(damage=0.3)


def test_a_straight_piece_of_gain_is_solved() -> None:
    """On a straight piece of P the slope is constant: responses do not depend on Ω."""
    data = [0.0, 1000.0, 2000.0, 3000.0, 5000.0, 20_000.0]
    curve = TabulatedGain(data, [0.0, 0.4, 0.7, 1.0, 1.3, 1.4])
    game = CoopetitionRound(
        gain=curve, local_data=[800.0, 900.0], max_contribution=3000.0, value=100.0,
        unit_cost=[0.03, 0.01], quadratic_cost=[0.0, 2e-5],
    )  # fmt: skip
    found = solve_aggregate(game)
    assert violation(game.form, found.profile) <= 1e-12
    assert found.success


def test_dominated_organizations_are_fixed_and_named() -> None:
    game = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0] * 3, max_contribution=5000.0,
        value=[1000.0, 1000.0, 50.0], unit_cost=0.001, damage=0.1, quadratic_cost=1e-6,
        organizations=["North", "South", "Mill"],
    )  # fmt: skip
    found = solve_aggregate(game)
    assert game.weights[2] < 0
    assert found.profile[2] == 0
    assert "Mill: fixed at 0" in found.reason
    assert found.success


def test_weight_zero_leaves_own_terms_to_decide() -> None:
    game = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0] * 2, max_contribution=5000.0,
        value=[1000.0, 100.0], damage=[[0, 0], [0.1, 0]], organizations=["North", "South"],
    )  # fmt: skip
    assert game.weights[1] == 0
    found = solve_aggregate(game)
    assert found.unique is False  # South is indifferent: no cost, no stake
    assert "South: indifferent" in found.reason
    assert found.success


def test_other_games_are_declined() -> None:
    game = random_round(3, players=2)
    with pytest.raises(UnsupportedGameError, match="aggregative"):
        solve_aggregate(object())  # type: ignore[arg-type]
    stubborn = game.replace(damage=[[0, 50.0], [0, 0]], unit_cost=0.0, quadratic_cost=0.0,
                       personal_weight=5.0, skew=1.0, local_data=[400.0, 400.0])  # fmt: skip
    assert stubborn.weights[0] < 0
    with pytest.raises(UnsupportedGameError, match=r"use solve\(\)"):
        solve_aggregate(stubborn)


def test_a_hundred_thousand_players_through_the_chunked_path() -> None:
    rng = np.random.default_rng(5)
    size = 100_000
    game = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.5), local_data=rng.uniform(100, 3000, size),
        max_contribution=rng.uniform(100, 5000, size), value=rng.uniform(500, 1500, size) * 1e3,
        unit_cost=rng.uniform(1e-9, 2e-6, size), quadratic_cost=rng.uniform(1e-10, 1e-9, size),
        damage=0.1 / size,
    )  # fmt: skip
    found = solve_aggregate(game)
    inside = (found.profile > 0) & (found.profile < game.max_contribution)
    assert inside.mean() > 0.05
    assert violation(game.form, found.profile) <= 1e-12
    assert found.success


def test_relabeling_and_units_change_nothing() -> None:
    game = random_round(11, players=8, positive=True)
    order = np.random.default_rng(0).permutation(8)
    x = solve_aggregate(game).profile
    assert solve_aggregate(game.among(order)).profile == pytest.approx(x[order], rel=1e-12)
    money = game.replace(value=7 * game.value, unit_cost=7 * game.unit_cost,
        quadratic_cost=7 * game.quadratic_cost, fixed_cost=7 * game.fixed_cost,
        rivalry=game.rivalry.scaled(7.0),
    )  # fmt: skip
    assert solve_aggregate(money).profile == pytest.approx(x, rel=1e-9)


def test_best_response_starts_anywhere_and_ends_at_the_same_profile() -> None:
    game = random_round(21, players=6, positive=True)
    exact = solve_aggregate(game).profile
    for start in (np.zeros(6), game.max_contribution, 0.3 * game.max_contribution):
        assert best_response_dynamics(game, start).profile == pytest.approx(exact, rel=1e-8)
