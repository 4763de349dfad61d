"""The parts of branch and bound, each against what it stands for: prices, first boxes, halves."""

from collections.abc import Callable
from decimal import Decimal, localcontext

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar

from coopetition.games.arrays import Array, Mask
from coopetition.games.coopetition.gain import LogarithmicGain
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.solvers.batch.branch import (
    BoxBounds,
    Side,
    _cut,
    _first,
    _halves,
    _improve,
    _newton,
    ask,
    best_profiles,
)
from coopetition.solvers.batch.relaxed_welfare import Boxes, Relaxed
from coopetition.solvers.batch.welfare import Welfare
from tests.solvers.planner.test_branch import crowded

COUNT = 8


def on_slice(game: CoopetitionRound, omega: float) -> float:
    """Return the most welfare of two organizations at one Ω, above that of no contributions."""
    (q, r), (top, other) = game.quality, game.max_contribution
    all_ = omega - game.form.base
    ends = max(0.0, (all_ - r * other) / q), min(top, all_ / q)

    def loss(y: float) -> float:
        x = np.array([y, np.clip((all_ - q * y) / r, 0.0, other)])
        return float(game.welfare(np.zeros(2)) - game.welfare(x))

    best = minimize_scalar(loss, bounds=ends, method="bounded", options={"xatol": 1e-12 * ends[1]})
    return -min(float(best.fun), loss(ends[0]), loss(ends[1]))


@pytest.mark.parametrize("seed", range(12))
def test_where_one_total_is_left_the_price_is_searched_until_the_bound_is_the_most(
    seed: int,
) -> None:
    """There is no gap of duality where F is concave, whatever the price to begin with."""
    game = crowded(seed, 2).replace(personal_weight=0.0)
    rng, top = np.random.default_rng(seed), np.maximum(game.max_contribution, 1e-3)
    game = game.replace(max_contribution=top)
    goal = Welfare.of(game, top).take(np.zeros(COUNT, dtype=int))
    inside = rng.uniform(0.05, 0.95, (2, COUNT)) * top[:, None]
    omega = goal.base + (goal.quality * inside).sum(axis=0)
    lifted = goal.worth(np.zeros((2, COUNT)))
    most = lifted + [on_slice(game, float(v)) for v in omega]
    scale = game.welfare_scale(0.5 * top)
    row, zero = np.zeros(COUNT, dtype=int), np.zeros((2, COUNT))
    for price in (np.nan, 0.0, 1e3 * float(game.value.sum())):
        start = np.full(COUNT, price)
        boxes = _cut(goal, Boxes(row, omega, omega, zero, zero + top[:, None], inside, start))
        for share in (1e-7, 1e-4):
            close = np.full(COUNT, share * scale)
            with np.errstate(all="ignore"):
                found = ask(goal, boxes, most - 0.5 * close, close)
            assert (found.bound >= most - 1e-11 * scale).all()
            assert (found.bound <= most + 1.01 * close).all()
            np.testing.assert_array_equal(goal.worth(found.profile), found.welfare)
            at = goal.base + (goal.quality * found.middle).sum(axis=0)
            np.testing.assert_allclose(at, omega, rtol=1e-9)
            slack = 1e-9 * top[:, None]
            assert (found.middle >= boxes.least - slack).all()
            assert (found.middle <= boxes.most + slack).all()


def test_the_first_boxes_end_where_contributions_stop_to_be_worth_while() -> None:
    """With P = c ln(Ω + o) the root of all gain · q c / (Ω + o) = a is a closed form."""
    game = CoopetitionRound(
        gain=LogarithmicGain(2.0, 1.0, 3.0), local_data=[4.0, 1.0], max_contribution=1e6,
        value=[10.0, 30.0], quality=[1.0, 0.5], unit_cost=[0.25, 0.5], damage=1.5,
    )  # fmt: skip
    assert game.form.weight.sum() < 0
    boxes = _first(Welfare.of(game))
    harmed = 1.5 * 40.0  # Σ R, the only gain where Σ w < 0
    most = 1.01 * (harmed * 2.0 / game.unit_cost - (5.0 + 3.0) / game.quality)
    own = boxes.row == 0
    reach = float(game.quality @ most)
    np.testing.assert_allclose(boxes.low[own], 5.0 + reach * np.array([0, 0.25, 0.5, 0.75]))
    np.testing.assert_allclose(boxes.high[own], 5.0 + reach * np.array([0.25, 0.5, 0.75, 1]))
    np.testing.assert_allclose(boxes.most[:, own].max(axis=1), most)
    assert (boxes.least[:, own].min(axis=1) == 0).all()
    assert np.isnan(boxes.price).all()


@pytest.mark.parametrize("seed", range(10))
def test_halves_lose_no_profile_and_are_smaller(seed: int) -> None:
    game, rng = crowded(seed, 2), np.random.default_rng(seed)
    goal = Welfare.of(game)
    boxes = _first(goal)
    near = goal.take(boxes.row)
    for _ in range(3):
        size = boxes.row.size
        scale = np.full(size, game.welfare_scale(game.max_contribution))
        with np.errstate(all="ignore"):
            asked = ask(near, boxes, np.full(size, -np.inf), 1e-9 * scale)
        halves = _halves(near, boxes, asked, np.arange(size))
        share = rng.random((2, 200, size))
        x = boxes.least[:, None] + (boxes.most - boxes.least)[:, None] * share
        omega = near.base + (near.quality[:, None] * x).sum(axis=0)
        within = (omega >= boxes.low) & (omega <= boxes.high)
        held = [
            _within(halves.take(k), x, omega) for k in (np.arange(size), size + np.arange(size))
        ]
        assert (held[0] | held[1] | ~within).all()
        for k in (0, size):
            wide = halves.high[k : k + size] - halves.low[k : k + size]
            sides = (halves.most - halves.least)[:, k : k + size]
            thinner = wide <= 0.501 * (boxes.high - boxes.low)
            narrower = (sides <= 0.901 * (boxes.most - boxes.least)).any(axis=0)
            assert (thinner | narrower).all()
        near, boxes = near.take(np.tile(np.arange(size), 2)), halves


def _within(boxes: Boxes, x: Array, omega: Array) -> Mask:
    slack = 1e-12 * boxes.high
    inside = (omega >= boxes.low - slack) & (omega <= boxes.high + slack)
    room = 1e-12 * x.max()
    for n in range(x.shape[0]):
        inside &= (x[n] >= boxes.least[n] - room) & (x[n] <= boxes.most[n] + room)
    return np.asarray(inside)


def measure(game: CoopetitionRound) -> Callable[[Array], Array]:
    """Return what measures the terms of welfare at a profile, twice."""

    def scale(x: Array) -> Array:
        return np.full(2, game.welfare_scale(np.ascontiguousarray(x[0])))

    return scale


def test_few_boxes_are_enough() -> None:
    """Prices that are searched less well give bounds too: only more boxes tell."""
    counts = []
    for seed in range(8):
        game = crowded(seed, 4)
        goal = Welfare.of(game)
        with np.errstate(all="ignore"):
            x, gap, boxes = best_profiles(goal, measure(game), None)
        counts.append(int(boxes[0]))
        assert gap[0] <= 1e-9 * measure(game)(x.T)[0]
    assert sum(counts) <= 450  # 412 here, a little more or less by rounding


def test_all_terms_are_in_what_the_first_boxes_reach() -> None:
    game = CoopetitionRound(
        gain=LogarithmicGain(2.0, 1.0, 3.0), local_data=[4.0, 1.0], max_contribution=[1e6, 7.0],
        value=[10.0, 30.0], quality=[1.0, 0.5], unit_cost=[0.25, 0.5], damage=0.25,
        quadratic_cost=[0.125, 0.5], skew=[2.0, 0.0], personal_weight=0.5,
        rivalry=[[0.0, 8.0], [1.0, 0.0]],
    )  # fmt: skip
    total = float(game.form.weight.sum())
    assert total > 0
    boxes = _first(Welfare.of(game))
    stake = 10.0 + 8.0 - 1.0

    def slope(y: float) -> float:
        shared = (total + 0.25 * 40.0) * 2.0 / (5.0 + 3.0 + y)
        return shared + 0.5 * 2.0 * 4.0 * stake / (4.0 + y) ** 2 - 0.25 - 0.125 * y

    root = brentq(slope, 0.0, 1e6)
    np.testing.assert_allclose(boxes.most[0].max(), 1.01 * root)
    assert boxes.most[1].max() <= 7.0


def in_other_units(game: CoopetitionRound, data: float, money: float) -> CoopetitionRound:
    """Return the same round, with data and money counted in other units."""
    gain = game.gain
    assert isinstance(gain, LogarithmicGain)
    return game.replace(
        gain=LogarithmicGain(gain.ceiling, gain.scale * data, gain.offset * data),
        local_data=game.local_data * data,
        max_contribution=game.max_contribution * data,
        value=game.value * money,
        unit_cost=game.unit_cost * (money / data),
        quadratic_cost=game.quadratic_cost * (money / data**2),
        rivalry=money * game.rivalry.weigh(np.eye(game.form.upper.size)).T,
    )


@pytest.mark.parametrize("seed", range(6))
def test_units_change_no_bit_of_the_search(seed: int) -> None:
    """Powers of two are exact, so that every comparison must come out the same."""
    game = crowded(seed, 3).replace(gain=LogarithmicGain(1.5, 8.0, 4.0))
    found = []
    for data, money in ((1.0, 1.0), (2.0**13, 2.0**-20), (2.0**-11, 2.0**21)):
        one = in_other_units(game, data, money)
        goal = Welfare.of(one)
        with np.errstate(all="ignore"):
            x, gap, boxes = best_profiles(goal, measure(one), None)
        found.append(((x / data).tolist(), (gap / money).tolist(), boxes.tolist()))
    assert found[0] == found[1] == found[2]


def test_the_first_of_the_best_of_each_row_is_kept() -> None:
    row = np.array([0, 1, 0, 1, 2, 0])
    welfare = np.array([1.0, 5.0, 3.0, 4.0, 2.0, 3.0])
    x, none = np.array([[10.0, 11.0, 12.0, 13.0, 14.0, 15.0]]), np.zeros(6)
    profile, best = np.zeros((1, 3)), np.array([2.0, 4.0, 2.0])
    _improve(row, BoxBounds(none, none, x, welfare, x, x), profile, best)
    assert best.tolist() == [3.0, 5.0, 2.0]
    assert profile.tolist() == [[12.0, 11.0, 0.0]]  # of equals the one that was there


@pytest.mark.parametrize("seed", range(8))
def test_the_bound_of_one_profile_is_its_welfare_and_what_sums_round(seed: int) -> None:
    game = crowded(seed, 3)
    if seed == 7:  # the weights sum to nothing
        game = CoopetitionRound(
            gain=LogarithmicGain(2.0, 1.0, 3.0), local_data=[4.0, 1.0], max_contribution=9.0,
            value=10.0, unit_cost=0.5, damage=1.0, rivalry=[[0.0, 0.0], [40.0, 0.0]],
            personal_weight=1.0, skew=1.0,
        )  # fmt: skip
        assert float(game.form.weight.sum()) == 0.0
    size = game.max_contribution.size
    goal = Welfare.of(game).take(np.zeros(COUNT, dtype=int))
    x = np.random.default_rng(seed).uniform(0.0, 1.0, (size, COUNT)) * goal.upper
    omega, none = goal.base + (goal.quality * x).sum(axis=0), np.full(COUNT, np.nan)
    boxes = Boxes(np.zeros(COUNT, dtype=int), omega, omega, x, x, x, none)
    with np.errstate(all="ignore"):
        found = ask(goal, boxes, np.full(COUNT, -np.inf), np.zeros(COUNT))
    np.testing.assert_array_equal(found.profile, x)
    np.testing.assert_array_equal(found.middle, x)
    scale = np.array([game.welfare_scale(np.ascontiguousarray(one)) for one in x.T])
    assert (found.bound >= goal.worth(x)).all()
    assert (found.bound <= goal.worth(x) + 1e-13 * scale).all()


def test_what_is_given_is_how_near_the_search_comes() -> None:
    """A thousandth of the terms takes fewer boxes than a billionth of them."""
    counts = np.zeros(2)
    for seed in range(3):
        game = crowded(seed, 4)
        goal = Welfare.of(game)
        wide = 1e-3 * game.welfare_scale(game.max_contribution)
        for k, tol in enumerate((None, wide)):
            with np.errstate(all="ignore"):
                _, gap, boxes = best_profiles(goal, measure(game), tol)
            counts[k] += boxes[0]
            assert tol is None or gap[0] <= tol
    assert counts[1] < 0.5 * counts[0]


def test_a_box_is_cut_to_what_others_leave() -> None:
    """All gain is 5 + x + y/2 and at most 7: x ≤ 2 and y ≤ 4; at least 6.5: x ≥ 1 where y ≤ 1."""
    game = CoopetitionRound(
        gain=LogarithmicGain(2.0, 1.0, 3.0), local_data=[4.0, 1.0], max_contribution=10.0,
        value=[10.0, 30.0], quality=[1.0, 0.5], unit_cost=0.5, damage=0.5,
    )  # fmt: skip
    goal, zero, one = Welfare.of(game), np.zeros((2, 2)), np.ones(2)
    row, low, high = np.zeros(2, dtype=int), np.array([5.0, 6.5]), np.array([7.0, 7.0])
    most = np.array([[10.0, 10.0], [10.0, 1.0]])
    cut = _cut(goal, Boxes(row, low, high, zero, most, zero, np.nan * one))
    assert cut.most == pytest.approx(np.array([[2.0, 2.0], [4.0, 1.0]]))
    assert cut.least == pytest.approx(np.array([[0.0, 1.0], [0.0, 0.0]]), abs=1e-12)
    assert cut.low.tolist() == [5.0, 6.5]
    assert cut.high.tolist() == [7.0, 7.0]


def test_who_is_at_its_least_or_most_stays_there_in_newtons_step() -> None:
    """The first is free, and takes all of what is missing; as far as its bounds let it."""
    game = crowded(0, 2)
    goal = Welfare.of(game)
    zero, quality = np.zeros((2, 2)), np.ones((2, 2))
    ends = zero[0]
    boxes = Boxes(np.zeros(2, dtype=int), ends, ends, zero, zero + 4.0, zero, ends)
    part = Relaxed.of(goal, boxes)
    x, bend = np.array([[2.0, 2.0], [0.0, 4.0]]), np.ones((2, 2))
    for over, inside in ((1.0, True), (2.0, True), (2.5, False), (-2.0, True), (-2.5, False)):
        now = Side(zero[0], x, zero[0], np.full(2, over))
        rate, ahead, stays = _newton(part, quality, now, bend)
        assert rate.tolist() == [1.0, 1.0]
        assert ahead.tolist() == [[2.0 - over] * 2, [0.0, 4.0]]
        assert stays.tolist() == [inside] * 2
    with np.errstate(all="ignore"):
        _, _, stays = _newton(part, quality, Side(zero[0], x, zero[0], zero[0]), zero)
    assert not stays.any()  # nobody is free


def test_what_rounding_may_take_is_in_the_bound() -> None:
    """Against 40 digits: floats alone are below that for most of these profiles."""
    game = CoopetitionRound(
        gain=LogarithmicGain(2.0, 1.0, 3.0), local_data=[4.0, 1.0, 2.0], max_contribution=90.0,
        value=[10.0, 30.0, 20.0], quality=[1.0, 0.5, 0.75], unit_cost=0.25, quadratic_cost=0.125,
        damage=0.5,
    )  # fmt: skip
    size, row = 64, np.zeros(64, dtype=int)
    goal = Welfare.of(game).take(row)
    x = np.random.default_rng(0).uniform(0.0, 90.0, (3, size))
    omega = goal.base + (goal.quality * x).sum(axis=0)
    boxes = Boxes(row, omega, omega, x, x, x, np.full(size, np.nan))
    with np.errstate(all="ignore"):
        found = ask(goal, boxes, np.full(size, -np.inf), np.zeros(size))

    def exact(profile: Array) -> Decimal:
        """Return welfare less that of no contributions, 0.5 of what others have being lost."""
        y = [Decimal(float(v)) for v in profile]
        part = [v * Decimal(q) for v, q in zip(y, ("1", "0.5", "0.75"), strict=True)]
        total = sum(part, Decimal(10))
        gain = 2 * (total / 10).ln()
        harm = sum(
            k * (gain - 2 * ((total - v) / 10).ln())
            for k, v in zip((25, 15, 20), part, strict=True)
        )
        return 60 * gain - harm - sum(v / 4 + v * v / 16 for v in y)

    with localcontext(prec=40):
        missing = [Decimal(float(b)) - exact(own) for b, own in zip(found.bound, x.T, strict=True)]
    assert 0 < min(missing)
    assert max(missing) < 1e-11
