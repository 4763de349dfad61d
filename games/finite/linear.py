"""Linear programs in fractions: small, slow and exact."""

from fractions import Fraction

import numpy as np

from coopetition.games.finite.game import Tensor


def improve(goal: Tensor, rows: Tensor, limits: Tensor) -> Tensor | None:
    """Find z ≥ 0 with rows · z ≤ limits and goal · z > 0, or prove by the optimum that none is.

    The simplex method from z = 0, with Bland's rule, which cannot cycle (Bland, New finite pivoting
    rules for the simplex method, Mathematics of Operations Research 2, 1977). It stops at the
    first z that is good enough. All numbers are fractions.

    Parameters
    ----------
    goal : shape (k,)
    rows : shape (m, k)
    limits : shape (m,), none negative

    Examples
    --------
    >>> one, two = Fraction(1), Fraction(2)
    >>> improve(np.array([one]), np.array([[two]]), np.array([one])).tolist()
    [Fraction(1, 2)]
    """
    size, count = goal.size, limits.size
    table = np.empty((count + 1, size + 1), dtype=object)
    table[:-1, :-1], table[:-1, -1] = rows, limits
    table[-1, :-1], table[-1, -1] = goal, Fraction(0)
    outside, inside = list(range(size)), list(range(size, size + count))
    while table[-1, -1] >= 0:  # the corner holds less the goal's value
        rising = [(outside[j], j) for j in range(size) if table[-1, j] > 0]
        if not rising:
            return None
        j = min(rising)[1]
        ratios = [
            (table[i, -1] / table[i, j], inside[i], i) for i in range(count) if table[i, j] > 0
        ]
        i = min(ratios)[2]
        _exchange(table, i, j)
        inside[i], outside[j] = outside[j], inside[i]
    values = np.full(size, Fraction(0), dtype=object)
    for i, variable in enumerate(inside):
        if variable < size:
            values[variable] = table[i, -1]
    return values


def _exchange(table: Tensor, i: int, j: int) -> None:
    """Exchange the variable of row i for that of column j."""
    pivot, row, column = table[i, j], table[i] / table[i, j], table[:, j].copy()
    others = np.flatnonzero(column != 0)
    others = others[others != i]
    table[others] -= np.multiply.outer(column[others], row)
    table[others, j] = -column[others] / pivot
    table[i] = row
    table[i, j] = 1 / pivot
