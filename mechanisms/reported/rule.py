"""What a rule for reports is, and what it promises."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms.reported.problem import TypeProblem
from coopetition.mechanisms.reported.types import Reports

Incentives = Literal["DSIC", "BIC", "none"]
Budget = Literal["strong", "weak", "none"]
Rationality = Literal["ex post", "interim", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What a rule needs to know and what it promises; none of it is taken on trust.

    `information` is what the rule itself must know. `incentives`: telling the truth is best
    whatever the others report (DSIC), or on average where they tell it (BIC). `budget`: transfers
    sum to zero at every profile of reports (strong), or never to more than zero (weak).
    `rationality`: nobody is worse off than outside, at every profile (ex post) or on average given
    its own type (interim). "none" promises nothing.
    """

    information: str
    efficient: bool
    incentives: Incentives
    budget: Budget
    rationality: Rationality
    source: str

    @property
    def concept(self) -> str:
        """The solution concept under which organizations are expected to tell the truth."""
        concepts = {"DSIC": "dominant strategy", "BIC": "Bayesian", "none": "none"}
        return concepts[self.incentives]


def no_proof(name: str) -> str | None:
    """Prove nothing."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReportRule:
    """An outcome rule and transfers: calling it with reports returns (outcome, transfers).

    Parameters
    ----------
    pay : reports -> N transfers, positive = received
    proof : property name -> the algebra that proves it, or None
        Asked for "dominant-strategy-incentives", "bayesian-incentives", "strong-budget-balance"
        and "weak-budget-balance".
    expected : (n, report) -> money, optional
        What n expects to receive where the others tell the truth, if known in short.

    Examples
    --------
    >>> from coopetition.mechanisms.reported import TypeInterval, clarke, equal_items
    >>> outcome, transfers = clarke(equal_items([TypeInterval(0.0, 10.0)] * 3))([4.0, 9.0, 7.0])
    >>> outcome, transfers.tolist()
    ((1,), [0.0, -7.0, 0.0])
    """

    name: str
    problem: TypeProblem
    promise: Promise
    pay: Callable[[Reports], Sequence[float]]
    proof: Callable[[str], str | None] = no_proof
    expected: Callable[[int, float], float] | None = None

    def __call__(self, reports: Sequence[float]) -> tuple[Any, Array]:
        """Return the outcome and what each organization receives, shape (N,).

        Raises
        ------
        InvalidInputError
            If the reports are not one possible type for each organization.
        """
        given = self.problem.checked(reports)
        return self.problem.choose(given), np.asarray(self.settle(given)[1])

    def settle(self, reports: Reports) -> tuple[Any, tuple[float, ...]]:
        """Return outcome and transfers for reports that are known to be types.

        Raises
        ------
        InvalidInputError
            If the rule does not pay one finite number each.
        """
        paid = tuple(float(t) for t in self.pay(reports))
        if len(paid) != self.problem.size or not np.isfinite(paid).all():
            raise InvalidInputError(
                f"rule `{self.name}` must pay {self.problem.size} finite numbers, "
                f"got {paid} for the reports {reports}"
            )
        return self.problem.choose(reports), paid

    def payoff(self, n: int, own: float, reports: Reports) -> float:
        """Return what n of type `own` gets from the reports, its own report among them."""
        outcome, paid = self.settle(reports)
        return self.problem.worth(n, outcome, own) + paid[n]
