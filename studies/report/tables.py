"""Rows as text, for verbs whose results have no tables of their own yet."""

from typing import Any

from coopetition.output.table import Table
from coopetition.output.terminal import terminal_text

Header = list[str]
Rows = list[list[Any]]


def table_text(title: str, header: Header, rows: Rows) -> str:
    """Return a table as text."""
    return terminal_text(Table.of(title, header, rows))
