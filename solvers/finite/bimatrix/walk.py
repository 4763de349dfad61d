"""All vertices of a polytope of best replies, from basis to basis in whole numbers."""

from collections import deque
from dataclasses import dataclass
from math import inf
from time import monotonic
from typing import Self

Rows = list[list[int]]


# Pivoting in whole numbers, with right-hand sides that are perturbed symbolically.


@dataclass(frozen=True, slots=True, eq=False)
class Tableau:
    """Equations of {z ≥ 0 : rows z ≤ 1}, solved for the basic variables.

    Variable j < n is z_j; n + i is the slack of row i, whose right-hand side is 1 + ε^(i + 1) for
    an ε as small as need be: no vertex of the perturbed polytope has a surplus tight inequality, so
    that ratios never tie (the lexicographic rule). In each of the k equations

        last · basic[r] + Σ_c rows[r][c] · free[c] = rows[r][n]

    all numbers are minors of the input: division leaves no rest (Edmonds; Bareiss, 1968).
    """

    rows: Rows
    last: int
    basic: list[int]
    free: list[int]

    @classmethod
    def of(cls, rows: Rows) -> Self:
        """Return the equations at z = 0."""
        k, n = len(rows), len(rows[0])
        return cls([[*row, 1] for row in rows], 1, list(range(n, n + k)), list(range(n)))

    @classmethod
    def at(cls, rows: Rows, basis: int) -> Self | None:
        """Return the equations where n inequalities are tight; None if they are dependent.

        Inequalities are numbered: j for z_j ≥ 0, n + i for row i; `basis` is a bit mask of n.
        """
        found, n = cls.of(rows), len(rows[0])
        for j in range(n):
            if not basis >> j & 1:
                c = found.free.index(j)
                slacks = enumerate(found.basic)
                r = next((r for r, s in slacks if basis >> s & 1 and found.rows[r][c]), None)
                if r is None:
                    return None
                found = found.pivot(r, c)
        if found.last > 0:
            return found
        positive = [[-value for value in row] for row in found.rows]
        return cls(positive, -found.last, found.basic, found.free)

    def leaving(self, c: int) -> int:
        """Return the row whose basic variable is the first at 0 as free[c] grows."""
        n, rows = len(self.free), self.rows
        best, tied, top, bottom = -1, [], 0, 0
        for r, row in enumerate(rows):
            step = row[c]
            if step > 0:
                order = -1 if best < 0 else row[n] * bottom - top * step
                if order < 0:
                    best, tied, top, bottom = r, [r], row[n], step
                elif order == 0:
                    tied.append(r)
        return best if len(tied) == 1 else self._first(tied, c)

    def _first(self, tied: list[int], c: int) -> int:
        """Return the row of the lexicographically smallest ratio, from the power ε^1 on."""
        n, free = len(self.free), {v: j for j, v in enumerate(self.free)}
        for slack in range(n, n + len(self.basic)):
            best, kept, top, bottom = -1, tied, 0, 0
            for r in tied:
                if slack in free:
                    share = self.rows[r][free[slack]]
                else:
                    share = self.last if self.basic[r] == slack else 0
                step = self.rows[r][c]
                order = -1 if best < 0 else share * bottom - top * step
                if order < 0:
                    best, kept, top, bottom = r, [r], share, step
                elif order == 0:
                    kept.append(r)
            tied = kept
            if len(tied) == 1:
                break
        return tied[0]

    def pivot(self, r: int, c: int) -> Self:
        """Return the equations where basic[r] and free[c] have changed places."""
        kept, last = self.rows[r], self.last
        pivot, rows = kept[c], []
        for i, row in enumerate(self.rows):
            factor = row[c]
            if i == r:
                changed = row.copy()
                changed[c] = last
            elif factor:
                changed = [(a * pivot - factor * b) // last for a, b in zip(row, kept, strict=True)]
                changed[c] = -factor
            else:
                changed = [a * pivot // last for a in row]
            rows.append(changed)
        basic, free = self.basic.copy(), self.free.copy()
        basic[r], free[c] = free[c], basic[r]
        return type(self)(rows, pivot, basic, free)


@dataclass(frozen=True, slots=True, eq=False)
class Walked:
    """What a walk has seen.

    Attributes
    ----------
    vertices : dict
        The set of tight inequalities, and one basis within it, as bit masks.
    bases : int
        How many were seen.
    ended : bool
        Whether the walk came to its end before the deadline: these are all vertices, proved.
    """

    vertices: dict[int, int]
    bases: int
    ended: bool


def walk(rows: Rows, deadline: float = inf) -> Walked:
    """Return all vertices of {z ≥ 0 : rows z ≤ 1}, breadth first: small supports come first.

    Right-hand sides are perturbed symbolically, which makes the polytope simple: each of its
    vertices is one basis and has one neighbor along each of n edges. Its graph is connected, so
    that a walk along every edge of every basis sees all bases, and every vertex of the polytope
    itself has a basis that stays feasible. That is the proof, degenerate or not.

    Parameters
    ----------
    rows : k rows of n whole numbers of at least 0, each column with one that is positive
    deadline : seconds of `time.monotonic`

    Examples
    --------
    >>> square = walk([[1, 0], [0, 1]])
    >>> sorted(square.vertices), square.bases, square.ended
    ([3, 6, 9, 12], 4, True)
    """
    n = len(rows[0])
    start = (1 << n) - 1
    seen, vertices = {start}, dict[int, int]()
    todo = deque[tuple[int, Tableau, tuple[int, int] | None]]([(start, Tableau.of(rows), None)])
    while todo:
        if monotonic() > deadline:
            return Walked(vertices, len(seen), ended=False)
        basis, tableau, step = todo.popleft()
        if step:
            tableau = tableau.pivot(*step)
        tight = basis
        for variable, row in zip(tableau.basic, tableau.rows, strict=True):
            if not row[n]:
                tight |= 1 << variable
        vertices.setdefault(tight, basis)
        for c, entering in enumerate(tableau.free):
            r = tableau.leaving(c)
            other = basis ^ (1 << entering) ^ (1 << tableau.basic[r])
            if other not in seen:
                seen.add(other)
                todo.append((other, tableau, (r, c)))
    return Walked(vertices, len(seen), ended=True)
