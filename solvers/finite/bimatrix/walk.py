"""All vertices of a polytope of best replies, from basis to basis in whole numbers."""

from collections import deque
from dataclasses import dataclass
from math import inf
from time import monotonic

from coopetition.solvers.finite.bimatrix.tableau import Rows, Tableau


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
