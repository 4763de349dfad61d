"""Payments: each within a cent of what it should be, their sum exactly what it should be."""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coopetition.games.errors import InvalidInputError
from coopetition.studies.play.payments import add, round_payments

money = st.floats(-1e12, 1e12, allow_nan=False)
anything = st.floats(allow_nan=False, allow_infinity=False)


def cents(amount: Decimal) -> int:
    assert amount.as_tuple().exponent == -2
    scaled = Fraction(amount) * 100
    assert scaled.denominator == 1
    return scaled.numerator


@given(st.lists(st.one_of(money, anything), min_size=1, max_size=30))
def test_amounts_keep_their_sum_and_move_less_than_a_cent(amounts: list[float]) -> None:
    paid = round_payments(amounts)
    exact = [Fraction(amount) * 100 for amount in amounts]
    assert sum(map(cents, paid)) == round(sum(exact))
    for part, value in zip(paid, exact, strict=True):
        assert abs(cents(part) - value) < 1
        assert value.denominator != 1 or cents(part) == value  # whole cents stay
    assert add(paid) == sum(map(Fraction, paid))
    assert round_payments(amounts) == paid


@given(st.lists(money, min_size=2, max_size=30))
def test_balanced_payments_sum_to_nothing(amounts: list[float]) -> None:
    balanced = np.array(amounts) - np.mean(amounts)  # up to rounding errors
    paid = round_payments(balanced.tolist(), 0.0)
    assert str(add(paid)) == "0.00"
    off = abs(float(balanced.sum()))
    for part, value in zip(paid, balanced.tolist(), strict=True):
        assert abs(Fraction(part) - Fraction(value)) < Fraction(0.01 + off + 1e-12)


@given(st.lists(money, min_size=1, max_size=12))
def test_no_other_rounding_is_nearer(amounts: list[float]) -> None:
    """Largest remainder: who is rounded up has no smaller remainder than who is rounded down."""
    exact = [Fraction(amount) * 100 for amount in amounts]
    remainders = [value - math.floor(value) for value in exact]
    paid = [cents(part) for part in round_payments(amounts)]
    up = [r for r, value, part in zip(remainders, exact, paid, strict=True) if part > value]
    down = [r for r, value, part in zip(remainders, exact, paid, strict=True) if part <= value]
    assert not up or not down or min(up) >= max(down)


@given(st.lists(money, min_size=2, max_size=8, unique=True))
def test_who_gets_the_cent_does_not_depend_on_the_order(amounts: list[float]) -> None:
    remainders = {(Fraction(a) * 100) % 1 for a in amounts}
    if len(remainders) < len(amounts):
        return  # a tie: the first one gets it
    paid = dict(zip(amounts, round_payments(amounts), strict=True))
    turned = amounts[::-1]
    assert dict(zip(turned, round_payments(turned), strict=True)) == paid


def test_ties_go_to_the_first() -> None:
    third = [100 / 3] * 3
    assert [str(p) for p in round_payments(third, 100.0)] == ["33.34", "33.33", "33.33"]
    assert [str(p) for p in round_payments([-x for x in third], -100.0)] == [
        "-33.33",
        "-33.33",
        "-33.34",
    ]
    assert [str(p) for p in round_payments([0.0, 0.0], 0.01)] == ["0.01", "0.00"]


@pytest.mark.parametrize("size", [1e-300, 5e-324, 1.0, 1e17, 1e30, 1e308])
def test_tiny_and_huge_amounts(size: float) -> None:
    paid = round_payments([size, -size / 3, -size / 3, -size / 3], 0.0)
    assert str(add(paid)) == "0.00"
    for part, exact in zip(paid, [size, -size / 3, -size / 3, -size / 3], strict=True):
        assert float(part) == pytest.approx(exact, rel=1e-12, abs=0.01)
        assert "E" not in str(part)


def test_the_total_is_rounded_half_to_even() -> None:
    assert str(add(round_payments([0.125]))) == "0.12"
    assert str(add(round_payments([0.375]))) == "0.38"
    assert str(add(round_payments([0.0625, 0.0625]))) == "0.12"


def test_other_currencies_and_nobody() -> None:
    assert [str(p) for p in round_payments([0.5, 0.7, -1.2], decimals=0)] == ["0", "1", "-1"]
    assert [str(p) for p in round_payments([0.0004, 0.0006], decimals=3)] == ["0.000", "0.001"]
    assert round_payments([]) == ()
    assert str(add([])) == "0.00"


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_no_amount_is_refused(bad: float) -> None:
    with pytest.raises(InvalidInputError, match="`amounts` and `total` must be finite"):
        round_payments([1.0, bad])
    with pytest.raises(InvalidInputError, match="`amounts` and `total` must be finite"):
        round_payments([1.0], bad)
