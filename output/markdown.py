"""A table as Markdown."""

import re

from coopetition.games.text.words import visible
from coopetition.output.table import Table, headed

_SPECIAL = re.compile(r"([\\`*_\[\]<|~$&]|:(?=//)|(?<=\bwww)\.)", re.IGNORECASE)


def markdown(table: Table) -> str:
    r"""Return a table as Markdown, names escaped, with its notes below.

    Examples
    --------
    >>> from coopetition.output.table import Column
    >>> print(markdown(Table("", (
    ...     Column("organization", "organization", ["A|B", "C"], kind="name"),
    ...     Column("payoff", "payoff", [1.5, None], "EUR"),
    ... ))))
    | organization | payoff (EUR) |
    | :--- | ---: |
    | A\|B | 1.5 |
    | C | – |
    """
    cells = table.cells()
    heads = map(headed, cells.heads, cells.units)
    lines = [[escaped(head) for head in heads]]
    lines += [[":---" if left else "---:" for left in cells.left]]
    lines += [[escaped(text) for text in row] for row in cells.rows]
    text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    title = [f"**{escaped(table.title)}**"] if table.title else []
    notes = [" ".join(map(escaped, table.remarks()))] if table.remarks() else []
    return "\n\n".join([*title, text, *notes])


def escaped(text: str) -> str:
    r"""Return a text as one line that Markdown shows as it stands.

    Examples
    --------
    >>> print(escaped("[a](b) *c* https://d www.e"))
    \[a\](b) \*c\* https\://d www\.e
    """
    return _SPECIAL.sub(r"\\\1", one_row(text))


def one_row(text: str) -> str:
    """Return a text as one line, of letters that can be seen."""
    return visible(re.sub(r"[\t\r\n]+", " ", text))
