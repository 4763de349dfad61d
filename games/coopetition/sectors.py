"""Competition by sectors: what n loses to m depends on the sectors of the two alone."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coopetition.games.arrays import Array, Index
from coopetition.games.coopetition.competition import Competition, LowRankCompetition
from coopetition.games.errors import InvalidInputError


@dataclass(frozen=True, slots=True, eq=False, init=False)
class SectorCompetition(Competition):
    """C_nm = levels[s_n, s_m] for n ≠ m: O(N + K²) numbers for N organizations in K sectors.

    Parameters
    ----------
    sectors : shape (N,)
        s_n, the number of each organization's sector, 0 to K − 1.
    levels : shape (K, K)
        What one of the row's sector loses to one of the column's; finite and non-negative. The
        diagonal holds for two organizations of one sector.

    Raises
    ------
    InvalidInputError
        Naming the field, if `sectors` or `levels` is something else.

    Examples
    --------
    >>> hospitals_and_insurers = SectorCompetition([0, 0, 0, 1], [[0.1, 0.0], [0.02, 0.1]])
    >>> hospitals_and_insurers.row_sums.round(3).tolist()
    [0.2, 0.2, 0.2, 0.06]
    """

    sectors: Index
    levels: Array

    def __init__(self, sectors: ArrayLike, levels: ArrayLike) -> None:
        table = _numbers("levels", levels, "iuf").astype(float)
        if table.ndim != 2 or table.shape[0] != table.shape[1]:
            raise InvalidInputError(
                f"`levels` must be a K × K table of the K sectors, got shape {table.shape}"
            )
        bad = ~(np.isfinite(table) & (table >= 0))
        if bad.any():
            raise InvalidInputError(
                f"`levels` must hold finite non-negative numbers, got {table[bad][0]}"
            )
        of = _numbers("sectors", sectors, "iu")
        if of.ndim != 1 or of.size == 0:
            raise InvalidInputError(
                f"`sectors` must be one integer per organization, got shape {of.shape}"
            )
        out = (of < 0) | (of >= len(table))
        if out.any():
            raise InvalidInputError(
                f"`sectors` must be integers from 0 to {len(table) - 1}, the rows of `levels`, "
                f"got {of[out][0]}"
            )
        object.__setattr__(self, "sectors", of.astype(np.intp))
        object.__setattr__(self, "levels", table)

    @property
    def size(self) -> int:
        """The number of organizations N."""
        return int(self.sectors.size)

    @property
    def factors(self) -> LowRankCompetition:
        """The same competition as factors of shape (N, K): the same entries exactly."""
        return LowRankCompetition(self.levels[self.sectors], np.eye(len(self.levels))[self.sectors])

    def weigh(self, values: Array) -> Array:
        """Return C @ values."""
        return self._product(values, self.levels)

    def spread(self, values: Array) -> Array:
        """Return Cᵀ @ values."""
        return self._product(values, self.levels.T)

    def _product(self, values: Array, levels: Array) -> Array:
        """Sum each sector once, then hand every organization its row, less its own entry."""
        rows = np.reshape(values, (-1, self.size))
        found = np.empty(rows.shape)
        for row, out in zip(rows, found, strict=True):
            sums = np.bincount(self.sectors, weights=row, minlength=len(levels))
            np.take(levels @ sums, self.sectors, out=out)
            out -= np.diagonal(levels)[self.sectors] * row
        return found.reshape(np.shape(values))

    def among(self, members: Index) -> Competition:
        """Return the competition among `members` only."""
        return SectorCompetition(self.sectors[members], self.levels)

    def scaled(self, factor: float) -> Competition:
        """Return factor · C."""
        return SectorCompetition(self.sectors, factor * self.levels)


def _numbers(name: str, value: ArrayLike, kinds: str) -> NDArray[Any]:
    """Return an array, refusing what does not hold numbers of a kind."""
    what = "integers" if kinds == "iu" else "numbers"
    try:
        array = np.asarray(value)
    except ValueError:
        raise InvalidInputError(f"`{name}` must hold {what}, got {value!r:.80}") from None
    if array.dtype.kind not in kinds:
        raise InvalidInputError(f"`{name}` must hold {what}, got {value!r:.80}")
    return array
