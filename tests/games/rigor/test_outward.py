"""Rounding of proofs goes outwards: true values that lie strictly between floats stay enclosed."""

from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest

from coopetition.games.arrays import Array
from coopetition.games.checker.curves import Exponential, Logarithmic, Power
from coopetition.games.checker.numbers import BITS, exp, ln, rounded
from coopetition.games.checker.regret_bound import Player
from coopetition.games.rigor.interval import LONG, Interval, products, total

THIRD = Fraction(1, 3)


def holds(found: Interval, exact: Fraction) -> bool:
    """Whether an interval holds a fraction that is no float, strictly."""
    return Fraction(float(found.low)) < exact < Fraction(float(found.high))


def test_every_operation_encloses_what_lies_between_floats() -> None:
    rng = np.random.default_rng(5)
    for a, b, c, d in rng.uniform(0.1, 9, (200, 4)) * 10.0 ** rng.integers(-9, 9, (200, 4)):
        one, two = Interval.of(a), Interval.of(b)
        x, y = Fraction(a), Fraction(b)
        for found, exact in (
            (one + two, x + y), (one - two, x - y), (one * two, x * y), (one.over(two), x / y),
        ):  # fmt: skip
            assert Fraction(float(found.low)) <= exact <= Fraction(float(found.high))
        wide, long = Interval(*_ordered(a, -b)), Interval(*_ordered(c, d))
        for found, op in (
            (wide * long, "*"), (wide.over(long), "/"), (wide - long, "-"), (wide + long, "+"),
        ):  # fmt: skip
            for left in map(Fraction, (a, -b)):
                for right in map(Fraction, (c, d)):
                    exact = {
                        "*": left * right, "/": left / right, "-": left - right, "+": left + right,
                    }[op]  # fmt: skip
                    assert Fraction(float(found.low)) <= exact <= Fraction(float(found.high))


def test_products_and_quotients_of_numbers_and_intervals_hold_both_ends() -> None:
    signs = ((2.0, 3.0), (-3.0, -2.0), (-3.0, 2.0))
    for low, high in signs:
        wide = Interval(np.asarray(low), np.asarray(high))
        for point in (5.0, -5.0, 0.1):
            for found in (wide * Interval.of(point), Interval.of(point) * wide):
                ends = sorted((low * point, high * point))
                assert found.low <= ends[0] <= ends[1] <= found.high
                assert found.high - found.low == pytest.approx(ends[1] - ends[0])
        found = wide.over(Interval(np.asarray(4.0), np.asarray(8.0)))
        every = [end / by for end in (low, high) for by in (4.0, 8.0)]
        assert (float(found.low), float(found.high)) == pytest.approx((min(every), max(every)))
        for one, two in signs:
            found = wide * Interval(np.asarray(one), np.asarray(two))
            every = [a * b for a in (low, high) for b in (one, two)]
            assert (float(found.low), float(found.high)) == pytest.approx((min(every), max(every)))


def test_the_sum_of_nothing_is_nothing() -> None:
    found = total(np.array([]))
    assert found.low <= 0 <= found.high
    assert found.high - found.low < 1e-300


def _ordered(a: float, b: float) -> tuple[Array, Array]:
    return np.asarray(min(a, b)), np.asarray(max(a, b))


@pytest.mark.parametrize("size", [3, LONG - 1, LONG, 3 * LONG + 1])
def test_sums_that_are_no_float_are_enclosed(size: int) -> None:
    tiny = np.full(size, 1.3 * 2.0**-60)  # each is lost beside 1
    for sign in (1.0, -1.0):
        values = sign * np.concatenate(([1.0], tiny))
        exact = sum(map(Fraction, values.tolist()), Fraction(0))
        assert Fraction(float(exact)) != exact
        assert holds(total(values), exact)


def test_the_errors_of_a_long_sum_are_summed_with_a_margin() -> None:
    """Errors of every size: the sum of rounding errors is itself rounded."""
    for seed in range(12):
        rng = np.random.default_rng(seed)
        size = int(rng.integers(LONG, 4 * LONG))
        values = rng.uniform(1, 2, size) * 2.0 ** rng.integers(-70, 1, size)
        if seed % 2:
            values *= rng.choice([-1.0, 1.0], size)
        exact = sum(map(Fraction, values.tolist()), Fraction(0))
        assert holds(total(values), exact)


@pytest.mark.parametrize("depth", [70, 300])
def test_a_long_sum_that_cancels_keeps_what_its_errors_hide(depth: int) -> None:
    """Nothing is left but the errors, and what their sum is off by is more than its last bit."""
    for seed in range(6):
        rng = np.random.default_rng(seed)
        half = rng.uniform(1, 2, LONG) * 2.0 ** rng.integers(-depth, 1, LONG)
        found = total(np.concatenate((half, -rng.permutation(half))))
        assert found.low < 0.0 < found.high
        assert found.high - found.low < 1e-24


@pytest.mark.parametrize("size", [1, 2, 17, LONG, LONG + 5])
def test_products_round_both_ends_outwards(size: int) -> None:
    """Every product is off in the same direction: the errors add up."""
    for a, b in _roundings(size):
        exact = size * Fraction(a) * Fraction(b)
        found = products(np.full(size, a), np.full(size, b))
        assert holds(found, exact)
        assert found.high - found.low < 3e-15 * found.high
    small = np.full(size, 1.5e-162)  # products below the smallest normal float
    exact = size * Fraction(1.5e-162) ** 2
    assert holds(products(small, small), exact)


def _roundings(size: int) -> list[tuple[float, float]]:
    """Return one pair whose product is rounded down by nearly half a unit, and one up."""
    rng = np.random.default_rng(size)
    pairs = rng.uniform(1, 1.01, (4000, 2))
    lost = [float(Fraction(a) * Fraction(b) - Fraction(a * b)) for a, b in pairs.tolist()]
    return [tuple(pairs[k].tolist()) for k in (int(np.argmax(lost)), int(np.argmin(lost)))]


def test_a_rounded_fraction_is_the_nearest_on_its_side() -> None:
    for value in (THIRD, -THIRD, THIRD * 10**70, -THIRD / 10**70, Fraction(2, 3)):
        low, high = rounded(value, up=False), rounded(value, up=True)
        assert low < value < high
        assert high - low <= abs(value) / 2 ** (BITS - 2)


def _value(bound: Fraction) -> mpmath.mpf:
    return mpmath.mpf(bound.numerator) / bound.denominator


@pytest.mark.parametrize("x", [-1000, -THIRD, Fraction(-1, 10**40), 0, THIRD, 40])
def test_exp_and_ln_lie_strictly_inside_their_bounds(x: Fraction) -> None:
    low, high = exp(Fraction(x))
    with mpmath.workdps(120):
        true = mpmath.exp(mpmath.mpf(Fraction(x).numerator) / Fraction(x).denominator)
        assert _value(low) <= true <= _value(high)
        at = Fraction(x) + 1001
        down, up = ln(at)
        assert _value(down) < mpmath.log(_value(at)) < _value(up)


def test_changes_of_curves_are_enclosed_in_both_directions() -> None:
    half = Fraction(1, 2)
    curves: dict[Any, Any] = {
        Power(Fraction(2), THIRD, half): lambda z: -2 * (z + 0.5) ** (-mpmath.mpf(1) / 3),
        Exponential(Fraction(3), Fraction(7)): lambda z: -3 * mpmath.exp(-z / 7),
        Logarithmic(Fraction(3), half): lambda z: 3 * mpmath.log(z + 0.5),
    }
    with mpmath.workdps(120):
        for curve, exact in curves.items():
            for a, b in ((1, 9), (9, 1), (THIRD, 2 * THIRD)):
                low, high = curve.change(Fraction(a), Fraction(b))
                true = exact(_value(Fraction(b))) - exact(_value(Fraction(a)))
                assert _value(low) < true < _value(high)
                slope = curve.slope(Fraction(a))
                assert slope[0] <= _fraction(mpmath.diff(exact, _value(Fraction(a)))) + half**80
                assert slope[1] >= _fraction(mpmath.diff(exact, _value(Fraction(a)))) - half**80


def _fraction(value: mpmath.mpf) -> Fraction:
    sign, mantissa, power, _ = value._mpf_
    return (-1) ** sign * Fraction(int(mantissa)) * Fraction(2) ** power


def test_what_a_player_shares_is_bounded_from_above_whatever_the_sign() -> None:
    for weight in (Fraction(5), Fraction(-5)):
        one = Player(
            gain=Logarithmic(Fraction(1), Fraction(0)), rest=Fraction(2), quality=THIRD,
            weight=weight, linear=Fraction(0), curve=Fraction(0), skew=Fraction(0),
            data=Fraction(1),
        )  # fmt: skip
        with mpmath.workdps(120):
            for x, y in ((Fraction(0), Fraction(3)), (Fraction(3), Fraction(0))):
                rise = mpmath.log((2 + _value(y) / 3) / (2 + _value(x) / 3))
                bound = _value(one.shared_change(x, y))
                true = _value(weight) * rise
                assert true < bound < true + mpmath.mpf(2) ** -150
            low, high = one.shared_slope(Fraction(1))
            assert low <= weight * THIRD / (2 + THIRD) <= high
