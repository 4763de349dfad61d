"""All properties of a rule for reports in one table, and whether its outcomes are the best."""

from collections.abc import Sequence
from itertools import combinations, product
from typing import Any

import numpy as np

from coopetition.mechanisms.audit.audit import Audit
from coopetition.mechanisms.reported.budget_and_rationality import check_budget, check_rationality
from coopetition.mechanisms.reported.impossible import RuleRequirements, Setting, impossible
from coopetition.mechanisms.reported.problem import TypeProblem
from coopetition.mechanisms.reported.rule import ReportRule
from coopetition.mechanisms.reported.truthfulness import (
    TOLERANCE,
    check_incentives,
    checked_counts,
    lines,
    trial,
)
from coopetition.mechanisms.reported.types import Reports, TypeInterval
from coopetition.mechanisms.reported.verdict import Better, Verdict


def check_efficiency(
    rule: ReportRule, *, points: int = 5, draws: int | None = None, seed: int = 0
) -> Verdict:
    """Compare the outcome chosen with every other one, where outcomes are listed.

    Raises as `check_incentives`.

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

    Raises as `check_incentives`.

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


# What is known of a problem, for the theorems that say what is impossible. A balanced Groves rule
# needs terms with Σ_n h_n(θ_−n) = −(N − 1) W(θ): none exists where an alternating sum of W over the
# corners of a box of types is not zero, as every h_n cancels in it.


def describe(problem: TypeProblem) -> Setting:
    """Return what is known of a problem with types, its N-way interaction computed.

    The welfare at the chosen outcomes is taken for the largest. Up to 6 organizations three types
    each are tried, else the two extremes; 0 then means that none was found, and is not used. A
    bilateral trade is recognized from values and outcomes.

    Examples
    --------
    >>> from coopetition.mechanisms.reported import TypeInterval, public_project
    >>> found = describe(public_project([TypeInterval(0.0, 1.0)] * 2, cost=1.0))
    >>> found.bilateral_trade, found.overlapping  # who would build pays who would rather not
    (True, True)
    """
    intervals = [space for space in problem.types if isinstance(space, TypeInterval)]
    filled = len(intervals) == problem.size
    gains = _trade(problem) if filled else None
    return Setting(
        organizations=problem.size,
        convex=(problem.linear and filled) or None,
        interaction=_interaction(problem) if problem.efficiency is not None else None,
        independent=True,
        bilateral_trade=gains is not None or None,
        positive_density=(filled and all(s.quantile is None for s in intervals)) or None,
        overlapping=None if gains is None else gains[0] < 0 < gains[1],
    )


def _trade(problem: TypeProblem) -> tuple[float, float] | None:
    """Return the least and the largest gain from trade where a problem is a bilateral trade.

    Two organizations and two outcomes, of which one leaves both where they would be outside. At
    the other, gains are affine in types, a_n + b_n θ_n with b_n ≠ 0: up to sign and scale of the
    types and a payment that moves with the item, −(cost of the seller) and value of the buyer,
    whose intervals overlap exactly where their sum takes both signs. Values that are affine are
    known from the ends of the intervals.
    """
    if problem.size != 2 or not problem.linear or problem.outcomes is None:
        return None
    if problem.outside is None or len(problem.outcomes) != 2:
        return None

    def gains(outcome: Any) -> list[list[float]]:
        assert problem.outside is not None
        return [
            [problem.worth(n, outcome, own) - problem.outside(n, own)
             for own in (space.low, 0.5 * (space.low + space.high), space.high)]
            for n, space in enumerate(problem.types)
        ]  # fmt: skip

    for apart, together in (problem.outcomes, problem.outcomes[::-1]):
        found = gains(together)
        straight = all(abs(a + c - 2 * b) <= 1e-12 * (abs(a) + abs(c)) for a, b, c in found)
        nothing = all(gain == 0 for own in gains(apart) for gain in own)
        if nothing and straight and all(own[0] != own[-1] for own in found):
            return sum(map(min, found)), sum(map(max, found))
    return None


def _interaction(problem: TypeProblem, most: int = 12) -> float | None:
    """Return the alternating sum of the welfare that is largest, or None beyond `most`."""
    if problem.size > most:
        return None
    points = 3 if problem.size <= 6 else 2
    tried = [_three(space.grid(points)) for space in problem.types]
    welfare = {types: problem.welfare(types) for types in product(*tried)}
    unit = max(map(abs, welfare.values()), default=0.0)
    best = 0.0
    for box in product(*(tuple(combinations(grid, 2)) for grid in tried)):
        found = _alternating(welfare, box)
        best = found if abs(found) > abs(best) else best
    return best if abs(best) > 1e-7 * unit * 2**problem.size else 0.0


def _three(grid: Sequence[float]) -> tuple[float, ...]:
    """Return at most three of the types: the ends, and one between."""
    order = sorted(grid)
    return tuple(dict.fromkeys((order[0], order[len(order) // 2], order[-1])))


def _alternating(
    welfare: dict[tuple[float, ...], float], box: tuple[tuple[float, ...], ...]
) -> float:
    """Return Σ (−1)^(number of low types) W over the corners of a box."""
    return sum(
        (-1) ** sum(t == pair[0] for t, pair in zip(corner, box, strict=True)) * welfare[corner]
        for corner in product(*box)
    )
