"""The look of every picture: colors that colorblind readers tell apart, and a second channel.

Colors are those of Okabe and Ito (2008), "Color universal design". A print in gray stays readable:
bars differ by hatch too, lines by dash and marker.
"""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from coopetition.games.errors import InvalidInputError, require
from coopetition.games.text.words import told
from coopetition.output.pictures.labels import plain, spread, wrapped

BLUE, VERMILLION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
ORANGE, SKY, BLACK = "#E69F00", "#56B4E9", "#000000"
DARK, GRAY, LIGHT, PALE = "#2c3136", "#767c82", "#c4c8cc", "#e6e8ea"
COLORS = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, BLACK)  # yellow is lost on white
HATCHES = ("", "////", "....", "xxxx", "\\\\\\\\", "++++", "----")
DASHES: tuple[Any, ...] = ("-", "--", "-.", ":", (0, (8, 2)), (0, (3, 1, 1, 1, 1, 1)))
MARKERS = "os^DvPX<>*ph"


@dataclass(frozen=True, slots=True)
class Look:
    """How a series is drawn: its color, and what tells it apart without colors."""

    color: str
    hatch: str = ""
    dash: Any = "-"
    marker: str = "o"

    def line(self, points: int = 1) -> dict[str, Any]:
        """Return matplotlib's words for a line of so many points: up to about ten are marked."""
        every = max(1, points // 10)
        first = (MARKERS.index(self.marker) * every) // len(MARKERS)
        return {"color": self.color, "ls": self.dash, "marker": self.marker, "lw": 1.5, "ms": 4.5,
                "markevery": (first, every)}  # fmt: skip

    def bar(self) -> dict[str, Any]:
        """Return matplotlib's words for a bar."""
        return {"facecolor": self.color, "hatch": self.hatch, "edgecolor": "white", "lw": 0.0}


def look(k: int) -> Look:
    """Return the look of series k; twelve differ by their markers.

    Examples
    --------
    >>> look(0), look(1).dash, look(12) == look(0)
    (Look(color='#0072B2', hatch='', dash='-', marker='o'), '--', False)
    """
    return Look(
        COLORS[k % len(COLORS)],
        HATCHES[k % len(HATCHES)],
        DASHES[k % len(DASHES)],
        MARKERS[k % len(MARKERS)],
    )


def new_axes(columns: int, size: tuple[float, float], rows: int = 1) -> list[Any]:
    """Return the axes of a new figure of a size in inches; it needs no display.

    Where pyplot or a notebook is at work the figure is theirs, so that it is shown.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.
    """
    require("matplotlib", "plot")
    if "matplotlib.pyplot" in sys.modules or "ipykernel" in sys.modules:
        from matplotlib import pyplot

        figure: Any = pyplot.figure(figsize=size, layout="constrained")
    else:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasAgg(figure)
    figure.get_layout_engine().set(h_pad=0.08, w_pad=0.08, wspace=0.04)
    return [figure.add_subplot(rows, columns, k + 1) for k in range(rows * columns)]


def axes_height(names: int) -> float:
    """Return how high a panel with so many names at its lines' ends is, inches."""
    return max(4.6, 1.6 + 0.17 * names)


def axes_for(ax: Any, columns: int, size: tuple[float, float], rows: int = 1) -> list[Any]:
    """Return the axes that a picture is drawn on: the given ones, or those of a new figure.

    Parameters
    ----------
    ax
        None, one axes, or as many as the picture has panels.

    Raises
    ------
    InvalidInputError
        If it is another number of axes, or none such as polar ones.
    MissingDependencyError
        If matplotlib is not installed.
    """
    if ax is None:
        return new_axes(columns, size, rows)
    given = [ax] if hasattr(ax, "get_xaxis") or not isinstance(ax, Iterable) else list(_flat(ax))
    for one in given:
        if getattr(one, "name", "") != "rectilinear":
            raise InvalidInputError(f"`ax` must be plain matplotlib axes, got {told(one)}")
    if len(given) != rows * columns:
        raise InvalidInputError(
            f"`ax` must be {rows * columns} matplotlib axes for this picture, got {len(given)}"
        )
    return given


def _flat(axes: Any) -> Sequence[Any]:
    return list(axes.flat) if hasattr(axes, "flat") else list(axes)


def dress(axis: Any, title: str = "", *, grid: str = "y") -> None:
    """Leave of the frame and the grid what reading needs, and say what the panel shows."""
    axis.spines[["top", "right"]].set_visible(False)
    axis.grid(axis=grid, color=PALE)
    axis.set_axisbelow(True)
    if title:
        axis.set_title(plain(title), loc="left", fontsize=11)


def finish(axes: Sequence[Any], own: bool, title: str, caption: str = "") -> Any:
    """Put names at line ends apart, and on a figure of our `own` also say what it shows.

    Returns
    -------
    axes or array of axes
    """
    figure = axes[0].figure.canvas.figure
    if own:
        head(figure, title, caption)
    spread(figure)
    return axes[0] if len(axes) == 1 else np.array(axes, dtype=object)


def head(figure: Any, title: str, caption: str = "") -> None:
    """Put above all panels what the picture shows, and below them the small print."""
    width = int(figure.get_figwidth() * 10)
    figure.suptitle(wrapped(title, width), x=0.01, ha="left", fontsize=13, fontweight="bold")
    if caption:
        said = wrapped(caption, int(figure.get_figwidth() * 17), lines=4)
        figure.supxlabel(said, x=0.01, ha="left", fontsize=8, color=GRAY)
