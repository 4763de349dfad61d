"""A table as a pandas data frame: wide as it is, or long and tidy, to be stacked."""

from decimal import Decimal
from typing import Any

from coopetition.games.errors import require
from coopetition.output.formats import plain
from coopetition.output.table import Column, Table, is_known

LABELS = ("scenario", "digest", "rule", "cell", "organization")  # what a row of a long frame is of
LONG = (*LABELS, "variable", "value", "unit", "text")


def wide_frame(table: Table) -> Any:
    """Return a data frame with the table's columns, under the names that programs use.

    Raises
    ------
    MissingDependencyError
        If pandas is not installed.
    """
    pandas = require("pandas", "frames")
    columns = {column.key: list(map(_number, column.values)) for column in table.columns}
    return pandas.DataFrame(columns)


def long_frame(table: Table, **labels: str) -> Any:
    """Return a data frame with a row for every number and word of a table: see `long`.

    Raises
    ------
    MissingDependencyError
        If pandas is not installed.
    """
    types = {name: "string" for name in LONG} | {"value": "float64"}
    return wide_frame(long(table, **labels)).astype(types)


def long(table: Table, **labels: str) -> Table:
    """Return a table with a row for every number and word: its columns are those of `LONG`.

    Those of every result are the same, so that they can be stacked. `value` is a number, and `text`
    what is none, such as a verdict; what is not known has no row. What else names the rows of a
    table, such as a round or a property, stands in `cell`.

    Examples
    --------
    >>> from coopetition.output.table import Column
    >>> payoffs = Table("", (Column("organization", "", ["North", "South"], kind="name"),
    ...                      Column("payoff", "payoff", [1.5, None], "EUR")))
    >>> long(payoffs, scenario="two", rule="none").rows
    [['two', None, 'none', None, 'North', 'payoff', 1.5, 'EUR', None]]
    """
    told: dict[str, Any] = {**dict.fromkeys(LONG), **table.labels, **labels}
    others = [c.key for c in table.columns if c.kind == "name" and c.key not in LABELS]
    if "cell" in table.header:  # that says what row it is
        others = []
    lines = []
    for row in table.rows:
        pairs = list(zip(table.columns, row, strict=True))
        named = [str(value) for column, value in pairs if column.key in others]
        own = told | ({"cell": ", ".join(named)} if named else {})
        own |= {c.key: None if v is None else str(v) for c, v in pairs if c.key in LABELS}
        for column, value in pairs:
            number = isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
            if column.key in (*LABELS, *others) or not is_known(value):
                continue
            said = {"value": float(value)} if number else {"text": str(value)}
            lines.append(own | {"variable": column.key, "unit": column.unit or None} | said)
    columns = (Column(name, name, [line[name] for line in lines]) for name in LONG)
    return Table(table.title, tuple(columns), table.notes)


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else plain(value)
