"""Texts in pictures: as they stand, never as formulas, never on top of each other."""

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

import numpy as np

from coopetition.games.arrays import Array

LETTERS = 36  # of an axis' label in one line
NAME = 18  # letters of a name in one line
_END = "line end"  # what marks a label at the end of a line


def plain(text: str) -> str:
    """Return a text that matplotlib shows as it stands: a dollar sign begins no formula."""
    return text.replace("$", r"\$")


def minus(text: str) -> str:
    """Return a number's text with the sign that axes use.

    Examples
    --------
    >>> minus("-1,236")
    '−1,236'
    """
    return text.replace("-", "\N{MINUS SIGN}")


def short(text: str, most: int = 24) -> str:
    """Return a text that is not too long; what is left out is in its middle.

    Names of one kind differ at their ends.

    Examples
    --------
    >>> short("Hospital of the Northern Region, Clinic 7")
    'Hospital of…n, Clinic 7'
    """
    if len(text) <= most:
        return text
    tail = (most - 1) // 2
    return f"{text[: most - 1 - tail].rstrip()}…{text[-tail:].lstrip()}"


def wrapped(text: str, width: int = LETTERS, lines: int = 3) -> str:
    """Return a text in lines of like length, plain; what does not fit ends in an ellipsis."""
    needed = -(-len(text) // width)
    even = width if needed <= 1 else min(width, len(text) // needed + 6)
    return plain("\n".join(wrap(text, even, max_lines=lines, placeholder=" …")))


def named(text: str, width: int = NAME) -> str:
    r"""Return a name in at most two lines of a width.

    Examples
    --------
    >>> named("North"), named("A hospital that has a long name")
    ('North', 'A hospital that\nhas a long name')
    """
    said, wide = short(text, 2 * width), width
    while len(lines := wrap(said, wide)) > 2:  # words of unlike length
        wide += 1
    return plain("\n".join(lines))


def legend(axis: Any, *, width: float | None = None) -> None:
    """Put the legend above the panel, in as many columns as fit in a width in inches.

    Call it after the title is set: it makes room between title and panel.
    """
    handles, texts = axis.get_legend_handles_labels()
    if not handles:
        return
    width = width or axis.get_window_extent().width / axis.figure.dpi
    columns = _columns([0.5 + 0.058 * len(text) for text in texts], width)
    axis.legend(
        handles,
        [f" {text}" for text in texts],  # matplotlib would leave out one that begins with _
        frameon=False,
        fontsize=8,
        ncols=columns,
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        borderaxespad=0.2,
        columnspacing=1.2,
        handlelength=2.0,
        handletextpad=0.3,
    )
    rows = -(-len(texts) // columns)
    axis.set_title(axis.get_title(loc="left"), loc="left", fontsize=11, pad=10 + 14 * rows)


def _columns(widths: Sequence[float], room: float) -> int:
    """Return the most columns, filled one after the other, that fit side by side."""
    for columns in range(len(widths), 1, -1):
        rows = -(-len(widths) // columns)
        parts = [widths[k : k + rows] for k in range(0, len(widths), rows)]
        if sum(map(max, parts)) <= room:
            return columns
    return 1


def beside(
    axis: Any, header: str, texts: Sequence[str], colors: Sequence[str] | None = None
) -> None:
    """Put a column of texts at the right of a panel, one at each of the rows 0, 1, 2, …."""
    across = axis.get_yaxis_transform()
    for row, text in enumerate(texts):
        color = colors[row] if colors else None
        axis.text(1.02, row, plain(text), transform=across, va="center", fontsize=8, color=color)
    at, by = "axes fraction", "offset points"
    axis.annotate(plain(header), (1.02, 1.0), (0, 3), at, by, va="bottom", fontsize=8)


def label_end(axis: Any, y: float, text: str, color: str) -> None:
    """Name a line at its right end, instead of in a legend; `spread` keeps such names apart."""
    note = axis.annotate(
        plain(text),
        (1.0, y),
        (14.0, 0.0),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        va="center",
        fontsize=8,
        annotation_clip=False,
        arrowprops={"arrowstyle": "-", "color": color, "lw": 1.0, "shrinkA": 1, "shrinkB": 0,
                    "relpos": (0.0, 0.5)},
    )  # fmt: skip
    note.set_label(_END)
    axis.set_xmargin(0.02)  # lines end near their names


def spread(figure: Any) -> None:
    """Move the names at line ends up and down until none touches another.

    The room is known only when all else of the figure stands: call it last.
    """
    from matplotlib.text import Annotation, Text

    figure.draw_without_rendering()  # lays out
    for axis in figure.axes:
        notes = [text for text in axis.texts if text.get_label() == _END]
        if not notes:
            continue
        notes = [note for note in notes if isinstance(note, Annotation)]
        wanted = np.array([axis.transData.transform((0, note.xy[1]))[1] for note in notes])
        boxes = [Text.get_window_extent(note) for note in notes]  # without the lines to them
        sizes = np.array([box.height for box in boxes]) + 2
        frame = axis.get_window_extent()
        found = apart(wanted, sizes, frame.y0, frame.y1)
        for note, shift in zip(notes, (found - wanted) * 72 / figure.dpi, strict=True):
            note.xyann = (14.0, float(shift))


def apart(wanted: Array, sizes: Array, low: float, high: float) -> Array:
    """Return middles of intervals near those wanted that do not overlap, within bounds if they fit.

    Those that would touch stand together, their mean where it was wanted.

    Examples
    --------
    >>> apart(np.array([5.0, 5.0, 9.0]), np.full(3, 2.0), 0.0, 20.0).tolist()
    [4.0, 6.0, 9.0]
    """
    order = np.argsort(wanted, kind="stable")
    groups: list[tuple[float, list[int]]] = []  # bottom edge, members from below
    for n in map(int, order):
        members = [n]
        bottom = _bottom(wanted, sizes, members, low, high)
        while groups and groups[-1][0] + sizes[groups[-1][1]].sum() > bottom:
            members = groups.pop()[1] + members
            bottom = _bottom(wanted, sizes, members, low, high)
        groups.append((bottom, members))
    found = np.empty(len(wanted))
    for bottom, members in groups:
        found[members] = bottom + np.cumsum(sizes[members]) - sizes[members] / 2
    return found


def _bottom(wanted: Array, sizes: Array, members: list[int], low: float, high: float) -> float:
    """Return where a stack begins, whose middles are on average where they were wanted."""
    middles = np.cumsum(sizes[members]) - sizes[members] / 2
    bottom = float(np.mean(wanted[members] - middles))
    return max(low, min(bottom, high - float(sizes[members].sum())))
