"""Coalition values as a table: entry `mask` is v(S), where bit n of `mask` says that n is in S.

A table has 2^N entries. All values divide v(N) − v(∅): a constant added to every entry
changes no value here. A value function works on a boolean matrix, one row per coalition.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coopetition.games.arrays import Array, Mask
from coopetition.games.errors import InvalidInputError

ValueFunction = Callable[[Mask], Array]
CHUNK = 1 << 16


def members(masks: ArrayLike, players: int) -> Mask:
    """Return who is in each coalition, shape (len(masks), players).

    Examples
    --------
    >>> members([0b011, 0b100], 3).astype(int).tolist()
    [[1, 1, 0], [0, 0, 1]]
    """
    masks = np.asarray(masks, dtype=np.int64)
    return np.asarray((masks[:, None] >> np.arange(players)) & 1, dtype=bool)


def sizes(players: int) -> NDArray[np.uint8]:
    """Return the number of members of every coalition, shape (2^N,)."""
    count = np.zeros(1, dtype=np.uint8)
    for _ in range(players):
        count = np.concatenate((count, count + np.uint8(1)))
    return count


def sums(amounts: Array) -> Array:
    """Return Σ_{n∈S} amounts_n for every coalition, shape (2^N,)."""
    total = np.zeros(1)
    for amount in amounts:
        total = np.concatenate((total, total + amount))
    return total


def tabulate(value: ValueFunction, players: int) -> Array:
    """Evaluate a value function on all 2^N coalitions.

    Parameters
    ----------
    value : callable
        Takes a boolean matrix, shape (B, N), returns B numbers.

    Raises
    ------
    InvalidInputError
        If N is not between 1 and 30, or the function returns something else than finite numbers.

    Examples
    --------
    >>> tabulate(lambda inside: inside.sum(axis=1) ** 2.0, 2).tolist()
    [0.0, 1.0, 1.0, 4.0]
    """
    if not 1 <= players <= 30:
        raise InvalidInputError(f"`players` must be between 1 and 30 for a table, got {players}")
    table = np.empty(1 << players)
    for start in range(0, table.size, CHUNK):
        masks = np.arange(start, min(start + CHUNK, table.size))
        table[masks] = evaluated(value, members(masks, players))
    return table


def evaluated(value: ValueFunction, inside: Mask) -> Array:
    """Call a value function and check what it returns."""
    found = np.asarray(value(inside), dtype=float)
    if found.shape != (len(inside),):
        raise InvalidInputError(
            f"a value function must return {len(inside)} numbers for {len(inside)} coalitions, "
            f"got shape {found.shape}"
        )
    if not np.isfinite(found).all():
        row = int(np.argmin(np.isfinite(found)))
        coalition = np.flatnonzero(inside[row]).tolist()
        raise InvalidInputError(f"the value of coalition {coalition} is {found[row]}")
    return found


def as_table(values: ArrayLike) -> tuple[Array, int]:
    """Return a table and its number of players; entries are not looked at, that costs a pass."""
    try:
        table = np.ascontiguousarray(values, dtype=float)
    except (TypeError, ValueError):
        raise InvalidInputError(f"`values` must hold numbers, got {values!r}") from None
    players = table.size.bit_length() - 1
    if table.ndim != 1 or players < 1 or table.size != 1 << players:
        raise InvalidInputError(
            f"`values` must hold 2^N numbers, one per coalition, got shape {table.shape}"
        )
    return table, players


def finite_table(values: ArrayLike) -> tuple[Array, int]:
    """Return a table, all of whose entries are finite, and its number of players."""
    table, players = as_table(values)
    refuse_infinite(table)
    return table, players


def refuse_infinite(table: Array) -> None:
    """Name the first entry that is not a finite number."""
    for start in range(0, table.size, CHUNK):
        bad = ~np.isfinite(table[start : start + CHUNK])
        if bad.any():
            mask = start + int(np.argmax(bad))
            raise InvalidInputError(
                f"`values` must be finite, got {table[mask]} for coalition {coalition(mask)}"
            )


def coalition(mask: int) -> tuple[int, ...]:
    """Return the members of one coalition."""
    return tuple(n for n in range(mask.bit_length()) if mask >> n & 1)
