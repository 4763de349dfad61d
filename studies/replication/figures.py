"""Pictures of the experiment, drawn with matplotlib (extra `plot`)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coopetition.studies.replication.claims import Value
from coopetition.studies.replication.design import (
    BEST,
    CURRENCY,
    CURVE,
    DIRECT,
    KINDS,
    PRICES,
    REDISTRIBUTION,
    RULES,
    Cell,
    Deal,
    ExperimentPlan,
    TrainedRun,
)
from coopetition.studies.replication.intervals import ConfidenceInterval, interval
from coopetition.studies.replication.tables import OUTCOMES, outcomes_of, skew_of
from coopetition.studies.report.figure_style import (
    BLUE,
    GRAY,
    GREEN,
    LINES,
    ORANGE,
    minus,
    new_axes,
    quiet,
    save,
)

ENDINGS = (".png", ".svg")
BAND = 0.15  # opacity
SHORT = {BEST: "redistribution, best κ", PRICES: "bilateral prices"}


FIGURES = ("generation-competition", "generation-skew", "welfare")


def draw_all(
    design: ExperimentPlan,
    deals: Sequence[Deal],
    runs: Sequence[TrainedRun],
    folder: Path,
    document: Mapping[str, Any] | None = None,
) -> list[Path]:
    """Draw the three figures into a folder and return their files.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.
    """
    outcomes = outcomes_of(design, runs)
    drawn = (
        _draw_intensity(design, outcomes["generation"]),
        _draw_skew(design, deals, outcomes["generation"]),
        _draw_welfare(design, outcomes[OUTCOMES[4]]),
    )
    figures = dict(zip(FIGURES, drawn, strict=True))
    written = files_in(folder)
    for file in written:
        save(figures[file.stem], file, document)
    return written


def files_in(folder: Path) -> list[Path]:
    """Return the files that `draw_all` writes."""
    return [folder / f"{name}{ending}" for name in FIGURES for ending in ENDINGS]


def _line(axis: Any, x: Sequence[float], found: list[ConfidenceInterval], **style: Any) -> None:
    """Draw means with a band of their intervals."""
    means = np.array([one.mean for one in found])
    half = np.array([one.half_width or 0.0 for one in found])
    axis.plot(x, means, marker="o", ms=3.5, lw=1.5, **style)
    axis.fill_between(x, means - half, means + half, color=style["color"], alpha=BAND, lw=0)


def _draw_intensity(design: ExperimentPlan, generation: Value) -> Any:
    """Draw generation against the level of competition, a line for each skew."""
    figure, axes = new_axes(3, 1)
    weight = design.personal_weights[0]
    panels = [(KINDS[0], "WPR"), (KINDS[0], REDISTRIBUTION), (KINDS[1], "WPR")]
    for axis, (kind, rule) in zip(axes, panels, strict=True):
        for k, alpha in enumerate(design.alphas):
            cells = [Cell(CURVE, weight, kind, level, rule) for level in design.levels]
            found = [interval(generation(cell)[k]) for cell in cells]
            _line(axis, design.levels, found, color=LINES[k], label=f"α = {alpha:g}")
            cells = [Cell(DIRECT, weight, kind, level, rule) for level in design.ends]
            means = [interval(generation(cell)[k]).mean for cell in cells]
            axis.plot(design.ends, means, color=LINES[k], ls=":", lw=1.2, marker="x", ms=4)
        axis.set_title(f"{kind}, {'no rule' if rule == 'WPR' else rule}")
        unit = "ρ" if kind == KINDS[0] else "σ / (1000 EUR per nat)"
        axis.set_xlabel(f"intensity of competition, {unit}")
        axis.sharey(axes[0])
        quiet(axis)
    axes[0].set_ylabel("generation, samples")
    axes[0].set_ylim(bottom=0)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=8, frameon=False)
    figure.suptitle(
        "Solid: solved on the fitted curve, with 95 % bands; dotted: on measured gains directly"
    )
    return figure


def _draw_skew(design: ExperimentPlan, deals: Sequence[Deal], generation: Value) -> Any:
    """Draw generation against the measured skew, without and with competition."""
    figure, axes = new_axes(2, 3)
    skew, top = skew_of(design, deals), design.levels[-1]
    free = [
        (f"{route}, B = {weight:g}", Cell(route, weight, KINDS[0], 0.0, "WPR"))
        for route in RULES
        for weight in design.personal_weights
    ]
    weight = design.personal_weights[0]
    rivals = [
        (f"{kind}, {'no rule' if rule == 'WPR' else rule}", Cell(CURVE, weight, kind, top, rule))
        for kind in KINDS
        for rule in ("WPR", REDISTRIBUTION)
    ]
    titles = ("No competition, no rule", f"Competition of level {top:g}; curve, B = {weight:g}")
    colors = (BLUE, ORANGE, BLUE, ORANGE), (GREEN, *LINES[3:6])
    for axis, lines, title, set_ in zip(axes, (free, rivals), titles, colors, strict=True):
        for (label, cell), color in zip(lines, set_, strict=True):
            found = [interval(row) for row in generation(cell)]
            style = ":" if cell.route == DIRECT else "-"
            _line(axis, skew, found, color=color, label=label, ls=style)
        axis.set_title(title)
        axis.set_xlabel("label skew δ, L1 distance (mean of the organizations)")
        axis.set_ylabel("generation, samples")
        axis.set_ylim(bottom=0)
        axis.legend(frameon=False, fontsize=8, ncols=2)
        quiet(axis)
    return figure


def _draw_welfare(design: ExperimentPlan, over: Value) -> Any:
    """Draw the welfare of every rule and baseline less that of WPR, a color for each skew."""
    figure, axes = new_axes(2, 10)
    weight, top = design.personal_weights[0], design.levels[-1]
    for axis, kind in zip(axes, KINDS, strict=True):
        cells = [Cell(CURVE, weight, kind, top, r) for r in RULES[CURVE] if r != "WPR"]
        cells += [Cell(DIRECT, weight, kind, top, r) for r in RULES[DIRECT] if r != "WPR"]
        table = [[interval(row) for row in over(cell)] for cell in cells]
        for k, alpha in enumerate(design.alphas):
            place = np.arange(len(cells)) + 0.13 * (k - (len(design.alphas) - 1) / 2)
            means = [row[k].mean for row in table]
            half = [row[k].half_width or 0.0 for row in table]
            style = {"color": LINES[k], "ms": 4, "lw": 1.3, "label": f"α = {alpha:g}"}
            axis.errorbar(place[1:], means[1:], half[1:], fmt="o", capsize=2, **style)
        _far_below(axis, table[0])
        axis.axhline(0, color=GRAY, lw=1)
        names = [SHORT.get(c.rule, c.rule) + ", direct" * (c.route == DIRECT) for c in cells]
        axis.set_xticks(range(len(names)), names, rotation=25, ha="right", rotation_mode="anchor")
        axis.set_xlim(-0.6, len(names) - 0.4)
        axis.set_title(f"{kind} of level {top:g}")
        axis.set_ylabel(f"welfare less WPR's, {CURRENCY}")
        quiet(axis)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=8, frameon=False)
    return figure


def _far_below(axis: Any, found: Sequence[ConfidenceInterval]) -> None:
    """Say where VCFL is, which would flatten all else: below the axis."""
    means = [one.mean for one in found if np.isfinite(one.mean)]
    if means:
        text = "▼\n" + minus(f"{min(means):,.0f} to\n{max(means):,.0f}")
        axis.text(0, 0.02, text, transform=axis.get_xaxis_transform(), ha="center", fontsize=8)
