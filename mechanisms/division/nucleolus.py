"""The nucleolus: the allocation that makes the largest excesses smallest, in lexicographic order.

Schmeidler, SIAM J. Applied Mathematics 17 (1969). Found by at most N linear programs (Maschler,
Peleg and Shapley 1979): minimize the largest excess; coalitions with a positive dual have it in
every optimum, so x may only move where their amounts stay; go on with the coalitions that can
still change. Moving in a basis of what is left, rather than adding equations, keeps later
programs free of the rounding of earlier ones [derived].

The result is checked by Kohlberg's criterion (SIAM J. Applied Mathematics 20, 1971), which needs
none of that history: x is the nucleolus iff for every level α the coalitions with an excess of
at least α, with players who have no more than alone at any weight, are balanced with positive
weights. One program per level, as long as the level brings coalitions outside the span of those
before: within it nothing new can break [derived].
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array, Index, Mask
from coopetition.games.errors import InvalidInputError, NotConvergedError
from coopetition.mechanisms.division.excesses import centered, excesses, smallest_excess
from coopetition.mechanisms.division.result import Division, vector
from coopetition.mechanisms.division.table import coalition, finite_table, members
from coopetition.output.columns import keyed
from coopetition.output.result import Result
from coopetition.output.table import Table

TIE = 1e-9  # of an excess itself: others that near count as equal
EXACT = 1e-13  # of the largest |v|: what rounding may leave of any amount
SPAN = 1e-9


def nucleolus(values: ArrayLike, *, individual: bool = True) -> Division:
    """Return the nucleolus of a table, or the prenucleolus, up to 20 players.

    Parameters
    ----------
    individual : bool
        Nobody gets less than alone; False for the prenucleolus, which exists always.

    Raises
    ------
    InvalidInputError
        If `values` is not a table of finite numbers, has more than 20 players, or players have more
        alone than together while `individual`.
    NotConvergedError
        If the linear solver fails, or Kohlberg's criterion does.

    Examples
    --------
    >>> nucleolus([0, 0, 0, 1, 0, 1, 0, 1]).values.round(9).tolist()  # the glove game
    [1.0, 0.0, 0.0]
    """
    game = centered(values)
    table, players = game.table, game.players
    rule = "nucleolus" if individual else "prenucleolus"
    if individual and table[-1] < -1e-12:
        raise InvalidInputError(
            f"`values` give players {-table[-1] * game.scale:.6g} more alone than together: "
            "nobody can be held to less; use individual=False"
        )
    x = np.full(players, max(table[-1], 0.0) / players if individual else table[-1] / players)
    basis = np.linalg.svd(np.ones((1, players)))[2][1:].T
    floor = np.zeros(players) if individual else None
    programs = 0
    while basis.shape[1]:
        open_rows = _moving(basis, players)
        found = smallest_excess(table, x, basis, open_rows, floor)
        programs += 1
        x = x + basis @ found.step
        fixed = members(list(found.duals), players).astype(float)
        if floor is not None:
            x = np.maximum(x, floor)  # rounding
            fixed = np.vstack((fixed, np.eye(players)[found.bounds > SPAN]))
        basis = _left(basis, fixed)
    allocation = game.back(x)
    broken = kohlberg(values, allocation, individual=individual)
    if broken is not None:
        raise NotConvergedError(f"{rule}: {broken}")
    error = abs(float(allocation.sum() - game.alone.sum()) - game.scale * float(table[-1]))
    note = f"{programs} linear programs; Kohlberg's criterion holds"
    return Division(rule=rule, values=allocation, how="checked", error=error, note=note)


def _moving(basis: Array, players: int) -> Mask:
    """Return which coalitions' amounts change along some direction of the basis."""
    moves = np.zeros(1 << players, dtype=bool)
    for direction in basis.T:
        change = np.zeros(1)
        for amount in direction:
            change = np.concatenate((change, change + amount))
        moves |= np.abs(change) > SPAN
    return moves


def _left(basis: Array, fixed: Array) -> Array:
    """Return an orthonormal basis of the directions that leave the fixed amounts as they are."""
    size, directions = np.linalg.svd(fixed @ basis)[1:]
    rank = int((size > 1e-7).sum())
    if rank == 0:
        raise NotConvergedError("nucleolus: no dual is positive, the linear program has no answer")
    return np.asarray(np.linalg.qr(basis @ directions[rank:].T)[0])


@dataclass(frozen=True, slots=True, eq=False)
class Unbalanced(Result):
    """Coalitions at or above a level of excess that are not balanced: the witness."""

    level: float
    coalitions: tuple[tuple[int, ...], ...]

    def to_dict(self) -> Mapping[str, object]:
        """Return plain numbers and lists."""
        return {"level": self.level, "coalitions": [list(s) for s in self.coalitions]}

    def tables(self) -> tuple[Table]:
        """Return one row per coalition."""
        names = [" + ".join(map(str, who)) for who in self.coalitions]
        title = "Coalitions at or above a level of excess, not balanced"
        return (keyed(title, {"cell": names, "level": [self.level] * len(names)}),)

    def __str__(self) -> str:
        """Say the level and the coalitions."""
        shown = ", ".join(str(list(s)) for s in self.coalitions[:8])
        more = ", …" if len(self.coalitions) > 8 else ""
        return (
            f"coalitions with excess of at least {self.level:.6g} are not balanced: {shown}{more}"
        )


def kohlberg(
    values: ArrayLike, allocation: ArrayLike, *, individual: bool = True
) -> Unbalanced | None:
    """Return None if an allocation is the nucleolus by Kohlberg's criterion, else a witness.

    Excesses count as equal within 1e-9 of themselves and 1e-13 of the largest |v|, which is what
    rounding leaves: "checked", not proved.

    Raises
    ------
    InvalidInputError
        If `values` is not a table, or the allocation does not sum to v(N) − v(∅), or gives somebody
        less than alone while `individual`.

    Examples
    --------
    >>> print(kohlberg([0, 0, 0, 1, 0, 1, 0, 1], [2 / 3, 1 / 6, 1 / 6]))
    coalitions with excess of at least 0.166667 are not balanced: [0, 1], [0, 2]
    """
    game = centered(values)
    size = game.players
    x = (vector("allocation", allocation, size) - game.alone) / game.scale
    close = EXACT * max(1.0, float(np.abs(finite_table(values)[0]).max()) / game.scale)
    if abs(float(x.sum()) - game.table[-1]) > TIE:
        raise InvalidInputError(
            f"`allocation` must sum to {game.alone.sum() + game.scale * game.table[-1]:.12g}, "
            f"got {float(np.sum(allocation)):.12g}"
        )
    least = -TIE * np.abs(game.alone) / game.scale - close
    if individual and (x < least).any():
        raise InvalidInputError(
            f"`allocation` gives player {int(np.argmin(x))} {-x.min() * game.scale:.6g} less than "
            "alone; use individual=False"
        )
    excess = excesses(game.table, x)
    order = np.argsort(-excess[1:-1], kind="stable") + 1
    ordered = excess[order]
    equal = TIE * np.maximum(np.abs(ordered[1:]), np.abs(ordered[:-1])) + close
    ends = np.flatnonzero(np.diff(ordered) < -equal) + 1
    free = np.flatnonzero(x <= close) if individual else np.array([], dtype=np.intp)
    basis = np.linalg.svd(np.ones((1, size)))[2][1:].T
    start = 0
    for end in np.append(ends, order.size):
        new = _moving(basis, size)[order[start:end]]
        start = end
        if basis.shape[1] == 0 or not new.any():
            continue
        used = _support(order[:end], free, size)
        if used is None:
            level = float(excess[order[end - 1]]) * game.scale
            return Unbalanced(level, tuple(coalition(int(m)) for m in order[:end]))
        span = np.vstack((members(order[:end], size).astype(float), np.eye(size)[used]))
        basis = _left(basis, span)
    return None


# Balanced with positive weights: Σ_S λ_S 1_S + Σ_i μ_i e_i = t 1 with all λ_S > 0 and μ ≥ 0;
# scaled, all λ_S ≥ 1. The program asks for λ − 1, μ and t of at least 0, with Σ_S 1_S on the right.


def _support(masks: Index, free: Index, players: int) -> Index | None:
    """Return which free players help to balance with weights ≥ 1 on all coalitions, or None."""
    from scipy.optimize import linprog

    inside = members(masks, players).astype(float)
    matrix = np.vstack((inside, np.eye(players)[free], -np.ones((1, players)))).T
    found = linprog(
        np.zeros(matrix.shape[1]), A_eq=matrix, b_eq=-inside.sum(axis=0), method="highs",
        options={"primal_feasibility_tolerance": 1e-9},
    )  # fmt: skip
    if found.status == 2:
        return None
    if found.status != 0:
        raise NotConvergedError(f"kohlberg: the linear program ended with {found.message!r}")
    helping = np.asarray(found.x)[len(masks) : -1] > 1e-7
    return np.asarray(free[helping])
