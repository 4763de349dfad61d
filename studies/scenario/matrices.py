"""Matrices of who loses what to whom by the organizations' names: CSV files and data frames.

Names stand in both directions, in any order: the first line says whose gain it is, the first
column of each line who loses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from coopetition.games.errors import InvalidInputError
from coopetition.games.text.names import look_alike, say_alike, tidy
from coopetition.games.text.reading import other_separator
from coopetition.games.text.words import did_you_mean, first_few, visible
from coopetition.studies.scenario.csv_tables import cell_number, read_lines
from coopetition.studies.scenario.frames import columns_of, index_of, is_frame
from coopetition.studies.scenario.strict_tables import wrong_number

SIGNED = {"competition.damage": False, "competition.rivalry": False, "mechanism.intensity": True}


@dataclass(frozen=True, slots=True)
class NamedMatrix:
    """A matrix as it was written: its names, and where these stand for sentences; blank is None."""

    whole: str
    head: str
    columns: list[str]
    rows: list[tuple[str, str, list[float | None]]]  # where, name, cells


def is_file(value: Any) -> bool:
    """Say whether a value is the name of a CSV file."""
    return isinstance(value, str) and value.lower().endswith(".csv")


def with_matrices(content: Mapping[str, Any], names: Sequence[str], folder: Path) -> dict[str, Any]:
    """Return a scenario's content with lists of numbers in place of files and data frames.

    Raises
    ------
    InvalidInputError
        As `read_matrix`.
    """
    read = dict(content)
    for path in SIGNED:
        table, _, key = path.partition(".")
        given: Any = read.get(table)
        stated = isinstance(given, Mapping)
        value = given.get(key) if stated else getattr(given, key, None)
        if is_file(value) or is_frame(value):
            matrix = {key: read_matrix(path, value, names, folder)}
            read[table] = {**given, **matrix} if stated else replace(given, **matrix)
    return read


def read_matrix(path: str, value: Any, names: Sequence[str], folder: Path) -> list[list[float]]:
    r"""Return the numbers of a CSV file or a data frame in the order of the organizations.

    Parameters
    ----------
    path
        The parameter, one of `SIGNED`.
    value
        The file's name, relative to the folder, or the data frame.

    Raises
    ------
    InvalidInputError
        Naming the file, line and column: a name that is unknown, missing or there twice, a cell
        that is no number, or off the diagonal blank or, but for intensities, negative; a number
        on the diagonal.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(folder, "d.csv").write_text("loses,South,North\nNorth,0.08,\nSouth,,0.05\n")
    ...     read_matrix("competition.damage", "d.csv", ["North", "South"], Path(folder))
    [[0.0, 0.08], [0.05, 0.0]]
    """
    given = _of_file(folder / value) if is_file(value) else _of_frame(value, path)
    place = {name: n for n, name in enumerate(names)}
    _check([(given.head, name) for name in given.columns], place, f"{given.head} has no column")
    _check([(where, name) for where, name, _ in given.rows], place, f"{given.whole} has no row")
    matrix = [[0.0] * len(place) for _ in place]
    for where, name, cells in given.rows:
        for rival, cell in zip(given.columns, cells, strict=True):
            if rule := _broken(cell, own=name == rival, signed=SIGNED[path]):
                got = "it is blank" if cell is None else f"got {cell:g}"
                raise InvalidInputError(f"{where} ({name}): `{rival}` must be {rule}, {got}")
            matrix[place[name]][place[rival]] = cell or 0.0
    return matrix


def _broken(cell: float | None, *, own: bool, signed: bool) -> str | None:
    """Return the rule that a cell breaks, on the diagonal or off it."""
    if own:
        return "blank or 0, as nobody is its own rival" if cell else None
    if cell is None:
        return "a number"
    return "at least 0" if cell < 0 and not signed else None


def _check(found: list[tuple[str, str]], known: Mapping[str, int], missing: str) -> None:
    """Refuse names that are unknown, there twice, or missing."""
    seen = set()
    for where, name in found:
        said = visible(name)[:40]
        if name not in known:
            twins = look_alike([*known, name])
            hint = f": {say_alike(*twins)}" if twins else did_you_mean(name, known)
            hint = hint or f": the organizations are {first_few([*known])}"
            raise InvalidInputError(f"{where} has the unknown organization {said!r}{hint}")
        if name in seen:
            raise InvalidInputError(f"{where} has {said!r} a second time")
        seen.add(name)
    if absent := [name for name in known if name not in seen]:
        raise InvalidInputError(f"{missing} for {first_few(absent)}")


def _of_file(file: Path) -> NamedMatrix:
    first, *lines = read_lines(file, "organizations")
    columns = [tidy(name) for name in first.cells[1:]]
    if not columns:
        said = other_separator(first.cells[0])
        raise InvalidInputError(
            f"{first.where} must have organizations after its first cell, got none{said}"
        )
    rows = []
    for line in lines:
        name, *cells = line.wide(len(first.cells))
        said = f"{line.where} ({visible(tidy(name)):.40})"
        pairs = zip(columns, cells, strict=True)
        numbers = [cell_number(c, f"{said}: `{k}`") if c.strip() else None for k, c in pairs]
        rows.append((line.where, tidy(name), numbers))
    return NamedMatrix(str(file), first.where, columns, rows)


def _of_frame(frame: Any, path: str) -> NamedMatrix:
    """Read a data frame: names are its index, if that holds texts, or its first column."""
    columns, names = columns_of(frame, path), index_of(frame)
    if names is None:
        first = columns.pop(next(iter(columns), ""), [])
        names = [tidy(name) for name in first if isinstance(name, str)]
        if not first or len(names) < len(first):
            raise InvalidInputError(
                f"{path} must have the organizations as its index, or in its first column"
            )
    rows = []
    for n, name in enumerate(names):
        where = f"{path}, row {n + 1}"
        said = f"{where} ({visible(name):.40})"
        cells = [_frame_number(column[n], f"{said}: `{k}`") for k, column in columns.items()]
        rows.append((where, name, cells))
    return NamedMatrix(path, path, list(columns), rows)


def _frame_number(value: Any, said: str) -> float | None:
    """Return the number in a cell; None if it is missing, as whatever library says that."""
    if value is None or type(value).__name__ == "NAType" or value != value:
        return None
    if rule := wrong_number(value):
        raise InvalidInputError(f"{said} must be {rule}, got {value!r:.60}")
    return float(value) + 0.0  # -0 is 0
