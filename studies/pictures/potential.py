"""The picture of a potential: contours over two contributions, and the way of best replies up."""

from collections.abc import Sequence
from math import floor, log10
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.output.pictures.labels import legend, plain
from coopetition.output.pictures.series import keep
from coopetition.output.pictures.style import BLACK, DARK, axes_for, dress, finish
from coopetition.output.pictures.units import show_unit
from coopetition.output.words import GENERAL
from coopetition.studies.pictures.best_responses import (
    KEY,
    SIZE,
    both,
    frame,
    mark_points,
    others,
)
from coopetition.studies.pictures.two_players import (
    Landscape,
    ReplyPath,
    Solved,
    landscape,
    reply_curve,
    reply_path,
    two_players,
    window,
)
from coopetition.studies.pictures.words import under

LEVELS = 14


def draw_potential(
    result: Solved,
    ax: Any = None,
    *,
    pair: Sequence[str] | None = None,
    name: str = "",
    unit: str = GENERAL.contribution,
    currency: str = "money",
) -> Any:
    """Draw contours of the potential of two players, with the path of best replies.

    Of everybody's welfare, where there is no potential. The path begins where both do least; the
    first player moves first. Contours stand closer to each other near the top than equal steps
    would. Parameters and errors are those of `draw_best_responses`; `currency` is welfare's.
    """
    two = two_players(result, pair)
    path = reply_path(two)
    low, high = window(two, (reply_curve(two, 0), reply_curve(two, 1)), path)
    land = landscape(two, low, high)
    (axis,) = axes_for(ax, 1, (SIZE[0] + 1.0, SIZE[1]))
    frame(axis, two, low, high, unit)
    _draw_heights(axis, land, currency, "the equilibrium" if two.certified else "×")
    _draw_path(axis, path, unit)
    mark_points(axis, two, unit)
    title = f"{land.what.capitalize()} and the path of best replies{under(result)}"
    dress(axis, both(two))
    axis.grid(visible=False)
    legend(axis, width=KEY)
    said = [others(two, name)]
    if not path.arrived:
        said.append("The path does not settle.")
    if land.what == "welfare":
        said.append("There is no potential.")
    elif land.known == "checked":
        said.append("The potential was checked on random changes, not proved.")
    return finish([axis], ax is None, title, " ".join(said))


def _draw_heights(axis: Any, land: Landscape, currency: str, zero: str) -> None:
    """Draw filled contours, light at the top, and their scale."""
    from matplotlib.colors import BoundaryNorm, LinearSegmentedColormap

    said, unit = "welfare of all", currency
    if land.what == "potential":
        said, unit = f"potential, 0 at {zero}", ""
    levels = _levels(land.heights)
    shades = LinearSegmentedColormap.from_list("heights", ["#5f7f9c", "#b9cbd9", "#ffffff"])
    if levels.size > 1:
        norm = BoundaryNorm(levels, shades.N)
        shown = axis.contourf(land.x, land.y, land.heights, levels, cmap=shades, norm=norm)
        axis.contour(
            land.x, land.y, land.heights, levels, colors=DARK, linewidths=0.4, linestyles="solid"
        )
        bar = axis.figure.colorbar(shown, ax=axis, shrink=0.8, aspect=30)
        scale, ticks = show_unit(bar.ax, unit, before=said), levels[::-3]
        digits = 2 - floor(log10(levels[-1] - levels[0]))
        bar.set_ticks(ticks, labels=[scale.text(round(float(tick), digits)) for tick in ticks])
        bar.minorticks_off()
    across = land.x.tolist()
    for row, y in enumerate(land.y):
        keep(axis, f"{land.what} where the second is at {y:.6g}", across, land.heights[row], unit)


def _levels(heights: Array) -> Array:
    """Return levels that lie the closer the nearer they are to the top: squares of equal steps."""
    known = heights[np.isfinite(heights)]
    if not known.size:
        return np.zeros(0)
    top, low = float(known.max()), float(np.percentile(known, 2))
    if not top - low > 1e-12 * max(abs(top), abs(low)):
        return np.zeros(0)
    steps = np.linspace(1.0, 0.0, LEVELS)
    levels = top - (top - low) * steps**2
    levels[-1] = top + 1e-6 * (top - low)
    return np.append(float(known.min()), levels) if known.min() < low else levels


def _draw_path(axis: Any, path: ReplyPath, unit: str) -> None:
    x, y = path.corners.T
    axis.plot(x, y, color="white", lw=3.2, zorder=3.5, label="_")
    axis.plot(x, y, color=BLACK, lw=1.3, zorder=4, label=plain("best replies in turn"))
    axis.plot(x[:1], y[:1], "s", ms=8, mfc="white", mew=1.5, color=BLACK, zorder=5, label="start")
    keep(axis, "path, first player", range(x.size), x, unit)
    keep(axis, "path, second player", range(y.size), y, unit)
