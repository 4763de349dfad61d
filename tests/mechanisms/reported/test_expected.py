"""Expected externality: its closed form on the public project, balance, the lie that remains."""

import numpy as np
import pytest

from coopetition.games import InvalidInputError
from coopetition.mechanisms.reported import (
    Finite,
    ReportRule,
    TypeInterval,
    audit_reports,
    check_budget,
    check_incentives,
    check_rationality,
    expect,
    expected_externality,
    public_project,
)
from coopetition.mechanisms.reported.expected import balance_identity
from coopetition.mechanisms.reported.truthfulness import expected_payoff
from tests.mechanisms.reported.witness import balance, lie, loser

UNIT = TypeInterval(0.0, 1.0)


@pytest.fixture(scope="module")
def rule() -> ReportRule:
    """Build iff θ1 + θ2 ≥ 1, both uniform."""
    return expected_externality(public_project([UNIT] * 2, cost=1.0))


def test_the_public_project_has_its_closed_form(rule: ReportRule) -> None:
    """f(θ) = θ(1 − θ)/2, E f = 1/12, and the interim payoff θ²/2 − 1/12."""
    assert rule.expected is not None
    for own in (0.0, 0.2, 0.5, 0.7, 1.0):
        f = own * (1.0 - own) / 2.0
        assert rule.expected(0, own) == pytest.approx(f - 1.0 / 12.0, abs=1e-9)
        assert rule([own, 0.3])[1] == pytest.approx([f - 0.105, 0.105 - f], abs=1e-9)
        assert expected_payoff(rule, 1, own, own) == pytest.approx(own**2 / 2 - 1 / 12, abs=1e-9)


def test_it_is_truthful_on_average_and_balanced_but_not_dominant(rule: ReportRule) -> None:
    assert check_incentives(rule).claim == "proved"
    budget = check_budget(rule)
    assert budget.claim == "proved"
    assert balance(budget).highest == balance(budget).lowest == 0.0
    verdict = check_incentives(rule, concept="dominant strategy")
    assert verdict.holds is False
    found = lie(verdict)
    assert found.others is not None
    payoff = {}
    for report in (found.type, found.report):
        built = report + found.others[0] >= 1.0
        payoff[report] = built * (found.type - 0.5) + report * (1.0 - report) / 2.0
    assert payoff[found.report] - payoff[found.type] == pytest.approx(found.gain, abs=1e-9)
    assert found.gain > 0.1


def test_participation_fails_on_average_by_a_twelfth(rule: ReportRule) -> None:
    verdict = check_rationality(rule)
    assert verdict.holds is False
    assert loser(verdict).type == 0.0
    assert loser(verdict).gain == pytest.approx(-1.0 / 12.0, abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_finite_types_are_summed_exactly(seed: int) -> None:
    """Three organizations with laws of their own, against a plain sum over all profiles."""
    rng = np.random.default_rng(seed)
    laws = [rng.dirichlet(np.ones(3)) for _ in range(3)]
    grids = [np.sort(rng.random(3)) for _ in range(3)]
    spaces = [Finite(tuple(g), tuple(p)) for g, p in zip(grids, laws, strict=True)]
    rule = expected_externality(public_project(spaces, cost=1.5))
    f = np.zeros((3, 3))
    for index in np.ndindex(3, 3, 3):
        types = np.array([grids[n][index[n]] for n in range(3)])
        built = types.sum() >= 1.5
        for n in range(3):
            share = np.prod([laws[m][index[m]] for m in range(3) if m != n])
            f[n, index[n]] += share * built * sum(types[m] - 0.5 for m in range(3) if m != n)
    at = [int(i) for i in rng.integers(3, size=3)]
    own = np.array([f[n, at[n]] for n in range(3)])
    expected = own - (own.sum() - own) / 2
    assert rule([grids[n][at[n]] for n in range(3)])[1] == pytest.approx(expected)
    assert check_incentives(rule).claim == "proved"
    table = audit_reports(rule)
    assert table["efficient"].holds
    assert table["strong-budget-balance"].claim == "proved"
    assert rule.promise.concept == "Bayesian"


def test_the_identity_is_checked_on_symbols() -> None:
    assert all(balance_identity(size) for size in range(2, 8))
    assert not balance_identity(3, list)  # pays f_n and takes it from nobody
    assert not balance_identity(3, lambda f: [a - sum(f) / len(f) for a in f])  # keeps 2 f_n / 3


def test_a_law_that_is_wrong_makes_a_lie_pay() -> None:
    """The rule is made for uniform types; held against another law, truth is not best."""
    types = tuple(np.linspace(0.0, 1.0, 5))
    believed = public_project([Finite(types)] * 2, cost=1.0)
    actual = public_project([Finite(types, (0.6, 0.1, 0.1, 0.1, 0.1))] * 2, cost=1.0)
    made = expected_externality(believed)
    wrong = ReportRule(name="wrong law", problem=actual, promise=made.promise, pay=made.pay)
    assert check_incentives(made).holds
    verdict = check_incentives(wrong)
    assert verdict.holds is False
    assert lie(verdict).gain > 0.01


def test_a_law_by_its_quantiles() -> None:
    """θ = √u has density 2θ: f(θ) = ∫_{1−θ}^1 (t − 1/2) 2t dt."""
    root = TypeInterval(0.0, 1.0, lambda u: float(np.sqrt(u)))
    rule = expected_externality(public_project([root] * 2, cost=1.0))
    f = [2 / 3 * (1 - (1 - t) ** 3) - (1 - (1 - t) ** 2) / 2 for t in (0.5, 0.9)]
    assert rule([0.5, 0.9])[1] == pytest.approx([f[0] - f[1], f[1] - f[0]], abs=1e-9)


def test_centered_parts_expect_nothing_and_move_no_incentive() -> None:
    spaces = [Finite((0.0, 0.5, 1.0), (0.2, 0.3, 0.5)), Finite((0.2, 0.9)), Finite((0.1, 0.7))]
    problem = public_project(spaces, cost=1.3)
    plain, centered = expected_externality(problem), expected_externality(problem, centered=True)
    shift = plain([0.5, 0.9, 0.1])[1] - centered([0.5, 0.9, 0.1])[1]
    for types in ([0.0, 0.2, 0.7], [1.0, 0.9, 0.7]):
        assert plain(types)[1] - centered(types)[1] == pytest.approx(shift)
    assert shift.sum() == pytest.approx(0.0, abs=1e-12)
    assert abs(shift).max() > 0.01
    for n in range(3):
        own = spaces[n].mean(lambda t, n=n: expected_payoff(centered, n, t, t))  # type: ignore[misc]
        worth = expect(spaces, lambda t, n=n: problem.worth(n, problem.choose(t), t[n]))  # type: ignore[misc]
        assert own == pytest.approx(worth, abs=1e-12)
    assert check_incentives(centered).claim == "proved"
    assert check_budget(centered).claim == "proved"


def test_too_large_an_expectation_is_refused() -> None:
    rule = expected_externality(public_project([UNIT] * 5, cost=2.0))
    with pytest.raises(InvalidInputError, match="at most two intervals"):
        rule([0.5] * 5)
