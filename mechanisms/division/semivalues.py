"""Shapley, Banzhaf and leave-one-out values of a table of 2^N coalition values.

A semivalue weighs a player's marginal contributions by the size of the coalition that it joins:

    φ_i = Σ_{S∌i} w(|S|) [v(S ∪ i) − v(S)] = Σ_{T∋i} [w(|T|−1) + w(|T|)] v(T) − Σ_T w(|T|) v(T)

with w(−1) = w(N) = 0. So one weighted table serves all players: the sums over T∋i are taken by
folding its upper half onto the lower, about 2·2^N additions for all N together [derived]. The
table is read once, block by block: blocks with the same number of members above the block's bits
have the same weights, so they are added up first and weighted after.

Shapley (1953): w(s) = s!(N−s−1)!/N!; raw Banzhaf (1965): w(s) = 2^(1−N); leave-one-out:
w(N−1) = 1. All are exact except for rounding: "checked" by what the values must sum to.
"""

from itertools import pairwise
from math import comb

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms.division.result import Division, vector
from coopetition.mechanisms.division.table import (
    as_table,
    finite_table,
    refuse_infinite,
    sizes,
    sums,
)


def block_bits(players: int) -> int:
    """Return the bits of a block: measured; two of 128 kB at most stay in the cache."""
    return min(players, max(11, min(players // 2 + 3, 14)))


def semivalue(values: ArrayLike, weights: ArrayLike) -> Array:
    """Return the semivalue with weights w(0), …, w(N − 1), shape (N,).

    Raises
    ------
    InvalidInputError
        If `values` is not a table of finite numbers, or there is not one weight per size.

    Examples
    --------
    >>> semivalue([0, 1, 2, 5], [0.5, 0.5]).tolist()
    [2.0, 3.0]
    """
    # φ_i = Σ_{T∋i} take(|T|) v(T) − Σ_T leave(|T|) v(T), leave(s) = w(s), take(s) = w(s−1) + w(s).
    # `above` has each block's weighted sum, for the players whose bits number the blocks; `inside`
    # has the weighted sum over all blocks, for the players whose bits count within one.
    table, players = as_table(values)
    join = vector("weights", weights, players)
    leave = np.append(join, 0.0)
    take = np.append(0.0, join) + leave
    low = block_bits(players)
    ones = sizes(low)
    high = players - low
    by_size = np.zeros((high + 1, ones.size))
    weigh = [np.stack((take[k + ones], leave[k + ones])) for k in range(high + 1)]
    above = np.empty(1 << high)  # weighted sums of the blocks
    rest, empty = 0.0, table[0]
    with np.errstate(over="ignore", invalid="ignore"):
        for index, block in enumerate(table.reshape(-1, ones.size)):
            centered = block - empty
            k = index.bit_count()
            by_size[k] += centered
            above[index], below = weigh[k] @ centered
            rest += below
        inside = sum(w[0] * part for w, part in zip(weigh, by_size, strict=True))
        found = np.concatenate((_containing(inside), _containing(above))) - rest
    if not np.isfinite(found).all():
        refuse_infinite(table)
        raise InvalidInputError("`values` are too large: their sums overflow; choose another unit")
    return found


def _containing(table: Array) -> Array:
    """Return Σ_{T∋i} of a table for every player, by halving folds."""
    found = np.empty(table.size.bit_length() - 1)
    for player in reversed(range(found.size)):
        lower, upper = np.split(table, 2)
        found[player] = upper.sum()
        table = lower + upper
    return found


def shapley(values: ArrayLike) -> Division:
    """Return the Shapley value of a table.

    Raises
    ------
    InvalidInputError
        If `values` is not a table of finite numbers.

    Examples
    --------
    A left glove (player 0) and two right ones; a pair is worth 1:

    >>> print(shapley([0, 0, 0, 1, 0, 1, 0, 1]))
    shapley: 0.666667, 0.166667, 0.166667 (checked, error about ...: exact fold of 8 coalitions)
    """
    table, players = as_table(values)
    found = semivalue(table, [1.0 / (players * comb(players - 1, s)) for s in range(players)])
    missed = abs(float(found.sum()) - float(table[-1] - table[0]))
    return _folded("shapley", found, missed, table.size)


def banzhaf(values: ArrayLike, *, normalized: bool = False) -> Division:
    """Return the Banzhaf value: the mean marginal contribution to a random coalition.

    Parameters
    ----------
    normalized : bool
        Scale the values to sum to v(N) − v(∅). The normalized value is not additive in v.

    Raises
    ------
    InvalidInputError
        If `values` is not a table of finite numbers, or the values sum to 0 and should be
        normalized.

    Examples
    --------
    >>> banzhaf([0, 0, 0, 1, 0, 1, 0, 1], normalized=True).values.round(9).tolist()
    [0.6, 0.2, 0.2]
    """
    table, players = as_table(values)
    found = semivalue(table, np.full(players, 0.5 ** (players - 1)))
    scale = max(float(table.max() - table[0]), float(table[0] - table.min()))
    rounding = 4e-16 * players * scale
    if not normalized:
        return _folded("banzhaf", found, rounding, table.size)
    total = float(found.sum())
    if abs(total) <= rounding:
        raise InvalidInputError("`values` have Banzhaf values that sum to 0: nothing to normalize")
    found = found * (float(table[-1] - table[0]) / total)
    return _folded("normalized banzhaf", found, rounding, table.size)


def leave_one_out(values: ArrayLike, *, normalized: bool = False) -> Division:
    """Return v(N) − v(N∖i); they need not sum to v(N), unless `normalized`.

    Raises
    ------
    InvalidInputError
        If `values` is not a table of finite numbers, or the values sum to 0 and should be
        normalized.

    Examples
    --------
    >>> leave_one_out([0, 0, 0, 1, 0, 1, 0, 1]).values.tolist()
    [1.0, 0.0, 0.0]
    """
    table, players = finite_table(values)
    found = table[-1] - table[table.size - 1 - (1 << np.arange(players))]
    rounding = 2e-16 * float(np.abs(found).max() + abs(table[-1]))
    if not normalized:
        return _folded("leave-one-out", found, rounding, table.size)
    total = float(found.sum())
    if abs(total) <= players * rounding:
        raise InvalidInputError("`values` have leave-one-out values that sum to 0")
    found = found * (float(table[-1] - table[0]) / total)
    return _folded("normalized leave-one-out", found, rounding, table.size)


def _folded(rule: str, found: Array, error: float, entries: int) -> Division:
    note = f"exact fold of {entries} coalitions"
    if "leave" in rule:
        note = "exact from N + 1 coalitions"
    return Division(rule=rule, values=found, how="checked", error=error, note=note)


# The weighted Shapley value: with weights ω_i > 0 the value of a unanimity game on T is ω_i/ω(T)
# for i in T (Shapley 1953; Kalai and Samet, Int. J. of Game Theory 16, 1987). Its potential (Hart
# and Mas-Colell, Econometrica 57, 1989) is the P with P(∅) = 0 and
#
#     P(S) = [v(S) − v(∅) + Σ_{i∈S} ω_i P(S∖i)] / ω(S),        φ_i = ω_i [P(N) − P(N∖i)]
#
# Every step is a weighted mean, so that rounding does not grow as it does with dividends, which
# alternate in sign. Coalitions are treated size by size: N·2^N / 2 additions.


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
