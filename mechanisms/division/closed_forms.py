"""Shapley values that need no table: airports, and few types of players.

Airport game: v(S) = max cost in S, the cost of the longest runway. Everybody who needs a piece of
it shares the piece equally (Littlechild and Owen, Management Science 20, 1973).

Types: if v depends on how many players of each type are in S only, a player of type k gets

    φ_k = Σ_c  Π_j C(m_j − [j = k], c_j) / (N · C(N − 1, |c|)) · [v(c + e_k) − v(c)],

a sum over Π(m_j + 1) count vectors instead of 2^N coalitions [derived: equal terms collected].
"""

from math import comb

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms.division.result import Division, non_negative


def airport(costs: ArrayLike) -> Division:
    """Return the Shapley value of the airport game, in the order of the players, O(N log N).

    Raises
    ------
    InvalidInputError
        If the costs are not finite numbers of at least 0.

    Examples
    --------
    >>> airport([1, 2, 3]).values.round(6).tolist()
    [0.333333, 0.833333, 1.833333]
    """
    cost = non_negative("costs", costs)
    order = np.argsort(cost)
    pieces = np.diff(cost[order], prepend=0.0) / np.arange(cost.size, 0, -1)
    found = np.empty_like(cost)
    found[order] = np.cumsum(pieces)
    missed = abs(float(found.sum()) - float(cost.max()))
    return Division(
        rule="shapley", values=found, how="checked", error=missed, note="airport game, closed form"
    )


def shapley_of_types(values: ArrayLike, weights: ArrayLike | None = None) -> Division:
    """Return the Shapley value of one player of each type.

    Parameters
    ----------
    values : shape (m_1 + 1, …, m_K + 1)
        v by the number of members of each type; m_k is how many players the type has.
    weights : shape (N,), optional
        w(0), …, w(N − 1) of another semivalue, as in `semivalue`.

    Raises
    ------
    InvalidInputError
        If a value is not finite, a type has no player, or there are more than 1000 players.

    Examples
    --------
    One left glove, ninety-nine right ones:

    >>> pairs = np.minimum.outer(np.arange(2), np.arange(100))
    >>> shapley_of_types(pairs).values.round(6).tolist()
    [0.99, 0.000101]
    """
    table = np.array(values, dtype=float)
    counts = np.array(table.shape) - 1
    if table.ndim == 0 or (counts < 1).any():
        raise InvalidInputError(f"every type needs a player, got values of shape {table.shape}")
    if not np.isfinite(table).all():
        where = tuple(int(k) for k in np.argwhere(~np.isfinite(table))[0])
        raise InvalidInputError(f"`values` must be finite, got {table[where]} for counts {where}")
    players = int(counts.sum())
    if players > 1000:
        raise InvalidInputError(f"types must have at most 1000 players together, got {players}")
    if weights is None:
        join = np.array([1.0 / (players * comb(players - 1, s)) for s in range(players)])
    else:
        join = np.array(weights, dtype=float)
        if join.shape != (players,) or not np.isfinite(join).all():
            raise InvalidInputError(
                f"`weights` must hold {players} finite numbers, one for each size"
            )
    found = np.array([_of_type(table, counts, join, k) for k in range(counts.size)])
    rule = "shapley" if weights is None else "semivalue"
    missed = 4e-16 * players * float(np.abs(found).max())
    if weights is None:
        missed = abs(float(counts @ found) - float(table.flat[-1] - table.flat[0]))
    note = f"one player of each type, {players} players, {table.size} count vectors"
    return Division(rule=rule, values=found, how="checked", error=missed, note=note)


def _of_type(table: Array, counts: Array, join: Array, kind: int) -> float:
    """Return the value of a player of one type; it meets one less of its own."""
    others = counts - (np.arange(counts.size) == kind)
    steps = np.diff(table, axis=kind)
    chance = np.ones(1)
    for many in others:
        ways = np.array([float(comb(int(many), c)) for c in range(many + 1)])
        chance = np.multiply.outer(chance, ways)
    size = np.indices(steps.shape).sum(axis=0)
    with np.errstate(under="ignore"):
        return float((chance[0] * join[size] * steps).sum())
