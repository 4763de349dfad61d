"""Pictures of a solved round and a play, drawn with matplotlib (extra `plot`)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.studies.measured.measured import Measured
from coopetition.studies.play.play import Play
from coopetition.studies.report.figure_comparison import draw_comparison
from coopetition.studies.report.figure_gain import draw_gain
from coopetition.studies.report.figure_style import (
    BESIDE,
    BLUE,
    DARK,
    GRAY,
    GREEN,
    LINES,
    ORANGE,
    THOUSANDS,
    Words,
    feed,
    head,
    label,
    legend,
    minus,
    new_axes,
    plain,
    quiet,
    ruled,
    save,
    short,
    words_of,
)
from coopetition.studies.solve import Study

__all__ = ["draw_comparison", "draw_play", "draw_study"]

SHOWN = 40  # organizations drawn
Bars = list[tuple[str, Array, str]]  # color, a number for each organization, name


def draw_study(
    study: Study,
    path: str | Path,
    *,
    title: str,
    currency: str,
    measured: Measured | None = None,
    document: Mapping[str, Any] | None = None,
) -> None:
    """Draw contributions, and what each organization gets over being alone, by organization.

    Where nobody's payoff alone is known, payoffs over those without a rule. With a measured
    round, also what was measured, the fitted curve and its band. The title names the fees.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.
    """
    figure, axes = new_axes(3 if measured else 2, min(len(study.game.players), SHOWN))
    words = Words.of(measured.oracle.spec()) if measured else Words()
    names = list(study.game.players[:SHOWN])
    _contributions(axes[0], study, names)
    axes[0].set_ylabel(label(words.contribution))
    _payoffs(axes[1], study, names, currency)
    if measured:
        draw_gain(axes[2], measured, study, words.gain)
    hidden = len(study.game.players) - len(names)
    said = f" (first {SHOWN}; {hidden} more)" if hidden else ""
    head(figure, title + feed(study.settings) + said)
    save(figure, path, document)


def _contributions(axis: Any, study: Study, names: list[str]) -> None:
    """Draw what each contributes without a rule, under the rule, and as a planner would."""
    bars = [(GRAY, study.free.profile, "without a rule")]
    if study.settings.rule != "none":
        bars.append((BLUE, study.contribution, f"under {short(study.settings.rule)}"))
    _draw_bars(axis, [*bars, (GREEN, study.planner.profile, "planner")], names, [])
    axis.set_title("Contribution", pad=24)


def _payoffs(axis: Any, study: Study, names: list[str], currency: str) -> None:
    """Draw by how much each is better off than alone, or else than without a rule."""
    alone, settings = study.outside["autarky"], study.settings
    transfers, fees = settings.rule != "none", settings.fees != "none"
    bars: Bars = [(GRAY, study.free.payoffs, "without a rule")]
    if transfers:
        bars.append((BLUE, study.payoff_before, "before transfers"))
    if transfers or fees:
        bars.append((ORANGE, study.payoff, "after transfers" + " and fees" * fees))
    base, title, unit = np.zeros(len(study.free.payoffs)), "Payoff", currency
    below: list[str] = []
    if isinstance(alone, np.ndarray):
        base, title, unit = alone, "Payoff over alone", f"{currency} more than alone"
        below = [minus(f"{value:,.0f}") for value in alone[: len(names)]]
    elif transfers or fees:
        base, title, unit = study.free.payoffs, "Payoff over no rule", f"{currency} more"
        bars = bars[1:]
    _draw_bars(axis, [(color, values - base, name) for color, values, name in bars], names, below)
    axis.axhline(0.0, color=DARK, lw=1)
    axis.set_title(title, pad=24)
    axis.set_ylabel(label(unit))


def _draw_bars(axis: Any, bars: Bars, names: list[str], below: list[str]) -> None:
    """Draw a group of bars for each organization, with its name and what is said below it."""
    place = np.arange(len(names))
    for k, (color, values, name) in enumerate(bars):
        shift = 0.27 * (k - (len(bars) - 1) / 2)
        axis.bar(place + shift, values[: len(names)], 0.25, color=color, label=plain(name))
    long = max(map(len, names)) > 9 or len(names) > 8
    said = [plain(short(name)) for name in names]
    if below and not long:
        said = [f"{name}\n{more}" for name, more in zip(said, below, strict=True)]
        axis.set_xlabel("below each name: what it gets alone")
    axis.yaxis.set_major_formatter(THOUSANDS)
    axis.set_xticks(place, said, rotation=35 if long else 0, ha="right" if long else "center")
    quiet(axis)
    axis.margins(x=0.02 if len(names) > BESIDE else 0.05, y=0.1)
    legend(axis)


def draw_play(play: Play, path: str | Path, document: Mapping[str, Any] | None = None) -> None:
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
    gain.plot(number, play.table("gain_realized"), color=DARK, label="realized", **mark)
    if scenario.oracle:
        predicted = play.table("gain_predicted")
        gain.plot(number, predicted, color=GRAY, ls="--", label="predicted", **mark)
    contribution = play.table("contribution")
    for axis, table in ((made, contribution), (payoff, play.table("payoff").cumsum(axis=0))):
        for n in reversed(range(len(scenario.organizations))):  # the first ones on top
            color = LINES[n] if n < len(LINES) else GRAY
            axis.plot(number, table[:, n], color=color, **mark)
    made.set_ylim(0.0, 1.06 * float(contribution.max()) or 1.0)
    for axis in (made, payoff):
        axis.yaxis.set_major_formatter(THOUSANDS)
    words = words_of(scenario)
    for axis, title, unit in (
        (gain, "Gain of the shared model", words.gain),
        (made, "Contribution", words.contribution),
        (payoff, "Cumulative payoff", scenario.currency),
    ):
        axis.set_title(title, pad=24)
        axis.set_ylabel(label(unit))
        axis.set_xlabel("round")
        axis.xaxis.get_major_locator().set_params(integer=True)
        quiet(axis)
    legend(gain)
    _name_lines(figure, scenario.organizations)
    head(figure, f"{scenario.name}: {ruled(scenario.mechanism)}")
    save(figure, path, document)


def _name_lines(figure: Any, names: tuple[str, ...]) -> None:
    """Put the colors' names below all panels."""
    from matplotlib.lines import Line2D

    labels = [plain(short(name, 28)) for name in names[: len(LINES)]]
    colors = [*LINES[: len(labels)]]
    if len(names) > len(LINES):
        labels, colors = [*labels, f"{len(names) - len(LINES)} more"], [*colors, GRAY]
    handles = [Line2D([], [], color=color, lw=2) for color in colors]
    columns = max(1, min(len(labels), 150 // (max(map(len, labels)) + 8)))
    legend = figure.legend(
        handles, ["–"] * len(labels), loc="outside lower center", ncols=columns, frameon=False
    )
    for text, said in zip(legend.get_texts(), labels, strict=True):
        text.set_text(said)  # matplotlib would leave out a label that begins with _
