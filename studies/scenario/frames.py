"""Organizations from a data frame, or a mapping of columns: what other programs hand over.

A data frame is whatever has `columns` and gives one by its label, such as those of pandas and
Polars; nothing of them is imported.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from coopetition.games.coopetition.columns import COLUMNS
from coopetition.games.errors import InvalidInputError
from coopetition.games.text.names import tidy
from coopetition.games.text.words import told
from coopetition.studies.scenario.csv_tables import check_columns

NAMES = ("name", "organization")  # the column of names: ours, and that of tables of results


def is_frame(value: Any) -> bool:
    """Say whether a value is a data frame."""
    return hasattr(value, "columns") and hasattr(value, "__getitem__")


def plain(value: Any) -> Any:
    """Return numbers, lists and tables of them as a scenario file would give them.

    Data frames and all else stay what they are, to be read or refused where they stand.

    Examples
    --------
    >>> plain({"rate": np.float64(0.5), "shares": np.array([1, 2]), "power": (1, 2)})
    {'rate': 0.5, 'shares': [1, 2], 'power': [1, 2]}
    """
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


def columns_of(frame: Any, where: str) -> dict[str, list[Any]]:
    """Return the columns of a data frame, or of a mapping of columns, by their labels.

    Raises
    ------
    InvalidInputError
        If a label is there twice, or a column is no list.
    """
    labels = [*(frame.columns if is_frame(frame) else frame)]
    names = [tidy(str(label)) for label in labels]
    for name in names:
        if names.count(name) > 1:
            raise InvalidInputError(f"{where} has two columns `{name:.40}`")
    columns = {}
    for name, label in zip(names, labels, strict=True):
        column = frame[label]
        if isinstance(column, str) or not isinstance(column, Iterable):
            raise InvalidInputError(f"{where}: `{name}` must be a column, got {column!r:.60}")
        columns[name] = [plain(value) for value in column]
    return columns


def index_of(frame: Any) -> list[str] | None:
    """Return the index of a data frame if it holds texts; None if it does not, or has none."""
    index = frame.index if is_frame(frame) and hasattr(frame, "index") else ()
    texts = [tidy(label) for label in index if isinstance(label, str)]
    return texts if texts and len(texts) == len(index) else None


def organizations_from(frame: Any) -> list[dict[str, Any]]:
    """Return a table `[[organization]]` for each row of a data frame or mapping of columns.

    Raises
    ------
    InvalidInputError
        If there are no names, or no rows, or a column is unknown or too short.

    Examples
    --------
    >>> organizations_from({"organization": ["A", "B"], "value": np.array([1, 2])})
    [{'name': 'A', 'value': 1}, {'name': 'B', 'value': 2}]
    """
    where = "the data frame"
    if not (is_frame(frame) or isinstance(frame, Mapping)):
        raise InvalidInputError(
            f"organizations must be a data frame or a mapping of columns, got {told(frame)}"
        )
    columns = columns_of(frame, where)
    key = next((key for key in NAMES if key in columns), None)
    names = columns.pop(key) if key else index_of(frame)
    check_columns(where, list(columns), COLUMNS)
    if names is None:
        raise InvalidInputError(f"{where} needs the column `name`, or the names as its index")
    if not names:
        raise InvalidInputError(f"{where} must have at least one row")
    for label, column in columns.items():
        if len(column) != len(names):
            said = f"must have {len(names)} values, one for each name, got {len(column)}"
            raise InvalidInputError(f"{where}: the column `{label}` {said}")
    return [
        {"name": name, **{label: column[n] for label, column in columns.items()}}
        for n, name in enumerate(names)
    ]
