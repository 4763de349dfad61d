"""All properties of a rule for reports in one table, and whether its outcomes are the best."""

from typing import Any

from coopetition.mechanisms.audit import Audit
from coopetition.mechanisms.reported.accounts import check_budget, check_rationality
from coopetition.mechanisms.reported.check import check_incentives
from coopetition.mechanisms.reported.rule import ReportRule
from coopetition.mechanisms.reported.search import TOLERANCE, checked_counts, profiles, said
from coopetition.mechanisms.reported.verdict import Verdict


def check_efficiency(
    rule: ReportRule, *, points: int = 5, draws: int | None = None, seed: int = 0
) -> Verdict:
    """Compare the outcome chosen with every other one, where outcomes are listed.

    Raises
    ------
    InvalidInputError
        If the search would be too large, or there are fewer than 2 points or draws.

    Examples
    --------
    >>> from coopetition.mechanisms.reported import Finite, clarke, public_project
    >>> print(check_efficiency(clarke(public_project([Finite((0.0, 1.0))] * 2, cost=1.0))))
    efficient: checked on all types, 4 profiles
    """
    checked_counts(points, draws)
    problem, name = rule.problem, "efficient"
    if problem.outcomes is None:
        return Verdict(name, None, None, "outcomes are not listed, so that none was compared")
    tried = profiles(rule, points, draws, seed)
    for types in tried:
        chosen = problem.welfare(types)
        best = max(sum(problem.values(outcome, types)) for outcome in problem.outcomes)
        if not best - chosen <= TOLERANCE * max(abs(best), abs(chosen)):
            how = f"at {types} another outcome is worth {best - chosen:.6g} more"
            return Verdict(name, False, "checked", how)
    return Verdict(name, True, "checked", said(rule, len(tried), points, draws, "profiles"))


def audit_reports(
    rule: ReportRule, *, points: int = 5, draws: int | None = None, seed: int = 0
) -> Audit:
    """Check all properties of a rule for reports; prints as a table.

    Raises
    ------
    InvalidInputError
        If a search would be too large, or there are fewer than 2 points or draws.

    Examples
    --------
    >>> from coopetition.mechanisms.reported import Finite, expected_externality, public_project
    >>> rule = expected_externality(public_project([Finite((0.0, 1.0))] * 2, cost=1.0))
    >>> audit_reports(rule)["strong-budget-balance"].claim
    'proved'
    """
    tried: dict[str, Any] = {"points": points, "draws": draws, "seed": seed}
    verdicts = (
        check_efficiency(rule, **tried),
        check_incentives(rule, concept="dominant strategy", **tried),
        check_incentives(rule, concept="Bayesian", **tried),
        check_budget(rule, level="strong", **tried),
        check_budget(rule, level="weak", **tried),
        check_rationality(rule, stage="ex post", **tried),
        check_rationality(rule, stage="interim", **tried),
    )
    return Audit(tuple(verdict.to_property() for verdict in verdicts))
