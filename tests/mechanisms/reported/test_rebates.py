"""Redistribution: exact worst cases against a linear program, and never a deficit."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from coopetition.games import InvalidInputError, UnsupportedGameError
from coopetition.mechanisms.reported import (
    Finite,
    TypeInterval,
    bailey_cavallo,
    bailey_coefficients,
    check_budget,
    check_incentives,
    check_rationality,
    clarke,
    equal_items,
    guo_conitzer,
    linear_rebates,
    public_project,
    returned_shares,
    worst_case_coefficients,
)
from tests.mechanisms.reported.witness import balance

UNIT = TypeInterval(0.0, 1.0)


@pytest.mark.parametrize(("size", "share"), [(3, "1/3"), (4, "4/7"), (5, "11/15")])
def test_published_worst_case_shares(size: int, share: str) -> None:
    found = returned_shares(worst_case_coefficients(size))
    assert found is not None
    assert found[0] == Fraction(share)
    assert found[1] == 1


@pytest.mark.parametrize(
    ("size", "units"), [(n, m) for n in range(3, 9) for m in range(1, n - 1)]
)  # fmt: skip
def test_no_linear_rebate_does_better(size: int, units: int) -> None:
    """Independent: the best worst-case share as a linear program over random profiles and rays."""
    rays = np.tril(np.ones((size, size)))
    drawn = -np.sort(-np.random.default_rng(size).random((40, size)), axis=1)
    sorted_reports = np.vstack((rays, drawn))
    totals = np.zeros((len(sorted_reports), size - 1))
    for n in range(size):
        totals += np.delete(sorted_reports, n, axis=1)
    paid = units * sorted_reports[:, units]
    c = np.zeros(size)
    c[-1] = -1.0  # maximize the share k
    upper = np.hstack((totals, np.zeros((len(paid), 1))))  # Σ rebates ≤ paid
    lower = np.hstack((-totals, paid[:, None]))  # k · paid ≤ Σ rebates
    answer = linprog(
        c, np.vstack((upper, lower)), np.concatenate((paid, np.zeros_like(paid))),
        bounds=[(None, None)] * size,
    )  # fmt: skip
    found = returned_shares(worst_case_coefficients(size, units), units)
    assert found is not None
    assert answer.fun is not None
    assert float(found[0]) == pytest.approx(-answer.fun, abs=1e-7)
    assert found[1] <= 1
    simple = returned_shares(bailey_coefficients(size, units), units)
    assert simple is not None
    assert simple[0] <= found[0]
    assert simple[1] <= 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0.0, 1.0), min_size=3, max_size=7), st.data())
def test_rebates_on_random_reports(bids: list[float], data: st.DataObject) -> None:
    size = len(bids)
    units = data.draw(st.integers(1, size - 2))
    problem = equal_items([UNIT] * size, units=units)
    paid = clarke(problem)(bids)[1]
    simple, best = bailey_cavallo(problem)(bids)[1], guo_conitzer(problem)(bids)[1]
    for n in range(size):
        others = sorted(bids[:n] + bids[n + 1 :], reverse=True)
        assert simple[n] - paid[n] == pytest.approx(others[units] * units / size, abs=1e-12)
    shares = returned_shares(worst_case_coefficients(size, units), units)
    assert shares is not None
    revenue = -paid.sum()
    assert -1e-12 <= -simple.sum() <= revenue + 1e-12
    assert -1e-9 <= -best.sum() <= (1 - float(shares[0])) * revenue + 1e-9


@pytest.mark.parametrize("make", [bailey_cavallo, guo_conitzer])
def test_promises_hold_with_their_proofs(make: object) -> None:
    rule = make(equal_items([UNIT] * 4, units=2))  # type: ignore[operator]
    assert check_incentives(rule, points=4).claim == "proved"
    budget = check_budget(rule)
    assert budget.claim == "proved"
    assert "exact on all rays" in budget.how
    assert rule.promise.rationality == "ex post"
    assert check_rationality(rule).holds
    assert check_budget(rule, level="strong").holds is False


def test_the_general_rebate_of_finite_problems() -> None:
    """On items, searching all reports gives Bailey's rebate where 0 is a type."""
    space = Finite((0.0, 1.0, 2.0, 5.0))
    items = equal_items([space] * 3)
    general = bailey_cavallo(
        type(items)(
            organizations=items.organizations, types=items.types, choose=items.choose,
            value=items.value, without=items.without, efficiency="proved",
            others_lose_nothing=True, joining_is_free=True,
        )
    )  # fmt: skip
    for bids in ([5.0, 2.0, 1.0], [1.0, 1.0, 5.0], [0.0, 2.0, 2.0]):
        assert general(bids)[1] == pytest.approx(bailey_cavallo(items)(bids)[1])
    project = bailey_cavallo(public_project([Finite((0.0, 0.3, 0.6, 0.9))] * 3, cost=1.2))
    assert check_incentives(project).claim == "proved"
    assert check_budget(project).holds


def test_rebates_that_are_too_generous_promise_nothing() -> None:
    """Paying although nobody pays, more than is paid, or taking more: each is seen exactly."""
    items = equal_items([UNIT] * 4)
    assert returned_shares([Fraction(1), Fraction(0), Fraction(0)]) is None
    assert returned_shares([Fraction(0), Fraction(1, 2), Fraction(0)]) == (Fraction(1), Fraction(2))
    for generous in (["1", "0", "0"], ["0", "1/2", "0"]):
        rule = linear_rebates(items, [Fraction(c) for c in generous])
        assert rule.promise.budget == "none"
        assert check_incentives(rule).claim == "proved"
        budget = check_budget(rule)
        assert budget.holds is False
        assert balance(budget).highest > 0.5
    greedy = linear_rebates(items, [Fraction(0), Fraction(-1, 4), Fraction(0)])
    assert greedy.promise.rationality == "none"
    assert check_rationality(greedy, stage="ex post").holds is False
    with pytest.raises(InvalidInputError, match="`coefficients` must be 3"):
        linear_rebates(items, [Fraction(0)])


def test_where_redistribution_makes_no_sense() -> None:
    with pytest.raises(UnsupportedGameError, match="finite types"):
        bailey_cavallo(public_project([UNIT] * 2, cost=1.0))
    with pytest.raises(UnsupportedGameError, match="equal items"):
        guo_conitzer(public_project([UNIT] * 2, cost=1.0))
    with pytest.raises(InvalidInputError, match="`units` must be from 1 to 1"):
        guo_conitzer(equal_items([UNIT] * 3, units=2))
