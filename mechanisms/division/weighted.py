"""The weighted Shapley value, by its potential.

With weights ω_i > 0 the value of a unanimity game on T is ω_i/ω(T) for i in T (Shapley 1953;
Kalai and Samet, Int. J. of Game Theory 16, 1987). Its potential (Hart and Mas-Colell,
Econometrica 57, 1989) is the P with P(∅) = 0 and

    P(S) = [v(S) − v(∅) + Σ_{i∈S} ω_i P(S∖i)] / ω(S),        φ_i = ω_i [P(N) − P(N∖i)]

Every step is a weighted mean, so that rounding does not grow as it does with dividends, which
alternate in sign. Coalitions are treated size by size: N·2^N / 2 additions.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms.division.result import Division, vector
from coopetition.mechanisms.division.table import finite_table, sizes, sums


def weighted_shapley(values: ArrayLike, weights: ArrayLike) -> Division:
    """Return the weighted Shapley value of a table.

    Parameters
    ----------
    weights : shape (N,)
        ω > 0, in any unit; equal ones give the Shapley value.

    Raises
    ------
    InvalidInputError
        If `values` is not a table of finite numbers, or a weight is not positive.

    Examples
    --------
    >>> weighted_shapley([0, 0, 0, 6], [1, 2]).values.tolist()
    [2.0, 4.0]
    """
    table, players = finite_table(values)
    omega = vector("weights", weights, players)
    if (omega <= 0).any():
        n = int(np.argmin(omega))
        raise InvalidInputError(f"`weights` must be positive, got {omega[n]:g} for player {n}")
    omega = omega / omega.max()
    potential = _potential(table, omega)
    without = table.size - 1 - (1 << np.arange(players))
    found = omega * (potential[-1] - potential[without])
    missed = abs(float(found.sum()) - float(table[-1] - table[0]))
    note = f"potential of {table.size} coalitions"
    return Division(rule="weighted shapley", values=found, how="checked", error=missed, note=note)


def _potential(table: Array, omega: Array) -> Array:
    """Return P, size by size."""
    count, weight = sizes(omega.size), sums(omega)
    order = np.argsort(count, kind="stable")
    ends = np.cumsum(np.bincount(count))
    potential = np.zeros_like(table)
    for start, end in pairwise(ends):
        level = order[start:end]
        total = table[level] - table[0]
        for player in range(omega.size):
            inside = (level >> player & 1).astype(bool)
            total[inside] += omega[player] * potential[level[inside] ^ (1 << player)]
        potential[level] = total / weight[level]
    return potential
