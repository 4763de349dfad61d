"""Who pays whom as a matrix, for more organizations than arrows can show."""

from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.output.pictures.labels import plain, short
from coopetition.output.pictures.style import DARK, GRAY
from coopetition.output.pictures.units import Scale
from coopetition.studies.pictures.payment_arrows import amount
from coopetition.studies.pictures.payments import Payments

NAME = 20  # letters
POWER = 0.5  # of the colors: small amounts differ too
DARKER = 0.2  # of the largest amount: from here on a shade takes white letters


def draw_matrix(axis: Any, paid: Payments, scale: Scale, unit: str) -> str:
    """Draw what each row pays each column, and return what a caption says of the amounts.

    Amounts are printed where all of them fit, else their shades say how large they are.
    """
    from matplotlib.colors import LinearSegmentedColormap, PowerNorm
    from matplotlib.ticker import FuncFormatter

    names, cells = _cells(paid)
    size, largest = len(names), float(cells.max())
    shades = LinearSegmentedColormap.from_list("paid", ["#dfe8f0", "#0072B2", "#00233a"])
    shown = axis.imshow(
        np.where(cells > 0, cells, np.nan), cmap=shades, norm=PowerNorm(POWER, 0.0, largest)
    )
    said = [plain(short(name, NAME)) for name in names]
    axis.set_xticks(range(size), said, rotation=90, fontsize=8)
    axis.set_yticks(range(size), said, fontsize=8)
    axis.xaxis.tick_top()
    axis.xaxis.set_label_position("top")
    axis.set_xlabel("who receives")
    axis.set_ylabel("who pays")
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)
    axis.set_xticks(np.arange(size + 1) - 0.5, minor=True)
    axis.set_yticks(np.arange(size + 1) - 0.5, minor=True)
    axis.grid(which="minor", color="#e6e8ea", lw=0.5)
    axis.tick_params(which="minor", length=0)
    _net(axis, paid, scale)
    bar = axis.figure.colorbar(shown, ax=axis, shrink=0.6, pad=0.09, aspect=30)
    bar.set_label(plain(f"{scale.unit(unit)}, net of what flows the other way"))
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: amount(scale, value)))
    printed = _print_amounts(axis, cells, scale)
    return "" if printed else "The darker, the more is paid; white: nothing."


def _cells(paid: Payments) -> tuple[list[str], Array]:
    """Return names and what the row pays the column; the pool is last, where there is one."""
    size, names = len(paid.organizations), list(paid.organizations)
    cells = np.zeros((size + 1, size + 1))
    cells[:size, :size] = np.maximum(paid.flows.T, 0.0)
    cells[size, :size], cells[:size, size] = np.maximum(paid.pool, 0), np.maximum(-paid.pool, 0)
    if paid.pool.any():
        return [*names, paid.pool_name], cells
    return names, cells[:size, :size]


def _net(axis: Any, paid: Payments, scale: Scale) -> None:
    """Put at the right of each row what it receives in all, less what it pays."""
    at = axis.get_yaxis_transform()
    for row, net in enumerate(paid.net):
        said = f"{'+' if net > 0 else ''}{amount(scale, float(net))}"
        axis.text(1.01, row, said, transform=at, va="center", fontsize=8, color=DARK)
    axis.annotate(
        "net", (1.01, 1.0), (0, 3), "axes fraction", "offset points", fontsize=8, color=GRAY
    )


def _print_amounts(axis: Any, cells: Array, scale: Scale) -> bool:
    """Print amounts in the cells if the longest of them fits."""
    axis.figure.canvas.figure.draw_without_rendering()
    frame, where = axis.get_window_extent(), np.argwhere(cells > 0)
    said = [amount(scale, float(cells[row, column])) for row, column in where]
    longest = axis.text(0, 0, max(said, key=len), fontsize=7)
    box = longest.get_window_extent()
    longest.remove()
    if box.width > 0.9 * frame.width / len(cells) or box.height > 0.9 * frame.height / len(cells):
        return False
    for text, (row, column) in zip(said, where, strict=True):
        color = "white" if cells[row, column] > DARKER * cells.max() else DARK
        axis.text(column, row, text, ha="center", va="center", fontsize=7, color=color)
    return True
