"""The picture of a comparison: what every rule is worth to all, and to whom it brings least."""

from math import ceil, floor, isfinite, log10
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.output.pictures.labels import beside, plain, short
from coopetition.output.pictures.series import keep
from coopetition.output.pictures.style import (
    BLUE,
    DARK,
    GRAY,
    GREEN,
    ORANGE,
    VERMILLION,
    axes_for,
    dress,
    finish,
)
from coopetition.output.pictures.units import LEAST, Scale, powers, show_unit
from coopetition.studies.compare.result import Comparison, Row

KINDS: dict[str, Any] = {  # marker, color, whether filled
    "rule": ("o", BLUE, "full"),
    "rule that is not budget balanced here": ("o", BLUE, "none"),
    "no rule": ("D", ORANGE, "full"),
    "baseline": ("s", GRAY, "full"),
    "planner": ("^", GREEN, "full"),
    "paid by an outsider": ("^", GREEN, "none"),
}
BALANCED = 1e-6  # of welfare: a deficit that is none
ROOMY, TIGHT = 0.4, 0.08  # of a panel's width: room for five ticks, for two
FAR = 20.0  # times the usual size: from here on a linear axis would flatten the others


def draw_comparison(
    table: Comparison, ax: Any = None, *, name: str = "", currency: str = "money"
) -> Any:
    """Draw a line for each rule and baseline: its welfare, and the least gain over autarky.

    Above the welfare stands its share of the attainable gain: 0 where nobody generates, 1 at the
    planner's. Those of most welfare are on top; of equal ones, those that bring the worst off most.
    The second panel is left out where nobody's payoff in autarky is known.

    Parameters
    ----------
    ax
        As many matplotlib axes as panels; None for a new figure.
    name
        The scenario's, for the caption.
    currency
        What welfare is in.

    Returns
    -------
    axes or array of axes

    Raises
    ------
    InvalidInputError
        If `ax` is another number of axes.
    MissingDependencyError
        If matplotlib is not installed.
    """
    rows = table.sorted_by("slack_autarky").sorted_by("welfare").rows
    least = np.array([np.nan if r.slack_autarky is None else r.slack_autarky for r in rows])
    columns = 2 if np.isfinite(least).any() else 1
    axes = axes_for(ax, columns, (3.4 + 4.6 * columns, 2.3 + 0.28 * len(rows)))
    welfare = np.array([row.welfare for row in rows])
    _draw_dots(axes[0], rows, welfare, "Welfare", currency)
    errors = [1.96 * (row.welfare_standard_error or np.nan) for row in rows]
    axes[0].errorbar(
        welfare,
        range(len(rows)),
        xerr=errors,
        fmt="none",
        ecolor=DARK,
        elinewidth=1,
        capsize=3,
        zorder=1.5,
    )
    axes[0].axvline(table["planner"].welfare, color=GREEN, lw=1, ls="--", zorder=1)
    _show_shares(axes[0], rows, table["planner"].welfare)
    for axis in axes:
        axis.set_yticks(range(len(rows)), [plain(short(row.rule, 32)) for row in rows], fontsize=9)
    for place in np.flatnonzero(~np.isfinite(welfare)):
        where = axes[0].get_yaxis_transform()
        axes[0].text(0.02, place, "not computed", transform=where, va="center", color=GRAY)
    if columns == 2:
        _draw_dots(axes[1], rows, least, "Least gain of anybody over autarky", currency)
        axes[1].axvline(0.0, color=DARK, lw=1, zorder=1)
        axes[1].tick_params(labelleft=False)
    found = {kind_of(row) for row in rows if np.isfinite(row.welfare)}
    if ax is None:
        _explain(axes[0].figure, [kind for kind in KINDS if kind in found])
    title = "Welfare under each rule" + ", and the least gain over autarky" * (columns == 2)
    return finish(axes, ax is None, f"{title}: {name}" if name else title)


def kind_of(row: Row) -> str:
    """Return what a row is: WPR has the form of a rule, and is none."""
    if row.kind == "bound":
        return "planner" if row.rule == "planner" else "paid by an outsider"
    if row.rule == "WPR" or row.kind == "baseline":
        return "no rule" if row.rule == "WPR" else row.kind
    balanced = abs(row.deficit) <= BALANCED * max(1.0, abs(row.welfare))
    return "rule" if balanced else "rule that is not budget balanced here"


def _draw_dots(axis: Any, rows: tuple[Row, ...], values: Array, title: str, unit: str) -> None:
    """Draw one dot per row, the first on top, with its number beside the panel."""
    for place in np.flatnonzero(np.isfinite(values)):
        marker, color, fill = KINDS[kind_of(rows[place])]
        axis.plot(values[place], place, marker, color=color, ms=7, mew=1.5, fillstyle=fill)
    keep(axis, title, [row.rule for row in rows], values, unit)
    axis.set_ylim(len(rows) - 0.4, -0.6)
    axis.margins(x=0.06)
    dress(axis, title)
    axis.tick_params(axis="y", length=0)
    bent = _bend(axis, values)
    scale = show_unit(axis, unit, "x")
    axis.set_xlabel(axis.get_xlabel() + bent)
    own = Scale.of(values) if bent else Scale(scale.exponent)
    each = (own.text(float(f"{v:.4g}")) if isfinite(v) else "–" for v in values)
    texts = list(each) if bent else own.texts(values)
    colors = [VERMILLION if value < 0 else DARK for value in values]
    beside(axis, own.unit(unit), texts, colors)


def _show_shares(axis: Any, rows: tuple[Row, ...], best: float) -> None:
    """Say above the panel where 0 and 1 of the attainable gain are, if they are apart enough."""
    known = [(r.attainable_share, r.welfare) for r in rows if r.attainable_share is not None]
    share, welfare = min(known, default=(1.0, best))
    if not share < 0.9:  # where nobody generates is as good, or is not known well
        return
    nothing = (welfare - share * best) / (1.0 - share)
    low, high = axis.get_xlim()
    apart = (best - nothing) / (high - low)
    ticks = np.linspace(0.0, 1.0, 5 if apart > ROOMY else 2)
    places = nothing + ticks * (best - nothing)
    seen = (places >= low) & (places <= high)
    if apart < TIGHT or not seen.any():
        return
    top = axis.secondary_xaxis("top")
    top.set_xticks(places[seen], [f"{tick:g}" for tick in ticks[seen]], fontsize=8)
    top.set_xlabel("share of the attainable gain", fontsize=8)
    top.spines["top"].set_visible(False)


def _bend(axis: Any, values: Array) -> str:
    """Keep the usual values apart where a few are far larger, and return what to say of it."""
    from matplotlib.ticker import FixedLocator, NullLocator

    sizes = np.abs(values[np.isfinite(values)])
    usual = float(f"{np.median(sizes):.2g}") if sizes.size else 0.0
    if not usual > LEAST or sizes.max() <= FAR * usual:
        return ""
    axis.set_xscale("symlog", linthresh=usual)
    axis.autoscale(axis="x")  # with margins of the new scale
    first, last = ceil(log10(usual)), floor(log10(sizes.max()))
    decades = 10.0 ** np.arange(first, last + 1, max(1, (last - first) // 3))
    axis.xaxis.set_major_locator(FixedLocator([*-decades, 0.0, *decades]))
    axis.xaxis.set_minor_locator(NullLocator())
    return f", logarithmic\nbeyond ±{powers(usual)}"


def _explain(figure: Any, kinds: list[str]) -> None:
    """Put below the panels what marks and colors mean."""
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=color, marker=marker, ms=7, mew=1.5, fillstyle=fill, ls="")
        for marker, color, fill in map(KINDS.__getitem__, kinds)
    ]
    handles.append(Line2D([], [], color=GREEN, lw=1, ls="--"))
    names = [*kinds, "planner's welfare"]
    columns = 4 if figure.get_figwidth() > 10 else 2
    figure.legend(
        handles, names, loc="outside lower center", ncols=columns, frameon=False, fontsize=9
    )
