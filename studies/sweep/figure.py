"""Pictures of a sweep: lines over one varied number, a map over two."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from coopetition.games.gain import Array
from coopetition.studies.figure import DARK, GRAY, GREEN, LINES, new_axes, quiet, save
from coopetition.studies.sweep.cell import CellRow
from coopetition.studies.sweep.study import Sweep, drawable

Reading = Callable[[CellRow], float | None]


def draw_sweep(sweep: Sweep, path: str | Path, *, title: str, currency: str) -> None:
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
    labels = plain(f"welfare ({currency})"), "synthetic samples"
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
    figure.suptitle(plain(title))
    save(figure, path)


def plain(text: str) -> str:
    """Return a text that matplotlib shows as it stands: a dollar sign begins no formula."""
    return text.replace("$", r"\$")


def _total(row: CellRow) -> float | None:
    return None if row.contribution is None else sum(row.contribution)


def _read(sweep: Sweep, reading: Reading) -> Array:
    """Return a number of every cell, one dimension an axis; NaN where there is none."""
    shape = [len(axis.values) for axis in sweep.grid.axes]
    found = [reading(row) for row in sweep.rows]
    return np.array([np.nan if v is None else v for v in found], dtype=float).reshape(shape)


def _lines_of_one(sweep: Sweep, panels: list[Any], labels: tuple[str, str]) -> None:
    (axis,) = sweep.grid.axes
    at, mark = np.array(axis.values, dtype=float), _mark(len(axis.values))
    welfare, made = panels
    planner = _read(sweep, lambda row: row.planner_welfare)
    welfare.plot(at, planner, color=GREEN, ls="--", lw=1.2, label="planner")
    welfare.plot(at, _read(sweep, lambda row: row.welfare), color=DARK, label="equilibrium", **mark)
    names = sweep.grid.organizations
    for n in reversed(range(len(names))):

        def contribution(row: CellRow, n: int = n) -> float | None:
            return None if row.contribution is None else row.contribution[n]

        color = LINES[n] if n < len(LINES) else GRAY
        made.plot(at, _read(sweep, contribution), color=color, label=plain(names[n][:24]), **mark)
    made.set_ylim(0, 1.05 * made.get_ylim()[1])
    for panel, label in zip(panels, labels, strict=True):
        _dress(panel, axis.path, label, _geometric(at))
    _legend(made, most=len(LINES), turned=True)
    _legend(welfare)


def _lines_of_words(sweep: Sweep, panels: list[Any], labels: tuple[str, str]) -> None:
    first, second = sweep.grid.axes
    number, word = (first, second) if first.numeric else (second, first)
    at, mark = np.array(number.values, dtype=float), _mark(len(number.values))
    readings: tuple[Reading, Reading] = (lambda row: row.welfare, _total)
    for panel, label, reading in zip(panels, labels, readings, strict=True):
        data = _read(sweep, reading)
        for k, name in enumerate(word.values):
            line = data[:, k] if number is first else data[k]
            color = LINES[k] if k < len(LINES) else GRAY
            said = str(name) if np.isfinite(line).any() else f"{name} (no cell solved)"
            panel.plot(at, line, color=color, label=plain(said), **mark)
        _dress(panel, number.path, label, _geometric(at))
        _legend(panel, most=len(LINES))


def _maps(figure: Any, sweep: Sweep, panels: list[Any], labels: tuple[str, str]) -> None:
    first, second = sweep.grid.axes
    x, y = (np.array(axis.values, dtype=float) for axis in (first, second))
    across, up = np.argsort(x), np.argsort(y)
    readings: tuple[Reading, Reading] = (lambda row: row.welfare, _total)
    for panel, label, reading in zip(panels, labels, readings, strict=True):
        data = np.ma.masked_invalid(_read(sweep, reading)[np.ix_(across, up)].T)
        shown = panel.pcolormesh(x[across], y[up], data, shading="nearest", cmap="cividis")
        figure.colorbar(shown, ax=panel, label=label)
        panel.set_xlabel(plain(first.path))
        panel.set_ylabel(plain(second.path))
        panel.set_xscale("log" if _geometric(x) else "linear")
        panel.set_yscale("log" if _geometric(y) else "linear")


def _geometric(values: Array) -> bool:
    """Whether values are spread over so wide a range that equal ratios show them better."""
    return bool(values.min() > 0 and values.max() / values.min() >= 50 and values.size > 2)


def _mark(count: int) -> dict[str, Any]:
    return {"marker": "o" if count <= 30 else "", "ms": 3.5, "lw": 1.5}


def _dress(panel: Any, below: str, beside: str, log: bool) -> None:
    panel.set_xlabel(plain(below))
    panel.set_ylabel(beside)
    panel.set_xscale("log" if log else "linear")
    quiet(panel)


def _legend(panel: Any, most: int = 8, *, turned: bool = False) -> None:
    """Put the first names in at most two lines above the panel."""
    handles, labels = panel.get_legend_handles_labels()
    pairs = list(zip(handles, labels, strict=True))[:: -1 if turned else 1][:most]
    handles, labels = [h for h, _ in pairs], [f" {name}" for _, name in pairs]
    panel.legend(
        handles,
        labels,  # matplotlib would leave out a name that begins with _
        frameon=False,
        fontsize=8,
        ncols=4,
        loc="lower center",
        bbox_to_anchor=(0.5, 1.0),
        columnspacing=1.2,
        handlelength=1.4,
    )
