"""Where a scenario says distributions: their middles in its place, and what was said, by path."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from coopetition.games.coopetition.columns import COLUMNS
from coopetition.games.coopetition.gain import FAMILIES
from coopetition.games.errors import InvalidInputError
from coopetition.games.text.names import tidy
from coopetition.solvers.batch.row_table import KNOWN, MATRICES
from coopetition.studies.draws.distribution import Distribution, read_distribution
from coopetition.studies.scenario.strict_tables import check_range

Spread = dict[str, Distribution]  # by dotted path


def with_middles(tables: Mapping[str, Any], folder: Path) -> tuple[dict[str, Any], Spread]:
    """Return a scenario's tables with middles in place of distributions, and these.

    Paths are the scenario's; an entry of a matrix is `competition.damage.LOSES.GAINS`.

    Raises
    ------
    InvalidInputError
        If a distribution is malformed, reaches out of its number's range, or moves a number that
        must be known.

    Examples
    --------
    >>> tables = {"gain": {"ceiling": {"low": 1, "high": 3}}}
    >>> with_middles(tables, Path())[0]
    {'gain': {'ceiling': 2.0}}
    """
    found, spread = dict(tables), Spread()
    for path, keys, where in _places(tables):
        value = _at(found, keys)
        if not isinstance(value, Mapping):
            continue
        known = read_distribution(value, where, folder)
        if path.startswith("organization."):
            key = str(keys[-1])
            if key not in KNOWN:
                raise InvalidInputError(f"{where} must be a number: it takes no distribution")
            for end in known.ends:
                check_range(COLUMNS[key], end, where.rpartition(":")[0])
        spread[path] = known
        found = _with(found, keys, known.middle)
    return found, spread


def with_stated(content: dict[str, Any], spread: Mapping[str, Distribution]) -> dict[str, Any]:
    """Put what was said of distributions back into a scenario's content with middles."""
    for path, keys, _ in _places(content):
        if path in spread:
            content = _with(content, keys, spread[path].to_dict())
    return content


def _places(tables: Mapping[str, Any]) -> Iterator[tuple[str, list[Any], str]]:
    """Yield the path, the keys and the words of all numbers that may be distributions."""
    rows = tables.get("organization")
    rows = rows if isinstance(rows, list) else []
    names = [tidy(str(row.get("name"))) if isinstance(row, Mapping) else "" for row in rows]
    for k, (row, name) in enumerate(zip(rows, names, strict=True)):
        for key in row if isinstance(row, Mapping) else ():
            if key in COLUMNS:
                where = f"organization {k + 1} ({name:.40}): `{key}`"
                yield f"organization.{name}.{key}", ["organization", k, key], where
    curve = {key for family in FAMILIES.values() for key in family.parameters}
    numbers = [("gain", key) for key in sorted(curve)]
    numbers += [("personal_gain", "weight")]  # what is chosen, such as a rate, is no fact to draw
    numbers += [("competition", key) for key in MATRICES]
    for table, key in numbers:
        stated = tables.get(table)
        if not isinstance(stated, Mapping) or key not in stated:
            continue
        yield f"{table}.{key}", [table, key], f"[{table}]: `{key}`"
        if table == "competition" and isinstance(stated[key], list):
            yield from _entries(key, stated[key], names)


def _entries(
    key: str, matrix: list[Any], names: Sequence[str]
) -> Iterator[tuple[str, list[Any], str]]:
    """Yield the entries of a matrix off its diagonal."""
    for n, row in enumerate(matrix):
        for m in range(len(row) if isinstance(row, list) else 0):
            if n != m and n < len(names) and m < len(names):
                where = f"[competition]: `{key}` of {names[n]:.40} from {names[m]:.40}"
                yield (
                    f"competition.{key}.{names[n]}.{names[m]}", ["competition", key, n, m], where
                )  # fmt: skip


def _at(content: Any, keys: Sequence[Any]) -> Any:
    for key in keys:
        content = content[key]
    return content


def _with(content: Any, keys: Sequence[Any], value: Any) -> Any:
    """Return content with another value at a place; what is not on the way there is shared."""
    if not keys:
        return value
    changed = list(content) if isinstance(content, list) else dict(content)
    changed[keys[0]] = _with(changed[keys[0]], keys[1:], value)
    return changed
