"""Which requirements cannot be met together, and by how much money they miss each other."""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from coopetition.games.errors import NotConvergedError
from coopetition.mechanisms.settlement.contracts import few_links
from coopetition.mechanisms.settlement.highs import SparseRow, matrix, quiet_stdout
from coopetition.mechanisms.settlement.linear_program import FAR, ROUNDING, Program
from coopetition.mechanisms.settlement.requirements import Requirements

_SEEN = 1e-4  # stakes: conflicts that miss by less are not looked for when counting
_SECONDS = 10.0  # for all sets of constraints whose contracts are counted


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
    minimal
        False where time ran out: the set conflicts, perhaps also without some of its members.
    """

    constraints: tuple[str, ...]
    smallest: bool
    shortfall: float
    minimal: bool = True

    def __str__(self) -> str:
        """Say it in one sentence."""
        kind = "a smallest conflicting set" if self.smallest else "a minimal conflicting set"
        amount = f" by {self.shortfall:.6g}" if self.shortfall > 0 else ""
        why = f"{kind}: without any one of them the others can be met"
        if not self.minimal:
            why = "a conflicting set; whether all of them are needed for it was not decided in time"
        return f"impossible{amount}: {', '.join(self.constraints)} ({why})"


def conflict(needed: Requirements, program: Program) -> Conflict:
    """Name a smallest conflicting set of requirements that miss each other in money.

    A program over Farkas multipliers finds it, among those that miss by more than a
    ten-thousandth of the money at stake. Otherwise constraints are taken away one after the other
    as long as the rest remains impossible.
    """
    missing = shortfall(program)
    left = list(needed.labels)
    if fewest := _fewest(program):
        absent = set(left) - set(fewest)
        minimal = all(program.possible(absent | {label}) for label in fewest)
        if minimal and not program.possible(absent):
            return Conflict(fewest, True, missing)
    for label in list(left):
        rest = [other for other in left if other != label]
        if not program.possible(set(needed.labels) - set(rest)):
            left = rest
    return Conflict(tuple(left), False, missing)


def counted_conflict(needed: Requirements, program: Program) -> Conflict:
    """Name a conflicting set, one of which is the number of contracts.

    Constraints are taken away one after the other as long as the rest is known to be impossible.
    """
    left, minimal = list(needed.labels), True
    end = time.monotonic() + _SECONDS
    number = left[-1]  # alone it may be too small for those who need a partner
    for part in ([label for label in left if label != number], *([label] for label in left)):
        rest = [label for label in left if label not in part]
        if len(rest) == len(left):
            continue
        late = time.monotonic() > end
        can = (
            None
            if late
            else possible(
                needed, program, set(needed.labels) - set(rest), _SECONDS / len(needed.labels)
            )
        )
        minimal &= can is not None or len(part) > 1
        if can is False:
            left = rest
    return Conflict(tuple(left), False, 0.0, minimal)


def possible(
    needed: Requirements, money: Program, dropped: set[str], seconds: float
) -> bool | None:
    """Whether the rest can be met; None if not known in time.

    Parameters
    ----------
    money
        The program without a number of contracts.
    dropped
        The labels of what is not asked.
    seconds
        For each of two programs, where contracts are counted.
    """
    if not money.possible(dropped):
        return False
    asked = needed.contracts
    if asked is None or needed.labels[-1] in dropped:
        return True
    kept = needed.without(dropped)
    links = few_links(kept.clipped, kept.lonely, subsidy=kept.subsidy, seconds=seconds)
    if asked < links.fewest:
        return False
    if kept.pair is None and links.found is not None and links.found <= asked:
        return True
    program = Program(needed, seconds=seconds)
    can = program.possible(dropped)
    return None if program.late and not can else can


def _fewest(program: Program) -> tuple[str, ...] | None:
    """Return the constraints of multipliers λ ≥ 0, λA = 0, λb < 0 that use the fewest."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    labels, rows = program.needed.labels, program.rows
    count = len(rows)
    left = np.zeros((program.width, count + len(labels)))
    for k, (row, _, _) in enumerate(rows):
        left[list(row), k] = list(row.values())
    bounds = np.array([bound for _, bound, _ in rows])
    total = np.concatenate([bounds, np.zeros(len(labels))])
    place = {label: k for k, label in enumerate(labels)}
    uses = [(k, place[label]) for k, (_, _, label) in enumerate(rows) if label]
    used = np.zeros((len(uses), count + len(labels)))
    for j, (k, use) in enumerate(uses):
        used[j, k], used[j, count + use] = 1.0, -1.0
    with quiet_stdout():
        answer = milp(
            np.concatenate([np.zeros(count), np.ones(len(labels))]),
            constraints=[
                LinearConstraint(left, 0.0, 0.0),
                LinearConstraint(total[None], -np.inf, -_SEEN),
                LinearConstraint(used, -np.inf, 0.0),
            ],
            integrality=np.concatenate([np.zeros(count), np.ones(len(labels))]),
            bounds=Bounds(0.0, 1.0),
            options={"time_limit": _SECONDS},
        )
    if answer.status != 0:
        return None
    chosen = answer.x[count:] > 0.5
    return tuple(label for label, one in zip(labels, chosen, strict=True) if one)


def shortfall(program: Program) -> float:
    """Return the smallest sum of violations of the constraints on money."""
    from scipy.optimize import linprog

    width, rows = program.width, program.rows
    soft = [k for k, row in enumerate(rows) if row[2]]
    place = {k: width + j for j, k in enumerate(soft)}
    wide: list[SparseRow] = [
        row | {place[k]: -1.0} if k in place else row for k, (row, _, _) in enumerate(rows)
    ]
    bounds: Any = np.vstack([program.bounds(), np.full((len(soft), 2), (0, FAR))])
    objective: Any = np.concatenate([np.zeros(width), np.ones(len(soft))])
    answer: Any = linprog(
        objective,
        A_ub=matrix(wide, width + len(soft)),
        b_ub=[bound for _, bound, _ in rows],
        bounds=bounds,
        method="highs",
    )
    if answer.status != 0:
        raise NotConvergedError(f"the settlement's program was not solved: {answer.message}")
    amount = float(answer.fun) * program.stake
    return amount if amount > ROUNDING * program.stake else 0.0
