"""A table as data for other programs: CSV, Parquet, Stata."""

import csv
import io
import json
import math
import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from coopetition.games.errors import require
from coopetition.games.text.words import no_formula, visible
from coopetition.output.clean_values import clean
from coopetition.output.table import Table, headed


def to_csv(table: Table, told: str = "") -> str:
    """Return a table as CSV text, under the names that programs use; nothing is an empty cell.

    A text that a spreadsheet would take for a formula has an apostrophe before it, which a
    spreadsheet takes for "this is text".

    Parameters
    ----------
    told
        Where it comes from: in the first row of a last column, since readers of CSV do not agree
        on comments.

    Examples
    --------
    >>> from coopetition.output.table import Column
    >>> print(to_csv(Table("", (Column("name", "name", ["=1+1", "A"], kind="name"),
    ...                         Column("payoff", "payoff", [-2.5, None])))))
    name,payoff
    '=1+1,-2.5
    A,
    """
    header, rows = table.header, table.rows
    if told:
        header = [*header, "provenance"]
        rows = [[*row, None if k else told] for k, row in enumerate(rows)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(no_formula, header))
    writer.writerows([map(no_formula, clean(row)) for row in rows])
    return text.getvalue()


def write_parquet(path: Path, table: Table, told: str) -> None:
    """Write the columns with their types; a missing value is a null.

    A column has one type: numbers beside words are written as words. `told` says where the table
    comes from.
    """
    arrow, parquet = require("pyarrow", "parquet"), require("pyarrow.parquet", "parquet")
    columns = {column.key: _one_type(clean(list(column.values))) for column in table.columns}
    made = arrow.table(columns)
    with path.open("wb") as handle:  # pyarrow takes names in UTF-8 only
        parquet.write_table(made.replace_schema_metadata({"coopetition": told}), handle)


def write_stata(path: Path, table: Table, told: str) -> None:
    """Write a data set of Stata; heads and units are labels of its variables."""
    pandas = require("pandas", "frames")
    names: dict[str, str] = {}  # Stata's own are short, of letters, digits and _, and not twice
    for column in table.columns:
        name = re.sub(r"\W", "_", column.key, flags=re.ASCII)[:28] or "_"
        name = f"_{name}" if name[0].isdigit() else name
        names[column.key] = f"{name}_{len(names)}" if name in names.values() else name
    values = {names[c.key]: _one_type(clean(list(c.values))) for c in table.columns}
    for name, data in values.items():
        words = any(isinstance(value, str) for value in data)
        if words or all(value is None for value in data):
            values[name] = ["" if value is None else value for value in data]
        else:
            values[name] = [math.nan if value is None else float(value) for value in data]
    labels = {names[c.key]: headed(c.head, c.unit)[:80] for c in table.columns}
    digest = json.loads(told).get("digest") if told else None
    label = f"{table.title}, digest {digest}" if digest else table.title
    pandas.DataFrame(values).to_stata(
        path,
        write_index=False,
        version=118,
        variable_labels=labels,
        data_label=label[:80],
        time_stamp=datetime(2000, 1, 1),  # no time: same input, same file
    )


def _one_type(column: Sequence[Any]) -> list[Any]:
    if any(isinstance(value, str) for value in column):
        return [value if value is None else visible(str(value)) for value in column]
    return [float(value) if isinstance(value, Decimal) else value for value in column]
