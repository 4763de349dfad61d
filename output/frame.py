"""A table as a pandas data frame: wide as it is, or long and tidy, to be stacked."""

from decimal import Decimal
from typing import Any

from coopetition.games.errors import require
from coopetition.output.table import Table

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
    values = {column.key: [_float(value) for value in row] for column, row in _columns(table)}
    return pandas.DataFrame(values)


def long_frame(table: Table, **labels: str) -> Any:
    """Return a data frame with a row for every number: the columns are those of `LONG`.

    Every result has the same columns, so that `pandas.concat` stacks them. `value` is a number,
    and `text` what is none, such as a verdict.

    Raises
    ------
    MissingDependencyError
        If pandas is not installed.
    """
    pandas = require("pandas", "frames")
    told = {**dict.fromkeys(LABELS), **table.labels, **labels}
    names = [column.key in LABELS for column in table.columns]
    lines = []
    for row in table.rows:
        own = dict(told)
        own |= {c.key: str(v) for c, v, is_name in zip(table.columns, row, names, strict=True)
                if is_name}  # fmt: skip
        for column, value, is_name in zip(table.columns, row, names, strict=True):
            if is_name:
                continue
            number = isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
            lines.append(
                own
                | {
                    "variable": column.key,
                    "value": float(value) if number else None,
                    "unit": column.unit,
                    "text": None if number or value is None else str(value),
                }
            )
    frame = pandas.DataFrame(lines, columns=list(LONG))
    texts = {name: "string" for name in LONG if name != "value"}
    return frame.astype(texts | {"value": "float64"})


def _columns(table: Table) -> Any:
    return zip(table.columns, zip(*table.rows, strict=True) if table.rows
               else [() for _ in table.columns], strict=True)  # fmt: skip


def _float(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value
