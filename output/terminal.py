"""A table as text: as wide as a terminal has room for, whole everywhere else."""

from typing import Any

from coopetition.output.table import Cells, Table

ROWS, NAME, GAP = 50, 24, 2  # rows shown, width of names at most, between columns
NARROW = 8  # of names at least


def terminal_text(table: Table, width: int | None = None) -> str:
    r"""Return a table as text.

    Notes of rows stand behind them, or below where the width is too small. What does not fit even
    then is left out, the columns of the highest rank first, and said.

    Parameters
    ----------
    width
        Characters of a line; None: as many as a terminal has, or as the table takes if the text
        goes elsewhere.

    Examples
    --------
    >>> from coopetition.output.table import Column
    >>> table = Table("Payoffs", (
    ...     Column("organization", "organization", ["North"], kind="name"),
    ...     Column("payoff", "payoff", [10.5], "EUR"),
    ...     Column("fee", "fee", [1.25], "EUR", rank=1),
    ... ))
    >>> print(terminal_text(table))
    Payoffs
    organization  payoff   fee
                     EUR   EUR
    North          10.50  1.25
    >>> print(terminal_text(table, 20))
    Payoffs
    organization  payoff
                     EUR
    North          10.50
    Left out for want of width: fee.
    """
    from rich.console import Console

    console = Console(color_system=None, width=width)  # no control characters
    room = console.width if width or console.is_terminal else None
    cells, notes = table.cells(notes=not table.transpose), table.notes
    if room is not None and sum(_widths(cells)) + GAP * (len(cells.heads) - 1) > room:
        cells, notes = (
            table.cells(),
            tuple(table.remarks()),
        )  # notes go below before anything is left out
    kept = _fitting(cells, room)
    lines = _wrapped(table.title, room) if table.title else []
    lines += _lines(cells, kept, room)
    left = [cells.heads[k] for k in range(len(cells.heads)) if k not in kept]
    if left:
        lines += _wrapped(f"Left out for want of width: {', '.join(left)}.", room)
    if len(cells.rows) > ROWS:
        more = f"… and {len(cells.rows) - ROWS} more rows: --out FILE.csv has them all"
        lines += _wrapped(more, room)
    for note in notes:
        lines += _wrapped(note, room)
    return "\n".join(lines)


def _widths(cells: Cells) -> list[int]:
    from rich.cells import cell_len

    columns = zip(cells.heads, cells.units, *cells.rows[:ROWS], strict=True)
    return [max(map(cell_len, column)) for column in columns]


def _fitting(cells: Cells, room: int | None) -> list[int]:
    """Return the places of the columns that fit, the first always."""
    widths = _widths(cells)
    kept = list(range(len(widths)))
    if room is None:
        return kept
    widths[0] = min(widths[0], NAME)
    while len(kept) > 1 and sum(widths[k] + GAP for k in kept) - GAP > room:
        kept.remove(max(kept[1:], key=lambda k: (cells.ranks[k], k)))
    return kept


def _lines(cells: Cells, kept: list[int], room: int | None) -> list[str]:
    from rich.cells import cell_len

    widths = _widths(cells)
    if room is not None:
        others = sum(widths[k] + GAP for k in kept[1:])
        widths[0] = min(widths[0], max(NAME, room - others), max(NARROW, room - others))

    def line(texts: list[str]) -> str:
        said = []
        for k in kept:
            text = _cut(texts[k], widths[k])
            blank = " " * (widths[k] - cell_len(text))
            said.append(text + blank if cells.left[k] else blank + text)
        return (" " * GAP).join(said).rstrip()

    units = [line(cells.units)] if any(cells.units[k] for k in kept) else []
    return [line(cells.heads), *units, *(line(row) for row in cells.rows[:ROWS])]


def _cut(text: str, width: int) -> str:
    from rich.cells import cell_len, set_cell_size

    return text if cell_len(text) <= width else set_cell_size(text, width - 1).rstrip() + "…"


def _wrapped(text: str, room: int | None) -> list[str]:
    """Return the lines of a text, all but the first set in."""
    if room is None:
        return [text]
    from rich.console import Console
    from rich.text import Text

    lines = Text(text).wrap(Console(width=room), room - GAP)
    return [" " * GAP * (k > 0) + line.plain.rstrip() for k, line in enumerate(lines)]


def aligned(rows: Any, indent: str = "  ") -> str:
    """Return rows of texts without a header, in columns.

    Examples
    --------
    >>> print(aligned([("rule", "none"), ("fees", "equal-gain")]))
      rule  none
      fees  equal-gain
    """
    from rich.cells import cell_len

    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    pad = [[text + " " * (width - cell_len(text)) for text, width in zip(row, widths, strict=True)]
           for row in rows]  # fmt: skip
    return "\n".join(f"{indent}{'  '.join(row)}".rstrip() for row in pad)
