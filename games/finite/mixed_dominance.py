"""Mixed strategies that dominate a strategy, by linear programs: whatever is found is verified."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from coopetition.games.finite.game import Tensor
from coopetition.games.finite.tolerance import ROUNDING

Mix = dict[int, Fraction]  # a strategy's number and its probability
SMALL = 256  # payoffs in one linear program: up to it a mix of floats is sought in fractions too
DENOMINATORS = (100, 1_000_000, 10**15)  # to which a floating-point mix is rounded, in turn


def dominating_mix(others: Tensor, row: Tensor, weak: bool) -> Mix | None:
    """Find a mix of other rows that dominates a row; for fractions None proves that none does.

    Variables: the shares of the others, which leave the rest to the row itself, and for strict
    dominance the margin t. Maximize the sum of gains, or t ≤ every gain.
    """
    if others.dtype == object:
        return _exact_mix(others, row, weak)
    for shares in _float_mixes((others - row).T, weak):
        if _verified(shares, others, row, weak):
            return shares
    if others.size <= SMALL:  # payoffs of unlike sizes, beyond the tolerance of that program
        others, row = (np.vectorize(Fraction, otypes=[object])(values) for values in (others, row))
        found = _exact_mix(others, row, weak)
        if found is not None and _beyond_rounding(found, others, row, weak):
            return found
    return None


def _exact_mix(others: Tensor, row: Tensor, weak: bool) -> Mix | None:
    """Find the mix in fractions, or prove that there is none."""
    found = improve(*_program((others - row).T, weak, Fraction(1)))
    return None if found is None else _shares(found[: len(others)])


def _program(gains: Tensor, weak: bool, one: Any) -> tuple[Tensor, Tensor, Tensor]:
    """Return the goal, rows and limits of the linear program, in the numbers of `one`."""
    choices, size = gains.shape
    rows = np.vstack([-gains, np.full((1, size), one, dtype=gains.dtype)])
    limits = np.full(choices + 1, 0 * one, dtype=gains.dtype)
    limits[-1] = one
    if weak:
        return gains.sum(axis=0), rows, limits
    margin = np.full((choices + 1, 1), one, dtype=gains.dtype)
    margin[-1] = 0 * one
    goal = np.array([0 * one] * size + [one], dtype=gains.dtype)
    return goal, np.hstack([rows, margin]), limits


def _float_mixes(gains: Tensor, weak: bool) -> Iterator[Mix]:
    """Propose mixes from a linear program in floating point, rounded to fractions.

    Each choice of the others has its own unit: whether a mix gains there does not depend on it.
    """
    from scipy.optimize import linprog

    units = np.abs(gains).max(axis=1, keepdims=True)
    if not units.any():
        return
    goal, rows, limits = _program(gains / np.where(units > 0, units, 1.0), weak, 1.0)
    found = linprog(-goal, A_ub=rows, b_ub=limits)
    if found.x is None:
        return
    shares = found.x[: gains.shape[1]]
    values = np.where(shares > 1e-9, shares, 0.0)
    for denominator in DENOMINATORS if values.any() else ():
        yield _shares(np.array([Fraction(v).limit_denominator(denominator) for v in values]))


def _beyond_rounding(shares: Mix, others: Tensor, row: Tensor, weak: bool) -> bool:
    """Say whether a mix of floats gains more than their rounding: everywhere, or once if weak."""
    mixed = sum(share * others[b] for b, share in shares.items())
    sizes = sum(share * abs(others[b]) for b, share in shares.items()) + abs(row)
    clear = mixed - row > Fraction(ROUNDING) * sizes
    return bool(clear.any() if weak else clear.all())


def _shares(values: Tensor) -> Mix:
    """Return the positive values as shares of one."""
    total = sum(values.tolist(), Fraction(0))
    return {b: Fraction(v / total) for b, v in enumerate(values) if v > 0}


def _verified(shares: Mix, others: Tensor, row: Tensor, weak: bool) -> bool:
    """Say, in exact arithmetic, whether a mix dominates."""
    if not shares:
        return False
    better = False
    for s, now in enumerate(row):
        mixed = sum((share * Fraction(others[b, s]) for b, share in shares.items()), Fraction(0))
        if mixed < now or (not weak and mixed == now):
            return False
        better = better or mixed > now
    return better


# A linear program in fractions: small, slow and exact.


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
