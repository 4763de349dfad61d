"""All values of a parameter, in a range, at which a decision changes.

A grid over the range shows between which of its values the decision differs; where a number that
passes through zero comes so close to it that it may have touched it in between, and where states
changed nearby, the grid is refined. Every change is then bisected, all of them at once, on
certified equilibria. What happens and is undone within a step of the finest grid is not seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.checks import whole
from coopetition.games.errors import InvalidInputError
from coopetition.output.progress import Progress, silent
from coopetition.output.result import Result
from coopetition.output.table import Column, Table
from coopetition.output.terminal import terminal_text
from coopetition.output.words import GENERAL, Words
from coopetition.studies.breakeven.decisions import Decision, read_decision
from coopetition.studies.scenario.parameters import parameter_words
from coopetition.studies.scenario.scenario import parse_scenario
from coopetition.studies.sweep.cell import FEW, CellRow, solve_cells
from coopetition.studies.sweep.grid import Grid
from coopetition.studies.sweep.values import Axis

COARSE = 257  # values at first
FINEST = 2**14  # steps of the range, where something may have been missed
BISECTIONS = 50
TOGETHER = 256  # cells that are solved in one go


@dataclass(frozen=True, slots=True)
class Crossing:
    """A value at which a decision changes: what holds below it, and what above.

    `low` and `high` enclose it: the decision was seen to differ between them.
    """

    value: float
    low: float
    high: float
    below: str
    above: str


@dataclass(frozen=True, kw_only=True, eq=False)
class BreakEven(Result):
    """The values of a parameter at which a decision changes, in order.

    Parameters
    ----------
    target, parameter
        What was asked; a star behind the parameter marks a factor.
    stated
        The parameter's value in the scenario, if it is a number; 1 of a factor.
    low, high
        The range that was searched.
    first
        What holds at its low end.
    crossings
        In order.
    unknown
        Pieces of the range where cells have no certified answer, with the first reason.
    step
        The finest distance at which the range was looked at where something was near.
    """

    target: str
    parameter: str
    stated: float | None
    low: float
    high: float
    first: str
    crossings: tuple[Crossing, ...]
    unknown: tuple[tuple[float, float, str], ...]
    step: float
    words: Words = GENERAL

    def tables(self) -> tuple[Table]:
        """Return one row per break-even."""
        label, unit = parameter_words(
            self.parameter.removesuffix("*"), self.words.currency,
            factor=self.parameter.endswith("*"),
        )  # fmt: skip
        columns = (
            Column("value", label, [one.value for one in self.crossings], unit, "number"),
            Column("below", "below", [one.below for one in self.crossings], kind="text"),
            Column("above", "above", [one.above for one in self.crossings], kind="text"),
        )
        number = Column(
            "crossing", "break-even", [str(k + 1) for k in range(len(self.crossings))], kind="name"
        )
        title = self.words.title(f"{self.target} by {self.parameter}")
        return (Table(title, (number, *columns), tuple(self.sentences)),)

    @property
    def sentences(self) -> list[str]:
        """What was searched, where nothing is known, and what is true if nothing changes."""
        told = []
        if not self.crossings:
            told.append(f"{self.first} all the way from {self.low:.6g} to {self.high:.6g}.")
        elif self.stated is not None:
            nearest = min(self.crossings, key=lambda one: abs(one.value - (self.stated or 0.0)))
            told.append(
                f"The scenario has {self.stated:.6g}: the nearest break-even is "
                f"{nearest.value:.6g}."
            )
        told.append(
            f"Searched from {self.low:.6g} to {self.high:.6g}; what is undone within "
            f"{self.step:.2g} may have been missed."
        )
        told += [
            f"Not known from {low:.6g} to {high:.6g}: {why}" + "." * (not why.endswith("."))
            for low, high, why in self.unknown
        ]
        return told

    def __str__(self) -> str:
        """Return a table that a person can read, with what is said under it."""
        return terminal_text(self.tables()[0])

    def to_dict(self) -> dict[str, Any]:
        """Return the stable JSON form."""
        return {
            "target": self.target,
            "parameter": self.parameter,
            "stated": self.stated,
            "low": self.low,
            "high": self.high,
            "first": self.first,
            "crossings": [
                {"value": c.value, "low": c.low, "high": c.high, "below": c.below, "above": c.above}
                for c in self.crossings
            ],
            "unknown": [{"low": a, "high": b, "reason": why} for a, b, why in self.unknown],
            "step": self.step,
        }


def break_even(
    content: Mapping[str, Any],
    target: str,
    parameter: str,
    low: float,
    high: float,
    *,
    factor: bool = False,
    folder: Path = Path("."),
    values: int = COARSE,
    progress: Progress = silent,
) -> BreakEven:
    """Find all values of a parameter in a range at which a decision changes.

    Parameters
    ----------
    content
        Of a scenario file, with a curve.
    target
        `contribution:NAME`, `bound:NAME`, `participation:NAME[:autarky|:exit]`, `rule:A>B`.
    parameter
        A dotted path of the scenario, such as `competition.damage`.
    low, high
        The range.
    factor
        Whether values multiply what the scenario has, be it a number or a matrix.
    values
        Of the first grid.

    Raises
    ------
    InvalidInputError
        If the target or the parameter is none of the scenario's, or the range is empty.

    Examples
    --------
    >>> content = {
    ...     "gain": {"family": "power", "ceiling": 1, "scale": 2, "exponent": 0.35},
    ...     "organization": [
    ...         {"name": n, "local_data": 900, "max_contribution": 4000, "value": 1000,
    ...          "unit_cost": 0.02} for n in ("North", "South")]}
    >>> found = break_even(content, "contribution:North", "competition.damage", 0.0, 1.0)
    >>> [(round(one.value, 6), one.above) for one in found.crossings]
    [(0.291157, 'North contributes nothing')]
    """
    if not (np.isfinite(low) and np.isfinite(high) and low < high):
        raise InvalidInputError(f"the range must be LOW:HIGH with LOW < HIGH, got {low:g}:{high:g}")
    whole("values", values, 3)
    scenario = parse_scenario(content, folder)
    if scenario.gain is None:
        raise InvalidInputError("break-evens need a [gain]: every value is another training")
    tops = [float(top or 0.0) for top in scenario.columns["max_contribution"]]
    asked = read_decision(target, scenario.organizations, tops)
    cells = _Cells(content, folder, parameter, factor, asked, progress)
    grid = np.linspace(low, high, values)
    known = dict(zip(grid.tolist(), cells.numbers(grid), strict=True))
    if all(value is None for value in known.values()):
        raise InvalidInputError(f"nothing is known in the whole range: {cells.reason(grid[0])}")
    finest = (high - low) / FINEST
    while (more := _suspects(known, asked.smooth, finest)).size:
        known |= zip(more.tolist(), cells.numbers(more), strict=True)
    points = sorted(known)
    brackets = [(a, b) for a, b in pairwise(points) if _differ(known[a], known[b])]
    crossings = tuple(_bisected(brackets, known, cells, asked))
    first = next(value for point in points if (value := known[point]) is not None)
    stated = 1.0 if factor else _stated(content, parameter)
    return BreakEven(
        target=target,
        parameter=parameter + "*" * factor,
        stated=stated,
        low=float(low),
        high=float(high),
        first=asked.states[first >= 0],
        crossings=crossings,
        unknown=tuple(_gaps(points, known, cells)),
        step=float(finest if len(known) > values else (high - low) / (values - 1)),
        words=scenario.words,
    )


def _differ(first: float | None, second: float | None) -> bool:
    """Whether a decision is another one at two values where it is known."""
    return first is not None and second is not None and (first < 0) != (second < 0)


@dataclass(frozen=True, slots=True)
class _Cells:
    """Solves the scenario with other values of the parameter."""

    content: Mapping[str, Any]
    folder: Path
    path: str
    factor: bool
    target: Decision
    progress: Progress

    def rows(self, values: Array, rule: str | None, option: str | None) -> list[CellRow]:
        """Return the solved cells."""
        content = dict(self.content)
        mechanism = dict(content.get("mechanism") or {})
        if rule is not None:
            mechanism = {"rule": rule} | {
                key: mechanism[key]
                for key in ("fees", "outside_option", "power", "rate", "alpha", "shares")
                if key in mechanism and (key in ("fees", "outside_option", "power")
                                         or key in _parameters(rule))
            }  # fmt: skip
        if option is not None:
            mechanism |= {"outside_option": option}
        content["mechanism"] = mechanism
        found: list[CellRow] = []
        table, _, key = self.path.rpartition(".")
        if rule is not None and table == "mechanism" and key not in _parameters(rule):
            same = Grid(content, [Axis("seed", (int(content.get("seed", 0)),))], self.folder)
            return solve_cells(same, [0]) * values.size  # the rule has no such number
        for start in range(0, values.size, TOGETHER):
            part = tuple(values[start : start + TOGETHER].tolist())
            grid = Grid(content, [Axis(self.path, part, self.factor)], self.folder)
            solved = {row.cell: row for row in solve_cells(grid, range(len(part)))}
            left = [cell for cell in range(len(part)) if cell not in solved]
            for k in range(0, len(left), FEW):
                solved |= {row.cell: row for row in solve_cells(grid, left[k : k + FEW])}
            found += [solved[cell] for cell in range(len(part))]
            self.progress("solving cells", start + len(part), None)
        return found

    def solved(self, values: Array) -> list[list[CellRow]]:
        """Return what the target looks at: one list of cells per value."""
        if self.target.rules:
            columns = [self.rows(values, rule, None) for rule in self.target.rules]
        elif self.target.option is None:
            columns = [self.rows(values, None, None)]
        else:  # fees stay those of the scenario's outside option
            own = self.rows(values, None, None)
            left = self.rows(values, None, self.target.option)
            columns = [own, [replace(a, outside=b.outside) for a, b in zip(own, left, strict=True)]]
        return [list(each) for each in zip(*columns, strict=True)]

    def numbers(self, values: Array) -> list[float | None]:
        """Return the target's number at each value; None where it is not known."""
        return [self.target.number(rows) for rows in self.solved(values)]

    def reason(self, value: float) -> str:
        """Say why nothing is known at a value."""
        rows = self.solved(np.array([value]))[0]
        return next((row.note for row in rows if row.note), "no certified answer")


def _parameters(rule: str) -> Sequence[str]:
    from coopetition.mechanisms import RULES

    return tuple(RULES[rule].parameters)


def _suspects(known: Mapping[float, float | None], smooth: bool, finest: float) -> Array:
    """Return middles of steps in which something may have been missed.

    Of numbers that pass through zero: both ends on one side, so close to zero that the bend seen
    around the step could reach it. Of states: steps next to a change.
    """
    points = np.array(sorted(known))
    numbers = np.array([np.nan if known[p] is None else known[p] for p in points.tolist()])
    steps = np.diff(points)
    wide = steps > 1.5 * finest
    sign = numbers >= 0
    same = (sign[1:] == sign[:-1]) & np.isfinite(numbers[1:]) & np.isfinite(numbers[:-1])
    if smooth:
        slope = np.diff(numbers) / steps
        bend = np.zeros_like(steps)
        turn = np.abs(np.diff(slope))
        bend[1:] = np.fmax(bend[1:], turn)
        bend[:-1] = np.fmax(bend[:-1], turn)
        near = np.minimum(np.abs(numbers[1:]), np.abs(numbers[:-1])) <= bend * steps
        asked = wide & same & near
    else:
        changed = np.concatenate([[False], ~same, [False]])
        asked = wide & same & (changed[:-2] | changed[2:]) & (steps > 16 * finest)
    return 0.5 * (points[:-1] + points[1:])[asked]


def _bisected(
    brackets: list[tuple[float, float]],
    known: Mapping[float, float | None],
    cells: _Cells,
    target: Decision,
) -> list[Crossing]:
    """Halve all brackets together, until floats end or nothing is known inside."""
    low = np.array([a for a, _ in brackets])
    high = np.array([b for _, b in brackets])
    rising = np.array([(known[b] or 0.0) >= 0 for _, b in brackets])
    open_ = np.arange(low.size)
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        inside = (middle > low) & (middle < high)
        wide = high - low > 1e-12 * np.maximum(np.abs(low), np.abs(high))
        open_ = open_[(inside & wide)[open_]]
        if not open_.size:
            break
        for k, number in zip(open_.tolist(), cells.numbers(middle[open_]), strict=True):
            if number is None:
                open_ = open_[open_ != k]
            elif (number >= 0) == rising[k]:
                high[k] = middle[k]
            else:
                low[k] = middle[k]
    return [
        Crossing(
            value=float(0.5 * (a + b)),
            low=float(a),
            high=float(b),
            below=target.states[not up],
            above=target.states[bool(up)],
        )
        for a, b, up in zip(low, high, rising, strict=True)
    ]


def _gaps(
    points: Sequence[float], known: Mapping[float, float | None], cells: _Cells
) -> list[tuple[float, float, str]]:
    """Return pieces of the range where nothing is known."""
    found: list[tuple[float, float, str]] = []
    start: float | None = None
    for k, point in enumerate(points):
        if known[point] is None and start is None:
            start = point
        if start is not None and (known[point] is not None or k == len(points) - 1):
            end = point if known[point] is None else points[k - 1]
            found.append((start, end, cells.reason(start)))
            start = None
    return found


def _stated(content: Mapping[str, Any], path: str) -> float | None:
    """Return the number that a scenario has at a path, if it has one."""
    value: Any = content
    for part in path.split("."):
        if isinstance(value, list):
            value = next((row for row in value if row.get("name") == part), None)
        value = value.get(part) if isinstance(value, Mapping) else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
