"""What changes from row to row of a batch, read and checked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array, Index, Mask
from coopetition.games.base import Box
from coopetition.games.coopetition.aggregate import AggregateForm, AggregativeGame
from coopetition.games.coopetition.columns import COLUMNS, LARGEST
from coopetition.games.coopetition.competition import UniformCompetition
from coopetition.games.coopetition.round import CoopetitionRound, refuse_beyond
from coopetition.games.errors import InvalidInputError, UnsupportedGameError
from coopetition.solvers.batch.forms import Curves, Rivals, dense, parameters


@dataclass(frozen=True, eq=False)
class PaidRound(AggregativeGame):
    """A round in which each receives slope·x − bend·x²/2 for its own contribution."""

    round: CoopetitionRound
    slope: Array
    bend: Array

    @property
    def players(self) -> tuple[str, ...]:
        """The organizations' names."""
        return self.round.players

    @property
    def spaces(self) -> Box:
        """Contributions: [0, max_contribution]."""
        return self.round.spaces

    def _paid(self, profile: ArrayLike) -> Array:
        x = np.asarray(profile, dtype=float)
        return x * (self.slope - 0.5 * self.bend * x)

    def payoffs(self, profile: ArrayLike) -> Array:
        """Return U_n with what is received."""
        return self.round.payoffs(profile) + self._paid(profile)

    @cached_property
    def form(self) -> AggregateForm:
        """The round's form with the own part."""
        form = self.round.form
        linear, curvature = form.linear + self.slope, form.curvature + self.bend
        return replace(form, linear=linear, curvature=curvature)


MATRICES = ("damage", "rivalry")
KNOWN = (  # what `Rounds` reads: of other numbers batches take rounds at their defaults only
    "local_data", "max_contribution", "value", "unit_cost", "quadratic_cost", "fixed_cost",
    "quality", "skew",
)  # fmt: skip
CHUNK = 2**15  # players at a time: what a sweep touches stays in the cache
TRANSFERS = ("transfer_slope", "transfer_bend")


@dataclass(frozen=True, eq=False)
class RowTable:
    """A round and the arrays, `size` rows each, that replace its fields."""

    game: CoopetitionRound
    changes: Mapping[str, Array]
    size: int

    @classmethod
    def of(cls, game: object, changes: object) -> "RowTable":
        """Read the changes; refuse unknown fields and wrong shapes, not yet wrong numbers."""
        if not isinstance(game, CoopetitionRound):
            raise UnsupportedGameError(
                f"a batch needs a CoopetitionRound, got {type(game).__name__}: pass the round, and "
                "a rule's own part as `transfer_slope` and `transfer_bend`"
            )
        refuse_beyond(game, KNOWN, "batches")
        if not isinstance(changes, Mapping) or not changes:
            raise InvalidInputError(
                "`changes` must map at least one field's name to an array with one row per game, "
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
        if given is not None:
            return Rivals.of(given[rows], len(self.game.players))
        own = getattr(self.game, name)
        if isinstance(own, UniformCompetition):
            return Rivals(own.size, np.full((self._width(rows), 1), own.level), None)
        matrix = self.matrices[name]
        assert matrix is not None
        return Rivals(own.size, None, matrix[:, :, None])

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
        """Build one row's round, with all the checks of the class."""
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
    known = (*KNOWN, *MATRICES, "personal_weight", *curve, *TRANSFERS)
    if name not in known:
        raise InvalidInputError(f"`changes` takes {', '.join(known)}; got {name!r}")
    shapes: tuple[tuple[int, ...], ...] = ((),)
    if name in KNOWN or name in TRANSFERS:
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


def chunks(table: RowTable, failed: Mapping[int, str]) -> Iterator[slice | Index]:
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


def refused(table: RowTable) -> dict[int, str]:
    """Return the rows that are no games, each with its sentence."""
    found = {}
    for row in np.flatnonzero(suspects(table)).tolist():
        try:
            table.round(row)
        except InvalidInputError as error:
            found[row] = f"row {row}: {error}"
            continue
        for name in TRANSFERS:
            wrong = ~_allowed(table, name, table.column(name, np.array([row]))[:, 0])
            if wrong.any():
                least = "" if name == "transfer_slope" else ", at least 0"
                found[row] = (
                    f"row {row}: `{name}` of {table.game.players[int(np.argmax(wrong))]} must "
                    f"be finite{least} and at most {LARGEST:g} in size"
                )
    return found


def suspects(table: RowTable) -> Mask:
    """Return the rows to look at one by one: numbers out of bounds, Ω out of the curve."""
    bad = np.zeros(table.size, dtype=bool)
    for name, array in table.changes.items():
        ends = np.array([array.min(), array.max()])  # NaN if there is one
        if not _allowed(table, name, ends).all():
            bad |= ~_allowed(table, name, array).reshape(table.size, -1).all(axis=1)
        if name in MATRICES and array.ndim == 3:
            bad |= np.diagonal(array, axis1=1, axis2=2).any(axis=1)
    with np.errstate(all="ignore"):
        return bad | _out_of_reach(table)


def _out_of_reach(table: RowTable) -> Mask:
    """Return the rows whose effective data the curve may not know, or not give a slope."""
    shape = (table.size, len(table.game.players))
    data, top, quality = (
        np.broadcast_to(_by_row(table, name), shape)
        for name in ("local_data", "max_contribution", "quality")
    )
    low = data.sum(axis=1)
    high = low + np.einsum("bn,bn->b", quality, top)
    start, end = table.game.gain.domain
    curves = table.curves(slice(0, table.size))
    out = ~(np.isfinite(high) & (low >= start) & (high <= end))
    out |= ~np.isfinite(curves.slope(np.maximum(low, 1e-9 * high)))
    if not curves.numbers:  # the round was checked for concavity between its own two ends
        form = table.game.form
        own = form.base, form.base + float(form.quality @ form.upper)
        slack = 1e-12 * own[1]
        out |= (low < own[0] - slack) | (high > own[1] + slack)
    return out | (low == 0)


def _by_row(table: RowTable, name: str) -> Array:
    """Return a column as it was given, one that broadcasts to (B, N)."""
    given = table.changes.get(name)
    if given is None:
        return np.asarray(getattr(table.game, name))
    return given if given.ndim == 2 else given[:, None]


def _allowed(table: RowTable, name: str, array: Array) -> Mask:
    """Say which numbers are within the field's bounds; the round itself says what is wrong."""
    of_gain, _, key = name.partition("gain.")
    allowed = "" if of_gain else table.game.gain.parameters.get(key)
    helpful = name == "damage" and table.game.counts == "gains"
    if name == "transfer_slope" or allowed == "any" or helpful:
        return np.abs(array) <= LARGEST
    if name in COLUMNS:
        return COLUMNS[name].allows(array)
    return (array > 0 if allowed == "positive" else array >= 0) & (array <= LARGEST)
