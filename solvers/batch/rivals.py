"""Competition of many rows: one number a row for every pair, or a matrix, the same or a row's own.

Products add rival by rival, in one order whatever the width; a matrix product of BLAS would not.
"""

from dataclasses import dataclass

import numpy as np

from coopetition.games.competition import Competition, UniformCompetition
from coopetition.games.gain import Array, Index


@dataclass(frozen=True, slots=True, eq=False)
class Rivals:
    """`level` of shape (B,), or `matrix` of shape (N, N, 1) or (N, N, B): row n is who loses."""

    level: Array | None
    matrix: Array | None

    def take(self, rows: Index) -> "Rivals":
        """Return those of some rows."""
        level = None if self.level is None else self.level[rows]
        matrix = self.matrix
        if matrix is not None and matrix.shape[2] > 1:
            matrix = matrix.take(rows, axis=2)
        return Rivals(level, matrix)

    @property
    def idle(self) -> bool:
        """Whether nobody loses anything to anybody."""
        known = self.level if self.level is not None else self.matrix
        return known is None or not known.any()

    def weigh(self, values: Array) -> Array:
        """Return each organization's sum over its rivals; shape (N, B)."""
        if self.level is not None:
            return self.level * (values.sum(axis=0) - values)
        assert self.matrix is not None
        return _sum(self.matrix.swapaxes(0, 1), values)

    def spread(self, values: Array) -> Array:
        """Return what all others attach to each; shape (N, B)."""
        if self.level is not None:
            return self.weigh(values)
        assert self.matrix is not None
        return _sum(self.matrix, values)


def _sum(columns: Array, values: Array) -> Array:
    found = np.zeros_like(values)
    for m in range(values.shape[0]):
        found += columns[m] * values[m]
    return found


def dense(competition: Competition) -> Array | None:
    """Return a game's competition as a matrix (N, N), None where all pairs are alike."""
    if isinstance(competition, UniformCompetition):
        return None
    return np.ascontiguousarray(competition.weigh(np.eye(competition.size)).T)
