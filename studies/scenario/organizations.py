"""The organizations of a scenario: tables [[organization]] in it, or a CSV file beside it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from coopetition.games.coopetition.columns import COLUMNS, Quantity
from coopetition.games.errors import InvalidInputError
from coopetition.studies.scenario.csv_tables import CsvTable, read_csv
from coopetition.studies.scenario.strict_tables import ScenarioTable, check_range


def organizations_of(
    rows: list[ScenarioTable], *, measured: bool, dealt: bool
) -> tuple[tuple[str, ...], dict[str, list[float | None]]]:
    """Read the organizations' names and columns from a table of each."""
    stated = {key for table in rows for key in table.content}
    absent = {"local_data"} - stated if dealt else set()
    names: list[str] = []
    columns: dict[str, list[float | None]] = {key: [] for key in COLUMNS if key not in absent}
    for table in rows:
        table.known |= COLUMNS.keys()
        names.append(table.name("name"))
        table.where += f" ({names[-1]})"
        for key, column in columns.items():
            column.append(_number(table, COLUMNS[key]))
        table.done()
    if measured and "quality" not in stated:
        del columns["quality"]  # one is fitted
    if dealt and "skew" in stated:
        raise InvalidInputError(
            "`skew` is measured where the reference oracle deals out the data: leave it out"
        )
    return tuple(names), columns


def _number(table: ScenarioTable, quantity: Quantity) -> float:
    """Read a number, which must be in its range; its default where it is left out and has one."""
    default = () if quantity.default is None else (quantity.default,)
    value = float(table.number(quantity.name, *default))
    check_range(quantity, value, table.where)
    return value


def rows_of(given: Mapping[str, Any], folder: Path) -> tuple[list[ScenarioTable], dict[str, str]]:
    """Return every organization's table, which says where it stands, from the file or a CSV file.

    With a note for each column that has blank cells.
    """
    found = [key for key in ("organization", "organizations") if given[key] is not None]
    if len(found) != 1:
        raise InvalidInputError(
            "the scenario needs either tables [[organization]] or `organizations` = the name of "
            f"a CSV file, found {'both' if found else 'neither'}"
        )
    if found == ["organizations"]:
        source = ScenarioTable.of(given, "the scenario").text("organizations")
        read = read_csv(folder / source, COLUMNS)
        tables = [ScenarioTable.of(row, f"{source}, line {k}") for k, row in read.rows]
        return tables, blank_notes(source, read)
    rows = given["organization"]
    if not isinstance(rows, list) or not rows:
        raise InvalidInputError(
            f"`organization` must be one or more tables [[organization]], got {rows!r:.60}"
        )
    return [ScenarioTable.of(row, f"organization {k}") for k, row in enumerate(rows, 1)], {}


def blank_notes(source: str, read: CsvTable) -> dict[str, str]:
    """Say, for each column with blank cells, what these are taken for."""
    notes = {}
    for key, lines in read.blanks.items():
        few = ", ".join(map(str, lines[:5])) + (", …" if len(lines) > 5 else "")
        default = COLUMNS[key].default if key in COLUMNS else None
        taken = "" if default is None else f": taken as {default:g}, the default"
        plural = "s" if len(lines) > 1 else ""
        notes[key] = f"{source}: `{key}` is blank in line{plural} {few}{taken}"
    return notes
