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
from math import comb

from coopetition.games.errors import InvalidInputError, UnsupportedGameError
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


def worst_case_coefficients(size: int, units: int = 1) -> tuple[Fraction, ...]:
    """Return c_1 … c_{N−1}: the rebate to n is Σ c_i · (i-th highest report of the others).

    Raises
    ------
    InvalidInputError
        Unless 1 ≤ units ≤ N − 2.

    Examples
    --------
    >>> [str(c) for c in worst_case_coefficients(4)]
    ['0', '2/7', '-1/7']
    """
    if not 1 <= units <= size - 2:
        raise InvalidInputError(
            f"`units` must be from 1 to {size - 2} for {size} organizations, got {units}: "
            "otherwise no linear rebate returns anything in the worst case"
        )
    total = sum(comb(size - 1, j) for j in range(units, size))
    found = [Fraction(0)] * (size - 1)
    for i in range(units + 1, size):
        tail = sum(comb(size - 1, j) for j in range(i, size))
        scale = Fraction((size - units) * comb(size - 1, units - 1), i * total)
        found[i - 1] = (-1) ** (i + units - 1) * scale * Fraction(tail, comb(size - 1, i))
    return tuple(found)


def bailey_coefficients(size: int, units: int = 1) -> tuple[Fraction, ...]:
    """Return the coefficients of Bailey's rebate, m/N at place m + 1.

    Examples
    --------
    >>> [str(c) for c in bailey_coefficients(4)]
    ['0', '1/4', '0']
    """
    return tuple(Fraction(units, size) * (i == units + 1) for i in range(1, size))


def returned_shares(
    coefficients: Sequence[Fraction], units: int = 1
) -> tuple[Fraction, Fraction] | None:
    """Return the least and the largest share of the Clarke payments that rebates return.

    Exact: sorted reports are a cone, on which payments and rebates are linear, so that its rays
    (the j highest report 1, all others 0) decide. None where rebates are paid although nobody pays.

    Examples
    --------
    >>> [str(share) for share in returned_shares(worst_case_coefficients(4))]
    ['4/7', '1']
    """
    size = len(coefficients) + 1
    sums = [sum(coefficients[:j], Fraction(0)) for j in range(size)]  # rebate beside j ones
    given = [
        j * sums[j - 1] + (size - j) * (sums[j] if j < size else 0) for j in range(1, size + 1)
    ]
    if any(given[:units]):
        return None
    shares = [total / units for total in given[units:]]
    return min(shares), max(shares)
