"""Pictures of a solved round and of a comparison, drawn with matplotlib (extra `plot`)."""

from pathlib import Path
from typing import Any

import numpy as np

from coopetition.games.errors import require
from coopetition.studies.compare import Comparison
from coopetition.studies.export import write
from coopetition.studies.study import Study

GRAY, BLUE, ORANGE, GREEN = "#9aa3ab", "#3b6ea8", "#e08a2e", "#4c9a6a"
SHOWN = 40


def draw_study(study: Study, path: str | Path, *, title: str, currency: str) -> None:
    """Draw contributions, and payoffs before and after transfers, by organization.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.
    """
    figure, (left, right) = _figure(2, min(len(study.game.players), SHOWN))
    names = study.game.players[:SHOWN]
    place = np.arange(len(names))
    for shift, values, color, label in (
        (-0.27, study.free.profile, GRAY, "without a rule"),
        (0.0, study.contribution, BLUE, f"under {study.settings.rule}"),
        (0.27, study.planner.profile, GREEN, "planner"),
    ):
        left.bar(place + shift, values[:SHOWN], 0.25, color=color, label=label)
    left.set_title("Contribution", pad=24)
    left.set_ylabel("synthetic samples")
    for shift, values, color, label in (
        (-0.27, study.free.payoffs, GRAY, "without a rule"),
        (0.0, study.payoff_before, BLUE, "before transfers"),
        (0.27, study.payoff, ORANGE, "after transfers and fees"),
    ):
        right.bar(place + shift, values[:SHOWN], 0.25, color=color, label=label)
    alone = study.outside["autarky"]
    if not isinstance(alone, str):
        right.hlines(alone[:SHOWN], place - 0.42, place + 0.42, "black", lw=1.5, label="alone")
    right.set_title("Payoff", pad=24)
    right.set_ylabel(currency)
    for axis in (left, right):
        _finish(axis, list(names))
    hidden = len(study.game.players) - len(names)
    figure.suptitle(title + (f" (first {SHOWN}; {hidden} more)" if hidden else ""))
    _save(figure, path)


def draw_comparison(table: Comparison, path: str | Path, *, title: str, currency: str) -> None:
    """Draw the welfare of every rule and baseline, the planner's as a line.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.
    """
    rows = [row for row in table.rows if np.isfinite(row.welfare)]
    figure, (axis,) = _figure(1, len(rows))
    colors = {"baseline": GRAY, "rule": BLUE, "bound": GREEN}
    errors = [1.96 * (row.standard_error or 0.0) for row in rows]
    place = np.arange(len(rows))
    axis.scatter(place, [r.welfare for r in rows], c=[colors[r.kind] for r in rows], s=60)
    axis.errorbar(place, [r.welfare for r in rows], errors, fmt="none", ecolor=GRAY, capsize=4)
    axis.axhline(rows[-1].welfare, color=GREEN, lw=1, ls="--", label="planner's welfare")
    axis.set_ylabel(f"welfare ({currency})")
    _finish(axis, [row.name for row in rows])
    figure.suptitle(title)
    _save(figure, path)


def _figure(count: int, bars: int) -> tuple[Any, list[Any]]:
    """Return a figure that needs no display, and its axes side by side."""
    require("matplotlib", "plot")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    width = max(4.8, 1.0 + 0.62 * bars)
    figure = Figure(figsize=(width * count, 4.4), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, [figure.add_subplot(1, count, k + 1) for k in range(count)]


def _finish(axis: Any, names: list[str]) -> None:
    """Label the bars and keep the frame quiet."""
    long = max(map(len, names)) > 9 or len(names) > 8
    axis.set_xticks(
        range(len(names)),
        [name if len(name) <= 18 else name[:17] + "…" for name in names],
        rotation=35 if long else 0,
        ha="right" if long else "center",
    )
    axis.spines[["top", "right"]].set_visible(False)
    axis.grid(axis="y", color="#e6e8ea")
    axis.set_axisbelow(True)
    axis.margins(y=0.15)
    _, labels = axis.get_legend_handles_labels()
    axis.legend(
        frameon=False,
        fontsize=8,
        ncols=len(labels),
        loc="lower center",
        bbox_to_anchor=(0.5, 1.0),
        columnspacing=1.2,
        handlelength=1.4,
    )


def _save(figure: Any, path: str | Path) -> None:
    """Write the picture; without dates in it, so that the same input gives the same file."""
    kind = Path(path).suffix.lower().removeprefix(".")
    metadata = {"Date": None} if kind == "svg" else {"Software": None}
    write(path, lambda part: figure.savefig(part, dpi=144, format=kind, metadata=metadata))
