"""Equilibria in fractions: what a floating-point answer must be, if its supports are right."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from coopetition.games.finite.game import FiniteGame, Tensor

Row = list[Fraction]
TINY = 1e-7  # a probability below it counts as none; a payoff nearer to the best, as a share of
# the player's range, as a best reply
SIMPLE = 10**6  # the largest denominator that is guessed


def recover(exact: FiniteGame, mixed: Sequence[Tensor]) -> tuple[Tensor, ...] | None:
    """Return an equilibrium in fractions near mixed strategies in floats, or None.

    What is returned has been verified in exact arithmetic: nobody gains anything by changing
    alone. With two players, the supports and the best replies of the floats give linear systems;
    with any number, simple fractions near the floats are tried.

    Examples
    --------
    >>> battle = FiniteGame([[[2, 0], [0, 1]], [[1, 0], [0, 2]]]).to_fractions()
    >>> row, column = recover(battle, [np.array([0.66666, 0.33334]), np.array([0.333333, 0.6667])])
    >>> row.tolist(), column.tolist()
    ([Fraction(2, 3), Fraction(1, 3)], [Fraction(1, 3), Fraction(2, 3)])
    """
    guesses = [_simple(mixed)]
    if len(mixed) == 2:
        guesses += [_solved(exact, mixed, replies=True), _solved(exact, mixed, replies=False)]
    for guess in guesses:
        if guess and not any(exact.mixed_regret(guess)):
            return guess
    return None


def _simple(mixed: Sequence[Tensor]) -> tuple[Tensor, ...] | None:
    """Return the simple fractions next to the floats, where they sum to 1."""
    if not all(np.isfinite(np.asarray(own, dtype=float)).all() for own in mixed):
        return None
    found = tuple(_array([Fraction(p).limit_denominator(SIMPLE) for p in own]) for own in mixed)
    return found if all(own.sum() == 1 and own.min() >= 0 for own in found) else None


def _solved(exact: FiniteGame, mixed: Sequence[Tensor], *, replies: bool) -> tuple[Tensor, ...]:
    """Return strategies that make the other player indifferent; empty where there are none.

    Indifferent among its support or, in degenerate games, among all its best replies.
    """
    found = []
    for own, other in ((0, 1), (1, 0)):
        support = np.flatnonzero(mixed[own] > TINY)
        payoffs = exact.against(other, [np.asarray(s, dtype=float) for s in mixed]).astype(float)
        unit = float(exact.ranges[other]) or 1.0
        best = payoffs >= payoffs.max() - TINY * unit if replies else mixed[other] > TINY
        lines = np.moveaxis(exact.tensor[other], other, 0)[best][:, support]
        rows = [[*line, Fraction(-1), Fraction(0)] for line in lines]
        rows.append([*[Fraction(1)] * len(support), Fraction(0), Fraction(1)])
        solution = solve_exactly(rows)
        if solution is None or min(solution[:-1]) < 0:
            return ()
        whole = _array([Fraction(0)] * len(mixed[own]))
        whole[support] = solution[:-1]
        found.append(whole)
    return tuple(found)


def solve_exactly(rows: list[Row]) -> Row | None:
    """Return the only solution of linear equations, right-hand sides last; None if not one.

    Examples
    --------
    >>> solve_exactly([[Fraction(2), Fraction(1)]]), solve_exactly([[Fraction(0), Fraction(1)]])
    ([Fraction(1, 2)], None)
    """
    rows, unknowns = [list(row) for row in rows], len(rows[0]) - 1
    for k in range(unknowns):
        pivot = next((i for i in range(k, len(rows)) if rows[i][k]), None)
        if pivot is None:
            return None
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [value / rows[k][k] for value in rows[k]]
        for i, row in enumerate(rows):
            if i != k and row[k]:
                rows[i] = [a - row[k] * b for a, b in zip(row, rows[k], strict=True)]
    if any(row[-1] for row in rows[unknowns:]):
        return None
    return [row[-1] for row in rows[:unknowns]]


def _array(values: Sequence[Fraction]) -> Tensor:
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found
