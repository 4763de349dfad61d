"""A table of results: columns with words, units and ranks, for a person or for a program."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Any, Literal

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError
from coopetition.games.text.words import did_you_mean
from coopetition.output.formats import formatted, plain

Kind = Literal["name", "number", "share", "error", "text", "note"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Parameters
    ----------
    key
        What programs call it: in CSV, Parquet and data frames; the JSON key where there is one.
    head
        What people call it.
    values
        One for each row; None where nothing is known.
    unit
        What its numbers are measured in; "" for a pure number.
    kind
        `name` says what a row is of; `share` is a share of an optimum; `error` a standard error,
        known to two digits; a `note` is written under the table.
    rank
        A terminal that is too narrow leaves out the columns of the highest rank first.
    """

    key: str
    head: str
    values: Sequence[Any] | Array
    unit: str = ""
    kind: Kind = "number"
    rank: int = 0

    @property
    def known(self) -> bool:
        """Whether anything is known of it, or it names the rows."""
        return self.kind == "name" or any(is_known(value) for value in self.values)


@dataclass(frozen=True, slots=True)
class Cells:
    """A table as texts: what terminal, Markdown, LaTeX and HTML write in their own ways."""

    heads: list[str]
    units: list[str]
    rows: list[list[str]]
    left: list[bool]
    ranks: list[int]

    def transposed(self) -> "Cells":
        """Return the table with a row for each column, whose names and units come first."""
        first, *others = zip(self.heads, self.units, *self.rows, strict=True)
        units = ["", *[""] * len(self.rows)]
        rows = [[headed(head, unit), *texts] for head, unit, *texts in others]
        heads = [first[0], *first[2:]]
        left = [True, *[False] * len(self.rows)]
        return Cells(heads, units, rows, left, [0, *range(len(self.rows))])


@dataclass(frozen=True, slots=True)
class Table:
    """What a result says in rows and columns; the first column names the rows.

    Parameters
    ----------
    title
        One line, without a full stop.
    columns
        Of like length.
    notes
        Sentences under the table.
    labels
        What is true of all rows, such as `{"rule": "none"}`: columns of a long data frame.
    decimals, transpose
        How it is shown: as many decimals as it takes, if None; a row for each column.
    asked
        Whether its columns were asked for: then those are shown of which nothing is known.

    Examples
    --------
    >>> table = Table("Payoffs", (
    ...     Column("organization", "organization", ["North", "South"], kind="name"),
    ...     Column("payoff", "payoff", [10.5, 1200.0], "EUR"),
    ...     Column("fee", "fee", [None, None], "EUR"),
    ... ))
    >>> table.cells().heads, table.cells().rows
    (['organization', 'payoff'], [['North', '10.50'], ['South', '1,200.00']])
    >>> table.select(["fee"]).header
    ['organization', 'fee']
    """

    title: str
    columns: tuple[Column, ...]
    notes: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    decimals: int | None = None
    transpose: bool = False
    asked: bool = False

    @classmethod
    def of(cls, title: str, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> "Table":
        """Return a table of rows, the first column of which names them."""
        columns = []
        for k, head in enumerate(header):
            values = [row[k] for row in rows]
            words = any(isinstance(value, str) for value in values)
            kind: Kind = "note" if head == "note" else "text" if words else "number"
            columns.append(Column(head, head, values, kind=kind if k else "name"))
        return cls(title, tuple(columns))

    @property
    def header(self) -> list[str]:
        """What programs call the columns."""
        return [column.key for column in self.columns]

    @property
    def rows(self) -> list[list[Any]]:
        """The values, row by row."""
        values = [list(map(plain, column.values)) for column in self.columns]
        return [list(row) for row in zip(*values, strict=True)]

    def select(self, names: Sequence[str]) -> "Table":
        """Return the table with these columns alone, behind those that name the rows.

        Parameters
        ----------
        names
            Keys or heads.

        Raises
        ------
        InvalidInputError
            If there is no such column.
        """
        known = {c.head: c for c in self.columns} | {c.key: c for c in self.columns}
        for name in names:
            if name not in known:
                near = did_you_mean(name, known) or f": it has {', '.join(self.header)}"
                raise InvalidInputError(f"the table has no column {name!r:.60}{near}")
        first = [column for column in self.columns if column.kind == "name"]
        chosen = {known[name].key: known[name] for name in names if known[name] not in first}
        return replace(self, columns=(*first, *chosen.values()), asked=True)

    def cells(self, *, notes: bool = False) -> Cells:
        """Return what a person reads: columns of which something is known, notes if asked."""
        shown = [c for c in self.columns if (self.asked or c.known) and (notes or c.kind != "note")]
        texts = [
            formatted(
                [plain(value) for value in column.values],
                scales=self._scales(column.unit),
                kind=column.kind,
                decimals=None if column.kind == "name" else self.decimals,
            )
            for column in shown
        ]
        cells = Cells(
            [column.head for column in shown],
            [column.unit for column in shown],
            [list(row) for row in zip(*texts, strict=True)],
            [column.kind in ("name", "text", "note") for column in shown],
            [column.rank for column in shown],
        )
        return cells.transposed() if self.transpose else cells

    def remarks(self) -> list[str]:
        """Return the sentences under the table: those of its rows, and its own."""
        said: list[str] = []
        for column in self.columns:
            if column.kind == "note":
                alike: dict[str, list[str]] = {}
                for name, note in zip(self.columns[0].values, column.values, strict=True):
                    alike.setdefault(note or "", []).append(str(name))
                for note, names in alike.items():
                    of = "" if len(names) == len(column.values) else f"{', '.join(names)}: "
                    said += [f"{of}{note}."] if note else []
        return [*said, *self.notes]

    def _scales(self, unit: str) -> list[float] | None:
        """Return the largest number of a unit in each row; None for pure numbers."""
        alike = [map(plain, c.values) for c in self.columns if unit and c.unit == unit]
        if not alike:
            return None
        return [
            max((abs(v) for v in row if isinstance(v, float) and isfinite(v)), default=0.0)
            for row in zip(*alike, strict=True)
        ]


def is_known(value: Any) -> bool:
    """Say whether a value is none of None, an empty text and a number that is not finite."""
    value = plain(value)
    return value not in (None, "") and not (isinstance(value, float) and not isfinite(value))


def headed(head: str, unit: str) -> str:
    """Return a head with its unit behind."""
    return f"{head} ({unit})" if unit else head
