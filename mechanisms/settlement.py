"""Settle who receives what at a solved profile: a linear program with names for its constraints.

At a fixed profile fees decide every net payment y_n (transfer plus fee), so that a mechanism's
promises about money are linear in y: participation y_n ≥ need_n, caps on what one organization or
one pair pays, and the budget 0 ≤ Σ y ≤ subsidy. With caps on pairs, or few contracts, payments
are flows between pairs; the number of contracts makes it a mixed-integer program. Where nothing
satisfies all, a smallest conflicting set is named, with multipliers that anybody can check
(Farkas' lemma).
"""

from dataclasses import dataclass, field

import numpy as np

from coopetition.games.errors import InvalidInputError
from coopetition.games.gain import Array, Mask
from coopetition.mechanisms.program import AIMS, Aim, Program
from coopetition.mechanisms.requirements import Requirements

_COSTED = 60  # constraints, at most, whose costs are computed: one program each


@dataclass(frozen=True, slots=True, eq=False)
class Settlement:
    """Net payments that satisfy all requirements.

    Parameters
    ----------
    net : shape (N,)
        What each receives, transfer plus fee; their sum is the subsidy used.
    flows : shape (N, N), optional
        What the row's organization receives from the column's; antisymmetric up to the subsidy.
    moved
        Money that changes hands: Σ |y|/2, or Σ over pairs of |flow|.
    least_gain
        The smallest y_n − need_n.
    partners : shape (N, N), booleans, optional
        Who has a contract with whom.
    costs
        By constraint: by how much the aim would be better without it, money; 0 where it does not
        bind. The aim is the money moved (least) or the smallest gain (fair).
    """

    net: Array
    flows: Array | None
    moved: float
    least_gain: float
    partners: Mask | None
    costs: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Conflict:
    """Requirements that no settlement satisfies.

    Parameters
    ----------
    constraints
        A set that cannot be satisfied together, and can without any one of them.
    smallest
        Whether no conflicting set has fewer members (proved), or this is only one of the minimal.
    shortfall
        By how much money all requirements miss each other: the smallest total violation; 0 where
        it is only the number of contracts that is too small.
    """

    constraints: tuple[str, ...]
    smallest: bool
    shortfall: float

    def __str__(self) -> str:
        """Say it in one sentence."""
        kind = "a smallest conflicting set" if self.smallest else "a minimal conflicting set"
        amount = f" by {self.shortfall:.6g}" if self.shortfall > 0 else ""
        return (
            f"impossible{amount}: {', '.join(self.constraints)} ({kind}: "
            "without any one of them the others can be met)"
        )


def settle(needed: Requirements, aim: Aim = "least") -> Settlement | Conflict:
    """Find net payments that satisfy all requirements, or why there are none.

    Parameters
    ----------
    needed
        The requirements.
    aim
        ``least``: move as little money as possible. ``fair``: make the smallest gain over the
        needs as large as possible, then move as little money as possible.

    Raises
    ------
    InvalidInputError
        If the aim is unknown, or fairness has no limit: somebody's participation is not asked.
    NotConvergedError
        If the program could not be solved.

    Examples
    --------
    South needs 5 and West can spare 9.

    >>> found = settle(Requirements(names=["South", "West"], needs=np.array([5.0, -9.0])))
    >>> found.net.tolist(), found.moved
    ([5.0, -5.0], 5.0)
    >>> print(settle(Requirements(names=["South", "West"], needs=np.array([5.0, -3.0]))))
    impossible by 2: participation of South, participation of West, budget balance ...
    """
    if aim not in AIMS:
        raise InvalidInputError(f"`aim` must be one of {', '.join(AIMS)}, got {aim!r}")
    if aim == "fair" and needed.most is None and not np.isfinite(needed.needs).all():
        raise InvalidInputError("`aim` fair needs everybody's participation, or `most`")
    program = Program(needed)
    best = program.solve(aim)
    if best is None:
        constraints, smallest = program.conflict()
        return Conflict(constraints, smallest, program.shortfall())
    costs: dict[str, float] = {}
    if len(needed.labels) <= _COSTED:
        costs = {label: program.cost(label, aim, best) for label in needed.labels}
    return Settlement(
        net=best.net,
        flows=best.flows,
        moved=best.moved,
        least_gain=best.least_gain,
        partners=best.partners,
        costs=costs,
    )
