"""Tables of rows, for tests of what is done with them."""

from collections.abc import Sequence
from typing import Any

from coopetition.output.table import Column, Table


def table(header: Sequence[str], rows: Sequence[Sequence[Any]], title: str = "") -> Table:
    """Return a table whose first column names the rows."""
    columns = []
    for k, head in enumerate(header):
        values = [row[k] for row in rows]
        words = any(isinstance(value, str) for value in values)
        columns.append(Column(head, head, values, kind="text" if words else "number"))
    named = [Column(c.key, c.head, c.values, kind="name") for c in columns[:1]]
    return Table(title, (*named, *columns[1:]))
