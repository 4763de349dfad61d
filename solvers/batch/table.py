"""What changes from row to row of a batch, read and checked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.aggregate import AggregativeGame
from coopetition.games.competition import UniformCompetition
from coopetition.games.errors import InvalidInputError, UnsupportedGameError
from coopetition.games.gain import Array, Index
from coopetition.games.round import CoopetitionRound
from coopetition.solvers.batch.curves import Curves, parameters
from coopetition.solvers.batch.paid import PaidRound
from coopetition.solvers.batch.rivals import Rivals, dense

COLUMNS = (
    "local_data",
    "max_contribution",
    "value",
    "unit_cost",
    "quadratic_cost",
    "fixed_cost",
    "quality",
    "skew",
)
MATRICES = ("damage", "rivalry")
CHUNK = 2**15  # players at a time: what a sweep touches stays in the cache
TRANSFERS = ("transfer_slope", "transfer_bend")


@dataclass(frozen=True, eq=False)
class Table:
    """A round and the arrays, `size` rows each, that replace its fields."""

    game: CoopetitionRound
    changes: Mapping[str, Array]
    size: int

    @classmethod
    def of(cls, game: object, changes: object) -> "Table":
        """Read the changes; refuse unknown fields and wrong shapes, not yet wrong numbers."""
        if not isinstance(game, CoopetitionRound):
            raise UnsupportedGameError(
                f"a batch needs a CoopetitionRound, got {type(game).__name__}: pass the round, and "
                "a rule's own part as `transfer_slope` and `transfer_bend`"
            )
        if not isinstance(changes, Mapping) or not changes:
            raise InvalidInputError(
                "`changes` must map at least one field's name to an array with a row a game, "
                f"got {changes!r:.80}"
            )
        arrays = {str(name): _read(game, name, given) for name, given in changes.items()}
        sizes = {name: array.shape[0] for name, array in arrays.items()}
        if len(set(sizes.values())) > 1:
            said = ", ".join(f"{name} {size}" for name, size in sizes.items())
            raise InvalidInputError(f"`changes` must have the same number of rows each, got {said}")
        return cls(game, arrays, next(iter(sizes.values())))

    @cached_property
    def matrices(self) -> dict[str, Array | None]:
        """The game's own damage and rivalry as matrices; None where all pairs are alike."""
        return {name: dense(getattr(self.game, name)) for name in MATRICES}

    def column(self, name: str, rows: slice | Index) -> Array:
        """Return a column of some rows, shape (N, B), rows last and contiguous."""
        given = self.changes.get(name)
        size = len(self.game.players)
        if given is not None and given.ndim == 2:
            return np.ascontiguousarray(given[rows].T)
        if given is None:
            own = np.zeros(size) if name in TRANSFERS else getattr(self.game, name)
            return np.repeat(own[:, None], self._width(rows), axis=1)
        return np.tile(given[rows], (size, 1))

    def rivals(self, name: str, rows: slice | Index) -> Rivals:
        """Return the damage or rivalry of some rows."""
        given = self.changes.get(name)
        if given is not None and given.ndim == 1:
            return Rivals(given[rows].copy(), None)
        if given is not None:
            return Rivals(None, np.ascontiguousarray(np.moveaxis(given[rows], 0, -1)))
        own = getattr(self.game, name)
        if isinstance(own, UniformCompetition):
            return Rivals(np.full(self._width(rows), own.level), None)
        matrix = self.matrices[name]
        assert matrix is not None
        return Rivals(None, matrix[:, :, None])

    def number(self, name: str, rows: slice | Index) -> Array:
        """Return the personal weight, or a parameter of the gain, of some rows, shape (B,)."""
        given = self.changes.get(name)
        if given is not None:
            return given[rows].copy()
        holder = self.game.gain if name.startswith("gain.") else self.game
        own = getattr(holder, name.removeprefix("gain."))
        return np.full(self._width(rows), float(own))

    def curves(self, rows: slice | Index) -> Curves:
        """Return the gain curves of some rows."""
        gain = self.game.gain
        return Curves.of(gain, {k: self.number(f"gain.{k}", rows) for k in parameters(gain)})

    def _width(self, rows: slice | Index) -> int:
        return int(rows.stop - rows.start if isinstance(rows, slice) else rows.size)

    def round(self, row: int) -> CoopetitionRound:
        """Build one row's round, with all the checks of the class.

        Raises
        ------
        InvalidInputError
            With the sentence that the field deserves.
        """
        fields: dict[str, Any] = {}
        curve: dict[str, float] = {}
        for name, array in self.changes.items():
            if name.startswith("gain."):
                curve[name.removeprefix("gain.")] = float(array[row])
            elif name not in TRANSFERS:
                fields[name] = array[row] if array.ndim > 1 else float(array[row])
        if curve:
            changed: Any = self.game.gain
            try:
                fields["gain"] = replace(changed, **curve)
            except InvalidInputError as error:
                raise InvalidInputError(str(error).replace("`", "`gain.", 1)) from None
        return self.game.replace(**fields) if fields else self.game

    def playable(self, row: int) -> AggregativeGame:
        """Build one row's game: the round, with the own part of a rule where there is one."""
        game = self.round(row)
        if not any(name in self.changes for name in TRANSFERS):
            return game
        slope, bend = (self.column(name, np.array([row]))[:, 0] for name in TRANSFERS)
        return PaidRound(game, slope, bend)


def _read(game: CoopetitionRound, name: object, given: ArrayLike) -> Array:
    """Return one field's array, refusing unknown fields and wrong shapes in one sentence."""
    size = len(game.players)
    curve = tuple(f"gain.{key}" for key in parameters(game.gain))
    known = (*COLUMNS, *MATRICES, "personal_weight", *curve, *TRANSFERS)
    if name not in known:
        raise InvalidInputError(f"`changes` takes {', '.join(known)}; got {name!r}")
    shapes: tuple[tuple[int, ...], ...] = ((),)
    if name in COLUMNS or name in TRANSFERS:
        shapes = ((), (size,))
    elif name in MATRICES:
        shapes = ((), (size, size))
    try:
        raw = np.asarray(given)
        good = raw.dtype.kind in "iuf" and raw.ndim > 0 and raw.shape[0] > 0
    except ValueError:
        raw, good = np.empty(0), False
    if not good or raw.shape[1:] not in shapes:
        said = " or ".join(f"(B{''.join(f', {n}' for n in shape) or ','})" for shape in shapes)
        got = f"{raw.dtype} of shape {raw.shape}" if good or raw.size else f"{given!r:.60}"
        raise InvalidInputError(f"`{name}` must hold numbers of shape {said}, B ≥ 1, got {got}")
    return raw.astype(float, copy=False)


def chunks(table: Table, failed: Mapping[int, str]) -> Iterator[slice | Index]:
    """Yield the good rows in chunks of at least two; a lone row comes twice."""
    size = max(2, CHUNK // len(table.game.players))
    if failed:
        good = np.delete(np.arange(table.size), list(failed))
    count = good.size if failed else table.size
    start = 0
    while start < count:
        stop = start + size if start + size + 1 < count else count
        rows = good[start:stop] if failed else slice(start, stop)
        yield np.repeat(good[start:stop] if failed else [start], 2) if stop - start == 1 else rows
        start = stop
