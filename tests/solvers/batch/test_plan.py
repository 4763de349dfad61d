"""`plan_many` against `solve_planner` and SciPy; rows that are not concave are marked."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from coopetition.games import ExponentialGain, LogarithmicGain, PowerGain
from coopetition.games.arrays import Array
from coopetition.solvers import plan_many, solve_planner
from coopetition.solvers.planner.plan import PlanStatus
from tests.instances import SYMMETRIC
from tests.solvers.batch.variations import round_of, varied


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(0, 10**6))
def test_each_row_is_what_the_planner_finds(seed: int) -> None:
    game, changes = varied(seed, 3)
    found = plan_many(game, changes)
    for row in range(3):
        own = round_of(game, changes, row)
        alone = solve_planner(own)
        assert found.concave[row] == alone.concave
        assert found.welfare[row] == pytest.approx(alone.welfare, abs=1.1 * alone.tolerance)
        assert found.tolerance[row] == pytest.approx(alone.tolerance, rel=1e-6)
        assert found.payoffs[row] == pytest.approx(
            own.payoffs(found.profiles[row]), rel=1e-9, abs=1e-9
        )
        assert found.success[row]
        if alone.concave:
            assert found.status[row] in (PlanStatus.TOGETHER, PlanStatus.ALONE)
        else:
            assert found.status[row] in (PlanStatus.BRANCHED, PlanStatus.ALONE)


@pytest.mark.parametrize(
    "gain", [PowerGain(1, 2, 0.35), ExponentialGain(1.0, 1e3), LogarithmicGain(1.0, 10.0)]
)
def test_wide_numbers_are_planned_together(
    gain: PowerGain | ExponentialGain | LogarithmicGain,
) -> None:
    """Parameters over four decades: no row is left to be planned alone, none is beaten."""
    rng = np.random.default_rng(0)

    def wide(middle: float) -> Array:
        return np.asarray(middle * 10.0 ** rng.uniform(-2.0, 2.0, (300, 6)))

    slope = 100.0 * float(gain.slope(3000.0))
    changes: dict[str, Array] = {
        "local_data": wide(200.0), "max_contribution": wide(300.0), "value": wide(100.0),
        "unit_cost": wide(slope), "quadratic_cost": wide(0.01 * slope),
        "damage": rng.uniform(0.0, 0.15, 300),
    }  # fmt: skip
    game = SYMMETRIC.replace(gain=gain)
    found = plan_many(game, changes)
    assert set(found.status) == {PlanStatus.TOGETHER}
    for row in range(0, 300, 15):
        own = round_of(game, changes, row)
        beaten = climbed(own, found.profiles[row])
        assert beaten <= found.welfare[row] + found.tolerance[row]


def climbed(own: Any, start: Array) -> float:
    """Return the best welfare that SciPy finds from the answer and from two other profiles."""
    top: Array = own.max_contribution
    bounds = [(0.0, 1.0)] * top.size
    best = -np.inf

    def loss(share: Array) -> tuple[float, Array]:
        x = share * top
        return -float(own.welfare(x)), np.asarray(-own.welfare_gradient(x) * top)

    for x in (start, 0.5 * top, 0.01 * top):
        done = minimize(loss, x / top, method="L-BFGS-B", jac=True, bounds=bounds)
        best = max(best, -float(done.fun))
    return best


def test_the_symmetric_optimum() -> None:
    found = plan_many(SYMMETRIC, {"damage": [0.08]})
    assert found.profiles[0] == pytest.approx([2251.81] * 6, abs=0.005)
    assert found.success.all()
    assert "1: solved with all others" in str(found)


def test_where_nothing_is_at_stake_nothing_is_missed() -> None:
    """A gap of 0 is within a tolerance of 0: nobody is planned alone for that."""
    found = plan_many(SYMMETRIC, {"value": [0.0], "unit_cost": [0.0], "quadratic_cost": [0.0]})
    assert (found.gap.tolist(), found.tolerance.tolist()) == ([0.0], [0.0])
    assert found.status == (PlanStatus.TOGETHER,)


def test_rivalry_that_makes_a_personal_gain_a_social_loss_is_branched() -> None:
    rivals = np.zeros((2, 6, 6))
    rivals[1, 1:, 0] = 400.0
    game = SYMMETRIC.replace(personal_weight=0.05, skew=1.0)
    found = plan_many(game, {"rivalry": rivals})
    assert found.status == (PlanStatus.TOGETHER, PlanStatus.BRANCHED)
    assert found.concave.tolist() == [True, False]
    alone = solve_planner(game.replace(rivalry=rivals[1]))
    assert found.welfare[1] == pytest.approx(alone.welfare)
