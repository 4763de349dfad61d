"""The picture of a comparison: what every rule is worth to all, and to whom it brings least."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from coopetition.output.numbers import number
from coopetition.studies.compare.result import Comparison, Row
from coopetition.studies.report.figure_style import (
    BLUE,
    DARK,
    GRAY,
    GREEN,
    ORANGE,
    RED,
    THOUSANDS,
    head,
    label,
    minus,
    new_grid,
    plain,
    save,
)

KINDS: dict[str, Any] = {  # marker, color, whether filled
    "rule": ("o", BLUE, "full"),
    "rule that is not budget balanced here": ("o", BLUE, "none"),
    "no rule": ("D", ORANGE, "full"),
    "baseline": ("s", GRAY, "full"),
    "planner": ("^", GREEN, "full"),
    "paid by an outsider": ("^", GREEN, "none"),
}
BALANCED = 1e-6  # of welfare: a deficit that is none
FAR = 20.0  # times the usual size: from here on a linear axis would flatten the others


def draw_comparison(
    table: Comparison,
    path: str | Path,
    *,
    title: str,
    currency: str,
    document: Mapping[str, Any] | None = None,
) -> None:
    """Draw a line for each rule and baseline: its welfare, and the least gain over alone.

    Those of most welfare are on top; of equal ones, those that bring the worst off most. The
    second panel is left out where nobody's payoff alone is known.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.
    """
    rows = table.sorted_by("slack_autarky").sorted_by("welfare").rows
    least = [np.nan if row.slack_autarky is None else row.slack_autarky for row in rows]
    columns = 2 if np.isfinite(least).any() else 1
    figure, axes = new_grid(1, columns, (3.0 + 4.6 * columns, 1.9 + 0.28 * len(rows)))
    welfare = np.array([row.welfare for row in rows])
    _draw_dots(axes[0], rows, welfare)
    errors = [1.96 * row.welfare_standard_error if row.welfare_standard_error else np.nan for row in rows]
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
    axes[0].set_title("Welfare")
    axes[0].set_xlabel(label(currency))
    for axis in axes:
        axis.set_yticks(range(len(rows)), [plain(row.rule) for row in rows])
    for place in np.flatnonzero(~np.isfinite(welfare)):
        where = axes[0].get_yaxis_transform()
        axes[0].text(0.02, place, "not computed", transform=where, va="center", color=GRAY)
    if columns == 2:
        _draw_dots(axes[1], rows, np.array(least))
        axes[1].axvline(0.0, color=DARK, lw=1, zorder=1)
        axes[1].set_title("Least gain of anybody over alone")
        axes[1].set_xlabel(label(currency) + _bend(axes[1], np.array(least)))
        axes[1].tick_params(labelleft=False)
    found = {_kind(row) for row in rows if np.isfinite(row.welfare)}
    _explain(figure, [kind for kind in KINDS if kind in found])
    head(figure, title)
    save(figure, path, document)


def _kind(row: Row) -> str:
    """Return what a row is: WPR has the form of a rule, and is none."""
    if row.kind == "bound":
        return "planner" if row.rule == "planner" else "paid by an outsider"
    if row.rule == "WPR" or row.kind == "baseline":
        return "no rule" if row.rule == "WPR" else row.kind
    balanced = abs(row.deficit) <= BALANCED * max(1.0, abs(row.welfare))
    return "rule" if balanced else "rule that is not budget balanced here"


def _draw_dots(axis: Any, rows: tuple[Row, ...], values: Any) -> None:
    """Draw one dot per row, the first on top, with its number beside the panel."""
    for place, (row, value) in enumerate(zip(rows, values, strict=True)):
        if not np.isfinite(value):
            continue
        marker, color, fill = KINDS[_kind(row)]
        axis.plot(value, place, marker, color=color, ms=7, mew=1.5, fillstyle=fill)
        said = minus(number(float(value)))
        axis.text(
            1.02,
            place,
            said,
            transform=axis.get_yaxis_transform(),
            va="center",
            fontsize=8,
            color=RED if said.startswith(minus("-")) else DARK,
        )
    axis.set_ylim(len(rows) - 0.4, -0.6)
    axis.margins(x=0.06)
    axis.xaxis.set_major_formatter(THOUSANDS)
    axis.spines[["top", "right"]].set_visible(False)
    axis.grid(axis="y", color="#e6e8ea")
    axis.set_axisbelow(True)


def _bend(axis: Any, values: Any) -> str:
    """Keep the usual values apart where a few are far larger, and return what to say of it."""
    sizes = np.abs(values[np.isfinite(values)])
    usual = float(np.median(sizes))
    if not usual > 0 or sizes.max() <= FAR * usual:
        return ""
    axis.set_xscale("symlog", linthresh=usual)
    axis.xaxis.set_major_formatter(THOUSANDS)
    axis.autoscale(axis="x")  # with margins of the new scale
    return f", logarithmic beyond ±{number(usual)}"


def _explain(figure: Any, kinds: list[str]) -> None:
    """Put below the panels what marks and colors mean."""
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=color, marker=marker, ms=7, mew=1.5, fillstyle=fill, ls="")
        for marker, color, fill in map(KINDS.__getitem__, kinds)
    ]
    handles.append(Line2D([], [], color=GREEN, lw=1, ls="--"))
    names = [*kinds, "planner's welfare"]
    figure.legend(handles, names, loc="outside lower center", ncols=4, frameon=False)
