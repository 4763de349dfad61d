"""Expected externality: balanced at every report, truthful on average.

    t_n = f_n(θ̂_n) − mean_{m≠n} f_m(θ̂_m),    f_n(θ̂_n) = E_{θ_−n} Σ_{m≠n} v_m(k(θ̂_n, θ_−n), θ_m)

The second term is none of n's doing, so that on average n is paid what the others gain, as by
Groves; and every f_n is received once and paid once (d'Aspremont and Gérard-Varet, Incentives and
incomplete information, Journal of Public Economics 11, 1979). Types must be independent and their
laws common knowledge; nobody is promised to be better off than outside.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms.reported.expectation import expect_others
from coopetition.mechanisms.reported.problem import TypeProblem
from coopetition.mechanisms.reported.rule import Promise, ReportRule
from coopetition.mechanisms.reported.types import Reports

Transfers = Callable[[Sequence[Any]], list[Any]]


def externality_transfers(externalities: Sequence[Any]) -> list[Any]:
    """Return f_n − mean of the others' f; numbers or symbols.

    Examples
    --------
    >>> externality_transfers([3.0, 1.0, 2.0])
    [1.5, -1.5, 0.0]
    """
    others = len(externalities) - 1
    return [
        f - sum(g for m, g in enumerate(externalities) if m != n) / others
        for n, f in enumerate(externalities)
    ]


@lru_cache(maxsize=64)
def balance_identity(size: int, transfers: Transfers = externality_transfers) -> bool:
    """Run transfers on symbols: whether they sum to 0 and f_n is all that is n's."""
    import sympy

    symbols = list(sympy.symbols(f"f0:{size}", real=True))
    paid = transfers(symbols)
    rests = [sympy.expand(t - f) for t, f in zip(paid, symbols, strict=True)]
    own = any(f in rest.free_symbols for rest, f in zip(rests, symbols, strict=True))
    return not own and sympy.expand(sum(paid)) == 0


@dataclass(frozen=True)
class Externalities:
    """The parts f_n of a problem; expectations are kept."""

    problem: TypeProblem
    centered: bool

    def others_gain(self, n: int, reports: Reports) -> float:
        """Return Σ_{m≠n} v_m where all reports are true."""
        values = self.problem.values(self.problem.choose(reports), reports)
        return float(sum(v for m, v in enumerate(values) if m != n))

    @cached_property
    def externality(self) -> Callable[[int, float], float]:
        """E_{θ_−n} Σ_{m≠n} v_m, by n and its report."""
        return lru_cache(maxsize=100_000)(
            lambda n, report: expect_others(
                self.problem, n, report, lambda reports: self.others_gain(n, reports)
            )
        )

    @cached_property
    def means(self) -> tuple[float, ...]:
        """E f_n before centering, over n's own type."""
        return tuple(
            space.mean(lambda own, n=n: self.externality(n, own))  # type: ignore[misc]
            for n, space in enumerate(self.problem.types)
        )

    def part(self, n: int, report: float) -> float:
        """Return f_n."""
        return self.externality(n, report) - (self.means[n] if self.centered else 0.0)

    def pay(self, reports: Reports) -> list[Any]:
        """Return the transfers."""
        return externality_transfers([self.part(n, own) for n, own in enumerate(reports)])

    def expected(self, n: int, report: float) -> float:
        """Return what n expects to receive where the others tell the truth."""
        others = [0.0 if self.centered else mean for m, mean in enumerate(self.means) if m != n]
        return self.part(n, report) - sum(others) / len(others)

    def proof(self, wanted: str) -> str | None:
        """Return the algebra that proves a property."""
        if not balance_identity(self.problem.size):
            return None
        if wanted in ("strong-budget-balance", "weak-budget-balance"):
            return "every f_n is received once and paid once, checked symbolically"
        if wanted == "bayesian-incentives" and self.problem.efficiency == "proved":
            return "E t_n = f_n(report) + constant, checked symbolically, for the best outcome"
        return None


def expected_externality(problem: TypeProblem, *, centered: bool = False) -> ReportRule:
    """Make the expected externality rule (AGV), for the laws that the problem's types have.

    Expectations are sums over finite types and quadrature over at most two intervals.

    Parameters
    ----------
    centered : bool
        Take f_n − E f_n for f_n, so that nobody expects to receive or pay anything before types
        are known: zero-sum lump sums, which move no incentive.

    Raises
    ------
    InvalidInputError
        If the outcome rule is not known to be efficient, or the expectation is too large.

    Examples
    --------
    >>> from coopetition.mechanisms.reported import TypeInterval, public_project
    >>> rule = expected_externality(public_project([TypeInterval(0.0, 1.0)] * 2, cost=1.0))
    >>> rule([0.5, 0.9])[1].round(6).tolist()
    [0.08, -0.08]
    """
    if problem.efficiency is None:
        raise InvalidInputError(
            "`expected-externality` needs an outcome rule that maximizes the sum of reported "
            "values: say how that is known in `efficiency`, or truth is not best"
        )

    parts = Externalities(problem, centered)
    return ReportRule(
        name="expected-externality",
        problem=problem,
        promise=Promise(
            information="reports, and the independent laws of all types (common prior)",
            efficient=True,
            incentives="BIC",
            budget="strong",
            rationality="none",
            source="d'Aspremont and Gérard-Varet, Journal of Public Economics 11, 1979",
        ),
        pay=parts.pay,
        proof=parts.proof,
        expected=parts.expected,
    )
