"""All properties of a rule for reports in one table, and whether its outcomes are the best."""

from itertools import product
from typing import Any

import numpy as np

from coopetition.mechanisms.audit.audit import Audit
from coopetition.mechanisms.reported.budget_and_rationality import check_budget, check_rationality
from coopetition.mechanisms.reported.describe import describe
from coopetition.mechanisms.reported.impossible import RuleRequirements, impossible
from coopetition.mechanisms.reported.rule import ReportRule
from coopetition.mechanisms.reported.truthfulness import (
    TOLERANCE,
    check_incentives,
    checked_counts,
    lines,
    trial,
)
from coopetition.mechanisms.reported.types import Reports
from coopetition.mechanisms.reported.verdict import Better, Verdict


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
    outcomes = problem.outcomes
    if outcomes is None:
        return Verdict(name, None, None, "outcomes are not listed, so that none was compared")

    def best(types: Reports) -> int:
        return max(range(len(outcomes)), key=lambda k: sum(problem.values(outcomes[k], types)))

    tried = trial(rule, points, draws, seed)
    profiles = list(tried.profiles)
    found = lines(
        problem, profiles, np.random.default_rng(seed), lambda t: (problem.choose(t), best(t)),
        between=True,
    )  # fmt: skip
    profiles += [profile for line in found for profile in line.profiles]
    worst: Better | None = None
    for types in profiles:
        other = outcomes[best(types)]
        chosen = problem.welfare(types)
        gain = sum(problem.values(other, types)) - chosen
        if gain > TOLERANCE * max(abs(chosen + gain), abs(chosen)):
            if worst is None or gain > worst.gain:
                worst = Better(types, problem.choose(types), other, gain)
    how = tried.said(len(profiles), "profiles")
    return Verdict(name, worst is None, "checked", how, worst)


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
    verdicts = [
        check_efficiency(rule, **tried),
        check_incentives(rule, concept="dominant strategy", **tried),
        check_incentives(rule, concept="Bayesian", **tried),
        check_budget(rule, level="strong", **tried),
        check_budget(rule, level="weak", **tried),
        check_rationality(rule, stage="ex post", **tried),
        check_rationality(rule, stage="interim", **tried),
    ]
    return Audit(tuple(verdict.to_property() for verdict in _possible(rule, verdicts)))


def _possible(rule: ReportRule, verdicts: list[Verdict]) -> list[Verdict]:
    """Take back what was only checked where a theorem says that not all of it can hold."""
    holds = {verdict.name for verdict in verdicts if verdict.holds}
    truthful = {"dominant-strategy-incentives": "DSIC", "bayesian-incentives": "BIC"}
    budgets = {"strong-budget-balance": "strong", "weak-budget-balance": "weak"}
    stages = {"ex-post-rationality": "ex post", "interim-rationality": "interim"}
    setting = describe(rule.problem)
    taken: dict[str, str] = {}
    for lie, budget, stage in product(truthful, budgets, [*stages, ""]):
        named = {"efficient", lie, budget} | ({stage} if stage else set())
        if not named <= holds:
            continue
        wish = RuleRequirements(
            efficient=True, incentives=truthful[lie], budget=budgets[budget],  # type: ignore[arg-type]
            rationality=stages.get(stage, "none"),  # type: ignore[arg-type]
        )  # fmt: skip
        notice = impossible(wish, setting)
        if notice is not None:
            together = ", ".join(sorted(named))
            taken |= dict.fromkeys(
                named, f"{notice.theorem}: {together} cannot all hold; no witness was found"
            )
    return [
        Verdict(v.name, None, None, f"{taken[v.name]}, {v.how}")
        if v.name in taken and v.claim != "proved"
        else v
        for v in verdicts
    ]
