"""Who pays in total, and who would rather stay out: budget and participation, with witnesses."""

from collections.abc import Callable
from typing import Literal

import numpy as np

from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms.reported.expectation import countable
from coopetition.mechanisms.reported.private import Reports
from coopetition.mechanisms.reported.problem import beside, without
from coopetition.mechanisms.reported.rule import ReportRule
from coopetition.mechanisms.reported.search import (
    TOLERANCE,
    checked_counts,
    expected_payoff,
    profiles,
    said,
)
from coopetition.mechanisms.reported.verdict import Balance, Loser, Verdict

Outside = Callable[[int, float], float]


def check_budget(
    rule: ReportRule,
    *,
    level: Literal["strong", "weak"] | None = None,
    points: int = 5,
    draws: int | None = None,
    seed: int = 0,
) -> Verdict:
    """Find the worst deficit and the worst surplus over the type space.

    Parameters
    ----------
    level : "strong" (sums to zero) or "weak" (never above zero); default what the rule promises
    points, draws : types of each interval that are tried, or profiles drawn

    Raises
    ------
    InvalidInputError
        If the search would be too large, or there are fewer than 2 points or draws.

    Examples
    --------
    >>> from coopetition.mechanisms.reported import Finite, clarke, equal_items
    >>> rule = clarke(equal_items([Finite((1.0, 2.0))] * 3))
    >>> print(check_budget(rule).witness)
    no deficit, worst surplus 2 at (1, 2, 2)
    """
    checked_counts(points, draws)
    wanted = level or ("strong" if rule.promise.budget == "strong" else "weak")
    if wanted not in ("strong", "weak"):
        raise InvalidInputError(f"`level` must be 'strong' or 'weak', got {level!r}")
    tried = profiles(rule, points, draws, seed)
    settled = [rule.settle(types) for types in tried]
    paid = np.array([transfers for _, transfers in settled])
    worth = [  # transfers are differences of what outcomes are worth, and rounded as these
        abs(rule.problem.worth(n, outcome, own))
        for types, (outcome, _) in zip(tried, settled, strict=True)
        for n, own in enumerate(types)
    ]
    sums, unit = paid.sum(axis=1), max(float(np.abs(paid).max(initial=0.0)), max(worth))
    sums[np.abs(sums) <= 1e-15 * unit] = 0.0
    high, low = int(np.argmax(sums)), int(np.argmin(sums))
    balance = Balance(float(sums[high]), tried[high], float(sums[low]), tried[low])
    slack = 1e-12 * unit * paid.shape[1]
    holds = bool(balance.highest <= slack and (wanted == "weak" or balance.lowest >= -slack))
    name = f"{wanted}-budget-balance"
    how = said(rule, len(tried), points, draws, "profiles of types")
    proof = rule.proof(name)
    if holds and proof:
        return Verdict(name, True, "proved", f"{proof}; {how}", balance)
    return Verdict(name, holds, "checked", how, balance)


def check_rationality(
    rule: ReportRule,
    *,
    stage: Literal["ex post", "interim"] | None = None,
    points: int = 5,
    draws: int | None = None,
    seed: int = 0,
) -> Verdict:
    """Find who gains least over its outside option: at a profile, or on average given its type.

    Parameters
    ----------
    stage : default what the rule promises, interim where it promises nothing
    points, draws : types of each interval that are tried, or profiles drawn

    Raises
    ------
    InvalidInputError
        If the search would be too large, or there are fewer than 2 points or draws.

    Examples
    --------
    >>> from coopetition.mechanisms.reported import Finite, clarke, equal_items
    >>> print(check_rationality(clarke(equal_items([Finite((1.0, 2.0))] * 2))).witness)
    organization 1, of type 1, gains least 0 beside (1)
    """
    checked_counts(points, draws)
    wanted = stage or ("ex post" if rule.promise.rationality == "ex post" else "interim")
    if wanted not in ("ex post", "interim"):
        raise InvalidInputError(f"`stage` must be 'ex post' or 'interim', got {stage!r}")
    name = f"{wanted.replace(' ', '-')}-rationality"
    if rule.problem.outside is None:
        return Verdict(name, None, None, "no outside option was given")
    if wanted == "ex post":
        gains, unit = _ex_post(rule, rule.problem.outside, profiles(rule, points, draws, seed))
        how = said(rule, len(gains), points, draws, "payoffs")
    else:
        gains, unit = _interim(rule, rule.problem.outside, points, draws, seed)
        how = said(rule, len(gains), points, None, "types, expectations by sums or quadrature")
        if draws is not None:
            how = f"on {draws} draws, {len(gains)} types"
    worst = min(gains, key=lambda one: one.gain)
    noise = 3.0 * (worst.error or 0.0)
    holds = bool(worst.gain >= -TOLERANCE * unit - noise)
    return Verdict(name, holds, "checked" if worst.error is None else "estimated", how, worst)


def _ex_post(rule: ReportRule, outside: Outside, tried: list[Reports]) -> tuple[list[Loser], float]:
    problem, found, unit = rule.problem, [], 0.0
    for types in tried:
        outcome, paid = rule.settle(types)
        for n, own in enumerate(types):
            payoff = problem.worth(n, outcome, own) + paid[n]
            gain, unit = payoff - outside(n, own), max(unit, abs(payoff))
            found.append(Loser(problem.organizations[n], own, gain, without(n, types)))
    return found, unit


def _interim(
    rule: ReportRule, outside: Outside, points: int, draws: int | None, seed: int
) -> tuple[list[Loser], float]:
    problem, found, unit = rule.problem, [], 0.0
    sample = None if draws is None else problem.sample(np.random.default_rng(seed), draws)
    if sample is None and not (countable(problem.types[1:]) and countable(problem.types[:-1])):
        raise InvalidInputError("expectations over this many types are estimates: give `draws`")
    for n, space in enumerate(problem.types):
        for own in space.grid(points):
            error = None
            if sample is None:
                payoff = expected_payoff(rule, n, own, own)
            else:
                drawn = [rule.payoff(n, own, beside(n, own, without(n, t))) for t in sample]
                payoff = float(np.mean(drawn))
                error = float(np.std(drawn, ddof=1) / np.sqrt(len(drawn)))
            gain, unit = payoff - outside(n, own), max(unit, abs(payoff))
            found.append(Loser(problem.organizations[n], own, gain, None, error))
    return found, unit
