"""The fewest contracts with money from outside, against all graphs."""

from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coopetition.mechanisms.settlement.contracts import few_links
from coopetition.mechanisms.settlement.requirements import Requirements
from coopetition.mechanisms.settlement.settlement import Conflict, Settlement, settle


@cache
def graphs(size: int) -> dict[tuple[tuple[int, ...], tuple[bool, ...]], int]:
    """Return the fewest edges of each (component by vertex, who has an edge)."""
    found: dict[tuple[tuple[int, ...], tuple[bool, ...]], int] = {}
    pairs = list(combinations(range(size), 2))
    for count in range(len(pairs) + 1):
        for edges in combinations(pairs, count):
            part = list(range(size))
            for n, m in edges:
                part = [part[n] if k == part[m] else k for k in part]
            linked = tuple(any(n in edge for edge in edges) for n in range(size))
            found.setdefault((tuple(part), linked), count)
    return found


def fewest(needs: list[float], partnered: list[bool], subsidy: float) -> int | None:
    """Try all graphs: a component settles with what comes from outside."""
    counts = []
    for (part, linked), count in graphs(len(needs)).items():
        sums = [
            sum(need for need, own in zip(needs, part, strict=True) if own == k) for k in set(part)
        ]
        lonely = any(want and not has for want, has in zip(partnered, linked, strict=True))
        if not lonely and sum(max(total, 0.0) for total in sums) <= subsidy:
            counts.append(count)
    return min(counts, default=None)


drawn_needs = st.lists(st.integers(-12, 12), min_size=2, max_size=4)


@given(drawn_needs, st.integers(0, 15), st.sampled_from([0.0, 0.5, 1.0, 3.0, 8.0]))
@settings(max_examples=300, deadline=None)
def test_outside_money_serves_some_without_a_contract(
    values: list[int], mask: int, subsidy: float
) -> None:
    needs = [value / 2 for value in values]
    partnered = [bool(mask >> k & 1) for k in range(len(needs))]
    least = fewest(needs, partnered, subsidy)
    if least is None:
        assert sum(needs) > subsidy
        return
    links = few_links(np.array(needs), np.array(partnered), subsidy=subsidy)
    assert links.fewest == least == links.found


def asked(needs: list[float], **limits: Any) -> Requirements:
    return Requirements(names=[f"n{k}" for k in range(len(needs))], needs=np.array(needs), **limits)


@given(drawn_needs, st.integers(0, 15), st.sampled_from([1.0, 4.0]), st.integers(0, 3))
@settings(max_examples=40, deadline=None)
def test_a_settlement_has_as_many_contracts_as_can_be(
    values: list[int], mask: int, subsidy: float, most: int
) -> None:
    needs = [value / 2 for value in values]
    partnered = [bool(mask >> k & 1) for k in range(len(needs))]
    least = fewest(needs, partnered, subsidy)
    wanted = asked(needs, partnered=np.array(partnered), subsidy=subsidy, contracts=most)
    found = settle(wanted)
    assert isinstance(found, Settlement) == (least is not None and least <= most)
    if isinstance(found, Settlement):
        assert found.met
        assert (found.net >= wanted.needs - 1e-7).all()
        assert found.net.sum() <= subsidy + 1e-7


def test_known_cases_with_money_from_outside() -> None:
    assert isinstance(settle(asked([3.0, 0.0], contracts=0, subsidy=3.0)), Settlement)
    # The cap leaves 2 of n1 or n3 to the other contract, which outside money serves.
    needs = [-5.0, 2.0, -np.inf, 2.0]
    assert isinstance(settle(asked(needs, pair=2.0, contracts=1, subsidy=3.0)), Settlement)
    none = settle(asked([-8.27, 11.97, 0.394, -3.61], contracts=0, subsidy=3.0))
    assert isinstance(none, Conflict)
    assert none.constraints == (
        "participation of n1",
        "at most 3 from outside",
        "at most 0 contracts",
    )


@pytest.mark.parametrize("subsidy", [0.0, 2.0])
def test_many_are_served_from_outside_too(subsidy: float) -> None:
    """200: half need 0.1, so that 2 of money from outside serves 20 of them."""
    needs = np.concatenate([np.full(100, 0.1), np.full(100, -0.1)])
    links = few_links(needs, np.zeros(200, dtype=bool), subsidy=subsidy, seconds=2.0)
    served = round(subsidy / 0.1)
    assert links.found == 100 - served
    assert links.fewest == (100 if subsidy == 0 else 40)
