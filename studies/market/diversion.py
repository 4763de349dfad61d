"""Who customers would go to instead: shares, or counts of a survey of second choices."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError
from coopetition.studies.market.market import firm_names

ROUNDING = 1e-9


def diversion_of(
    counts: ArrayLike, firms: Sequence[str] | None = None
) -> tuple[Array, Array | None, tuple[str, ...]]:
    """Return diversion ratios D, shape (N, N), the counts that they are of, if any, and names.

    Parameters
    ----------
    counts : shape (N, N + 1) or (N, N)
        Of the customers of the row's firm, how many name each firm as their second choice, and in
        a last column how many none: counts; or, of shape (N, N), shares, whose rows leave to
        "none" what is missing to 1.

    Raises
    ------
    InvalidInputError
        Naming the row: negative numbers, a firm as its own second choice, no answers, shares that
        sum to more than 1.

    Examples
    --------
    >>> diversion_of([[0, 3, 1], [6, 0, 4]])[0].tolist()
    [[0.0, 0.75], [0.6, 0.0]]
    >>> diversion_of([[0, 1.2], [0.6, 0]])
    Traceback (most recent call last):
      ...
    coopetition.games.errors.InvalidInputError: `diversion` of firm 1 must sum to at most 1, got 1.2
    """
    try:
        table = np.array(counts, dtype=float)
    except (TypeError, ValueError):
        raise InvalidInputError(f"`diversion` must be numbers, got {counts!r:.80}") from None
    size = len(table) if table.ndim else 0
    if table.ndim != 2 or size < 2 or table.shape[1] not in (size, size + 1):
        raise InvalidInputError(
            "`diversion` must have N rows with N shares, or N + 1 counts of which the last is "
            f"none, got the shape {table.shape}"
        )
    names = firm_names(firms, size)
    for n, row in enumerate(table):
        if not np.isfinite(row).all() or (row < 0).any():
            raise InvalidInputError(f"`diversion` of {names[n]} must be at least 0, got {row}")
        if row[n]:
            raise InvalidInputError(
                f"`diversion` of {names[n]} to itself must be 0, got {row[n]:g}: ask whom its "
                "customers would choose without it"
            )
    if table.shape[1] == size:
        for n, total in enumerate(table.sum(axis=1)):
            if total > 1 + ROUNDING:
                raise InvalidInputError(
                    f"`diversion` of {names[n]} must sum to at most 1, got {total:.6g}"
                )
        return table, None, names
    for n, row in enumerate(table):
        if not row.any():
            raise InvalidInputError(f"nobody answered of the customers of {names[n]}")
        if (row != np.round(row)).any():
            raise InvalidInputError(
                f"counts of {names[n]} must be whole numbers, got "
                f"{row[row != np.round(row)][0]:g}: for shares leave out the column none"
            )
    return table[:, :size] / table.sum(axis=1, keepdims=True), table, names


def drawn_diversion(counts: Array, rng: np.random.Generator, count: int) -> Array:
    """Draw diversion ratios after a survey, shape (B, N, N).

    Each row is Dirichlet with the counts and Jeffreys' half an answer for each possible one.
    """
    size = len(counts)
    found = np.zeros((count, size, size))
    for n, row in enumerate(counts):
        others = [m for m in range(size + 1) if m != n]
        shares = rng.dirichlet(row[others] + 0.5, count)
        found[:, n, [m for m in others if m < size]] = shares[:, : size - 1]
    return found


def doubts(diversion: Array, counts: Array | None, firms: Sequence[str]) -> list[str]:
    """Return what is doubtful: was `none` an answer, and what a count of 0 can mean."""
    told = []
    sums = diversion.sum(axis=1)
    if (np.abs(sums - 1) <= ROUNDING).any():
        who = ", ".join(firms[int(n)] for n in np.flatnonzero(np.abs(sums - 1) <= ROUNDING))
        told.append(
            f"all customers of {who} have another firm as second choice: was none an answer? "
            "If so, it keeps nothing of what all gain"
        )
    if counts is not None:
        size = len(counts)
        holes = [(n, m) for n in range(size) for m in range(size) if m != n and not counts[n, m]]
        if holes:
            n, m = holes[0]
            told.append(
                f"none of {counts[n].sum():g} customers of {firms[n]} named {firms[m]}: up to "
                f"{3 / counts[n].sum():.2g} of all may (95 %)"
            )
    return told
