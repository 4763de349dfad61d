"""Surveys of second choices, and diversion ratios, by the firms' names in CSV files.

The first column of each line says whose customers were asked, the first line whom they named; a
last answer `none` makes them counts.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError
from coopetition.games.text.names import tidy
from coopetition.games.text.reading import other_separator
from coopetition.games.text.words import did_you_mean, first_few, visible
from coopetition.studies.market.diversion import ROUNDING
from coopetition.studies.scenario.csv_tables import cell_number, read_lines

NONE = "none"
PERCENT = 2.0  # a sum of shares above which one asks whether they are percent


def read_survey(file: Path, firms: Sequence[str], *, counts: bool) -> Array:
    r"""Return the numbers in the order of the firms, shape (N, N + 1) of counts, else (N, N).

    Parameters
    ----------
    counts
        Whether answers were counted: then there is a column `none`. Shares have none.

    Raises
    ------
    InvalidInputError
        Naming the file, line and column: a name that is unknown, missing or there twice, a cell
        that is no number of at least 0, shares that sum to more than 1, no column `none` where
        answers were counted.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "survey.csv")
    ...     _ = file.write_text("customers of,South,North,none\nNorth,30,,70\nSouth,,50,50\n")
    ...     read_survey(file, ["North", "South"], counts=True).tolist()
    [[0.0, 30.0, 70.0], [50.0, 0.0, 50.0]]
    """
    first, *lines = read_lines(file, "firms")
    heads = [tidy(cell) for cell in first.cells[1:]]
    if not heads:
        hint = other_separator(first.cells[0])
        raise InvalidInputError(f"{first.where} must have firms after its first cell{hint}")
    known = {name: n for n, name in enumerate(firms)}
    places = known | ({NONE: len(firms)} if counts else {})
    _check(f"{first.where}", heads, places, first.where)
    if absent := [name for name in places if name not in heads]:
        what = ": of whom was no second choice counted?" if absent == [NONE] else ""
        raise InvalidInputError(f"{first.where} has no column for {first_few(absent)}{what}")
    rows = [(line, tidy(line.wide(len(first.cells))[0])) for line in lines]
    for k, (line, name) in enumerate(rows):
        _check(line.where, [name], known, f"{file}")
        if name in (other for _, other in rows[:k]):
            raise InvalidInputError(f"{line.where} has {visible(name)[:40]!r} a second time")
    if absent := [name for name in known if name not in [name for _, name in rows]]:
        raise InvalidInputError(f"{file} has no row for {first_few(absent)}")
    table = np.zeros((len(known), len(places)))
    for line, name in rows:
        for head, cell in zip(heads, line.cells[1:], strict=True):
            said = f"{line.where} ({visible(name):.40}): `{visible(head):.40}`"
            value = cell_number(cell, said) if cell.strip() else 0.0
            if value < 0:
                raise InvalidInputError(f"{said} must be at least 0, got {value:g}")
            if value and head == name:
                raise InvalidInputError(
                    f"{said} must be blank or 0, got {value:g}: ask whom its customers would "
                    "choose without it"
                )
            table[known[name], places[head]] = value
        total = table[known[name]].sum()
        if not counts and total > 1 + ROUNDING:
            hint = ": are they percent? 0.35 is 35 %" if total > PERCENT else ""
            raise InvalidInputError(
                f"{line.where} ({visible(name):.40}) must sum to at most 1, got {total:.6g}{hint}"
            )
    return table


def _check(where: str, names: Sequence[str], known: dict[str, int], whole: str) -> None:
    for k, name in enumerate(names):
        if name not in known:
            hint = did_you_mean(name, known) or f": the firms are {first_few([*known])}"
            raise InvalidInputError(f"{where} has the unknown firm {visible(name)[:40]!r}{hint}")
        if name in names[:k]:
            raise InvalidInputError(f"{whole} has {visible(name)[:40]!r} a second time")
