"""What constraints cost, and their shadow prices, against programs solved again."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coopetition.mechanisms.settlement.linear_program import Program
from coopetition.mechanisms.settlement.requirements import Requirements
from coopetition.mechanisms.settlement.settlement import Settlement, costs_of, settle
from tests.campaign import draws

AIMS: Any = ["least", "fair"]


def required(needs: Any, **limits: Any) -> Requirements:
    values = np.array(needs, dtype=float)
    return Requirements(names=[f"n{k}" for k in range(values.size)], needs=values, **limits)


def loosened(wanted: Requirements, label: str, by: float) -> Requirements:
    """Loosen one constraint by some money."""
    if label.startswith("participation of n"):
        needs = wanted.needs.copy()
        needs[int(label.removeprefix("participation of n"))] -= by
        return replace(wanted, needs=needs)
    if label.endswith("one organization"):
        assert wanted.most is not None
        return replace(wanted, most=wanted.most + by)
    if label.endswith("between two"):
        assert wanted.pair is not None
        return replace(wanted, pair=wanted.pair + by)
    return replace(wanted, subsidy=wanted.subsidy + by)


limits = st.sampled_from([{}, {"most": 4.0}, {"pair": 2.0}, {"subsidy": 1.0}, {"most": 5.0}])


@given(
    st.lists(st.integers(-9, 6), min_size=2, max_size=5),
    limits,
    st.sampled_from(AIMS),
)
@settings(max_examples=draws(25, 400), deadline=None)
def test_costs_and_shadow_prices_are_those_of_programs_solved_anew(
    needs: list[int], limits: Any, aim: Any
) -> None:
    wanted = required(needs, **limits)
    found = settle(wanted, aim)
    if not isinstance(found, Settlement):
        return
    program = Program(wanted)
    best = program.solve(aim)
    assert best is not None
    anew = costs_of(program, aim, replace(best, shadow={}), wanted.labels)
    assert list(found.costs) == list(anew) == wanted.labels
    for label, cost in anew.items():
        assert found.costs[label] == pytest.approx(cost, abs=1e-5)
        by = 1e-3
        other = settle(loosened(wanted, label, by), aim)
        assert isinstance(other, Settlement)
        better = found.moved - other.moved
        if aim == "fair":
            better = other.least_gain - found.least_gain
            if label.startswith("participation"):  # its gain counts from what it needed
                n = int(label.removeprefix("participation of n"))
                kept = np.delete(other.net - wanted.needs, n).min()
                better = min(kept, other.net[n] - wanted.needs[n] + by) - found.least_gain
        assert better <= by * found.shadow[label] + 1e-6


def test_a_shadow_price_is_a_slope_where_there_is_one() -> None:
    wanted = required([5.0, -3.0, -4.5, 0.7], pair=2.2)
    for aim in AIMS:
        found = settle(wanted, aim)
        assert isinstance(found, Settlement)
        for label, price in found.shadow.items():
            if label == "budget balance":
                continue
            ends = [settle(loosened(wanted, label, by), aim) for by in (-1e-3, 1e-3)]
            assert all(isinstance(end, Settlement) for end in ends)
            low, high = ends
            rise = low.moved - high.moved if aim == "least" else high.least_gain - low.least_gain  # type: ignore[union-attr]
            assert rise / 2e-3 == pytest.approx(price, abs=1e-4)


@pytest.mark.parametrize("aim", AIMS)
def test_many_organizations_have_shadow_prices_too(aim: Any) -> None:
    needs = np.random.default_rng(0).normal(size=150) - 0.5
    found = settle(required(needs), aim)
    assert isinstance(found, Settlement)
    assert len(found.shadow) == 151
    shadow = np.array([found.shadow[f"participation of n{k}"] for k in range(150)])
    if aim == "least":  # the needy cost what they need, the others nothing
        np.testing.assert_allclose(shadow[needs > 0] > 0, True)
        assert found.costs["participation of n0"] == pytest.approx(max(needs[0], 0.0), abs=1e-6)
    else:
        np.testing.assert_allclose(shadow, 1 / 150, rtol=1e-6)
        assert found.costs["budget balance"] == np.inf


@pytest.mark.parametrize("limits", [{}, {"contracts": 3}, {"pair": 2.0}, {"most": 5.0}])
def test_a_guarantee_for_all_is_nothing_to_fairness(limits: Any) -> None:
    """Needs far below what all can get: settled as precisely as without."""
    needs = np.array([5.0, -3.0, -4.0, 1.0])
    near, far = (settle(required(needs - low, **limits), "fair") for low in (0.0, 1e9))
    if not isinstance(near, Settlement):
        near = settle(required(needs - 10.0, **limits), "fair")
    assert isinstance(near, Settlement)
    assert isinstance(far, Settlement)
    np.testing.assert_allclose(far.net, near.net, atol=1e-5)
    assert far.least_gain - 1e9 == pytest.approx(
        near.least_gain - (0.0 if near.least_gain < 5 else 10.0), abs=1e-5
    )
    for label, cost in near.costs.items():
        assert far.costs[label] == pytest.approx(cost, abs=1e-5)
