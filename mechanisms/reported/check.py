"""Are reports truthful? Profitable lies, searched over types, reports and the others' types."""

from collections.abc import Callable, Sequence
from itertools import product
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
from coopetition.mechanisms.reported.verdict import Lie, Verdict


def check_incentives(
    rule: ReportRule,
    *,
    concept: Literal["dominant strategy", "Bayesian"] | None = None,
    points: int = 5,
    draws: int | None = None,
    seed: int = 0,
) -> Verdict:
    """Search for a profitable lie, over a grid of types and reports.

    Dominant strategy: the others report anything on the grid, or the types drawn. Bayesian: they
    tell the truth, and the gain is its expectation: exact sums over finite types, quadrature over
    intervals, or with `draws` an estimate, whose best lie is confirmed on fresh draws.

    Parameters
    ----------
    concept : default the rule's own
    points : int
        Types of each interval that are tried; finite types are all tried.
    draws : int, optional
        Draw this many profiles instead of trying all.

    Raises
    ------
    InvalidInputError
        If the search would be too large, or there are fewer than 2 points or draws.

    Examples
    --------
    >>> from coopetition.mechanisms.reported import Finite, clarke, equal_items
    >>> rule = clarke(equal_items([Finite((1.0, 2.0, 3.0))] * 3))
    >>> print(check_incentives(rule).claim)
    proved
    """
    concept = concept or ("Bayesian" if rule.promise.incentives == "BIC" else "dominant strategy")
    if concept not in ("dominant strategy", "Bayesian"):
        raise InvalidInputError(
            f"`concept` must be 'dominant strategy' or 'Bayesian', got {concept!r}"
        )
    checked_counts(points, draws)
    if concept == "dominant strategy":
        return _dominant(rule, points, draws, seed)
    return _bayesian(rule, points, draws, seed)


def _verdict(
    rule: ReportRule, name: str, lie: Lie | None, unit: float, how: str, estimated: bool = False
) -> Verdict:
    """Judge the best lie found: more than the tolerance fails, and nothing is proved against it."""
    noise = 3.0 * lie.error if lie is not None and lie.error is not None else 0.0
    if lie is not None and not lie.gain <= TOLERANCE * unit + noise:
        return Verdict(name, False, "estimated" if estimated else "checked", how, lie)
    proof = rule.proof(name) or rule.proof("dominant-strategy-incentives")
    if proof:
        return Verdict(name, True, "proved", f"{proof}; no lie found, {how}", lie)
    return Verdict(name, True, "estimated" if estimated else "checked", how, lie)


def _dominant(rule: ReportRule, points: int, draws: int | None, seed: int) -> Verdict:
    problem, best, unit, count = rule.problem, None, 0.0, 0
    known: dict[Reports, tuple[object, tuple[float, ...]]] = {}

    def payoff(n: int, own: float, reports: Reports) -> float:
        if reports not in known:
            known[reports] = rule.settle(reports)
        outcome, paid = known[reports]
        return problem.worth(n, outcome, own) + paid[n]

    for types in profiles(rule, points, draws, seed):
        for n, own in enumerate(types):
            others = without(n, types)
            truth = payoff(n, own, types)
            unit = max(unit, abs(truth))
            for report in problem.types[n].grid(points):
                if report == own:
                    continue
                gain = payoff(n, own, beside(n, report, others)) - truth
                count += 1
                if best is None or not gain <= best.gain:
                    best = Lie(problem.organizations[n], own, report, gain, others)
    how = said(rule, count, points, draws, "lies")
    return _verdict(rule, "dominant-strategy-incentives", best, unit, how)


def _bayesian(rule: ReportRule, points: int, draws: int | None, seed: int) -> Verdict:
    name = "bayesian-incentives"
    if draws is not None:
        return _sampled(rule, name, points, draws, seed)
    if not countable(rule.problem.types[1:]) or not countable(rule.problem.types[:-1]):
        raise InvalidInputError(
            "expected gains over this many types must be estimated: give `draws`"
        )
    problem, best, unit, count = rule.problem, None, 0.0, 0
    for n, space in enumerate(problem.types):
        grid = space.grid(points)
        for own in grid:
            truth = expected_payoff(rule, n, own, own)
            unit = max(unit, abs(truth))
            for report in grid:
                if report == own:
                    continue
                gain = expected_payoff(rule, n, own, report) - truth
                count += 1
                if best is None or not gain <= best.gain:
                    best = Lie(problem.organizations[n], own, report, gain)
    return _verdict(rule, name, best, unit, said(rule, count, points, None, "lies on average"))


def _sampled(rule: ReportRule, name: str, points: int, draws: int, seed: int) -> Verdict:
    """Search on one sample; the lie that gains most there is judged on another."""
    problem = rule.problem
    search, fresh = (
        problem.sample(rng, draws)
        for rng in map(np.random.default_rng, np.random.SeedSequence(seed).spawn(2))
    )
    found: tuple[float, int, float, float] | None = None
    unit = count = 0.0
    for n, space in enumerate(problem.types):
        grid = space.grid(points)
        for own, report in product(grid, grid):
            if own == report:
                continue
            gains, truth = _gains(rule, n, own, report, search)
            unit, count = max(unit, abs(truth)), count + 1
            if found is None or gains.mean() > found[0]:
                found = float(gains.mean()), n, own, report
    lie = None
    if found is not None:
        _, n, own, report = found
        gains, _ = _gains(rule, n, own, report, fresh)
        error = float(gains.std(ddof=1) / np.sqrt(draws))
        lie = Lie(problem.organizations[n], own, report, float(gains.mean()), None, error)
    how = f"on {draws} draws, {int(count)} lies; the best one on {draws} fresh draws"
    return _verdict(rule, name, lie, unit, how, estimated=True)


def _gains(
    rule: ReportRule, n: int, own: float, report: float, sample: Sequence[Reports]
) -> tuple[np.ndarray, float]:
    """Return the paired gains of a lie on drawn types, and the mean payoff of the truth."""

    def average(told: float) -> Callable[[Reports], float]:
        return lambda types: rule.payoff(n, own, beside(n, told, without(n, types)))

    truth = np.array([average(own)(types) for types in sample])
    lied = np.array([average(report)(types) for types in sample])
    return lied - truth, float(truth.mean())
