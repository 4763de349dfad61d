"""Groves rules: everybody receives what the others gain, plus a term of their reports alone.

    t_n = Σ_{m≠n} v_m(k(θ̂), θ̂_m) + h_n(θ̂_−n)

so that n's payoff is the whole welfare plus h_n: where k maximizes the reported welfare, truth is
best whatever others report, W(k(θ̂_n, θ̂_−n), θ_n, θ̂_−n) + h_n ≤ max_k W + h_n (Groves 1973). The
Clarke pivot is h_n = −(what the others reach without n).
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms.reported.problem import TypeProblem, without
from coopetition.mechanisms.reported.rule import Budget, Promise, Rationality, ReportRule
from coopetition.mechanisms.reported.types import Reports

Term = Callable[[int, Reports], float]
Transfers = Callable[[Sequence[Any], Sequence[Any]], list[Any]]
FORM = "t_n = Σ_{m≠n} v_m + h_n(θ_−n), checked symbolically"


def groves_transfers(values: Sequence[Any], terms: Sequence[Any]) -> list[Any]:
    """Return Σ_{m≠n} v_m + h_n for every n; numbers or symbols.

    Examples
    --------
    >>> groves_transfers([5.0, 2.0, 1.0], [-3.0, -6.0, -7.0])
    [0.0, 0.0, 0.0]
    """
    return [sum(v for m, v in enumerate(values) if m != n) + term for n, term in enumerate(terms)]


@lru_cache(maxsize=64)
def groves_identity(size: int, transfers: Transfers = groves_transfers) -> bool:
    """Run transfers on symbols: whether t_n − Σ_{m≠n} v_m(k, θ_m) has no k and no θ_n."""
    import sympy

    outcome = sympy.Symbol("k")
    types = sympy.symbols(f"theta0:{size}", real=True)
    values = [sympy.Function(f"v{m}")(outcome, own) for m, own in enumerate(types)]
    terms = [
        sympy.Function(f"h{n}")(*(own for m, own in enumerate(types) if m != n))
        for n in range(size)
    ]
    for n, transfer in enumerate(transfers(values, terms)):
        rest = sympy.expand(transfer - sum(v for m, v in enumerate(values) if m != n))
        if rest.free_symbols & {outcome, types[n]}:
            return False
    return True


def groves_rule(
    problem: TypeProblem,
    term: Term,
    *,
    name: str,
    source: str,
    budget: Budget = "none",
    rationality: Rationality = "none",
    proofs: dict[str, str] | None = None,
) -> ReportRule:
    """Make a rule of Groves' form with its promise and its proofs."""
    if problem.efficiency is None:
        raise InvalidInputError(
            f"`{name}` needs an outcome rule that maximizes the sum of reported values: say how "
            "that is known in `efficiency`, or truth is not best"
        )

    def pay(reports: Reports) -> list[float]:
        values = problem.values(problem.choose(reports), reports)
        terms = [term(n, without(n, reports)) for n in range(problem.size)]
        return groves_transfers(values, terms)

    def proof(wanted: str) -> str | None:
        if wanted.endswith("-incentives"):
            known = problem.efficiency == "proved" and groves_identity(problem.size)
            return f"{FORM}, for an outcome that maximizes Σ v" if known else None
        return (proofs or {}).get(wanted)

    promise = Promise(
        information="reports only, no prior",
        efficient=True,
        incentives="DSIC",
        budget=budget,
        rationality=rationality,
        source=source,
    )
    return ReportRule(name=name, problem=problem, promise=promise, pay=pay, proof=proof)


def groves(problem: TypeProblem, term: Term) -> ReportRule:
    """Make the Groves rule with a term of your own.

    Parameters
    ----------
    term : (n, the others' reports) -> money
        h_n; it never sees n's report.

    Raises
    ------
    InvalidInputError
        If the outcome rule is not known to be efficient.

    Examples
    --------
    >>> from coopetition.mechanisms.reported import TypeInterval, public_project
    >>> problem = public_project([TypeInterval(0.0, 1.0)] * 2, cost=1.0)
    >>> groves(problem, lambda n, others: 0.0)([0.9, 0.7])[1].round(9).tolist()
    [0.2, 0.4]
    """
    source = "Groves, Incentives in teams, Econometrica 41, 1973"
    return groves_rule(problem, term, name="groves", source=source)


def clarke(problem: TypeProblem) -> ReportRule:
    """Make the Clarke pivot rule: everybody pays what it costs the others.

    No deficit where the others could do as well without n, and rational ex post where n does no
    harm by joining; the problem says whether.

    Raises
    ------
    InvalidInputError
        If the outcome rule is not known to be efficient.

    Examples
    --------
    >>> from coopetition.mechanisms.reported import TypeInterval, equal_items
    >>> rule = clarke(equal_items([TypeInterval(0.0, 10.0)] * 3))
    >>> rule.promise.incentives, rule.promise.budget, rule.promise.rationality
    ('DSIC', 'weak', 'ex post')
    """
    return groves_rule(
        problem,
        lambda n, others: -problem.without(n, others),
        name="clarke",
        source="Clarke, Multipart pricing of public goods, Public Choice 11, 1971",
        budget="weak" if problem.others_lose_nothing else "none",
        rationality="ex post" if problem.joining_is_free else "none",
    )
