"""A table as HTML, as notebooks and reports show it."""

from html import escape

from coopetition.output.markdown import one_row
from coopetition.output.table import Table


def html(table: Table) -> str:
    """Return a table as HTML, names escaped, with its title as caption and its notes at the foot.

    Examples
    --------
    >>> from coopetition.output.table import Column
    >>> text = html(Table("Payoffs", (
    ...     Column("organization", "organization", ["<North>"], kind="name"),
    ...     Column("payoff", "payoff", [-1.5], "EUR"),
    ... )))
    >>> "&lt;North&gt;" in text, "−1.5" in text
    (True, True)
    """
    cells = table.cells()
    sides = ["left" if left else "right" for left in cells.left]

    def line(tag: str, texts: list[str]) -> str:
        said = (f'<{tag} style="text-align:{side}">{text}</{tag}>'
                for text, side in zip(texts, sides, strict=True))  # fmt: skip
        return f"<tr>{''.join(said)}</tr>"

    heads = [
        _text(head) + (f"<br><small>{_text(unit)}</small>" if unit else "")
        for head, unit in zip(cells.heads, cells.units, strict=True)
    ]
    body = (line("td", [_text(text, number=not left) for text, left in
            zip(row, cells.left, strict=True)]) for row in cells.rows)  # fmt: skip
    notes = "<br>".join(map(_text, table.remarks()))
    foot = f'<tfoot><tr><td colspan="{len(sides)}" style="text-align:left"><small>{notes}</small>'
    return (
        f"<table><caption>{_text(table.title)}</caption><thead>{line('th', heads)}</thead>"
        f"<tbody>{''.join(body)}</tbody>{foot + '</td></tr></tfoot>' if notes else ''}</table>"
    )


def _text(text: str, *, number: bool = False) -> str:
    said = escape(one_row(text))
    return said.replace("-", "\N{MINUS SIGN}", 1) if number and said.startswith("-") else said
