"""Pictures of a solved round, a comparison and a play, drawn with matplotlib (extra `plot`)."""

from pathlib import Path
from typing import Any

import numpy as np

from coopetition.games.errors import require
from coopetition.studies.comparison import Comparison
from coopetition.studies.export import write
from coopetition.studies.figure_gain import draw_gain
from coopetition.studies.measured import Measured
from coopetition.studies.play import Play
from coopetition.studies.study import Study

GRAY, BLUE, ORANGE, GREEN, DARK = "#9aa3ab", "#3b6ea8", "#e08a2e", "#4c9a6a", "#2c3136"
LINES = (BLUE, ORANGE, GREEN, "#b5495b", "#7d5ba6", "#2a9fb0", "#8a6d3b", "#d17ba6")
SHOWN, BESIDE = 40, 10  # organizations drawn; up to how many the two axes stand side by side


def draw_study(
    study: Study,
    path: str | Path,
    *,
    title: str,
    currency: str,
    measured: Measured | None = None,
) -> None:
    """Draw contributions, and payoffs before and after transfers, by organization.

    With a measured round, also what was measured, the fitted curve and its band.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.
    """
    figure, axes = new_axes(3 if measured else 2, min(len(study.game.players), SHOWN))
    upper, lower = axes[:2]
    if measured:
        draw_gain(axes[2], measured, study, (DARK, BLUE, ORANGE))
    names = study.game.players[:SHOWN]
    place = np.arange(len(names))
    for shift, values, color, label in (
        (-0.27, study.free.profile, GRAY, "without a rule"),
        (0.0, study.contribution, BLUE, f"under {study.settings.rule}"),
        (0.27, study.planner.profile, GREEN, "planner"),
    ):
        upper.bar(place + shift, values[:SHOWN], 0.25, color=color, label=label)
    upper.set_title("Contribution", pad=24)
    upper.set_ylabel("synthetic samples")
    for shift, values, color, label in (
        (-0.27, study.free.payoffs, GRAY, "without a rule"),
        (0.0, study.payoff_before, BLUE, "before transfers"),
        (0.27, study.payoff, ORANGE, "after transfers and fees"),
    ):
        lower.bar(place + shift, values[:SHOWN], 0.25, color=color, label=label)
    alone = study.outside["autarky"]
    if not isinstance(alone, str):
        lower.hlines(alone[:SHOWN], place - 0.42, place + 0.42, "black", lw=1.5, label="alone")
    lower.set_title("Payoff", pad=24)
    lower.set_ylabel(_plain(currency))
    for axis in (upper, lower):
        _finish(axis, list(names))
    hidden = len(study.game.players) - len(names)
    figure.suptitle(_plain(title) + (f" (first {SHOWN}; {hidden} more)" if hidden else ""))
    save(figure, path)


def draw_comparison(table: Comparison, path: str | Path, *, title: str, currency: str) -> None:
    """Draw the welfare of every rule and baseline, the planner's as a line.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.
    """
    rows = [row for row in table.rows if np.isfinite(row.welfare)]
    figure, (axis,) = new_axes(1, len(rows))
    colors = {"baseline": GRAY, "rule": BLUE, "bound": GREEN}
    errors = [1.96 * row.standard_error if row.standard_error else np.nan for row in rows]
    place = np.arange(len(rows))
    axis.scatter(place, [r.welfare for r in rows], c=[colors[r.kind] for r in rows], s=60)
    axis.errorbar(place, [r.welfare for r in rows], errors, fmt="none", ecolor=GRAY, capsize=4)
    axis.axhline(table["planner"].welfare, color=GREEN, lw=1, ls="--", label="planner's welfare")
    axis.set_ylabel(_plain(f"welfare ({currency})"))
    _finish(axis, [row.name for row in rows])
    figure.suptitle(_plain(title))
    save(figure, path)


def draw_play(play: Play, path: str | Path) -> None:
    """Draw gains, contributions and cumulative payoffs by round; all but 8 organizations gray.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.
    """
    scenario = play.scenario
    figure, (gain, made, payoff) = new_axes(3, 1)
    number = play.table("number")
    mark = {"marker": "o" if number.size <= 30 else "", "ms": 3.5, "lw": 1.5}
    shared = play.table("gain_realized"), play.table("gain_predicted")
    gain.plot(number, shared[0], color=DARK, label="realized", **mark)
    if scenario.oracle:
        gain.plot(number, shared[1], color=GRAY, ls="--", label="predicted", **mark)
    for axis, table in (
        (made, play.table("contribution")),
        (payoff, play.table("payoff").cumsum(axis=0)),
    ):
        for n in reversed(range(len(scenario.organizations))):  # the first ones on top
            color = LINES[n] if n < len(LINES) else GRAY
            axis.plot(number, table[:, n], color=color, **mark)
    made.set_ylim(bottom=0)
    payoff.yaxis.set_major_formatter("{x:,.10g}")
    figure.get_layout_engine().set(wspace=0.06)
    for axis, title, unit in (
        (gain, "Gain of the shared model", "performance units"),
        (made, "Contribution", "synthetic samples"),
        (payoff, "Cumulative payoff", _plain(scenario.currency)),
    ):
        axis.set_title(title, pad=24)
        axis.set_ylabel(unit)
        axis.set_xlabel("round")
        axis.xaxis.get_major_locator().set_params(integer=True)
        quiet(axis)
    _legend(gain)
    _name_lines(figure, scenario.organizations)
    figure.suptitle(_plain(f"{scenario.name}: {scenario.mechanism.rule}"))
    save(figure, path)


def _name_lines(figure: Any, names: tuple[str, ...]) -> None:
    """Put the colors' names below all panels."""
    from matplotlib.lines import Line2D

    labels = [_plain(_short(name, 28)) for name in names[: len(LINES)]]
    colors = [*LINES[: len(labels)]]
    if len(names) > len(LINES):
        labels, colors = [*labels, f"{len(names) - len(LINES)} more"], [*colors, GRAY]
    handles = [Line2D([], [], color=color, lw=2) for color in colors]
    columns = max(1, min(len(labels), 150 // (max(map(len, labels)) + 8)))
    legend = figure.legend(
        handles, ["–"] * len(labels), loc="outside lower center", ncols=columns, frameon=False
    )
    for text, label in zip(legend.get_texts(), labels, strict=True):
        text.set_text(label)  # matplotlib would leave out a label that begins with _


def new_axes(count: int, bars: int) -> tuple[Any, list[Any]]:
    """Return a figure that needs no display, and its axes: side by side, or stacked if wide."""
    require("matplotlib", "plot")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows, columns = (1, count) if bars <= BESIDE else (count, 1)
    width = min(max(4.8, 1.0 + 0.62 * bars), 14.0)
    figure = Figure(figsize=(width * columns, 4.4 * rows), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, [figure.add_subplot(rows, columns, k + 1) for k in range(count)]


def _plain(text: str) -> str:
    """Return a text that matplotlib shows as it stands: a dollar sign begins no formula."""
    return text.replace("$", r"\$")


def _finish(axis: Any, names: list[str]) -> None:
    """Label the bars and keep the frame quiet."""
    long = max(map(len, names)) > 9 or len(names) > 8
    axis.set_xticks(
        range(len(names)),
        [_plain(_short(name)) for name in names],
        rotation=35 if long else 0,
        ha="right" if long else "center",
    )
    quiet(axis)
    axis.margins(x=0.02 if len(names) > BESIDE else 0.05, y=0.15)
    _legend(axis)


def _short(name: str, most: int = 24) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"


def quiet(axis: Any) -> None:
    """Leave of the frame and the grid what reading needs."""
    axis.spines[["top", "right"]].set_visible(False)
    axis.grid(axis="y", color="#e6e8ea")
    axis.set_axisbelow(True)


def _legend(axis: Any) -> None:
    """Put the legend in one line above the axis."""
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


def save(figure: Any, path: str | Path) -> None:
    """Write the picture, without dates or random names in it: same input, same file."""
    from matplotlib import rc_context

    kind = Path(path).suffix.lower().removeprefix(".")
    metadata = {"Date": None} if kind == "svg" else {"Software": None}
    with rc_context({"svg.hashsalt": "coopetition"}):
        write(path, lambda part: figure.savefig(part, dpi=144, format=kind, metadata=metadata))
