"""CSV files that people write, read strictly: every error names the file, the line, the column."""

import csv
import difflib
import io
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coopetition.games.coopetition.columns import Quantity
from coopetition.games.errors import InvalidInputError
from coopetition.games.text.names import look_alike, say_alike, tidy
from coopetition.games.text.reading import other_separator, read_text
from coopetition.games.text.words import visible
from coopetition.studies.scenario.strict_tables import check_range, wrong_number


@dataclass(frozen=True, slots=True)
class CsvTable:
    """What stands in a CSV file: each row with its line, and the lines in which a cell is blank."""

    rows: list[tuple[int, dict[str, Any]]]
    blanks: dict[str, list[int]]


def read_csv(file: Path, columns: Mapping[str, Quantity]) -> CsvTable:
    """Read a CSV file with a column `name`, else numbers; blank cells are left out of the rows.

    Parameters
    ----------
    columns
        All that there may be, besides `name`, each with its range.

    Raises
    ------
    InvalidInputError
        Naming the file, and the line and column where there is one.
    """
    first, *lines = read_lines(file, "column names")
    header, where = [tidy(key) for key in first.cells], first.where
    if "name" not in header:
        said = f"{', '.join(header)!r:.80}{other_separator(','.join(first.cells))}"
        raise InvalidInputError(f"{where} needs the column `name`, it has {said}")
    check_columns(where, header, columns)
    rows = [(line.number, _row(line, header, columns)) for line in lines]
    names = [tidy(row["name"]) for _, row in rows]
    if twins := look_alike([name for name in names if name]):
        one, other, *_ = (
            line for (line, _), name in zip(rows, names, strict=True) if name in twins
        )
        said = f"must have distinct names, got {say_alike(*twins)}"
        raise InvalidInputError(f"{file}, lines {one} and {other} {said}")
    blanks = {key: [line for line, row in rows if key not in row] for key in header}
    return CsvTable(rows, {key: found for key, found in blanks.items() if found})


@dataclass(frozen=True, slots=True)
class CsvLine:
    """A line of a CSV file: where it stands, and its cells."""

    file: Path
    number: int
    cells: list[str]

    @property
    def where(self) -> str:
        """What a sentence calls it."""
        return f"{self.file}, line {self.number}"

    def wide(self, size: int) -> list[str]:
        """Return the cells, which must be as many.

        Raises
        ------
        InvalidInputError
            If they are not.
        """
        if (found := len(self.cells)) != size:
            hint = ": decimals have a point" if found > size else ""
            raise InvalidInputError(
                f"{self.where} must have {size} cells as the first line, got {found}{hint}"
            )
        return self.cells


def read_lines(file: Path, first: str) -> list[CsvLine]:
    """Return the lines of a CSV file in which something stands.

    Parameters
    ----------
    first
        What the first line should hold.

    Raises
    ------
    InvalidInputError
        If it is no CSV file, or has fewer than two lines.
    """
    reader = csv.reader(io.StringIO(read_text(file), newline=""), strict=True)
    try:
        lines = [CsvLine(file, reader.line_num, c) for c in reader if any(map(str.strip, c))]
    except csv.Error as error:
        said = f"line {reader.line_num}: {error}"
        raise InvalidInputError(f"{file} is not a CSV file: {said}") from None
    if len(lines) < 2:
        raise InvalidInputError(f"{file} must have a line of {first} and at least one more")
    return lines


def check_columns(where: str, header: Sequence[str], columns: Collection[str]) -> None:
    """Refuse columns, besides `name`, that are unknown or there twice, with the nearest.

    Raises
    ------
    InvalidInputError
        Naming the column.
    """
    for key in header:
        if header.count(key) > 1:
            raise InvalidInputError(f"{where} has two columns `{visible(key):.40}`")
        if key != "name" and key not in columns:
            close = difflib.get_close_matches(key, columns, 1)
            hint = f"did you mean `{close[0]}`?" if close else f"known: name, {', '.join(columns)}"
            raise InvalidInputError(f"{where} has the unknown column `{visible(key):.40}`: {hint}")


def cell_number(text: str, said: str) -> float:
    """Return the number in a cell; `said` is what a sentence calls the cell.

    Raises
    ------
    InvalidInputError
        If it is none, not finite or 0 with a minus.

    Examples
    --------
    >>> cell_number("0,5", "a.csv, line 2 (North): `value`")
    Traceback (most recent call last):
      ...
    coopetition.games.errors.InvalidInputError: a.csv, line 2 (North): `value` must be a number, \
got '0,5': decimals have a point
    """
    try:
        value = float(text.replace("_", "?"))  # 1_000 is a number to Python only
    except ValueError:
        hint = ": decimals have a point" if "," in text else ""
        raise InvalidInputError(f"{said} must be a number, got {text!r:.60}{hint}") from None
    rule = wrong_number(value)
    if value == 0 and math.copysign(1.0, value) < 0:  # what was rounded was negative
        rule = "0 without a minus"
    if rule:
        raise InvalidInputError(f"{said} must be {rule}, got {value!r}")
    return value


def _row(line: CsvLine, header: list[str], columns: Mapping[str, Quantity]) -> dict[str, Any]:
    cells = dict(zip(header, line.wide(len(header)), strict=True))
    where = f"{line.where} ({visible(tidy(cells['name'])):.40})"
    row: dict[str, Any] = {"name": cells.pop("name")}
    for key, text in cells.items():
        if text.strip():
            row[key] = cell_number(text, f"{where}: `{key}`")
            check_range(columns[key], row[key], where)
    return row
