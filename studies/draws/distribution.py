"""A number that is not known exactly: a range, a mean with a deviation, or draws in a file."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError
from coopetition.games.text.names import tidy
from coopetition.games.text.words import first_few
from coopetition.studies.scenario.csv_tables import cell_number, read_lines
from coopetition.studies.scenario.strict_tables import ScenarioTable

FORMS = "{ low, high }, { mean, sd } or { draws, column }"


@dataclass(frozen=True, slots=True)
class Distribution:
    """What is known of a number, and with which others it moves.

    Attributes
    ----------
    stated
        As the scenario says it: `low` and `high` (uniform), `mean` and `sd` (lognormal), or
        `draws` and `column`, the name of a CSV file and of its column.
    values
        What stands in the column; nothing otherwise.

    Examples
    --------
    >>> known = Distribution({"low": 900.0, "high": 1100.0})
    >>> known.middle, known.at(np.array([0.0, 0.25])).tolist()
    (1000.0, [900.0, 950.0])
    """

    stated: Mapping[str, Any]
    values: tuple[float, ...] = ()

    @property
    def group(self) -> str | None:
        """What numbers that move together share: the group that is stated, or their file."""
        stated = self.stated.get("group", self.stated.get("draws"))
        return None if stated is None else str(stated)

    @property
    def middle(self) -> float:
        """The middle of a range, or the mean."""
        if self.values:
            return float(np.mean(self.values))
        if "mean" in self.stated:
            return float(self.stated["mean"])
        return float(0.5 * self.stated["low"] + 0.5 * self.stated["high"])

    @property
    def ends(self) -> tuple[float, float]:
        """Between which numbers it lies; of a mean with a deviation, the mean twice."""
        if self.values:
            return min(self.values), max(self.values)
        return self.stated.get("low", self.middle), self.stated.get("high", self.middle)

    def at(self, uniform: Array) -> Array:
        """Return its quantiles at numbers in [0, 1); of draws, those that stand there."""
        if self.values:
            rows = np.floor(uniform * len(self.values)).astype(int)
            return np.array(self.values)[np.clip(rows, 0, len(self.values) - 1)]
        if "mean" in self.stated:
            from scipy.special import ndtri

            spread = math.sqrt(math.log1p((self.stated["sd"] / self.middle) ** 2))
            return np.asarray(self.middle * np.exp(spread * ndtri(uniform) - spread**2 / 2))
        low, high = self.ends
        return np.asarray(low + (high - low) * uniform)

    def to_dict(self) -> dict[str, Any]:
        """Return what was stated."""
        return dict(self.stated)


def read_distribution(content: Mapping[str, Any], where: str, folder: Path) -> Distribution:
    """Read a distribution; the names of files are relative to the folder.

    Raises
    ------
    InvalidInputError
        In one sentence: what is missing, unknown, out of order, or no number in the file.

    Examples
    --------
    >>> read_distribution({"mean": 10, "sd": 2, "group": "costs"}, "`value`", Path()).middle
    10.0
    >>> read_distribution({"low": 3, "high": 2}, "North: `value`", Path())
    Traceback (most recent call last):
      ...
    coopetition.games.errors.InvalidInputError: North: `value` must have `low` below `high`, got \
3 and 2
    """
    forms = (("low", "high"), ("mean", "sd"), ("draws", "column"))
    used = [form for form in forms if any(key in content for key in form)]
    if len(used) != 1:
        said = ", ".join(map(str, content)) or "nothing"
        raise InvalidInputError(f"{where} must be a number, {FORMS}, got {said:.60}")
    table = ScenarioTable.of(content, where)
    read = table.text if used[0][0] == "draws" else table.number
    stated = {key: read(key) for key in used[0]}
    if "group" in content:
        stated["group"] = table.text("group")
    table.done()
    if "low" in stated and not stated["low"] < stated["high"]:
        said = f"{stated['low']:g} and {stated['high']:g}"
        raise InvalidInputError(f"{where} must have `low` below `high`, got {said}")
    for key in ("mean", "sd"):
        if stated.get(key, 1.0) <= 0:
            hint = ": give `low` and `high` of a number that may be negative" * (key == "mean")
            raise InvalidInputError(
                f"{where} must have a `{key}` that is positive, got {stated[key]:g}{hint}"
            )
    if "draws" not in stated:
        return Distribution(stated)
    return Distribution(stated, _column(folder / stated["draws"], stated["column"], where))


def _column(file: Path, name: str, where: str) -> tuple[float, ...]:
    """Return the numbers of a column of a CSV file."""
    first, *lines = read_lines(file, "column names")
    header = [tidy(cell) for cell in first.cells]
    if tidy(name) not in header:
        raise InvalidInputError(
            f"{where}: {first.where} has no column `{name:.40}`, it has {first_few(header)}"
        )
    place = header.index(tidy(name))
    if len(lines) < 2:
        raise InvalidInputError(f"{where}: {file} must hold at least two draws, got {len(lines)}")
    return tuple(
        cell_number(line.wide(len(header))[place], f"{line.where}: `{name}`") for line in lines
    )
