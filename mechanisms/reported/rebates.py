"""Giving the Clarke payments back without touching incentives.

A rebate to n that depends on the others' reports alone keeps truth dominant. Cavallo: n gets
1/N of the least that all would pay, over all reports n could make; for equal items this is
(m/N) · the (m+1)-th highest of the others' reports (Bailey). Guo and Conitzer choose, among all
rebates linear in the sorted reports of the others, the one that returns the largest share of the
payments in the worst case.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate

from coopetition.games.errors import InvalidInputError, UnsupportedGameError
from coopetition.mechanisms.reported.coefficients import (
    bailey_coefficients,
    returned_shares,
    worst_case_coefficients,
)
from coopetition.mechanisms.reported.groves import clarke, groves_rule
from coopetition.mechanisms.reported.problem import TypeProblem, beside
from coopetition.mechanisms.reported.rule import ReportRule
from coopetition.mechanisms.reported.types import Finite, Reports

BAILEY = "Bailey, Public Choice 91, 1997; Cavallo, AAMAS 2006"
GUO = "Guo and Conitzer, Games and Economic Behavior 67, 2009"


def linear_rebates(
    problem: TypeProblem,
    coefficients: Sequence[Fraction],
    *,
    name: str = "linear-rebates",
    source: str = "Groves, Econometrica 41, 1973",
) -> ReportRule:
    """Make the Clarke rule with rebates Σ c_i · (i-th highest report of the others).

    What it promises of budget and participation is what the coefficients keep, exactly.

    Raises
    ------
    UnsupportedGameError
        If the problem does not allot items.
    InvalidInputError
        Unless there are N − 1 coefficients.

    Examples
    --------
    >>> from coopetition.mechanisms.reported import TypeInterval, equal_items
    >>> items = equal_items([TypeInterval(0.0, 1.0)] * 3)
    >>> linear_rebates(items, [Fraction(0), Fraction(1, 2)]).promise.budget
    'none'
    """
    units = problem.units
    if units is None:
        raise UnsupportedGameError(f"`{name}` needs a problem that allots equal items")
    if len(coefficients) != problem.size - 1:
        raise InvalidInputError(
            f"`coefficients` must be {problem.size - 1}, one for each other, got {coefficients}"
        )
    weights = [float(c) for c in coefficients]
    shares = returned_shares(coefficients, units)
    safe = shares is not None and shares[1] <= 1
    proofs = {}
    if shares is not None and safe:
        said = f"{shares[0]} to {shares[1]} of the payments are returned"
        proofs = {"weak-budget-balance": f"{said}, exact on all rays of sorted reports"}

    def term(n: int, others: Reports) -> float:
        ranked = sorted(others, reverse=True)
        rebate = sum(c * report for c, report in zip(weights, ranked, strict=True))
        return rebate - problem.without(n, others)

    return groves_rule(
        problem,
        term,
        name=name,
        source=source,
        budget="weak" if safe else "none",
        rationality="ex post" if min(accumulate(coefficients)) >= 0 else "none",
        proofs=proofs,
    )


def bailey_cavallo(problem: TypeProblem) -> ReportRule:
    """Make the Clarke rule whose payments are partly given back, never more than was paid.

    Raises
    ------
    UnsupportedGameError
        If the Clarke rule may run a deficit, or types fill intervals where no items are allotted.

    Examples
    --------
    >>> from coopetition.mechanisms.reported import TypeInterval, equal_items
    >>> bailey_cavallo(equal_items([TypeInterval(0.0, 10.0)] * 3))([9.0, 6.0, 3.0])[1].tolist()
    [-5.0, 1.0, 2.0]
    """
    if problem.units is not None:
        coefficients = bailey_coefficients(problem.size, problem.units)
        return linear_rebates(problem, coefficients, name="bailey-cavallo", source=BAILEY)
    spaces = [space for space in problem.types if isinstance(space, Finite)]
    if not problem.others_lose_nothing:
        raise UnsupportedGameError(
            "bailey_cavallo() needs a problem whose Clarke rule runs no deficit: there is nothing "
            "to give back"
        )
    if len(spaces) < problem.size:
        raise UnsupportedGameError(
            "bailey_cavallo() needs finite types: the least payment over an interval is no "
            "finite search"
        )
    pivot = clarke(problem)
    term = _cavallo(problem, lambda reports: -sum(pivot.pay(reports)), spaces)
    return groves_rule(
        problem,
        term,
        name="bailey-cavallo",
        source=BAILEY,
        budget="weak",
        rationality=pivot.promise.rationality,
    )


def _cavallo(
    problem: TypeProblem, revenue: Callable[[Reports], float], spaces: Sequence[Finite]
) -> Callable[[int, Reports], float]:
    """Return h_n = −W_−n + (1/N) min over n's reports of what all pay together."""

    @lru_cache(maxsize=100_000)
    def term(n: int, others: Reports) -> float:
        least = min(revenue(beside(n, report, others)) for report in spaces[n].values)
        return max(least, 0.0) / problem.size - problem.without(n, others)

    return term


def guo_conitzer(problem: TypeProblem) -> ReportRule:
    """Make the linear redistribution that is best in the worst case, for equal items.

    Raises
    ------
    UnsupportedGameError
        If the problem does not allot items.
    InvalidInputError
        Unless units ≤ N − 2.

    Examples
    --------
    >>> from coopetition.mechanisms.reported import TypeInterval, equal_items
    >>> guo_conitzer(equal_items([TypeInterval(0.0, 7.0)] * 4))([7, 7, 7, 0])[1].round(9).tolist()
    [-5.0, 2.0, 2.0, 1.0]
    """
    if problem.units is None:
        raise UnsupportedGameError("`guo-conitzer` needs a problem that allots equal items")
    coefficients = worst_case_coefficients(problem.size, problem.units)
    return linear_rebates(problem, coefficients, name="guo-conitzer", source=GUO)
