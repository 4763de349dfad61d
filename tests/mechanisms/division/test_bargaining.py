"""Bargaining: the printed frontier, grids, axioms, gaps; fees made of divisions."""

from importlib import import_module
from math import sqrt
from typing import Any

import numpy as np
import pytest

from coopetition.games import CoopetitionRound, InvalidInputError, PowerGain
from coopetition.games.arrays import Array
from coopetition.mechanisms import FEES, Mechanism, equal_gain, redistribute, redistribution
from coopetition.mechanisms.division import (
    Bargain,
    core_check,
    egalitarian_agreement,
    kalai_smorodinsky_agreement,
    nash_agreement,
    nucleolus,
    shapley,
    split_surplus,
)
from coopetition.mechanisms.fees import (
    almost_ideal_fees,
    least_core_fees,
    nash_fees,
    nucleolus_fees,
    shapley_fees,
)
from coopetition.solvers import solve

cp: Any = import_module("cvxpy")  # has no complete types


def parabola(d: tuple[float, float] = (0.0, 0.0)) -> tuple[Bargain, Any]:
    x = cp.Variable(nonneg=True)
    return Bargain(cp.hstack([x, 1 - x**2]), [], d), x


def test_printed_agreements() -> None:
    """On y = 1 − x²: Nash (1/√3, 2/3), Kalai–Smorodinsky x = (√5 − 1)/2."""
    bargain, x = parabola()
    found = nash_agreement(bargain)
    assert found.values == pytest.approx([1 / sqrt(3), 2 / 3], abs=1e-6)
    assert found.error <= 1e-8
    assert float(x.value) == pytest.approx(found.values[0], abs=1e-9)
    golden = (sqrt(5) - 1) / 2
    for rule in (kalai_smorodinsky_agreement, egalitarian_agreement):
        found = rule(bargain)
        assert found.values == pytest.approx([golden, golden], abs=1e-8)
        assert found.error <= 1e-8


@pytest.mark.parametrize("d", [(0.0, 0.0), (0.2, 0.1), (0.0, 0.6), (-1.0, -0.5)])
@pytest.mark.parametrize("weight", [0.5, 0.2, 0.9])
def test_agreements_on_a_grid_of_the_frontier(d: tuple[float, float], weight: float) -> None:
    x = np.linspace(0.0, 2.0, 2_000_001)
    gain = np.stack((x - d[0], 1 - x**2 - d[1]))
    good = (gain >= 0).all(axis=0)
    gain, grid = gain[:, good], x[good]
    with np.errstate(divide="ignore"):
        nash = grid[np.argmax(weight * np.log(gain[0]) + (1 - weight) * np.log(gain[1]))]
    equal = grid[np.argmax(gain.min(axis=0))]
    smorodinsky = grid[np.argmax((gain / gain.max(axis=1, keepdims=True)).min(axis=0))]
    bargain, _ = parabola(d)
    found = nash_agreement(bargain, weights=[weight, 1 - weight])
    assert found.values[0] == pytest.approx(nash, abs=5e-6)
    assert egalitarian_agreement(bargain).values[0] == pytest.approx(equal, abs=2e-6)
    assert kalai_smorodinsky_agreement(bargain).values[0] == pytest.approx(smorodinsky, abs=2e-6)


def test_three_players_on_a_grid() -> None:
    """Resources of 6 with decreasing returns: all agreements on a grid of the simplex."""
    x = cp.Variable(3, nonneg=True)
    scale, d = np.array([1.0, 2.0, 3.0]), np.array([0.2, 0.5, 0.1])
    bargain = Bargain(cp.multiply(scale, cp.sqrt(x)), [cp.sum(x) <= 6], d)
    first, second = np.meshgrid(np.linspace(0, 6, 1201), np.linspace(0, 6, 1201))
    points = np.stack((first, second, np.maximum(6 - first - second, 0)))
    points = points[:, first + second <= 6]
    gain = scale[:, None] * np.sqrt(points) - d[:, None]
    gain = gain[:, (gain > 0).all(axis=0)]
    best = gain[:, np.argmax(np.log(gain).sum(axis=0))] + d
    assert nash_agreement(bargain).values == pytest.approx(best, abs=5e-3)
    lowest = gain.min(axis=0).max()
    assert egalitarian_agreement(bargain).values - d == pytest.approx(np.full(3, lowest), abs=1e-2)
    ideal = gain.max(axis=1)
    share = (gain / ideal[:, None]).min(axis=0).max()
    found = kalai_smorodinsky_agreement(bargain).values - d
    assert found / ideal == pytest.approx(np.full(3, share), abs=1e-2)
    assert np.ptp(found / ideal) <= 5e-3


def test_money_has_the_closed_form() -> None:
    outside, weights = np.array([1.0, 0.5, 2.0]), np.array([1.0, 2.0, 5.0])
    u = cp.Variable(3)
    bargain = Bargain(u, [cp.sum(u) <= 10], outside)
    expected = split_surplus(10.0, outside, weights=weights).values
    assert nash_agreement(bargain, weights=weights).values == pytest.approx(expected, abs=1e-5)
    even = split_surplus(10.0, outside).values
    assert egalitarian_agreement(bargain).values == pytest.approx(even, abs=1e-7)
    assert kalai_smorodinsky_agreement(bargain).values == pytest.approx(even, abs=1e-7)


def test_nash_does_not_depend_on_units() -> None:
    x = cp.Variable(nonneg=True)
    plain = nash_agreement(Bargain(cp.hstack([x, 1 - x**2]), [], [0.1, 0.2])).values
    unit, zero = np.array([1000.0, 0.01]), np.array([5.0, -2.0])
    other = Bargain(
        cp.multiply(unit, cp.hstack([x, 1 - x**2])) + zero, [], unit * [0.1, 0.2] + zero
    )
    assert nash_agreement(other).values == pytest.approx(unit * plain + zero, rel=1e-4)


def test_no_agreement_and_no_convexity_are_refused() -> None:
    x = cp.Variable(nonneg=True)
    rules = (nash_agreement, egalitarian_agreement, kalai_smorodinsky_agreement)
    for rule in rules:
        with pytest.raises(InvalidInputError, match="no agreement that is better for everybody"):
            rule(parabola((0.8, 0.8))[0])
        with pytest.raises(InvalidInputError, match="must be concave"):
            rule(Bargain(cp.hstack([x, x**2]), [], [0, 0]))
        with pytest.raises(InvalidInputError, match="must be convex"):
            rule(Bargain(cp.hstack([x, -x]), [x**2 >= 1], [0, 0]))
        with pytest.raises(InvalidInputError, match="unbounded"):
            rule(Bargain(cp.hstack([x, x]), [], [0, 0]))
        with pytest.raises(InvalidInputError, match="2 numbers"):
            rule(Bargain(cp.hstack([x, -x]), [], [0]))
        with pytest.raises(InvalidInputError, match="shape"):
            rule(Bargain(x, [], [0]))
        with pytest.raises(InvalidInputError, match="allow no agreement"):
            rule(Bargain(cp.hstack([x, -x]), [x <= -1], [0, 0]))
    with pytest.raises(InvalidInputError, match="`weights` must be positive"):
        nash_agreement(parabola()[0], weights=[1, 0])


PAYOFFS = np.array([6.0, 1.0, 0.5])
TABLE = np.array([0.0, 1, 0.5, 4, 0, 3, 2, 7.5])


def test_fees_are_what_they_say() -> None:
    outside = np.array([1.0, 0.5, 0.0])
    after = nash_fees(PAYOFFS, outside, [1, 2, 3]) + PAYOFFS
    assert after == pytest.approx([2, 2.5, 3], abs=1e-14)
    assert shapley_fees(PAYOFFS, TABLE) + PAYOFFS == pytest.approx(shapley(TABLE).values)
    assert nucleolus_fees(PAYOFFS, TABLE) + PAYOFFS == pytest.approx(nucleolus(TABLE).values)
    assert core_check(TABLE, least_core_fees(PAYOFFS, TABLE) + PAYOFFS).inside
    shared = almost_ideal_fees(PAYOFFS, [2.0, 1.0, 1.5]) + PAYOFFS
    assert shared == pytest.approx([3, 2, 2.5], abs=1e-14)
    short = almost_ideal_fees(PAYOFFS, [4.0, 3.0, 3.5], [1, 1, 2]) + PAYOFFS
    assert short == pytest.approx([3.25, 2.25, 2.0], abs=1e-14)


@pytest.mark.parametrize("name", [name for name in FEES if name != "none"])
@pytest.mark.parametrize("size", [1e-6, 1.0, 1e6])
def test_fees_sum_to_zero(name: str, size: float) -> None:
    table = FEES[name].ground == "sub-coalitions"
    fees = FEES[name].rule(size * PAYOFFS, size * (TABLE if table else PAYOFFS[::-1]))
    assert isinstance(fees, np.ndarray)
    assert abs(fees.sum()) <= 1e-14 * size
    assert np.abs(fees).max() > 0.1 * size


def test_fees_refuse_what_does_not_fit() -> None:
    with pytest.raises(InvalidInputError, match=r"what their payoffs sum to, 8\.5, got 7\.5"):
        shapley_fees(PAYOFFS + np.array([1.0, 0, 0]), TABLE)
    with pytest.raises(InvalidInputError, match=r"outside options exceed .* by 3: there is no"):
        nash_fees(PAYOFFS, PAYOFFS + 1)
    with pytest.raises(InvalidInputError, match="`power` must not all be 0"):
        nash_fees(PAYOFFS, np.zeros(3), [0, 0, 0])
    with pytest.raises(InvalidInputError, match="`outside options` must hold 2 numbers"):
        almost_ideal_fees(np.ones(2), [1, 2, 3])


def test_divisions_that_stay_meaningful_divide_a_shortage() -> None:
    """A table whose players have 9 alone, and 6 together: everybody gets less than alone."""
    payoffs, table = np.array([6.0, 1.0, -1.0]), np.array([0.0, 4, 3, 7, 2, 6, 5, 6])
    for rule in (shapley_fees, nucleolus_fees, least_core_fees):
        assert rule(payoffs, table) + payoffs == pytest.approx([3, 2, 1], abs=1e-9)
    assert almost_ideal_fees(payoffs, [4, 3, 2]) + payoffs == pytest.approx([3, 2, 1])
    assert equal_gain(payoffs, np.array([4.0, 3, 2])) + payoffs == pytest.approx([3, 2, 1])


@pytest.mark.parametrize("name", FEES)
def test_one_player_has_nobody_to_pay(name: str) -> None:
    table = FEES[name].ground == "sub-coalitions"
    assert FEES[name].rule(np.array([2.0]), np.array([0.0, 2.0] if table else [1.0])).tolist() == [
        0
    ]


def test_fees_move_no_contribution() -> None:
    game = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35),
        local_data=[1500.0, 900.0, 300.0],
        max_contribution=4000.0,
        value=[1000.0, 800.0, 1200.0],
        unit_cost=0.001,
        quadratic_cost=2e-6,
        damage=0.05,
    )
    rule = redistribution(game, rate=0.01)
    before = solve(redistribute(game, rule))
    fees: Array = nash_fees(before.payoffs, before.payoffs - 1.0, [1, 2, 3])
    after = solve(redistribute(game, Mechanism(rule, fees)))
    assert after.profile.tolist() == before.profile.tolist()
    assert after.payoffs - before.payoffs == pytest.approx(fees, abs=1e-9)
