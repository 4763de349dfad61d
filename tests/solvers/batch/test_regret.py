"""The vectorized regret bounds what a deviation gains; ties and indifference are said."""

import numpy as np
import pytest

from coopetition.games import PowerGain, TabulatedGain
from coopetition.games.certificate import certify
from coopetition.solvers import solve, solve_many
from coopetition.solvers.batch.forms import Curves
from coopetition.solvers.batch.rounds import Rounds
from coopetition.solvers.batch.row_table import RowTable
from tests.instances import SYMMETRIC, payoff_scale
from tests.solvers.batch.variations import game_of, varied


@pytest.mark.parametrize("seed", range(40))
def test_the_bound_is_above_every_best_response(seed: int) -> None:
    """At random profiles, some at bounds; `certify` computes best responses one by one."""
    game, changes = varied(seed, 4)
    rng = np.random.default_rng(seed)
    with np.errstate(all="ignore"):
        form = Rounds.of(RowTable.of(game, changes), slice(0, 4)).form
        shares = rng.uniform(-0.3, 1.3, form.upper.T.shape).T
        x = form.upper * np.clip(shares, 0.0, 1.0)
        bound = form.regret(x)
    for row in range(4):
        one = game_of(game, changes, row)
        concave = (one.form.weight >= 0) | (one.form.upper == 0)
        known = certify(one, x[row], tol=0.0).regret
        slack = 1e-12 * payoff_scale(one, x[row])
        assert (bound[row] >= known - slack)[concave].all()
        slope = one.marginal_payoffs(x[row])
        first = np.maximum(slope * (one.form.upper - x[row]), -slope * x[row])
        assert bound[row][concave] == pytest.approx(first[concave], rel=1e-7, abs=slack)


def test_a_nan_is_no_certificate() -> None:
    form = Rounds.of(RowTable.of(SYMMETRIC, {"value": [1000.0, 900.0]}), slice(0, 2)).form
    x = np.full((2, 6), 100.0)
    x[1, 0] = np.nan
    regret = form.regret(x).max(axis=1)
    assert np.isfinite(regret[0])
    assert np.isnan(regret[1])


def test_two_tied_organizations_are_enough_for_a_continuum() -> None:
    """Costs just below and above leave the two in between to share what is missing."""
    game = SYMMETRIC.replace(quadratic_cost=0.0, damage=0.0, max_contribution=1e4)
    costs = np.array([[1e-4, 1e-4, 2e-3, 2e-3, 9e-3, 9e-3], [1e-4, 1e-4, 2e-3, 3e-3, 9e-3, 9e-3]])
    top = np.tile([10.0, 10.0, 1e4, 1e4, 1e4, 1e4], (2, 1))
    found = solve_many(game, {"unit_cost": costs, "max_contribution": top})
    assert found.unique.tolist() == [False, True]
    assert found.profiles[0, 2] == pytest.approx(found.profiles[0, 3])
    assert 0 < found.profiles[0, 2] < 1e4
    assert found.success.all()


def test_an_organization_to_which_all_is_equal_leaves_a_continuum() -> None:
    """No value, no cost: any contribution is a best response."""
    value = np.full((2, 6), 1000.0)
    value[0, 5] = 0.0
    cost = np.full((2, 6), 0.001)
    cost[:, 5] = 0.0
    game = SYMMETRIC.replace(damage=0.0, quadratic_cost=[2e-6] * 5 + [0.0])
    found = solve_many(game, {"value": value, "unit_cost": cost})
    assert found.unique.tolist() == [False, True]
    for row in range(2):
        alone = solve(game.replace(value=value[row], unit_cost=cost[row]))
        assert alone.unique is bool(found.unique[row])
        assert found.profiles[row] == pytest.approx(alone.profile, rel=1e-9)


def test_without_local_data_the_slope_at_nothing_is_infinite() -> None:
    game = SYMMETRIC.replace(damage=0.0, local_data=0.0, gain=PowerGain(1.0, 2.0, 0.35))
    found = solve_many(game, {"unit_cost": [1e-4, 0.01, 1.0, 100.0]})
    assert found.success.all()
    for row, cost in enumerate((1e-4, 0.01, 1.0, 100.0)):
        alone = solve(game.replace(unit_cost=cost))
        assert found.profiles[row] == pytest.approx(alone.profile, rel=1e-9)


def test_the_steepest_bend_of_a_table_is_found_between_any_two_points() -> None:
    data = np.array([0.0, 100.0, 250.0, 300.0, 700.0])
    curve = TabulatedGain(data, 1.0 - np.exp(-data / 200.0))
    low, high = np.sort(np.random.default_rng(0).uniform(0.0, 700.0, (2, 5, 40)), axis=0)
    found = Curves.of(curve, {}).steepest(low, high)
    known = [curve.steepest(a, b) for a, b in zip(low.ravel(), high.ravel(), strict=True)]
    assert found.ravel() == pytest.approx(known, rel=1e-12)
