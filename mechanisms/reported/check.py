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
    own_said,
    own_types,
    trial,
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


class _Best:
    """The best lie of each organization, and the size of its payoffs, which is its unit."""

    def __init__(self, size: int) -> None:
        self.lies: list[Lie | None] = [None] * size
        self.units = [0.0] * size
        self.count = 0

    def truth(self, n: int, payoff: float) -> None:
        self.units[n] = max(self.units[n], abs(payoff))

    def lie(self, n: int, lie: Lie) -> None:
        self.count += 1
        best = self.lies[n]
        if best is None or not lie.gain <= best.gain:
            self.lies[n] = lie

    def verdict(self, rule: ReportRule, name: str, how: str, *, estimated: bool = False) -> Verdict:
        """Judge each one's best lie: beyond its tolerance it fails, and nothing is proved."""
        found = [lie for lie in self.lies if lie is not None]
        best = max(found, key=lambda lie: lie.gain, default=None)
        gaining = [
            lie
            for lie, unit in zip(self.lies, self.units, strict=True)
            if lie is not None and not lie.gain <= TOLERANCE * unit + 3.0 * (lie.error or 0.0)
        ]
        if gaining:
            witness = max(gaining, key=lambda lie: lie.gain)
            return Verdict(name, False, "estimated" if estimated else "checked", how, witness)
        proof = rule.proof(name) or rule.proof("dominant-strategy-incentives")
        if proof:
            return Verdict(name, True, "proved", f"{proof}; no lie found, {how}", best)
        return Verdict(name, True, "estimated" if estimated else "checked", how, best)


def _dominant(rule: ReportRule, points: int, draws: int | None, seed: int) -> Verdict:
    problem, tried = rule.problem, trial(rule, points, draws, seed)
    best = _Best(problem.size)
    known: dict[Reports, tuple[object, tuple[float, ...]]] = {}

    def payoff(n: int, own: float, reports: Reports) -> float:
        if reports not in known:
            known[reports] = rule.settle(reports)
        outcome, paid = known[reports]
        return problem.worth(n, outcome, own) + paid[n]

    for types in tried.profiles:
        for n, own in enumerate(types):
            others = without(n, types)
            truth = payoff(n, own, types)
            best.truth(n, truth)
            for report in tried.lies[n]:
                if report != own:
                    gain = payoff(n, own, beside(n, report, others)) - truth
                    best.lie(n, Lie(problem.organizations[n], own, report, gain, others))
    return best.verdict(rule, "dominant-strategy-incentives", tried.said(best.count, "lies"))


def _bayesian(rule: ReportRule, points: int, draws: int | None, seed: int) -> Verdict:
    name, problem = "bayesian-incentives", rule.problem
    if draws is not None:
        return _sampled(rule, name, points, draws, seed)
    if not countable(problem.types[1:]) or not countable(problem.types[:-1]):
        raise InvalidInputError(
            "expected gains over this many types must be estimated: give `draws`"
        )
    best, tried = _Best(problem.size), trial(rule, points, None, seed)
    for n, lies in enumerate(tried.lies):
        types = own_types(problem, n, points)
        for own in types:
            truth = expected_payoff(rule, n, own, own)
            best.truth(n, truth)
            for report in dict.fromkeys((*types, *lies)):
                if report != own:
                    gain = expected_payoff(rule, n, own, report) - truth
                    best.lie(n, Lie(problem.organizations[n], own, report, gain))
    return best.verdict(rule, name, f"on {own_said(problem, points)}, {best.count} lies on average")


def _sampled(rule: ReportRule, name: str, points: int, draws: int, seed: int) -> Verdict:
    """Search on one sample; the lie of each that gains most there is judged on another."""
    problem, best = rule.problem, _Best(rule.problem.size)
    search, fresh = (
        problem.sample(rng, draws)
        for rng in map(np.random.default_rng, np.random.SeedSequence(seed).spawn(2))
    )
    for n in range(problem.size):
        types = own_types(problem, n, points)
        found: tuple[float, float, float] | None = None
        count = 0
        for own, report in product(types, types):
            if own == report:
                continue
            gains, truth = _gains(rule, n, own, report, search)
            best.truth(n, truth)
            count += 1
            if found is None or gains.mean() > found[0]:
                found = float(gains.mean()), own, report
        if found is not None:
            _, own, report = found
            gains, _ = _gains(rule, n, own, report, fresh)
            error = float(gains.std(ddof=1) / np.sqrt(draws))
            mean = float(gains.mean())
            best.lie(n, Lie(problem.organizations[n], own, report, mean, None, error))
        best.count += count - (found is not None)
    how = f"on {draws} draws, {best.count} lies; the best of each on {draws} fresh draws"
    return best.verdict(rule, name, how, estimated=True)


def _gains(
    rule: ReportRule, n: int, own: float, report: float, sample: Sequence[Reports]
) -> tuple[np.ndarray, float]:
    """Return the paired gains of a lie on drawn types, and the mean payoff of the truth."""

    def average(told: float) -> Callable[[Reports], float]:
        return lambda types: rule.payoff(n, own, beside(n, told, without(n, types)))

    truth = np.array([average(own)(types) for types in sample])
    lied = np.array([average(report)(types) for types in sample])
    return lied - truth, float(truth.mean())
