"""Pictures of a sweep: lines over one varied number, a map over two."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.studies.report.figure_style import (
    DARK,
    GRAY,
    LINES,
    THOUSANDS,
    Words,
    head,
    label,
    legend,
    minus,
    new_axes,
    plain,
    quiet,
    save,
    words_of,
)
from coopetition.studies.sweep.cell import CellRow
from coopetition.studies.sweep.sweep import Sweep, drawable, first_scenario

PALE = "#7fd0a0"  # the planner's green, lighter than the line below it
MOST_TICKS, CROWDED = 8, 36  # on an axis; letters that stand side by side
Reading = Callable[[CellRow], float | None]


def draw_sweep(
    sweep: Sweep,
    path: str | Path,
    *,
    title: str,
    currency: str,
    document: Mapping[str, Any] | None = None,
) -> None:
    """Draw welfare and contributions over what is varied.

    Over one number: welfare beside the planner's, and each organization's contribution. Over a
    number and words: welfare and total contribution, a line for each word. Over two numbers: maps
    of both. Cells without an equilibrium stay empty.

    Raises
    ------
    InvalidInputError
        If more than two fields are varied, or none of them with numbers.
    MissingDependencyError
        If matplotlib is not installed.
    """
    drawable(sweep.grid)
    axes = sweep.grid.axes
    figure, panels = new_axes(2, 1)
    words = words_of(first_scenario(sweep.grid)) if sweep.grid.measured else Words()
    labels = label(f"welfare ({currency})"), label(words.contribution)
    if len(axes) == 1:
        _lines_of_one(sweep, panels, labels)
    elif all(axis.numeric for axis in axes):
        _maps(figure, sweep, panels, labels)
    else:
        _lines_of_words(sweep, panels, labels)
    pad = 24 if len(axes) == 1 or not all(axis.numeric for axis in axes) else 10
    panels[0].set_title("Welfare", pad=pad)
    panels[1].set_title("Contribution" if len(axes) == 1 else "Total contribution", pad=pad)
    figure.get_layout_engine().set(wspace=0.06)
    head(figure, title)
    save(figure, path, document)


def _total(row: CellRow) -> float | None:
    return None if row.contribution is None else sum(row.contribution)


def _read(sweep: Sweep, reading: Reading) -> Array:
    """Return a number of every cell, one dimension per axis; NaN where there is none."""
    shape = [len(axis.values) for axis in sweep.grid.axes]
    found = [reading(row) for row in sweep.rows]
    return np.array([np.nan if v is None else v for v in found], dtype=float).reshape(shape)


def _lines_of_one(sweep: Sweep, panels: list[Any], labels: tuple[str, str]) -> None:
    (axis,) = sweep.grid.axes
    at, mark = np.array(axis.values, dtype=float), _mark(len(axis.values))
    welfare, made = panels
    planner = _read(sweep, lambda row: row.planner_welfare)
    welfare.plot(at, _read(sweep, lambda row: row.welfare), color=DARK, label="equilibrium", **mark)
    welfare.plot(at, planner, color=PALE, ls="--", lw=2.2, label="planner")  # on top: both are seen
    names = sweep.grid.organizations
    for n in reversed(range(len(names))):

        def contribution(row: CellRow, n: int = n) -> float | None:
            return None if row.contribution is None else row.contribution[n]

        color = LINES[n] if n < len(LINES) else GRAY
        made.plot(at, _read(sweep, contribution), color=color, label=plain(names[n][:24]), **mark)
    made.set_ylim(0, 1.05 * made.get_ylim()[1])
    for panel, said in zip(panels, labels, strict=True):
        _dress(panel, axis.name, said, _geometric(at))
    legend(made, columns=4, most=len(LINES), turned=True)
    legend(welfare)


def _lines_of_words(sweep: Sweep, panels: list[Any], labels: tuple[str, str]) -> None:
    first, second = sweep.grid.axes
    number, word = (first, second) if first.numeric else (second, first)
    at, mark = np.array(number.values, dtype=float), _mark(len(number.values))
    readings: tuple[Reading, Reading] = (lambda row: row.welfare, _total)
    for panel, unit, reading in zip(panels, labels, readings, strict=True):
        data = _read(sweep, reading)
        for k, name in enumerate(word.values):
            line = data[:, k] if number is first else data[k]
            color = LINES[k] if k < len(LINES) else GRAY
            said = str(name) if np.isfinite(line).any() else f"{name} (no cell solved)"
            panel.plot(at, line, color=color, label=plain(said), **mark)
        _dress(panel, number.name, unit, _geometric(at))
        legend(panel, columns=4, most=len(LINES))


def _maps(figure: Any, sweep: Sweep, panels: list[Any], labels: tuple[str, str]) -> None:
    first, second = sweep.grid.axes
    x, y = (np.array(axis.values, dtype=float) for axis in (first, second))
    across, up = np.argsort(x), np.argsort(y)
    readings: tuple[Reading, Reading] = (lambda row: row.welfare, _total)
    for panel, unit, reading in zip(panels, labels, readings, strict=True):
        data = np.ma.masked_invalid(_read(sweep, reading)[np.ix_(across, up)].T)
        shown = panel.pcolormesh(data, cmap="cividis")  # cells of one size, whatever their values
        figure.colorbar(shown, ax=panel, label=unit, format=THOUSANDS)
        panel.set_xlabel(plain(first.name))
        panel.set_ylabel(plain(second.name))
        places, said = cell_ticks(x[across])
        crowded = sum(map(len, said)) > CROWDED
        panel.set_xticks(places, said, rotation=35 if crowded else 0)
        panel.set_yticks(*cell_ticks(y[up]))


def cell_ticks(values: Array) -> tuple[Array, list[str]]:
    """Return the middles of some cells, at most 8, and the values that were computed there.

    Examples
    --------
    >>> places, said = cell_ticks(np.geomspace(0.001, 1.0, 13))
    >>> places.tolist(), said[:3]
    ([0.5, 2.5, 4.5, 6.5, 8.5, 10.5, 12.5], ['0.001', '0.003162', '0.01'])
    """
    picked: Any = np.arange(0, values.size, -(-values.size // MOST_TICKS))
    said = [_short_number(value) for value in values[picked]]
    if len(set(said)) < len(said):
        said = [f"{value:,.15g}" for value in values[picked]]
    return picked + 0.5, [minus(text) for text in said]


def _short_number(value: float) -> str:
    return f"{value:,.0f}" if 1e4 <= abs(value) < 1e9 else f"{value:,.4g}"


def _geometric(values: Array) -> bool:
    """Whether values are spread over so wide a range that equal ratios show them better."""
    return bool(values.min() > 0 and values.max() / values.min() >= 50 and values.size > 2)


def _mark(count: int) -> dict[str, Any]:
    return {"marker": "o" if count <= 30 else "", "ms": 3.5, "lw": 1.5}


def _dress(panel: Any, below: str, beside: str, log: bool) -> None:
    panel.set_xlabel(plain(below))
    panel.set_ylabel(beside)
    panel.set_xscale("log" if log else "linear")
    panel.yaxis.set_major_formatter(THOUSANDS)
    quiet(panel)
