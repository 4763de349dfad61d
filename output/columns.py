"""Tables of columns that are called by their keys, and tables below each other."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.output.formats import plain
from coopetition.output.result import Result
from coopetition.output.table import Column, Table


def keyed(
    title: str,
    values: Mapping[str, Any],
    *,
    names: int = 1,
    units: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
) -> Table:
    """Return a table of columns by key; the first `names` of them say what a row is of.

    Heads are the keys in words. Answers are yes and no, fractions numbers.

    Examples
    --------
    >>> table = keyed("Shares", {"organization": ["North"], "net_gain": [Fraction(1, 2)],
    ...                          "gains": [True]}, units={"net_gain": "EUR"})
    >>> [(column.key, column.head, column.values, column.unit) for column in table.columns]
    [('organization', 'organization', ['North'], ''), ('net_gain', 'net gain', [0.5], 'EUR'),
    ('gains', 'gains', ['yes'], '')]
    """
    columns = []
    for place, (key, given) in enumerate(values.items()):
        said = [_said(plain(value)) for value in given]
        words = any(isinstance(value, str) for value in said)
        kind: Any = "name" if place < names else "text" if words else "number"
        head = key.replace("_", " ")
        columns.append(Column(key, head, said, (units or {}).get(key, ""), kind))
    return Table(title, tuple(columns), tuple(notes))


def _said(value: Any) -> Any:
    if isinstance(value, Fraction):
        return float(value)
    return ("no", "yes")[value] if isinstance(value, bool) else value


def stacked(first: Table, *others: Table) -> Table:
    """Return tables below each other: all their columns, with nothing where a table lacks one.

    Examples
    --------
    >>> stacked(keyed("", {"cell": [1], "gain": [0.5]}), keyed("", {"cell": [2]})).rows
    [[1, 0.5], [2, None]]
    """
    tables = (first, *others)
    found = {column.key: column for table in reversed(tables) for column in table.columns}
    keys = dict.fromkeys(column.key for table in tables for column in table.columns)
    columns = []
    for key in keys:
        values: list[Any] = []
        for table in tables:
            here = [column.values for column in table.columns if column.key == key]
            values += here[0] if here else [None] * len(table.columns[0].values)
        one = found[key]
        columns.append(Column(key, one.head, values, one.unit, one.kind))
    return Table(first.title, tuple(columns), first.notes)


class ManyCells(Result):
    """What is known of B cells, such as rounds, of N organizations each: see `columns`."""

    __slots__ = ()

    title = ""

    if TYPE_CHECKING:  # at run time it would be the default of a field

        @property
        def players(self) -> tuple[str, ...]:
            """The organizations' names."""

    def columns(self) -> dict[str, Array]:
        """Return the columns by name: of shape (B,) or (B, N)."""
        raise NotImplementedError

    def reasons(self) -> dict[str, Any]:
        """Return what is said of cells in words."""
        return {}

    def tables(self) -> tuple[Table, Table]:
        """Return one row per cell, and one per cell and organization."""
        columns = self.columns()
        count, size = len(next(iter(columns.values()))), len(self.players)
        narrow = {key: list(value) for key, value in columns.items() if value.ndim == 1}
        wide = {key: value.ravel() for key, value in columns.items() if value.ndim == 2}
        each = {"cell": np.repeat(np.arange(count), size), "organization": self.players * count}
        return (
            keyed(self.title, {"cell": range(count), **narrow}),
            keyed(f"{self.title}: organizations", {**each, **wide}, names=2),
        )

    def long_table(self) -> Table:
        """Return one row per cell, and one per cell and organization, below each other."""
        return stacked(*self.tables())

    def to_dict(self) -> dict[str, Any]:
        """Return the columns as lists, (B,) or (B, N), and the words."""
        lists = {key: value.tolist() for key, value in self.columns().items()}
        return {"organizations": list(self.players), **lists, **self.reasons()}
