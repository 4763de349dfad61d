"""Settlements whose every number can be done by hand: money, costs, shadow prices, conflicts."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError, NotConvergedError
from coopetition.mechanisms.settlement.linear_program import CashFlows, Program
from coopetition.mechanisms.settlement.requirements import Requirements
from coopetition.mechanisms.settlement.settlement import (
    _CLOSE,
    Conflict,
    Settlement,
    _finer,
    _settled,
    settle,
)

FREE = -np.inf


def asked(*needs: float, **limits: Any) -> Requirements:
    return Requirements(names=list("ABCDEF")[: len(needs)], needs=np.array(needs), **limits)


def settled(needed: Requirements, aim: Any = "least", **options: Any) -> Settlement:
    found = settle(needed, aim, **options)
    assert isinstance(found, Settlement), str(found)
    return found


def refused(needed: Requirements, aim: Any = "least") -> Conflict:
    found = settle(needed, aim)
    assert isinstance(found, Conflict)
    return found


def test_least_money_and_what_each_constraint_costs() -> None:
    found = settled(asked(5.0, -9.0))
    assert found.net == pytest.approx([5.0, -5.0])
    assert (found.moved, found.least_gain) == pytest.approx((5.0, 0.0), abs=1e-9)
    assert found.costs == pytest.approx(
        {"participation of A": 5.0, "participation of B": 0.0, "budget balance": 2.5}
    )
    assert found.shadow == pytest.approx(
        {"participation of A": 1.0, "participation of B": 0.0, "budget balance": 0.5}, abs=1e-9
    )
    assert (found.flows, found.partners, found.contracts, found.met) == (None, None, None, True)
    assert settled(asked(5.0, -9.0), costs=False).costs == {}


def test_fair_shares_what_is_left_over_and_then_moves_least() -> None:
    found = settled(asked(5.0, -9.0), "fair")
    assert found.net == pytest.approx([7.0, -7.0])
    assert (found.moved, found.least_gain) == pytest.approx((7.0, 2.0))
    assert found.shadow == pytest.approx(
        {"participation of A": 0.5, "participation of B": 0.5, "budget balance": 0.5}
    )
    assert found.costs["budget balance"] == np.inf
    capped = settled(asked(5.0, -9.0, most=6.0), "fair")
    assert capped.net == pytest.approx([6.0, -6.0])
    assert capped.least_gain == pytest.approx(1.0)
    assert capped.costs["at most 6 to or from one organization"] == pytest.approx(1.0)
    third = settled(asked(5.0, -9.0, -9.0, most=6.0), "fair")  # A has 6, however the others pay
    assert (third.least_gain, third.moved) == pytest.approx((1.0, 6.0))


def test_money_from_outside_is_used_where_it_saves_money() -> None:
    found = settled(asked(5.0, -3.0, subsidy=2.0))
    assert found.net == pytest.approx([5.0, -3.0])
    assert found.moved == pytest.approx(4.0)
    assert found.costs["at most 2 from outside"] == pytest.approx(1.5)  # 2.5 is moved then
    pair = settled(asked(5.0, -3.0, subsidy=2.0, pair=4.0))
    assert pair.flows is not None
    assert pair.flows[0, 1] == -pair.flows[1, 0] == pytest.approx(3.0)
    assert (pair.moved, pair.net.sum()) == pytest.approx((3.0, 2.0))


def test_pairs_pay_no_more_than_they_may() -> None:
    found = settled(asked(5.0, -4.0, -4.0, pair=3.0))
    assert found.flows is not None
    assert (np.abs(found.flows) <= 3.0 + 1e-9).all()
    assert found.flows == pytest.approx(-found.flows.T)
    assert found.net[0] == pytest.approx(5.0)
    assert found.moved == pytest.approx(5.0)
    short = refused(asked(5.0, -4.0, -4.0, pair=2.0))
    assert short.shortfall == pytest.approx(1.0)
    assert {"participation of A", "at most 2 between two"} <= set(short.constraints)
    assert "participation of B" not in short.constraints


def test_who_misses_what_by_how_much() -> None:
    short = refused(asked(5.0, -3.0))
    assert short.constraints == ("participation of A", "participation of B", "budget balance")
    assert (short.smallest, short.minimal) == (True, True)
    assert short.shortfall == pytest.approx(2.0)
    assert str(short).startswith("impossible by 2: participation of A, participation of B, budget")
    capped = refused(asked(5.0, -3.0, -4.0, most=4.0))
    assert capped.constraints == (
        "participation of A", "at most 4 to or from one organization",
    )  # fmt: skip
    assert capped.smallest
    assert capped.shortfall == pytest.approx(1.0)
    bystander = refused(asked(5.0, FREE, most=4.0))
    assert "participation of B" not in bystander.constraints


def test_a_conflict_too_small_for_the_program_is_named_too() -> None:
    """By a millionth of the money at stake: found by taking constraints away."""
    short = refused(asked(5.0, -5.0 + 1e-4, 0.0))
    assert set(short.constraints) >= {"participation of A", "participation of B", "budget balance"}
    assert short.shortfall == pytest.approx(1e-4, rel=1e-3)
    assert short.minimal
    assert isinstance(settle(asked(5.0, -5.0)), Settlement)


def test_contracts_are_counted() -> None:
    two = asked(2.0, 3.0, -2.0, -3.0, contracts=2)
    found = settled(two)
    assert found.partners is not None
    assert found.flows is not None
    assert found.partners[0, 2]
    assert found.partners[1, 3]
    assert found.partners.sum() == 4
    assert found.flows[0, 2] == pytest.approx(2.0)
    assert found.moved == pytest.approx(5.0)
    assert found.contracts is not None
    assert (found.contracts.asked, found.contracts.found, found.contracts.fewest) == (2, 2, 2)
    assert found.met
    assert found.shadow == {}
    assert found.costs["participation of A"] == pytest.approx(2.0)
    assert settled(two, costs=False).costs == {}
    one = refused(asked(2.0, 3.0, -2.0, -3.0, contracts=1))
    assert "at most 1 contract" in one.constraints
    assert (one.shortfall, one.smallest, one.minimal) == (0.0, False, True)
    short = refused(asked(2.0, 3.0, -2.0, -2.0, contracts=5))  # money is what is missing
    assert short.shortfall == pytest.approx(1.0)
    assert "at most 5 contracts" not in short.constraints


def test_who_needs_a_partner_has_a_contract_though_nothing_is_paid() -> None:
    lonely = np.array([True, False])
    found = settled(asked(0.0, 0.0, contracts=1, partnered=lonely))
    assert found.partners is not None
    assert found.partners.tolist() == [[False, True], [True, False]]
    assert found.moved == 0.0
    none = refused(asked(0.0, 0.0, contracts=0, partnered=lonely))
    assert none.constraints == ("at most 0 contracts",)


def test_one_alone_that_needs_a_partner_finds_none() -> None:
    alone = asked(-5.0, contracts=1, partnered=np.array([True]))
    assert refused(alone).constraints == ("at most 1 contract",)
    assert settled(replace(alone, partnered=np.array([False]))).moved == 0.0


def test_without_time_there_is_a_settlement_and_no_conflict() -> None:
    """Blocks are put together at once; whether another choice were better is not known then."""
    found = settle(asked(2.0, 3.0, -2.0, -3.0, contracts=2), seconds=0.0)
    assert isinstance(found, Settlement)
    assert found.contracts is not None
    assert (found.contracts.found, found.contracts.best, found.costs) == (2, False, {})
    assert found.net == pytest.approx([2.0, 3.0, -2.0, -3.0])


@pytest.mark.parametrize("far", [-(2.0**20), -(2.0**30)])
@pytest.mark.parametrize("lonely", [False, True])
def test_what_is_common_to_all_hides_nothing_where_contracts_are_counted(
    far: float, lonely: bool
) -> None:
    """As few contracts as there must be, 0 or 2, are known at once, and what all have by them."""
    needed = asked(far + 1.0, far + 2.0, far + 6.0, contracts=2, partnered=np.full(3, lonely))
    found = settled(needed, "fair", costs=False)
    assert found.net == pytest.approx([-2.0, -1.0, 3.0], abs=1e-4)
    assert found.contracts is not None
    assert found.contracts.found == 2


def test_what_a_program_says_is_balanced_unless_money_comes_from_outside() -> None:
    """Variables put in by hand: flows, what comes from outside, sizes; 10 is at stake."""
    pool, pairs = asked(5.0, -5.0), asked(5.0, -5.0, pair=9.0)
    flat, paired = np.array([0.5, -0.3, 0, 0, 0]), np.array([0.4, 0.1, 0.2, 0, 0])

    def net(needed: Requirements, v: Array, *dropped: str) -> Any:
        return Program(needed)._read(v, set(dropped), {}).net.tolist()

    assert net(pool, flat) == pytest.approx([4.0, -4.0])
    assert net(pool, flat, "budget balance") == pytest.approx([5.0, -3.0])
    assert net(pairs, paired) == pytest.approx([4.0, -4.0])
    assert net(pairs, paired, "budget balance") == pytest.approx([5.0, -2.0])
    assert net(asked(5.0, -5.0, subsidy=10.0), flat) == pytest.approx([10.0, -6.0])


def test_what_cannot_be_asked_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="`aim` must be one of least, fair, got 'most'"):
        settle(asked(1.0, -1.0), "most")  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError, match="`aim` fair needs everybody's participation"):
        settle(asked(1.0, FREE), "fair")
    assert settled(asked(1.0, FREE, most=3.0), "fair").net == pytest.approx([3.0, -3.0])
    assert settled(asked(1.0, FREE)).net == pytest.approx([1.0, -1.0])


def test_a_program_counts_in_units_of_what_is_at_stake() -> None:
    assert Program(asked(5.0, -9.0, FREE, subsidy=2.0)).stake == 16.0
    assert Program(asked(0.0, 0.0)).stake == 1.0
    tiny, large = (settled(asked(5.0 * by, -9.0 * by), "fair") for by in (1e-9, 1e9))
    assert tiny.net * 1e9 == pytest.approx([7.0, -7.0])
    assert large.net / 1e9 == pytest.approx([7.0, -7.0])
    only = Program(asked(5.0, -3.0, -4.0), pairs=[(0, 1), (0, 2)]).solve("least")
    assert only is not None
    assert only.flows is not None
    assert only.flows[1, 2] == 0.0
    assert Program(asked(5.0, -3.0, -4.0), pairs=[(0, 1), (1, 2)]).possible()
    assert not Program(asked(5.0, -3.0, -4.0), pairs=[(1, 2)]).possible()
    assert Program(asked(5.0, -3.0), pairs=[(0, 1)]).possible(["participation of B"])


def test_an_offset_common_to_all_is_nothing_to_fairness() -> None:
    """All needs lie far below: gains are equal to a part in a million of what differs."""
    base = -1e6
    found = settled(asked(base + 1.0, base + 2.0, base + 6.0), "fair")
    assert found.net == pytest.approx([-2.0, -1.0, 3.0], abs=1e-6)
    assert found.least_gain == pytest.approx(1e6 - 3.0)
    assert found.moved == pytest.approx(3.0, abs=1e-6)
    far = -(2.0**40)
    deep = settled(asked(far + 1.0, far + 2.0, far + 6.0), "fair")
    assert deep.net == pytest.approx([-2.0, -1.0, 3.0], abs=1e-3)
    even = settled(asked(far, far, far), "fair")
    assert even.net == pytest.approx([0.0, 0.0, 0.0], abs=1e-3)


def test_a_need_that_the_program_misses_is_named() -> None:
    """By more than a share of its own amounts: those of others count for nothing."""
    needed = asked(1e-3, -1e3, 0.0)

    def misses(by: float) -> CashFlows:
        return CashFlows(np.array([1e-3 - by, -1e-3 + by, 0.0]), None, 1e-3, -by, None, {})

    assert _settled(needed, misses(1.9e-3 * _CLOSE), {}).least_gain < 0
    with pytest.raises(NotConvergedError, match=r"misses what A needs by 2.5e-"):
        _settled(needed, misses(2.5e-3 * _CLOSE), {})
    both = CashFlows(np.array([1e-3, -1e3 - 5e2 * _CLOSE, -1e-3]), None, 1e-3, 0.0, None, {})
    with pytest.raises(NotConvergedError, match=r"misses what C needs by 0.001"):
        _settled(needed, both, {})  # B misses more money, and less of its own


def test_a_fair_gain_up_to_a_cap_far_above_what_is_needed() -> None:
    """D and E may pay 10 each: 20/3 to each of three, by four contracts; by three D pays one."""
    few, free = ((0.1, 0.1, 0.1, FREE, FREE), 20.0 / 3.0)
    found = settled(asked(*few, most=10.0, contracts=4), "fair")
    assert found.net == pytest.approx([free, free, free, -10.0, -10.0])
    assert found.least_gain == pytest.approx(free - 0.1)
    three = settled(asked(*few, most=10.0, contracts=3), "fair", costs=False)
    assert three.least_gain == pytest.approx(4.9)
    counted = Program(asked(1.0, 1.0, FREE, FREE, most=10.0, contracts=2)).solve("fair")
    assert counted is not None
    assert counted.least_gain == pytest.approx(9.0)


def test_raised_needs_leave_what_is_at_stake_and_what_rounding_hides() -> None:
    """Four units are left to three: differences of 8, or what a first program may be wrong by."""
    far = -(2.0**20)
    needed = asked(far + 1.0, far + 2.0, far + 6.0)

    def raised(needed: Requirements, gain: float) -> Array:
        found = CashFlows(np.zeros(3), None, 0.0, gain, None, {})
        return _finer(needed, "fair", found).needs - needed.needs

    gain = -far - 3.0
    assert raised(needed, gain) == pytest.approx(gain - 4 * 6.0)
    assert raised(replace(needed, subsidy=10.0), gain) == pytest.approx(gain - 4 * 16.0)
    assert raised(replace(needed, most=5.0, pair=2.0), gain) == pytest.approx(gain - 4 * 13.0)
    wrong = 1e-7 * 3 * 2.0**20  # the first program's: a gain that much too large is no harm
    even = asked(far, far, far)
    assert (far + raised(even, -far + wrong)).sum() <= 0.0
    assert (far + raised(even, -far + wrong)).sum() >= -10.0 * wrong
    assert not raised(replace(needed, most=2.0**20), gain).any()  # a cap as large is at stake
