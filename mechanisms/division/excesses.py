"""Coalitions' excesses and the linear programs over them, with rows generated as needed.

The excess of S at an allocation x is v(S) − x(S): what S gains by leaving. Programs over all 2^N
excesses are solved on few rows; the most violated rows are added until none is left. All work on
a copy in which v(i) = 0 and the largest |v| is 1. The error that the solver's tolerance leaves is
solved for again as a program of its own, a million times as fine (iterative refinement: Gleixner,
Steffy and Wolter, INFORMS J. Computing 28, 2016): one giant coalition hides nothing of the others.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array, Index, Mask
from coopetition.games.errors import InvalidInputError, NotConvergedError
from coopetition.mechanisms.division.table import finite_table, members, sums

MOST = 20  # players
TOL = 1e-9  # of the largest |v| after centering
ADDED = 50  # rows per round
FINE = 1e-6  # the unit of the second program
FAR = 1e6  # of its unit: rows with more to spare are kept at that much, and must not bind


@dataclass(frozen=True, slots=True, eq=False)
class Centered:
    """(v − Σ_{n∈S} v(n)) / scale: the same core, least core and nucleolus up to that change."""

    table: Array
    players: int
    alone: Array
    scale: float

    def back(self, allocation: Array) -> Array:
        """Return an allocation in the unit of the original game."""
        return self.alone + self.scale * allocation


def centered(values: ArrayLike) -> Centered:
    """Center and scale a table."""
    table, players = finite_table(values)
    if players > MOST:
        raise InvalidInputError(f"`values` must be of at most {MOST} players, got {players}")
    table = table - table[0]
    alone = table[1 << np.arange(players)]
    inside = table - sums(alone)
    inside[1 << np.arange(players)] = 0.0
    scale = float(np.abs(inside).max())
    if scale <= 1e-15 * float(np.abs(table).max()):  # an additive game, except for rounding
        return Centered(np.zeros_like(inside), players, alone, 1.0)
    return Centered(inside / scale, players, alone, scale)


def excesses(table: Array, allocation: Array) -> Array:
    """Return v(S) − x(S) of all coalitions."""
    return table - sums(allocation)


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """An optimum of min ε: `step` y, `level` ε, and the duals of coalitions by mask."""

    step: Array
    level: float
    duals: dict[int, float]
    bounds: Array


def smallest_excess(
    table: Array, start: Array, basis: Array, open_rows: Mask, floor: Array | None
) -> Solution:
    """Minimize the largest excess of the open coalitions over x = start + basis y.

    Parameters
    ----------
    basis : shape (N, K)
        Directions in which x may move.
    open_rows : shape (2^N,)
        The coalitions whose excess counts.
    floor : shape (N,), optional
        Lower bounds of x.

    Raises
    ------
    NotConvergedError
        If the solver fails.
    """
    size = start.size
    excess = np.where(open_rows, excesses(table, start), -np.inf)
    single = 1 << np.arange(size)
    rows = np.union1d(single, table.size - 1 - single)
    rows = np.union1d(rows[open_rows[rows]], _worst(excess, ADDED))
    none = Solution(np.zeros(basis.shape[1]), 0.0, {}, np.zeros(0))
    coarse, rows = _generated(table, start, basis, open_rows, floor, rows, none, 1.0)
    fine, _ = _generated(table, start, basis, open_rows, floor, rows, coarse, FINE)
    return fine


def _generated(
    table: Array, start: Array, basis: Array, open_rows: Mask, floor: Array | None, rows: Index,
    near: Solution, unit: float,
) -> tuple[Solution, Index]:  # fmt: skip
    """Solve in some unit around a solution, adding rows until none is violated."""
    for _ in range(1000):
        found = _solve(table, start, basis, rows, floor, near, unit)
        now = np.where(open_rows, excesses(table, start + basis @ found.step), -np.inf)
        now[rows] = -np.inf
        late = _worst(now, ADDED)
        late = late[now[late] > found.level + 0.1 * TOL * unit]
        if late.size == 0:
            return found, rows
        rows = np.union1d(rows, late)
    raise NotConvergedError("smallest excess: rows are still violated after 1000 rounds")


def _worst(excess: Array, count: int) -> Index:
    found = np.argpartition(-excess, min(count, excess.size - 1))[:count]
    return found[np.isfinite(excess[found])]


def _solve(
    table: Array, start: Array, basis: Array, rows: Index, floor: Array | None, near: Solution,
    unit: float,
) -> Solution:  # fmt: skip
    """Solve min ε subject to A (x + basis z) + ε ≥ v − ε₀ on some rows, x and ε₀ of `near`."""
    from scipy.optimize import linprog

    x = start + basis @ near.step
    inside = members(rows, start.size).astype(float)
    matrix = np.hstack((inside @ basis, np.ones((len(rows), 1))))
    needed = table[rows] - inside @ x - near.level
    if floor is not None:
        matrix = np.vstack((matrix, np.hstack((basis, np.zeros((start.size, 1))))))
        needed = np.append(needed, floor - x)
    needed = needed / unit
    far = needed < -FAR
    cost = np.append(np.zeros(basis.shape[1]), 1.0)
    found = linprog(
        cost, -matrix, -np.maximum(needed, -FAR), bounds=(None, None), method="highs-ds",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )  # fmt: skip
    duals = -found.ineqlin.marginals if found.status == 0 else np.zeros(len(needed))
    if near.duals and (found.status != 0 or (duals[far] > TOL).any()):
        return near
    if found.status != 0:
        raise NotConvergedError(f"smallest excess: the linear program ended with {found.message!r}")
    by_mask = {int(m): float(d) for m, d in zip(rows, duals, strict=False) if d > TOL}
    best = unit * np.asarray(found.x)
    return Solution(
        near.step + best[:-1], near.level + float(best[-1]), by_mask, duals[len(rows) :]
    )
