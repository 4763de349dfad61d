"""Who loses what to whom: a square non-negative matrix with zero diagonal, as an operator.

Row n says what n loses to each rival. The game needs products with vectors only, so a scalar
(every pair alike), a dense matrix, a scipy sparse matrix or a low-rank pair of factors all do,
in the memory that each of them needs.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from coopetition.games.arrays import Array, Index
from coopetition.games.errors import InvalidInputError

if TYPE_CHECKING:
    from scipy import sparse


DamageCounts = Literal["contributions", "gains"]


class Competition(ABC):
    """A non-negative N × N matrix C with zero diagonal, known by its products."""

    @property
    @abstractmethod
    def size(self) -> int:
        """The number of organizations N."""

    @abstractmethod
    def weigh(self, values: Array) -> Array:
        """Return C @ values: each organization's sum over its rivals; shape (..., N)."""

    @abstractmethod
    def spread(self, values: Array) -> Array:
        """Return Cᵀ @ values: what all others attach to each; shape (..., N)."""

    @abstractmethod
    def among(self, members: Index) -> "Competition":
        """Return the competition among some organizations only; members: indices."""

    @abstractmethod
    def scaled(self, factor: float) -> "Competition":
        """Return factor · C."""

    def dense(self) -> Array:
        """Return C as a matrix."""
        return np.ascontiguousarray(self.spread(np.eye(self.size)))

    @property
    def row_sums(self) -> Array:
        """C @ 1, shape (N,)."""
        return self.weigh(np.ones(self.size))

    @property
    def column_sums(self) -> Array:
        """Cᵀ @ 1, shape (N,)."""
        return self.spread(np.ones(self.size))


@dataclass(frozen=True, slots=True)
class UniformCompetition(Competition):
    """Every pair alike: C_nm = level for n ≠ m."""

    level: float
    count: int

    @property
    def size(self) -> int:
        """The number of organizations N."""
        return self.count

    def weigh(self, values: Array) -> Array:
        """Return C @ values."""
        if self.level == 0 or self.count == 1:
            return np.zeros_like(values)
        return self.level * (np.sum(values, axis=-1, keepdims=True) - values)

    def spread(self, values: Array) -> Array:
        """Return Cᵀ @ values."""
        return self.weigh(values)

    def among(self, members: Index) -> Competition:
        """Return the competition among `members` only."""
        return UniformCompetition(self.level, len(members))

    def scaled(self, factor: float) -> Competition:
        """Return factor · C."""
        return UniformCompetition(factor * self.level, self.count)


def _product(matrix: Any, values: Array) -> Array:
    """Multiply along the last axis; scipy's sparse arrays take two axes at most."""
    rows = np.reshape(values, (-1, matrix.shape[1]))
    return np.asarray((matrix @ rows.T).T).reshape(np.shape(values))


@dataclass(frozen=True, slots=True, eq=False)
class MatrixCompetition(Competition):
    """A dense array or a scipy sparse array, shape (N, N)."""

    matrix: "Array | sparse.csr_array"

    @property
    def size(self) -> int:
        """The number of organizations N."""
        return int(self.matrix.shape[0])

    def weigh(self, values: Array) -> Array:
        """Return C @ values."""
        return _product(self.matrix, values)

    def spread(self, values: Array) -> Array:
        """Return Cᵀ @ values."""
        return _product(self.matrix.T, values)

    def among(self, members: Index) -> Competition:
        """Return the competition among `members` only."""
        return MatrixCompetition(self.matrix[members][:, members])

    def scaled(self, factor: float) -> Competition:
        """Return factor · C."""
        return MatrixCompetition(factor * self.matrix)


@dataclass(frozen=True, slots=True, eq=False)
class LowRankCompetition(Competition):
    """C = left @ right.T without its diagonal; factors of shape (N, k), non-negative.

    Examples
    --------
    >>> sectors = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])  # the first two are rivals
    >>> LowRankCompetition(0.1 * sectors, sectors).row_sums.tolist()
    [0.1, 0.1, 0.0]
    """

    left: Array
    right: Array

    def __post_init__(self) -> None:
        """Refuse factors of different shapes or with negative or non-finite entries."""
        if self.left.ndim != 2 or self.left.shape != self.right.shape:
            raise InvalidInputError(
                f"`left` and `right` must have one shape (N, k), got {self.left.shape} "
                f"and {self.right.shape}"
            )
        for name, factor in (("left", self.left), ("right", self.right)):
            if not (np.isfinite(factor).all() and (factor >= 0).all()):
                raise InvalidInputError(f"`{name}` must hold finite non-negative numbers")

    @property
    def size(self) -> int:
        """The number of organizations N."""
        return int(self.left.shape[0])

    @property
    def _diagonal(self) -> Array:
        return np.einsum("nk,nk->n", self.left, self.right)

    def weigh(self, values: Array) -> Array:
        """Return C @ values."""
        return (values @ self.right) @ self.left.T - self._diagonal * values

    def spread(self, values: Array) -> Array:
        """Return Cᵀ @ values."""
        return (values @ self.left) @ self.right.T - self._diagonal * values

    def among(self, members: Index) -> Competition:
        """Return the competition among `members` only."""
        return LowRankCompetition(self.left[members], self.right[members])

    def scaled(self, factor: float) -> Competition:
        """Return factor · C."""
        return LowRankCompetition(factor * self.left, self.right)


@dataclass(frozen=True, slots=True, eq=False)
class LossToRivals(Competition):
    """C = ρ diag(p) + σ: what n loses for each unit of m's own gain, from damage and rivalry."""

    damage: Competition
    value: Array
    rivalry: Competition

    @property
    def size(self) -> int:
        """The number of organizations N."""
        return self.damage.size

    def weigh(self, values: Array) -> Array:
        """Return C @ values."""
        return self.damage.weigh(self.value * values) + self.rivalry.weigh(values)

    def spread(self, values: Array) -> Array:
        """Return Cᵀ @ values."""
        return self.value * self.damage.spread(values) + self.rivalry.spread(values)

    @property
    def row_sums(self) -> Array:
        """C @ 1."""
        return self.damage.weigh(self.value) + self.rivalry.row_sums

    @property
    def column_sums(self) -> Array:
        """Cᵀ @ 1."""
        return self.value * self.damage.column_sums + self.rivalry.column_sums

    def among(self, members: Index) -> Competition:
        """Return the competition among `members` only."""
        parts = (self.damage.among(members), self.value[members], self.rivalry.among(members))
        return LossToRivals(*parts)

    def scaled(self, factor: float) -> Competition:
        """Return factor · C."""
        return LossToRivals(self.damage.scaled(factor), self.value, self.rivalry.scaled(factor))


def _check_entries(
    name: str, matrix: Any, entries: Array, players: tuple[str, ...], signed: bool
) -> None:
    size = len(players)
    if matrix.shape != (size, size):
        raise InvalidInputError(
            f"`{name}` must be a {size} × {size} matrix (rows = who loses), got {matrix.shape}"
        )
    bad = ~(np.isfinite(entries) & (signed | (entries >= 0)))
    if bad.any():
        rule = "finite numbers" if signed else "finite non-negative numbers"
        raise InvalidInputError(f"`{name}` must hold {rule}, got {entries[bad][0]}")
    diagonal = matrix.diagonal()
    if (diagonal != 0).any():
        n = int(np.argmax(diagonal != 0))
        raise InvalidInputError(
            f"`{name}` must have a zero diagonal, got {diagonal[n]:g} for {players[n]}"
        )


def as_competition(
    value: Any, players: tuple[str, ...], name: str = "damage", *, signed: bool = False
) -> Competition:
    """Turn a scalar, matrix, sparse matrix or operator into a `Competition`.

    Entries may be negative only where `signed`: a rule may pay in either direction.

    Raises
    ------
    InvalidInputError
        If the matrix has another size, a negative or non-finite entry, or a non-zero diagonal.

    Examples
    --------
    >>> as_competition([[0, 0.1], [0.2, 0]], ("North", "South")).row_sums.tolist()
    [0.1, 0.2]
    """
    if isinstance(value, Competition):
        if value.size != len(players):
            raise InvalidInputError(
                f"`{name}` is for {value.size} organizations, the game has {len(players)}"
            )
        return value
    if hasattr(value, "tocsr"):
        from scipy import sparse

        matrix = sparse.csr_array(value)
        _check_entries(name, matrix, matrix.data, players, signed)
        return MatrixCompetition(matrix)
    try:
        raw = np.asarray(value)
        if raw.dtype.kind not in "iuf":
            raise TypeError
        array = raw.astype(float)
    except (TypeError, ValueError):
        raise InvalidInputError(f"`{name}` must be a number or a matrix, got {value!r}") from None
    if array.ndim == 0:
        level = float(array)
        if not (np.isfinite(level) and (signed or level >= 0)):
            least = "" if signed else " and at least 0"
            raise InvalidInputError(f"`{name}` must be finite{least}, got {level!r}")
        return UniformCompetition(level, len(players))
    _check_entries(name, array, array, players, signed)
    return MatrixCompetition(array)
