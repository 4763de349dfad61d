"""Lines over one varied number: welfare and contributions, and where they have kinks."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from coopetition.games.arrays import Array, Mask
from coopetition.games.errors import CoopetitionError
from coopetition.output.pictures.labels import label_end, short
from coopetition.output.pictures.organizations import lines_by_organization
from coopetition.output.pictures.series import line
from coopetition.output.pictures.style import DARK, GRAY, GREEN, VERMILLION, Look, dress, look
from coopetition.output.pictures.units import show_unit
from coopetition.studies.pictures.words import parameter_words
from coopetition.studies.sweep.cell import CellRow
from coopetition.studies.sweep.sweep import Sweep
from coopetition.studies.sweep.values import Axis

Reading = Callable[[CellRow], float | None]
EQUILIBRIUM, PLANNER = Look(DARK), Look(GREEN, "", "--", "^")
AT_BOUND = 1e-9  # of the largest contribution
JUMP = 10.0  # times the steps beside it: no slope is so


def total(row: CellRow) -> float | None:
    """Return the sum of a cell's contributions."""
    return None if row.contribution is None else sum(row.contribution)


def read_cells(sweep: Sweep, reading: Reading) -> Array:
    """Return a number of every cell, one dimension per axis; NaN where there is none."""
    shape = [len(axis.values) for axis in sweep.grid.axes]
    found = [reading(row) for row in sweep.rows]
    return np.array([np.nan if v is None else v for v in found], dtype=float).reshape(shape)


def lines_of_one(sweep: Sweep, panels: Sequence[Any], units: tuple[str, str], currency: str) -> str:
    """Draw welfare beside the planner's, and each organization's contribution."""
    (varied,) = sweep.grid.axes
    at = np.array(varied.values, dtype=float)
    order = np.argsort(at, kind="stable")
    at = at[order]
    welfare, made = panels
    names = sweep.grid.organizations
    table = np.array(
        [[np.nan] * len(names) if row.contribution is None else row.contribution
         for row in sweep.rows], dtype=float,
    )[order]  # fmt: skip
    found = read_cells(sweep, lambda row: row.welfare)[order]
    planner = read_cells(sweep, lambda row: row.planner_welfare)[order]
    line(welfare, "equilibrium", at, found, EQUILIBRIUM, units[0])
    line(welfare, "planner", at, planner, PLANNER, units[0], lw=2.2)  # on top: both are seen
    welfare.fill_between(at, found, planner, color=GREEN, alpha=0.12, lw=0)
    for name, values, one in (("equilibrium", found, EQUILIBRIUM), ("planner", planner, PLANNER)):
        _name(welfare, values, name, one)
    said = [lines_by_organization(made, names, at, table, units[1])]
    if np.isfinite(table).any():
        made.set_ylim(0, 1.05 * float(np.nanmax(table)) or 1.0)
    said.append(_mark_kinks(panels, at, table, _bounds(sweep, order)))
    _dress(welfare, "Welfare", varied, units[0], currency)
    _dress(made, "Contribution", varied, units[1], currency)
    return " ".join(filter(None, said))


def _bounds(sweep: Sweep, order: Any) -> Array | None:
    """Return everybody's largest contribution in every cell; None where a cell has no scenario."""
    try:
        rounds = (sweep.grid.scenario(int(cell)).columns["max_contribution"] for cell in order)
        return np.array(list(rounds), dtype=float)
    except CoopetitionError:
        return None


def kinks(table: Array, bounds: Array | None) -> tuple[Mask, Mask]:
    """Say between which neighboring cells something happens, shape (T - 1,) both.

    Parameters
    ----------
    table : shape (T, N)
        Contributions by cell.
    bounds : shape (T, N)
        The largest contributions, if they are known.

    Returns
    -------
    (hits, switches)
        Where a contribution reaches or leaves 0 or its bound, and where one jumps: by far more
        than in the cells on both sides.

    Examples
    --------
    >>> table = np.array([[0.0], [0.0], [1.0], [2.0], [9.0], [10.0], [10.0]])
    >>> [np.flatnonzero(each).tolist() for each in kinks(table, np.full((7, 1), 10.0))]
    [[1, 4], []]
    >>> smooth = np.r_[np.linspace(0.5, 1, 9), np.linspace(5, 5.5, 9)][:, None]
    >>> np.flatnonzero(kinks(smooth, None)[1]).tolist()
    [8]
    """
    size = np.nanmax(np.abs(table), initial=0.0) if bounds is None else bounds
    state = np.where(np.isnan(table), np.nan, (table > AT_BOUND * size).astype(float))
    if bounds is not None:
        state = state + (table >= (1 - AT_BOUND) * bounds)
    steps, known = np.abs(np.diff(table, axis=0)), np.isfinite(np.diff(table, axis=0))
    hits = (np.diff(state, axis=0) != 0) & known
    steps = np.where(known, steps, 0.0)
    beside = np.zeros_like(steps)
    beside[1:] = steps[:-1]
    beside[:-1] = np.maximum(beside[:-1], steps[1:])
    jumps = (steps > JUMP * beside) & (steps > 0.05 * np.nanmax(np.abs(table), initial=0.0))
    jumps &= ~hits & (len(steps) > 2)
    return hits.any(axis=1), jumps.any(axis=1)


def _mark_kinks(panels: Sequence[Any], at: Array, table: Array, bounds: Array | None) -> str:
    """Mark the kinks on both panels, and return what a caption says of them."""
    hits, switches = kinks(table, bounds)
    said = []
    for found, words, style in (
        (hits, "Dotted: a contribution reaches or leaves 0 or its bound", (GRAY, ":")),
        (switches, "Red dashes: the solution switches", (VERMILLION, (0, (6, 3)))),
    ):
        for k in np.flatnonzero(found):
            for panel in panels:
                middle = (at[k] + at[k + 1]) / 2
                panel.axvline(middle, color=style[0], ls=style[1], lw=1.0, zorder=0.5)
        said += [f"{words}."] * bool(found.any())
    return " ".join(said)


def lines_of_words(
    sweep: Sweep, panels: Sequence[Any], units: tuple[str, str], currency: str
) -> str:
    """Draw welfare and total contribution over the number, a line for each word."""
    first, second = sweep.grid.axes
    number, word = (first, second) if first.numeric else (second, first)
    at = np.array(number.values, dtype=float)
    order = np.argsort(at, kind="stable")
    readings: tuple[Reading, Reading] = (lambda row: row.welfare, total)
    titles, empty = ("Welfare", "Total contribution"), []
    for panel, title, unit, reading in zip(panels, titles, units, readings, strict=True):
        data = read_cells(sweep, reading)
        for k, name in enumerate(word.values):
            values = (data[:, k] if number is first else data[k])[order]
            said = "no rule" if name == "none" else str(name)
            line(panel, said, at[order], values, look(k), unit)
            _name(panel, values, said, look(k))
            if title == titles[0] and not np.isfinite(values).any():
                empty.append(said)
        _dress(panel, title, number, unit, currency)
    return f"No cell was solved with {', '.join(empty)}." if empty else ""


def _name(panel: Any, values: Array, name: str, one: Look) -> None:
    known = values[np.isfinite(values)]
    if known.size:
        label_end(panel, float(known[-1]), short(name), one.color)


def _dress(panel: Any, title: str, varied: Axis, unit: str, currency: str) -> None:
    values = np.array(varied.values, dtype=float)
    dress(panel, title)
    wide = values.min() > 0 and values.max() / values.min() >= 50 and values.size > 2
    panel.set_xscale("log" if wide else "linear")
    said, its = parameter_words(varied.path, currency, factor=varied.factor)
    show_unit(panel, its, "x", before=said)
    show_unit(panel, unit)
