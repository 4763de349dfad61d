"""`prices_many` against `bilateral_prices`; the optimum is an equilibrium under the prices."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coopetition.games import InvalidInputError
from coopetition.games.certificate import certify
from coopetition.mechanisms import redistribute
from coopetition.mechanisms.rules.bilateral import bilateral_prices
from coopetition.solvers import plan_many, solve, solve_many
from coopetition.solvers.batch import RowStatus
from coopetition.studies import prices_many
from tests.instances import SYMMETRIC
from tests.solvers.batch.variations import round_of, varied


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.integers(0, 10**6))
def test_each_row_is_priced_as_alone(seed: int) -> None:
    game, changes = varied(seed, 3, transfers=False)
    found = prices_many(game, changes)
    for row in range(3):
        own, target = round_of(game, changes, row), found.plans.profiles[row]
        rule = bilateral_prices(own, target=target)
        size = max(float(np.abs(rule.price).max()), 1e-300)
        assert found.price[row] == pytest.approx(rule.price, abs=1e-9 * size)
        omega = float(own.form.aggregate(target))
        reach = max(float(found.sharpening[row].max()), 1e-300)
        if own.gain.domain[1] == np.inf:  # where a table has a knot, either side may be right
            assert found.sharpening[row] == pytest.approx(rule.sharpening, abs=1e-9 * reach)
        induced = redistribute(own, rule)
        assert found.priced.success[row] == solve(induced).success
        base = own.form.base * (1 - 1e-14)  # summed in another order
        assert found.priced.effective_data[row] >= base
        if found.priced.success[row]:
            profile = found.priced.profiles[row]
            paid, size = rule(own, profile), own.welfare_scale(profile)
            assert found.transfer[row] == pytest.approx(paid, abs=1e-8 * size)
            assert found.transfer[row].sum() == pytest.approx(0.0, abs=1e-11 * size)
        if found.priced.status[row] is RowStatus.TOGETHER:
            assert certify(induced, target).holds
            assert found.priced.effective_data[row] == pytest.approx(omega, rel=1e-6)
            scale = own.welfare_scale(target)
            assert found.lost[1][row] == pytest.approx(0.0, abs=1e-8 * scale)
        if found.plans.concave[row] and found.without.success[row]:
            assert found.lost[0][row] >= -2 * found.plans.tolerance[row]


def test_prices_close_the_gap_that_competition_opens() -> None:
    level = np.linspace(0.0, 0.15, 31)
    found = prices_many(SYMMETRIC, {"damage": level})
    without, priced = found.efficiency
    assert (np.diff(without[level < 0.12]) < 0).all()  # further on nobody contributes: no less
    assert priced == pytest.approx(np.ones(31), rel=1e-9)
    at = int(np.argmin(np.abs(level - 0.08)))
    assert found.lost[0][at] == pytest.approx(62.53, abs=0.005)
    assert np.array_equal(found.plans.profiles, plan_many(SYMMETRIC, {"damage": level}).profiles)
    assert np.array_equal(found.without.profiles, solve_many(SYMMETRIC, {"damage": level}).profiles)


def test_linear_costs_are_sharpened_only_if_asked() -> None:
    game = SYMMETRIC.replace(quadratic_cost=0.0, unit_cost=0.007)
    changes = {"damage": [0.0, 0.05]}
    sharp, plain = prices_many(game, changes), prices_many(game, changes, sharpen=False)
    assert (sharp.sharpening > 0).all()
    assert sharp.priced.unique.all()
    assert sharp.priced.profiles == pytest.approx(sharp.plans.profiles, rel=1e-6)
    assert not plain.sharpening.any()
    assert not plain.priced.unique.any()


def test_one_organization_has_nobody_to_pay() -> None:
    game = SYMMETRIC.among([0])
    found = prices_many(game, {"value": [500.0, 1000.0]})
    assert not found.price.any()
    assert not found.transfer.any()
    assert found.lost[0] == pytest.approx([0.0, 0.0], abs=1e-9)


def test_a_rule_of_ones_own_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="leave `transfer_bend` out"):
        prices_many(SYMMETRIC, {"transfer_bend": [0.0]})


def test_failed_rows_stay_failed() -> None:
    found = prices_many(SYMMETRIC, {"value": [1000.0, np.nan]})
    for part in (found.plans, found.without, found.priced):
        assert list(part.failed) == [1]
    assert np.isnan(found.price[1]).all()
    assert np.isnan(found.transfer[1]).all()
    assert found.efficiency[1][0] == pytest.approx(1.0)
