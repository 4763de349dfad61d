"""Settlements against closed forms and enumeration; conflicts are real, minimal and smallest."""

from dataclasses import replace
from itertools import chain, combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms.settlement.contracts import few_links
from coopetition.mechanisms.settlement.requirements import Requirements
from coopetition.mechanisms.settlement.settlement import Conflict, Settlement, settle

needs_lists = st.lists(st.integers(-20, 20), min_size=2, max_size=5)


def required(needs: Any, **limits: Any) -> Requirements:
    values = np.array(needs, dtype=float)
    return Requirements(names=[f"n{k}" for k in range(values.size)], needs=values, **limits)


def met(found: Settlement, needs: Array) -> None:
    assert (found.net >= needs - 1e-7).all()
    assert found.net.sum() == pytest.approx(0.0, abs=1e-9)


@given(needs_lists)
@settings(max_examples=60, deadline=None)
def test_the_least_money_is_what_the_needy_need(needs: list[int]) -> None:
    found = settle(required(needs))
    if sum(needs) > 0:
        assert isinstance(found, Conflict)
        assert found.shortfall == pytest.approx(sum(needs), rel=1e-6)
        return
    assert isinstance(found, Settlement)
    met(found, np.array(needs))
    assert found.moved == pytest.approx(sum(max(need, 0) for need in needs), abs=1e-6)


@given(needs_lists)
@settings(max_examples=60, deadline=None)
def test_fair_is_the_same_for_all_where_nothing_stops_it(needs: list[int]) -> None:
    found = settle(required(needs), "fair")
    if isinstance(found, Settlement):
        np.testing.assert_allclose(found.net, np.array(needs) - sum(needs) / len(needs), atol=1e-5)
        assert found.least_gain == pytest.approx(-sum(needs) / len(needs), abs=1e-5)


def possible(needs: list[int], most: float, kept: set[str]) -> bool:
    """With a cap, by arithmetic: intervals whose sums reach zero, or anything without balance."""
    capped = f"at most {most:g} to or from one organization" in kept
    least = [need if f"participation of n{k}" in kept else -np.inf for k, need in enumerate(needs)]
    low = [max(value, -most) if capped else value for value in least]
    if capped and max(least) > most:
        return False
    return "budget balance" not in kept or sum(low) <= 0


@given(needs_lists, st.integers(1, 12))
@settings(max_examples=60, deadline=None)
def test_a_conflict_is_a_smallest_one(needs: list[int], most: int) -> None:
    wanted = required(needs, most=float(most))
    found = settle(wanted)
    everything = set(wanted.labels)
    assert isinstance(found, Settlement) == possible(needs, most, everything)
    if isinstance(found, Settlement):
        assert np.abs(found.net).max() <= most + 1e-7
        met(found, np.array(needs))
        return
    chosen = set(found.constraints)
    assert not possible(needs, most, chosen)
    assert all(possible(needs, most, chosen - {label}) for label in chosen)
    sizes = chain.from_iterable(combinations(everything, k) for k in range(len(chosen)))
    assert found.smallest
    assert all(possible(needs, most, set(smaller)) for smaller in sizes)


def fewest(needs: list[int], partnered: list[bool] | None = None) -> int:
    """Count links: every block of a partition that needs nothing on balance is a tree."""
    lonely = partnered or [False] * len(needs)

    def parts(rest: tuple[int, ...]) -> int:
        if not rest:
            return 0
        head, tail = rest[0], rest[1:]
        best = 99
        for size in range(len(tail) + 1):
            for others in combinations(range(len(tail)), size):
                block = [head, *(tail[k] for k in others)]
                if sum(needs[k] for k in block) <= 0 and (size or not lonely[head]):
                    left = tuple(tail[k] for k in range(len(tail)) if k not in others)
                    best = min(best, size + parts(left))
        return best

    return parts(tuple(range(len(needs))))


@given(st.lists(st.integers(-9, 9), min_size=2, max_size=5).filter(lambda needs: sum(needs) <= 0))
@settings(max_examples=25, deadline=None)
def test_as_few_contracts_as_there_can_be(needs: list[int]) -> None:
    least = fewest(needs)
    found = settle(required(needs, contracts=least))
    assert isinstance(found, Settlement)
    assert found.partners is not None
    assert found.flows is not None
    assert found.partners.sum() <= 2 * least
    assert not (np.abs(found.flows) > 1e-9)[~found.partners].any()
    np.testing.assert_allclose(found.flows, -found.flows.T, atol=1e-9)
    met(found, np.array(needs))
    if least:
        too_few = settle(required(needs, contracts=least - 1))
        assert isinstance(too_few, Conflict)
        assert any("contract" in label for label in too_few.constraints)


@given(
    st.lists(st.integers(-9, 9), min_size=2, max_size=6).filter(lambda needs: sum(needs) <= 0),
    st.integers(0, 63),
)
@settings(max_examples=60, deadline=None)
def test_blocks_bound_the_contracts_from_both_sides(needs: list[int], mask: int) -> None:
    partnered = np.array([bool(mask >> k & 1) for k in range(len(needs))])
    links = few_links(np.array(needs, dtype=float), partnered)
    assert links.blocks is not None
    least = fewest(needs, partnered.tolist())
    assert links.fewest == least == links.found  # small enough to be decided
    for block in links.blocks:
        assert sum(needs[n] for n in block) <= 0
        assert len(block) > 1 or not partnered[block[0]]


def far_more(seed: int, size: int, spare: float) -> Any:
    """Draw needs that a given share of the money can be spared of; everybody needs a partner."""
    values = np.random.default_rng(seed).normal(size=size)
    values -= values.mean() + spare
    return required(values, partnered=np.ones(size, dtype=bool))


@pytest.mark.parametrize("aim", ["least", "fair"])
@pytest.mark.parametrize(("size", "spare"), [(20, 0.3), (60, 0.3), (200, 1.0)])
def test_many_settle_with_as_few_contracts_as_can_be(size: int, spare: float, aim: Any) -> None:
    wanted = replace(far_more(0, size, spare), contracts=size // 2 + 1)
    found = settle(wanted, aim, seconds=2.0)
    assert isinstance(found, Settlement)
    met(found, wanted.needs)
    assert found.partners is not None
    assert found.partners.any(axis=1).all()
    assert found.contracts is not None
    assert found.contracts.met
    assert found.contracts.fewest == size // 2
    assert found.partners.sum() == 2 * found.contracts.found
    too_few = settle(replace(wanted, contracts=size // 2 - 1), aim, seconds=2.0)
    assert isinstance(too_few, Conflict)
    assert too_few.constraints == (f"at most {size // 2 - 1} contracts",)


def test_what_is_not_decided_is_settled_with_more_contracts() -> None:
    """Nothing to spare: no part settles by itself, but that is hard to prove for 30."""
    wanted = replace(far_more(1, 30, 1e-6), contracts=20)
    found = settle(wanted, seconds=0.5)
    assert isinstance(found, Settlement)
    met(found, wanted.needs)
    assert not found.met
    count = found.contracts
    assert count is not None
    assert 15 <= count.fewest <= 20 < count.found <= 29
    said = f"{count.found} contracts; fewer than {count.fewest} are impossible, "
    assert str(count) == f"{said}{count.fewest} to {count.found - 1} not decided"
    enough = settle(replace(wanted, contracts=29), seconds=0.5)
    assert isinstance(enough, Settlement)
    assert enough.met


def test_capped_pairs_are_counted_too() -> None:
    needs = [4.0, -1.0, -1.0, -1.0, -1.0]
    found = settle(required(needs, pair=1.0, contracts=4))
    assert isinstance(found, Settlement)
    assert found.contracts is not None
    assert found.contracts.found == 4
    assert isinstance(settle(required(needs, pair=1.0, contracts=3)), Conflict)
    many = np.concatenate([np.full(15, 1.5), np.full(15, -2.0)])
    wanted = required(many, pair=1.0, contracts=30, partnered=np.ones(30, dtype=bool))
    settled = settle(wanted, seconds=1.0)
    assert isinstance(settled, Settlement)
    met(settled, many)
    assert settled.flows is not None
    assert np.abs(settled.flows).max() <= 1.0 + 1e-7


def test_caps_and_a_subsidy_change_who_can_settle_apart() -> None:
    everybody = np.ones(4, dtype=bool)
    needs = [5.0, 4.0, -7.0, -3.0]
    assert few_links(np.array(needs), everybody).fewest == 3
    helped = settle(required(needs, contracts=2, partnered=everybody, subsidy=1.0))
    assert isinstance(helped, Settlement)
    assert helped.net.sum() <= 1.0 + 1e-7
    capped = required([3.0, 3.0, -9.0, -3.0], contracts=2, partnered=everybody, most=3.0)
    found = settle(capped)
    assert isinstance(found, Settlement)
    assert np.abs(found.net).max() <= 3.0 + 1e-7


def test_payments_between_two_are_capped() -> None:
    found = settle(required([5, -3, -4, 1], pair=2.0))
    assert isinstance(found, Settlement)
    assert found.flows is not None
    assert np.abs(found.flows).max() <= 2.0 + 1e-7
    np.testing.assert_allclose(found.flows.sum(axis=1), found.net, atol=1e-9)
    none = settle(required([7, -3, -4, 0], pair=2.0))
    assert isinstance(none, Conflict)
    assert set(none.constraints) == {
        "participation of n0",
        "at most 2 between two",
        "budget balance",
    }


def test_who_needs_a_partner_gets_one() -> None:
    alone = settle(required([0, 0, 0], contracts=3))
    assert isinstance(alone, Settlement)
    assert alone.partners is not None
    wanted = np.array([True, False, False])
    found = settle(required([0, 0, 0], contracts=3, partnered=wanted))
    assert isinstance(found, Settlement)
    assert found.partners is not None
    assert found.partners[0].any()


def test_a_subsidy_fills_a_gap_and_no_more() -> None:
    found = settle(required([5, -3, -1], subsidy=2.0))
    assert isinstance(found, Settlement)
    assert 1.0 - 1e-7 <= found.net.sum() <= 2.0 + 1e-7
    assert isinstance(settle(required([5, -3, -1], subsidy=0.5)), Conflict)


def test_a_cost_is_what_leaving_the_constraint_out_saves() -> None:
    needs = [5.0, -3.0, -4.0, 1.0]
    found = settle(required(needs, pair=2.0))
    assert isinstance(found, Settlement)
    free = settle(required(needs))
    assert isinstance(free, Settlement)
    assert found.costs["at most 2 between two"] == pytest.approx(found.moved - free.moved, abs=1e-6)
    assert found.costs["participation of n1"] == 0.0
    less = settle(required([-np.inf, -3.0, -4.0, 1.0], pair=2.0))
    assert isinstance(less, Settlement)
    saved = found.moved - less.moved
    assert found.costs["participation of n0"] == pytest.approx(saved, abs=1e-6)


@pytest.mark.parametrize("factor", [1e-6, 1e9])
def test_the_unit_of_money_is_nothing(factor: float) -> None:
    needs = np.array([5.0, -3.0, -4.0, 1.0])
    one, other = (
        settle(required(needs, most=4.9)),
        settle(required(factor * needs, most=factor * 4.9)),
    )
    assert type(one) is type(other) is Conflict
    assert len(one.constraints) == len(other.constraints)
    assert other.shortfall == pytest.approx(factor * one.shortfall, rel=1e-5)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"most": -1.0}, "`most` must be finite and at least 0, got -1.0"),
        ({"pair": np.inf}, "`pair` must be finite"),
        ({"subsidy": np.nan}, "`subsidy` must be finite"),
        ({"contracts": -1}, "`contracts` must be a whole number of at least 0, got -1"),
        ({"contracts": 1.5}, "`contracts` must be a whole number of at least 0, got 1.5"),
    ],
)
def test_malformed_requirements_are_named(change: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        required([1, -1], **change)
    with pytest.raises(InvalidInputError, match="`needs` must be 2 numbers"):
        Requirements(names=["a", "b"], needs=np.zeros(3))
    with pytest.raises(InvalidInputError, match="`aim` must be one of least, fair"):
        settle(required([1, -1]), "just")  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError, match="fair needs everybody's participation"):
        settle(required([1, -np.inf]), "fair")


@pytest.mark.parametrize("limits", [{}, {"pair": 100.0}, {"contracts": 3}])
def test_what_balance_costs_is_what_money_from_outside_would_save(limits: Any) -> None:
    """Without the budget the need comes from outside, and the worst off could have any gain."""
    least, fair = (settle(required([3, -1, -4, -2], **limits), aim) for aim in ("least", "fair"))
    assert isinstance(least, Settlement)
    assert isinstance(fair, Settlement)
    relaxed = settle(required([3, -1, -4, -2], subsidy=1000.0, **limits))
    assert isinstance(relaxed, Settlement)
    assert least.costs["budget balance"] == pytest.approx(least.moved - relaxed.moved)
    assert least.costs["budget balance"] >= 1.5 - 1e-9
    assert fair.costs["budget balance"] == np.inf
