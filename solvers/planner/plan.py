"""`plan_many`: the welfare optima of thousands of rounds."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array, Index, Mask
from coopetition.games.errors import CoopetitionError
from coopetition.games.tolerance import checked_tolerance, share_of
from coopetition.output.columns import ManyCells
from coopetition.output.numbers import attainable_share
from coopetition.solvers.batch.branch import best_profiles
from coopetition.solvers.batch.climb import climb
from coopetition.solvers.batch.equilibria import closed, empty
from coopetition.solvers.batch.newton import pair, solve_forms
from coopetition.solvers.batch.rounds import Rounds
from coopetition.solvers.batch.row_table import RowTable, chunks, refused
from coopetition.solvers.batch.welfare import Welfare
from coopetition.solvers.planner.planner import solve_planner

WIDTH = 2**12  # players at a time in branch and bound, which keeps several boxes of each row
LIMIT = 1000  # boxes of a row: one that needs more is left to `solve_planner`


class PlanStatus(Enum):
    """How a row ended; the value is a sentence for the user."""

    TOGETHER = "solved with all others: welfare is concave, the gap within the tolerance"
    BRANCHED = (
        "solved with all others by branch and bound: not concave, the gap within the tolerance"
    )
    ALONE = "solved one by one by `solve_planner`: the gap within the tolerance"
    NOT_CONVERGED = "solved one by one by `solve_planner`: the gap exceeds the tolerance"
    FAILED = "not solved: `failed` says why"

    @property
    def word(self) -> str:
        """What JSON and tables call it, such as `not-converged`."""
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plans(ManyCells):
    """Welfare optima of B rounds among N organizations.

    Attributes
    ----------
    profiles, payoffs : shape (B, N)
        Payoffs without transfers.
    welfare, nobody, gap, tolerance : shape (B,)
        `nobody` is the welfare where nobody generates anything; `gap` bounds how much more
        welfare any other profile could bring.
    concave : shape (B,)
        Whether welfare is concave: then the gradient gives the bound, elsewhere branch and bound.
    status : B values of `PlanStatus`
    failed : row to sentence
        Rows that are no games; NaN stands in their place.
    """

    title = "Welfare optima"

    players: tuple[str, ...]
    profiles: Array
    payoffs: Array
    welfare: Array
    nobody: Array
    gap: Array
    tolerance: Array
    concave: Mask
    status: tuple[PlanStatus, ...]
    failed: Mapping[int, str]

    @property
    def success(self) -> Mask:
        """Whether each row's gap is within the tolerance, shape (B,); never for NaN."""
        return np.asarray((self.gap <= self.tolerance) & np.isfinite(self.gap))

    def attainable_share(self, welfare: Array) -> Array:
        """Return what `Optimum.attainable_share` does for each row, shape (B,); NaN for None."""
        columns = (welfare, self.welfare, self.nobody, self.tolerance)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        return np.array([attainable_share(*row) for row in rows], float)

    def columns(self) -> dict[str, Array]:
        """Return the columns by name: of shape (B,) or (B, N)."""
        return {
            "contribution_planner": self.profiles,
            "payoff_planner": self.payoffs,
            "welfare_planner": self.welfare,
            "welfare_nobody": self.nobody,
            "gap": self.gap,
            "tolerance": self.tolerance,
            "concave": self.concave,
            "status": np.array([status.word for status in self.status]),
        }

    def reasons(self) -> dict[str, Any]:
        """Return why rows failed."""
        return {"failed": dict(self.failed)}

    def __str__(self) -> str:
        """Say how many rows ended how."""
        counts = {status: self.status.count(status) for status in PlanStatus}
        return "\n".join(f"{n}: {status.value}" for status, n in counts.items() if n)


def plan_many(
    game: object, changes: Mapping[str, ArrayLike], *, alone: bool = True, tol: float | None = None
) -> Plans:
    """Maximize the welfare of B rounds, each the given one with some numbers changed.

    All rows are solved together: as aggregate forms without damage, by projected Newton with it,
    by branch and bound where welfare is not concave. A row whose gap stays above the tolerance goes
    to `solve_planner`. Raises as `solve_many`.

    Parameters
    ----------
    game, changes
        As for `solve_many`; a rule's own part moves no welfare and is ignored.
    alone : bool
        False: rows that need `solve_planner` are not planned, and reported in `failed`.
    tol : money
        For the gap; default 1e-9 × the sum of absolute terms of each row's welfare.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> game = CoopetitionRound(
    ...     gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0] * 6, max_contribution=20_000.0,
    ...     value=1000.0, unit_cost=0.001, quadratic_cost=2e-6)
    >>> plan_many(game, {"damage": [0.0, 0.08]}).profiles[:, 0].round(2).tolist()
    [2273.76, 2251.81]
    """
    table = RowTable.of(game, changes)
    checked_tolerance(tol)
    return make_plans(table, refused(table), tol, alone)


def make_plans(
    table: RowTable, refusals: Mapping[int, str], tol: float | None, alone: bool
) -> Plans:
    """Plan for a table whose bad rows are known."""
    failed = dict(refusals)
    found = _together(table, failed, tol)
    good = (found["gap"] <= found["tolerance"]) & (found["gap"] < np.inf)
    together = PlanStatus.BRANCHED, PlanStatus.TOGETHER
    status = [together[concave] for concave in found["concave"].astype(int)]
    for row in sorted(set(np.flatnonzero(~good).tolist()) - set(failed)):
        if not alone:
            failed[row] = f"row {row}: needs `solve_planner`, one by one"
            continue
        try:
            status[row] = _alone(table, row, tol, found)
        except CoopetitionError as error:
            failed[row] = f"row {row}: {error}"
    for row in failed:
        status[row] = PlanStatus.FAILED
    return Plans(players=table.game.players, status=tuple(status), **closed(found, failed))


def _together(table: RowTable, failed: Mapping[int, str], tol: float | None) -> dict[str, Any]:
    """Plan all good rows at once; return the arrays of `Plans`."""
    wide, narrow = ("profiles", "payoffs"), ("welfare", "nobody", "gap", "tolerance")
    found = empty(table, wide, narrow, "concave")
    with np.errstate(all="ignore"):
        for rows in chunks(table, failed):
            rounds = Rounds.of(table, rows)
            goal = Welfare.of(rounds)
            x, gap = _optima(goal, rounds, tol)
            payoffs, total = rounds.payoffs(x.T), rounds.welfare_sizes(x.T)
            found["profiles"][rows], found["payoffs"][rows] = x.T, payoffs
            found["welfare"][rows], found["gap"][rows] = payoffs.sum(axis=-1), gap
            found["nobody"][rows] = rounds.payoffs(0.0 * x.T).sum(axis=-1)
            found["tolerance"][rows] = share_of(total) if tol is None else tol
            found["concave"][rows] = goal.concave
    return found


def _alone(table: RowTable, row: int, tol: float | None, found: dict[str, Any]) -> PlanStatus:
    """Plan one row by `solve_planner`."""
    optimum = solve_planner(table.round(row), tol=tol)
    found["profiles"][row] = optimum.profile
    for name in ("payoffs", "welfare", "nobody", "gap", "tolerance", "concave"):
        found[name][row] = getattr(optimum, name)
    return PlanStatus.ALONE if optimum.success else PlanStatus.NOT_CONVERGED


def _optima(goal: Welfare, rounds: Rounds, tol: float | None) -> tuple[Array, Array]:
    """Return optima and bounds of what they miss."""
    size = goal.base.size
    x = solve_forms(goal.alike(), np.zeros(size, dtype=bool)).profile.T
    damaged: Index = np.flatnonzero(goal.concave & (goal.harm > 0).any(axis=0))
    if damaged.size:
        at = pair(damaged, size)
        scale = rounds.welfare_sizes(x.T)[at]
        best, _ = climb(goal.take(at), x.take(at, axis=1), scale)
        x[:, damaged] = best[:, : damaged.size]
    gap = goal.gap(x)
    open_: Index = np.flatnonzero(~goal.concave)
    width = max(2, WIDTH // x.shape[0])
    for some in np.split(open_, range(width, open_.size, width)) if open_.size else ():
        at = pair(some, size)
        best, missed, _ = best_profiles(goal.take(at), rounds.take(at).welfare_sizes, tol, LIMIT)
        x[:, some], gap[some] = best[:, : some.size], missed[: some.size]
    return x, gap
