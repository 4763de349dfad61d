"""The fields of a scenario's content: how one is replaced or scaled."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from coopetition.games.errors import InvalidInputError
from coopetition.games.text.names import tidy
from coopetition.studies.draws.distribution import read_distribution
from coopetition.studies.scenario.mechanism_table import OF_A_RULE
from coopetition.studies.scenario.parameters import pair_of
from coopetition.studies.sweep.values import Axis, Value

RULE = "mechanism.rule"


def check_loss(content: Mapping[str, Any], axis: Axis) -> None:
    """Refuse a number in place of a list or a matrix that says more than one number.

    Of a matrix the diagonal says nothing. Words may replace anything: they are no such slip.
    """
    first, _, rest = axis.path.partition(".")
    if axis.factor and not rest:
        raise InvalidInputError(f"cannot scale {axis.path}: give its values, {axis.path}=1,2,3")
    numbers = any(isinstance(v, int | float) and not isinstance(v, bool) for v in axis.values)
    if axis.factor or first == "organization" or not rest or not numbers:
        return
    stands: Any = content
    for key in axis.path.split("."):
        stands = stands.get(key) if isinstance(stands, Mapping) else None
    if not isinstance(stands, list):
        return
    said = {str(entry) for entry in _entries(stands)}
    if len(said) > 1:
        raise InvalidInputError(
            f"cannot vary {axis.path} by single numbers: the scenario has a "
            f"{'matrix' if isinstance(stands[0], list) else 'list'} of different ones there, which "
            f"would be lost; factors scale it: {axis.path}*=0:2:21"
        )


def _entries(stands: list[Any]) -> Iterator[float]:
    """Yield the numbers of a list, or those off the diagonal of a list of lists."""
    for n, row in enumerate(stands):
        if not isinstance(row, list):
            yield float(row) if isinstance(row, int | float) else row
        else:
            yield from _entries([entry for m, entry in enumerate(row) if m != n])


def put(content: dict[str, Any], path: str, value: Value | list[list[float]]) -> None:
    """Replace a field; one that is not there is added, and refused with the scenario if unknown."""
    for table, key in _places(content, path):
        if path == RULE and value != table.get("rule"):
            for other in OF_A_RULE:  # they meant something to another rule
                table.pop(other, None)
        table[key] = value


def scale(content: dict[str, Any], path: str, factor: float) -> None:
    """Multiply a field: a number, or every number of a list or a matrix.

    Raises
    ------
    InvalidInputError
        If there is nothing to multiply.
    """
    for table, key in _places(content, path):
        who = f" of {table.get('name')}" if path.startswith("organization.") else ""
        if isinstance(table, dict) and key not in table:
            raise InvalidInputError(
                f"cannot scale {path}: the scenario leaves `{key}`{who} out; write the number there"
            )
        table[key] = _scaled(table[key], factor, f"{path}{who}")


def _scaled(stands: Any, factor: float, path: str) -> Any:
    if isinstance(stands, Mapping) and "draws" not in stands:  # a distribution: its middle
        stands = read_distribution(stands, path, Path()).middle
    if isinstance(stands, list):
        return [_scaled(entry, factor, path) for entry in stands]
    if isinstance(stands, bool) or not isinstance(stands, int | float):
        raise InvalidInputError(f"cannot scale {path}: {stands!r:.60} is not a number")
    try:
        value = stands * factor
    except OverflowError:
        raise InvalidInputError(f"cannot scale {path}: {factor:g} times it is too large") from None
    whole = isinstance(stands, int) and isinstance(value, float) and value.is_integer()
    return int(value) if whole else value


def _places(content: dict[str, Any], path: str) -> Iterator[tuple[Any, Any]]:
    """Yield the tables, and the key in each, that a path names; of a matrix the row, and where."""
    first, _, rest = path.partition(".")
    if first == "organization":
        name, _, key = rest.rpartition(".")
        rows = content.get("organization")
        for row in rows if isinstance(rows, list) else ():  # others are refused with the scenario
            if isinstance(row, dict) and name in ("*", tidy(str(row.get("name")))):
                yield row, key
        return
    if first == "competition" and (found := _matrix(content, rest)):
        matrix, (n, m) = found
        yield matrix[n], m
        return
    table, keys = content, path.split(".")
    for key in keys[:-1]:
        inner = table.setdefault(key, {})
        if not isinstance(inner, dict):
            raise InvalidInputError(f"cannot vary {path}: `{key}` is not a table")
        table = inner
    yield table, keys[-1]


def _matrix(content: dict[str, Any], rest: str) -> tuple[list[Any], tuple[int, int]] | None:
    """Return a matrix of [competition] and one of its entries, by names; None if it is none.

    One number for every pair becomes a matrix.
    """
    rows = content.get("organization")
    rows = rows if isinstance(rows, list) else ()  # others are refused with the scenario
    names = [tidy(str(row.get("name"))) for row in rows if isinstance(row, dict)]
    key, _, pair = rest.partition(".")
    if (found := pair_of(pair, names)) is None:
        return None
    table = content.setdefault("competition", {})
    stands = table.get(key, 0.0)
    if not isinstance(stands, list):
        size = range(len(names))
        table[key] = [[stands if n != m else 0.0 for m in size] for n in size]
    return table[key], found
