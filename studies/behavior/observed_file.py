"""Contributions observed in past rounds, from a CSV file."""

from pathlib import Path

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.coopetition.columns import COLUMNS, LARGEST, Quantity
from coopetition.games.errors import InvalidInputError
from coopetition.games.text.names import tidy
from coopetition.games.text.words import did_you_mean, first_few, visible
from coopetition.studies.scenario.csv_tables import cell_number, check_columns, read_lines
from coopetition.studies.scenario.strict_tables import check_range

ROUND, CONTRIBUTION = "round", "contribution"


def read_observed(
    file: Path, organizations: tuple[str, ...]
) -> tuple[Array, list[dict[str, dict[str, float]]]]:
    r"""Return contributions, shape (T, N), and what each round says of organizations besides.

    The columns are round, name, contribution, and numbers of organizations that a round had
    instead of those of the scenario.

    Raises
    ------
    InvalidInputError
        Naming the line and column: unknown columns or organizations, one that is missing in a
        round or there twice, a cell that is no number or out of its range.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "past.csv")
    ...     _ = file.write_text("round,name,contribution,unit_cost\n1,North,30,0.1\n1,South,0,\n")
    ...     read_observed(file, ("North", "South"))
    (array([[30.,  0.]]), [{'unit_cost': {'North': 0.1}}])
    """
    first, *lines = read_lines(file, "column names")
    header = [tidy(cell) for cell in first.cells]
    if absent := [key for key in (ROUND, "name", CONTRIBUTION) if key not in header]:
        raise InvalidInputError(f"{first.where} needs the column `{absent[0]}`")
    check_columns(first.where, header, (ROUND, CONTRIBUTION, *COLUMNS))
    rounds: dict[str, dict[str, float]] = {}
    others: dict[str, dict[str, dict[str, float]]] = {}
    amount = Quantity(CONTRIBUTION, "contribution", "x", "samples", None, "", most=LARGEST)
    for line in lines:
        cells = dict(zip(header, line.wide(len(header)), strict=True))
        name, label = tidy(cells.pop("name")), tidy(cells.pop(ROUND))
        where = f"{line.where} ({visible(name):.40})"
        if name not in organizations:
            hint = did_you_mean(name, organizations) or f": they are {first_few(organizations)}"
            raise InvalidInputError(f"{line.where} has the unknown organization {name!r:.60}{hint}")
        seen = rounds.setdefault(label, {})
        if name in seen:
            raise InvalidInputError(f"{where} has round {visible(label)[:20]!r} a second time")
        for key, text in cells.items():
            if not text.strip() and key != CONTRIBUTION:
                continue
            value = cell_number(text, f"{where}: `{key}`")
            check_range(amount if key == CONTRIBUTION else COLUMNS[key], value, where)
            if key == CONTRIBUTION:
                seen[name] = value
            else:
                others.setdefault(label, {}).setdefault(key, {})[name] = value
    for label, seen in rounds.items():
        if missing := [name for name in organizations if name not in seen]:
            raise InvalidInputError(
                f"{file}: round {visible(label)[:20]!r} says nothing of {first_few(missing)}"
            )
    table = [[seen[name] for name in organizations] for seen in rounds.values()]
    return np.array(table), [others.get(label, {}) for label in rounds]
