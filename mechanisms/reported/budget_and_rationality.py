"""Who pays in total, and who would rather stay out: budget and participation, with witnesses."""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms.reported.expectation import countable
from coopetition.mechanisms.reported.problem import beside, without
from coopetition.mechanisms.reported.rule import ReportRule
from coopetition.mechanisms.reported.truthfulness import (
    TOLERANCE,
    checked_counts,
    expected_payoff,
    own_said,
    own_types,
    trial,
)
from coopetition.mechanisms.reported.types import Reports
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

    Raises as `check_incentives`.

    Parameters
    ----------
    level : "strong" (sums to zero) or "weak" (never above zero); default what the rule promises
    points, draws : types of each interval that are tried, or profiles drawn

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
    tried = trial(rule, points, draws, seed)
    settled = [rule.settle(types) for types in tried.profiles]
    paid = np.array([transfers for _, transfers in settled])
    worth = np.array(
        [
            [rule.problem.worth(n, outcome, own) for n, own in enumerate(types)]
            for types, (outcome, _) in zip(tried.profiles, settled, strict=True)
        ]
    )
    # transfers are differences of what outcomes are worth, and rounded as these
    sums, unit = paid.sum(axis=1), np.maximum(np.abs(paid), np.abs(worth)).max(axis=1)
    sums[np.abs(sums) <= 1e-15 * unit] = 0.0
    high, low = int(np.argmax(sums)), int(np.argmin(sums))
    at = tried.profiles
    balance = Balance(float(sums[high]), at[high], float(sums[low]), at[low])
    slack = 1e-12 * unit * paid.shape[1]
    holds = bool((sums <= slack).all() and (wanted == "weak" or (sums >= -slack).all()))
    name = f"{wanted}-budget-balance"
    how = tried.said(len(at), "profiles of types")
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

    Raises as `check_incentives`.

    Parameters
    ----------
    stage : default what the rule promises, interim where it promises nothing
    points, draws : types of each interval that are tried, or profiles drawn

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
        tried = trial(rule, points, draws, seed)
        gains = _ex_post(rule, rule.problem.outside, tried.profiles)
        how = tried.said(len(gains), "payoffs")
    else:
        gains = _interim(rule, rule.problem.outside, points, draws, seed)
        how = f"on {own_said(rule.problem, points)}, {len(gains)} types, "
        how += "expectations by sums or quadrature" if draws is None else f"on {draws} draws"
    lost = [one for one, unit in gains if one.gain < -TOLERANCE * unit - 3.0 * (one.error or 0.0)]
    worst = min(lost or [one for one, _ in gains], key=lambda one: one.gain)
    return Verdict(name, not lost, "checked" if worst.error is None else "estimated", how, worst)


Gains = list[tuple[Loser, float]]  # each with the payoff that is its unit


def _ex_post(rule: ReportRule, outside: Outside, tried: Sequence[Reports]) -> Gains:
    problem, found = rule.problem, []
    for types in tried:
        outcome, paid = rule.settle(types)
        for n, own in enumerate(types):
            worth, rest = problem.worth(n, outcome, own), outside(n, own)
            one = Loser(problem.organizations[n], own, worth + paid[n] - rest, without(n, types))
            found.append((one, max(abs(worth), abs(paid[n]), abs(rest))))
    return found


def _interim(
    rule: ReportRule, outside: Outside, points: int, draws: int | None, seed: int
) -> Gains:
    problem, found = rule.problem, []
    sample = None if draws is None else problem.sample(np.random.default_rng(seed), draws)
    if sample is None and not (countable(problem.types[1:]) and countable(problem.types[:-1])):
        raise InvalidInputError("expectations over this many types are estimates: give `draws`")
    for n in range(problem.size):
        units, own_found = [], []
        for own in own_types(problem, n, points):
            error = None
            if sample is None:
                payoff = expected_payoff(rule, n, own, own)
            else:
                drawn = [rule.payoff(n, own, beside(n, own, without(n, t))) for t in sample]
                payoff = float(np.mean(drawn))
                error = float(np.std(drawn, ddof=1) / np.sqrt(len(drawn)))
            rest = outside(n, own)
            units += [abs(payoff), abs(rest)]
            own_found.append(Loser(problem.organizations[n], own, payoff - rest, None, error))
        found += [(one, max(units)) for one in own_found]
    return found
