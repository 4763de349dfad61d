"""Fees that divide: amounts by hand, also of tables in which nobody has something."""

import numpy as np
import pytest

from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms.fees import (
    almost_ideal_fees,
    least_core_fees,
    nash_fees,
    nucleolus_fees,
    shapley_fees,
)

OFTEN = [shapley_fees, nucleolus_fees, least_core_fees]


@pytest.mark.parametrize("fees", OFTEN)
@pytest.mark.parametrize("empty", [0.0, 5.0, -3.0])
def test_what_nobody_has_is_not_divided(fees: object, empty: float) -> None:
    table = np.array([0.0, 1.0, 2.0, 6.0]) + empty
    assert callable(fees)
    assert fees([6.0, 0.0], table) == pytest.approx([-3.5, 3.5], abs=1e-9)
    short = np.array([0.0, 1.0, 2.0, 2.0]) + empty  # alone both have 3, together 2
    assert fees([3.0, -1.0], short) == pytest.approx([-2.5, 2.5], abs=1e-9)


@pytest.mark.parametrize("fees", OFTEN)
def test_alone_one_keeps_what_it_has(fees: object) -> None:
    assert callable(fees)
    assert fees([7.0], [2.0, 9.0]).tolist() == [0.0]


@pytest.mark.parametrize("empty", [0.0, 4.0])
def test_nobody_is_held_below_what_it_has_alone_where_all_can_have_it(empty: float) -> None:
    """Two who would have 2 press the third below 0, unless everybody has what it has alone."""
    for whole, due in ((1.0, [0.5, 0.5, 0.0]), (0.0, [0.0, 0.0, 0.0])):
        table = np.array([0.0, 0, 0, 2, 0, 0, 0, whole]) + empty
        fee = nucleolus_fees([whole, 0.0, 0.0], table)
        assert fee + np.array([whole, 0.0, 0.0]) == pytest.approx(due, abs=1e-9)
    table = np.array([0.0, 2, 2, 6, 2, 4, 4, 7]) + empty  # the same beside 2 that each has alone
    fee = nucleolus_fees([7.0, 0.0, 0.0], table)
    assert fee + np.array([7.0, 0.0, 0.0]) == pytest.approx([2.5, 2.5, 2.0], abs=1e-9)
    table = np.array([0.0, 0, 0, 2, 0.5, 0, 0, 0.4]) + empty  # not all can: as of no such bounds
    pressed = nucleolus_fees([0.4, 0.0, 0.0], table) + np.array([0.4, 0.0, 0.0])
    assert pressed == pytest.approx([0.475, 0.475, -0.55], abs=1e-9)


def test_a_table_must_have_what_the_payoffs_sum_to() -> None:
    large = [6e9, -5e9]  # rounding of these amounts: 0.011, and 0.001 of the table's
    for off, fits in ((0.01, True), (-0.01, True), (0.013, False), (-0.013, False)):
        table = [0.0, 1.0, 2.0, 1e9 + off]
        if fits:
            assert shapley_fees(large, table).sum() == pytest.approx(0.0, abs=1e-5)
            continue
        with pytest.raises(InvalidInputError, match="what their payoffs sum to, 1e\\+09, got 1"):
            shapley_fees(large, table)
    with pytest.raises(InvalidInputError, match="sum to, 7, got 6"):
        shapley_fees([6.0, 1.0], [0.0, 1.0, 2.0, 6.0])
    empty = [5e9, 5e9 + 1, 5e9 + 2, 6e9]  # what rounding does to v(N) and v(nobody) counts
    assert shapley_fees([1e9, 0.012], empty).sum() == pytest.approx(0.0, abs=1e-5)
    empty[1] = 1.0  # what one has alone is in neither sum
    assert shapley_fees([1e9, 0.012], empty).sum() == pytest.approx(0.0, abs=1e-5)
    empty[:3] = 0.0, 5e9, 1.0
    with pytest.raises(InvalidInputError, match="what their payoffs sum to"):
        shapley_fees([6e9, 0.0129], empty)


def test_power_shares_what_is_left_over() -> None:
    assert nash_fees([3.0, 1.0], [0.0, 2.0], [3, 1]).tolist() == [-1.5, 1.5]
    assert nash_fees([3.0, 1.0], [0.0, 2.0]).tolist() == [-2.0, 2.0]
    assert almost_ideal_fees([3.0, 1.0], [0.0, 2.0], [3, 1]).tolist() == [-1.5, 1.5]
    assert almost_ideal_fees([3.0, 1.0], [1.0, 5.0], [3, 1]).tolist() == [-3.5, 3.5]


def test_of_many_rounds_each_has_its_own_power() -> None:
    have, own = np.array([[3.0, 1.0], [5.0, 1.0]]), np.array([[0.0, 2.0], [1.0, 1.0]])
    for power in ([3.0, 1.0], [[3.0, 1.0], [1.0, 7.0]]):
        each = np.broadcast_to(power, have.shape)
        for fees in (nash_fees, almost_ideal_fees):
            alone = [fees(h, o, p) for h, o, p in zip(have, own, each, strict=True)]
            assert fees(have, own, power) == pytest.approx(np.array(alone), abs=1e-12)


def test_rounding_is_no_shortage() -> None:
    assert nash_fees([1.0, 1.0], [1.0, 1.0 + 3e-12]) == pytest.approx([0.0, 0.0], abs=1e-11)
    assert nash_fees([2.0, 0.0], [1.0, 1.0]).tolist() == [-1.0, 1.0]  # nothing to share is a deal
    assert nash_fees([0.0, 0.0], [0.0, 0.0]).tolist() == [0.0, 0.0]
    with pytest.raises(InvalidInputError, match="exceed all payoffs together by 5e-12"):
        nash_fees([1.0, 1.0], [1.0, 1.0 + 5e-12])
    with pytest.raises(InvalidInputError, match="together by 2: there is no agreement"):
        nash_fees([1.0, 1.0], [3.0, 1.0])


def test_fees_sum_to_nothing() -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        have = rng.normal(size=3) * 10.0 ** rng.integers(-3, 9)
        fees = almost_ideal_fees(have, rng.normal(size=3))
        assert abs(fees.sum()) <= 1e-15 * np.abs(fees).max()
