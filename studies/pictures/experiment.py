"""The three pictures of the replicated experiment."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coopetition.output.export import PICTURES
from coopetition.output.pictures.labels import legend, minus, plain
from coopetition.output.pictures.series import band, keep, line
from coopetition.output.pictures.style import GRAY, Look, axes_for, dress, finish, look
from coopetition.output.pictures.units import show_unit
from coopetition.studies.replication.design import (
    BEST,
    CURRENCY,
    DAMAGE,
    KINDS,
    PRICES,
    REDISTRIBUTION,
    RIVALRY,
    Cell,
    Deal,
    ExperimentPlan,
    TrainedRun,
)
from coopetition.studies.replication.intervals import ConfidenceInterval, interval
from coopetition.studies.replication.tables import OUTCOMES, outcomes_of, skew_of

SHORT = {BEST: "redistribution, best κ", PRICES: "bilateral prices", "WPR": "no rule"}
FIGURES = ("generation-competition", "generation-skew", "welfare")
MEAN_AND_BAND = "Lines are means over seeds, bands their 95 % confidence intervals."


def draw_all(
    design: ExperimentPlan, deals: Sequence[Deal], runs: Sequence[TrainedRun], folder: Path
) -> dict[Path, Any]:
    """Draw the three pictures, and return the axes of every file that a folder is to get.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.
    """
    drawn = (
        draw_competition(design, runs),
        draw_skew(design, deals, runs),
        draw_welfare(design, runs),
    )
    axes = dict(zip(FIGURES, drawn, strict=True))
    return {file: axes[file.stem] for file in files_in(folder)}


def files_in(folder: Path) -> list[Path]:
    """Return the files of all pictures."""
    return [folder / f"{name}{ending}" for name in FIGURES for ending in PICTURES]


def _rule(rule: str) -> str:
    return SHORT.get(rule, rule)


def _line(
    axis: Any,
    name: str,
    x: Sequence[float],
    found: Sequence[ConfidenceInterval],
    one: Look,
    unit: str = "samples",
) -> None:
    """Draw means with a band of their intervals."""
    means = np.array([interval.mean for interval in found])
    half = np.array([interval.half_width or 0.0 for interval in found])
    line(axis, name, x, means, one, unit, label=name)
    band(axis, f"{name}, 95 %", x, means - half, means + half, one.color, unit)


def draw_competition(design: ExperimentPlan, runs: Sequence[TrainedRun], ax: Any = None) -> Any:
    """Draw generation against the level of competition, a line for each skew, on three axes."""
    axes = axes_for(ax, 3, (15.0, 5.0))
    generation = outcomes_of(design, runs)["generation"]
    panels = [(DAMAGE, "WPR"), (DAMAGE, REDISTRIBUTION), (RIVALRY, "WPR")]
    for axis, (kind, rule) in zip(axes, panels, strict=True):
        for k, alpha in enumerate(design.alphas):
            cells = [Cell(kind, level, rule) for level in design.levels]
            found = [interval(generation(cell)[k]) for cell in cells]
            _line(axis, f"α = {alpha:g}", design.levels, found, look(k))
        dress(axis, f"{kind}, {_rule(rule)}")
        axis.sharey(axes[0])
    axes[0].set_ylim(bottom=0)
    for axis, (kind, _) in zip(axes, panels, strict=True):
        symbol = "ρ" if kind == DAMAGE else "σ / (1000 EUR per nat)"
        show_unit(axis, "", "x", before=f"intensity of competition, {symbol}")
        show_unit(axis, "samples", before="generation")
        legend(axis)
    title = "Generation against the intensity of competition, by label skew"
    return finish(axes, ax is None, title, MEAN_AND_BAND)


def draw_skew(
    design: ExperimentPlan, deals: Sequence[Deal], runs: Sequence[TrainedRun], ax: Any = None
) -> Any:
    """Draw generation and welfare against the measured skew, on two axes."""
    axes = axes_for(ax, 2, (13.0, 5.0))
    outcomes, skew, top = outcomes_of(design, runs), skew_of(design, deals), design.levels[-1]
    lines = [("no competition, no rule", Cell(DAMAGE, 0.0, "WPR"))]
    lines += [
        (f"{kind}, {_rule(rule)}", Cell(kind, top, rule))
        for kind, rule in (
            (DAMAGE, "WPR"),
            (DAMAGE, REDISTRIBUTION),
            (DAMAGE, PRICES),
            (RIVALRY, "WPR"),
        )
    ]
    panels = (("generation", "samples", "Generation"), ("welfare", CURRENCY, "Social welfare"))
    for axis, (outcome, unit, title) in zip(axes, panels, strict=True):
        for k, (name, cell) in enumerate(lines):
            found = [interval(row) for row in outcomes[outcome](cell)]
            _line(axis, name, skew, found, look(k), unit)
        dress(axis, title)
        show_unit(axis, "", "x", before="label skew δ, L1 distance (mean of the organizations)")
        show_unit(axis, unit, before=outcome)
        legend(axis)
    axes[0].set_ylim(bottom=0)
    said = f"{MEAN_AND_BAND} Competition is of level {top:g}."
    return finish(axes, ax is None, "Generation and welfare against label skew", said)


def draw_welfare(design: ExperimentPlan, runs: Sequence[TrainedRun], ax: Any = None) -> Any:
    """Draw the welfare of every rule and baseline less that of WPR, by skew, on three axes."""
    top = design.levels[-1]
    rules = ["VCFL", "WCO", "RaDG", REDISTRIBUTION, BEST, PRICES]
    names = [_rule(rule) for rule in rules]
    axes = axes_for(ax, 3, (16.0, 2.4 + 0.6 * len(rules)))
    over, unit = outcomes_of(design, runs)[OUTCOMES[4]], CURRENCY
    for axis, kind in zip(axes, KINDS, strict=True):
        table = [[interval(row) for row in over(Cell(kind, top, rule))] for rule in rules]
        for k, alpha in enumerate(design.alphas):
            place = np.arange(len(rules)) + 0.13 * (k - (len(design.alphas) - 1) / 2)
            means = np.array([row[k].mean for row in table])
            half = np.array([row[k].half_width or 0.0 for row in table])
            style = {"color": look(k).color, "marker": look(k).marker, "ls": "", "ms": 5}
            name = f"α = {alpha:g}"
            axis.errorbar(
                means[1:], place[1:], xerr=half[1:], capsize=2, lw=1.3, label=name, **style
            )
            keep(axis, name, names, means, unit)
            keep(axis, f"{name}, half width of 95 %", names, half, unit)
        _far_below(axis, table[0])
        axis.axvline(0, color=GRAY, lw=1)
        axis.set_yticks(range(len(names)), [plain(name) for name in names])
        axis.set_ylim(len(names) - 0.5, -0.6)
        dress(axis, f"{kind} of level {top:g}")
        axis.tick_params(axis="y", length=0)
        show_unit(axis, unit, "x", before="welfare less WPR's")
        legend(axis)
    for axis in axes[1:]:
        axis.tick_params(labelleft=False)
    said = "Means over seeds with their 95 % confidence intervals. WPR: no rule."
    return finish(axes, ax is None, "Welfare of each rule and baseline, less that of no rule", said)


def _far_below(axis: Any, found: Sequence[ConfidenceInterval]) -> None:
    """Say where VCFL is, which would flatten all else: left of the axis."""
    means = [one.mean for one in found if np.isfinite(one.mean)]
    if means:
        text = minus(f"◀ {min(means):,.0f} to {max(means):,.0f} {CURRENCY}")
        at = axis.get_yaxis_transform()
        axis.text(0.01, 0, text, transform=at, va="center", fontsize=8)
