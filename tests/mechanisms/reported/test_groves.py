"""Groves and Clarke: the form, known cases, truth on random instances, lies where it must fail."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coopetition.games import InvalidInputError
from coopetition.mechanisms.reported import (
    Finite,
    ReportRule,
    Reports,
    TypeInterval,
    TypeProblem,
    bailey_cavallo,
    check_budget,
    check_efficiency,
    check_incentives,
    check_rationality,
    clarke,
    equal_items,
    expected_externality,
    groves,
    public_project,
)
from coopetition.mechanisms.reported.groves import groves_identity, groves_transfers
from tests.mechanisms.reported.witness import balance, lie, loser

UNIT = TypeInterval(0.0, 1.0)


def table_problem(values: np.ndarray, efficient: bool = True) -> TypeProblem:
    """Make a problem from a table (organization, type, outcome): the first best outcome wins."""
    size, types, outcomes = values.shape

    def value(n: int, outcome: int, own: float) -> float:
        return float(values[n, int(own), outcome])

    def best(members: list[int], reports: Reports) -> tuple[float, int]:
        sums = [sum(value(n, k, reports[n]) for n in members) for k in range(outcomes)]
        return max(sums), int(np.argmax(sums) if efficient else np.argmin(sums))

    def without(n: int, others: Reports) -> float:
        reports = (*others[:n], 0.0, *others[n:])
        return best([m for m in range(size) if m != n], reports)[0]

    return TypeProblem(
        organizations=tuple(f"n{n}" for n in range(size)),
        types=(Finite(tuple(float(t) for t in range(types))),) * size,
        choose=lambda reports: best(list(range(size)), reports)[1],
        value=value,
        without=without,
        efficiency="checked",
        outcomes=tuple(range(outcomes)),
        others_lose_nothing=True,
    )


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 4), st.integers(2, 3), st.integers(2, 4))
def test_truth_is_best_on_random_tables(seed: int, size: int, types: int, outcomes: int) -> None:
    rng = np.random.default_rng(seed)
    problem = table_problem(rng.normal(size=(size, types, outcomes)))
    weights = rng.normal(size=size)
    rules = [
        clarke(problem),
        groves(problem, lambda n, others: float(np.sin(weights[n] * sum(others)))),
    ]
    for rule in rules:
        verdict = check_incentives(rule)
        assert verdict.holds
        assert verdict.claim == "checked"  # the outcome rule is only said to be checked
        assert check_efficiency(rule).holds
    assert check_budget(rules[0]).holds
    agv = expected_externality(problem)
    assert check_incentives(agv).holds
    assert check_budget(agv).claim == "proved"


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_the_checks_find_what_a_brute_force_search_finds(seed: int) -> None:
    """A rule without transfers: largest gain of a lie, worst loss, against plain loops."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(3, 2, 3))
    problem = table_problem(values)
    bare = ReportRule(
        name="nothing", problem=problem, promise=clarke(problem).promise,
        pay=lambda reports: (0.0,) * 3,
    )  # fmt: skip
    gains, averages = [], []
    for n, own in product(range(3), range(2)):
        told = {}
        for report in range(2):
            got = []
            for rest in product(range(2), repeat=2):
                reports = [float(t) for t in rest]
                reports.insert(n, float(report))
                got.append(values[n, own, problem.choose(tuple(reports))])
            told[report] = np.array(got)
        change = told[1 - own] - told[own]
        gains += change.tolist()
        averages.append(change.mean())
    for concept, found in (("dominant strategy", max(gains)), ("Bayesian", max(averages))):
        verdict = check_incentives(bare, concept=concept)  # type: ignore[arg-type]
        assert verdict.holds is bool(found <= 1e-8)
        assert lie(verdict).gain == pytest.approx(found)


def test_an_inefficient_outcome_rule_is_lied_to_in_groves_form() -> None:
    problem = table_problem(np.random.default_rng(3).normal(size=(3, 2, 3)), efficient=False)
    rule = clarke(problem)
    verdict = check_incentives(rule)
    assert verdict.holds is False
    found = lie(verdict)
    n, others, own = problem.organizations.index(found.organization), found.others, found.type
    assert others is not None
    truth = rule.payoff(n, own, (*others[:n], own, *others[n:]))
    lied = rule.payoff(n, own, (*others[:n], found.report, *others[n:]))
    assert lied - truth == pytest.approx(found.gain)
    assert found.gain > 0
    assert "fails" in str(verdict)
    assert check_efficiency(rule).holds is False


def test_the_form_is_checked_on_symbols() -> None:
    assert all(groves_identity(size) for size in range(2, 8))

    def owning(values: Sequence[Any], terms: Sequence[Any]) -> list[Any]:
        return [sum(values) - 0.5 * own + h for own, h in zip(values, terms, strict=True)]

    def shifted(values: Sequence[Any], terms: Sequence[Any]) -> list[Any]:
        return groves_transfers(values, [*terms[1:], terms[0]])

    def halved(values: Sequence[Any], terms: Sequence[Any]) -> list[Any]:
        return [transfer / 2 for transfer in groves_transfers(values, terms)]

    assert not groves_identity(3, owning)
    assert not groves_identity(3, halved)
    assert not groves_identity(3, shifted)
    assert groves_identity(3, lambda v, h: groves_transfers(v, [2 * term for term in h]))
    verdict = check_incentives(clarke(equal_items([UNIT] * 3)))
    assert verdict.claim == "proved"
    assert "Σ_{m≠n} v_m" in verdict.how


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.floats(0.0, 1.0), min_size=3, max_size=6), st.data()
)  # fmt: skip
def test_clarke_on_items_is_the_highest_losing_price(
    bids: list[float], data: st.DataObject
) -> None:
    units = data.draw(st.integers(1, len(bids) - 1))
    rule = clarke(equal_items([UNIT] * len(bids), units=units))
    winners, transfers = rule(bids)
    price = sorted(bids, reverse=True)[units]
    for n, transfer in enumerate(transfers):
        assert transfer == pytest.approx(-price if n in winners else 0.0, abs=1e-12)


def test_the_audit_of_a_second_price_auction() -> None:
    rule = clarke(equal_items([UNIT] * 3, organizations=["North", "South", "West"]))
    assert check_incentives(rule).claim == "proved"
    assert check_budget(rule, level="weak").holds
    strong = check_budget(rule, level="strong")
    assert strong.holds is False
    assert balance(strong).lowest == pytest.approx(-1.0)
    assert rule(balance(strong).lowest_at)[1].sum() == pytest.approx(-1.0)
    assert check_rationality(rule).holds


def test_clarke_may_force_who_loses_from_a_project() -> None:
    rule = clarke(public_project([UNIT] * 2, cost=1.0))
    assert rule.promise.rationality == "none"
    verdict = check_rationality(rule, stage="ex post")
    assert verdict.holds is False
    assert loser(verdict).gain == pytest.approx(-0.5)
    generous = clarke(public_project([TypeInterval(0.6, 1.0)] * 2, cost=1.0))
    assert generous.promise.rationality == "ex post"
    assert check_rationality(generous, stage="ex post").holds


@pytest.mark.parametrize("cost", [1.2, 1.5, 2.1])
def test_clarke_on_a_project_of_three(cost: float) -> None:
    """What n pays is what the others lose by its vote, with their own shares of the cost."""
    rule = clarke(public_project([UNIT] * 3, cost=cost))
    for types in product((0.1, 0.45, 0.9), repeat=3):
        built, transfers = rule(types)
        for n in range(3):
            others = sum(types) - types[n] - 2 * cost / 3
            assert transfers[n] == pytest.approx(built * others - max(others, 0.0), abs=1e-12)


def test_outside_options_count_at_every_stage() -> None:
    """Staying out is worth half of the type: a second price auction then loses who does not win."""
    problem = replace(equal_items([UNIT] * 2), outside=lambda n, own: own / 2)
    rule = clarke(problem)
    verdict = check_rationality(rule, stage="ex post")
    assert verdict.holds is False
    assert loser(verdict).gain == pytest.approx(-0.5)  # two of type 1: both end with 0
    interim = check_rationality(rule, stage="interim")
    assert loser(interim).gain == pytest.approx(-0.125)  # θ²/2 − θ/2 at 1/2
    assert loser(interim).type == 0.5
    drawn = check_rationality(rule, stage="interim", draws=500, points=3)
    assert drawn.claim == "estimated"
    assert drawn.holds is False
    error = loser(drawn).error
    assert error is not None
    assert abs(loser(drawn).gain + 0.125) < 4 * error


def test_draws_follow_the_law() -> None:
    """A first price auction against a rival of a skewed law: drawn gains match the exact ones."""
    law = Finite((0.0, 0.5, 1.0), (0.8, 0.15, 0.05))
    problem = equal_items([law, law])

    def pay(reports: Reports) -> tuple[float, ...]:
        winners = problem.choose(reports)
        return tuple(-r if n in winners else 0.0 for n, r in enumerate(reports))

    rule = ReportRule(name="first price", problem=problem, promise=clarke(problem).promise, pay=pay)
    exact = lie(check_incentives(rule, concept="Bayesian"))
    drawn = lie(check_incentives(rule, concept="Bayesian", draws=1000))
    assert (drawn.type, drawn.report) == (exact.type, exact.report)
    assert drawn.error is not None
    assert abs(drawn.gain - exact.gain) < 4 * drawn.error
    fresh = np.random.SeedSequence(0).spawn(2)[1]
    rivals = [types[1] for types in problem.sample(np.random.default_rng(fresh), 1000)]
    assert drawn.gain == pytest.approx(np.mean([rival == 0.0 for rival in rivals]))
    assert exact.gain == pytest.approx(0.8)  # type 1 bids 0: first at equal reports


def test_many_intervals_are_estimated_or_refused() -> None:
    rule = clarke(equal_items([UNIT] * 5))
    for check in (check_incentives, check_rationality):
        key = "concept" if check is check_incentives else "stage"
        how: dict[str, Any] = {key: "Bayesian" if key == "concept" else "interim"}
        with pytest.raises(InvalidInputError, match="give `draws`"):
            check(rule, **how)
        verdict = check(rule, draws=50, points=3, **how)
        assert verdict.holds


def test_a_lie_that_pays_on_average_is_estimated_and_confirmed() -> None:
    """Pay the bid: with two uniform bidders, half the value is best; 0.5 gains 0.25 at value 1."""
    problem = equal_items([UNIT] * 2)

    def pay(reports: Reports) -> tuple[float, ...]:
        winners = problem.choose(reports)
        return tuple(-r if n in winners else 0.0 for n, r in enumerate(reports))

    rule = ReportRule(name="first price", problem=problem, promise=clarke(problem).promise, pay=pay)
    exact = check_incentives(rule, concept="Bayesian", points=5)
    assert exact.holds is False
    assert lie(exact).gain == pytest.approx(0.25, abs=1e-9)
    assert lie(exact).report == 0.5
    drawn = check_incentives(rule, concept="Bayesian", points=5, draws=400)
    assert drawn.holds is False
    assert drawn.claim == "estimated"
    error = lie(drawn).error
    assert error is not None
    assert abs(lie(drawn).gain - 0.25) < 4 * error


def test_bad_input_is_refused_in_one_sentence() -> None:
    rule = clarke(equal_items([UNIT, UNIT], organizations=["North", "South"]))
    with pytest.raises(InvalidInputError, match="report of South must be one of its types"):
        rule([0.5, 1.5])
    with pytest.raises(InvalidInputError, match="`reports` must be 2 numbers, got 3"):
        rule([0.5, 0.5, 0.5])
    with pytest.raises(InvalidInputError, match="report of North"):
        rule([float("nan"), 0.5])
    with pytest.raises(InvalidInputError, match="`points` must be an integer of at least 2"):
        check_incentives(rule, points=1)
    with pytest.raises(InvalidInputError, match="`draws`"):
        check_budget(rule, draws=0)
    with pytest.raises(InvalidInputError, match="use fewer, or give `draws`"):
        check_incentives(clarke(equal_items([UNIT] * 12)))
    with pytest.raises(InvalidInputError, match="`concept`"):
        check_incentives(rule, concept="ex post")  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError, match="`high` must exceed `low`"):
        TypeInterval(1.0, 1.0)
    with pytest.raises(InvalidInputError, match="`probabilities`"):
        Finite((1.0, 2.0), (0.5, 0.6))
    with pytest.raises(InvalidInputError, match="`values` must be distinct"):
        Finite((1.0, 1.0))
    with pytest.raises(InvalidInputError, match="`quantile` must run from"):
        TypeInterval(0.0, 1.0, lambda u: u / 2)
    with pytest.raises(InvalidInputError, match="`units`"):
        equal_items([UNIT] * 2, units=2)
    with pytest.raises(InvalidInputError, match="at least 0, as items are free"):
        equal_items([TypeInterval(-1.0, 1.0)] * 2)
    with pytest.raises(InvalidInputError, match="two or more distinct names"):
        public_project([UNIT], cost=1.0)
    with pytest.raises(InvalidInputError, match="`cost` must be finite"):
        public_project([UNIT] * 2, cost=float("inf"))


def test_nonsense_valuations_and_payments_are_refused() -> None:
    base = public_project([UNIT] * 2, cost=1.0)
    broken = TypeProblem(
        organizations=("North", "South"), types=base.types, choose=base.choose,
        value=lambda n, outcome, own: float("nan"), without=base.without, efficiency="proved",
    )  # fmt: skip
    with pytest.raises(InvalidInputError, match="`value` of North must be finite"):
        clarke(broken)([0.1, 0.2])
    unknown = TypeProblem(
        organizations=("North", "South"), types=base.types, choose=base.choose, value=base.value,
        without=base.without,
    )  # fmt: skip
    for make in (clarke, expected_externality):
        with pytest.raises(InvalidInputError, match="maximizes the sum of reported"):
            make(unknown)
    with pytest.raises(InvalidInputError, match="must pay 2 finite numbers"):
        groves(base, lambda n, others: float("inf"))([0.1, 0.2])


def test_a_deficit_of_rounding_is_none() -> None:
    types = [Finite((2.0, 4.0)), Finite((0.0, 2.0)), Finite((1.0, 2.0, 3.0))]
    for rule in (clarke, bailey_cavallo):  # all transfers are 0 but for the last digit
        assert check_budget(rule(public_project(types, cost=1.0))).holds
