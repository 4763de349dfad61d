"""The store of sweeps: every computed cell in one append-only SQLite file.

A cell is kept under a digest of all that its row follows from, so that one file may serve several
sweeps, and a changed scenario finds only rows of its own. Rows that arrive are appended, also a
second time; the first one counts.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from coopetition.games.errors import InvalidInputError
from coopetition.games.text.words import told
from coopetition.oracles.ledger.appendonly import FileKind, open_file, row_errors, sqlite_errors
from coopetition.oracles.ledger.rows import check_time
from coopetition.oracles.protocol.oracle import Closing
from coopetition.oracles.remote.json_fields import (
    Reader,
    finite,
    integer,
    listed,
    maybe,
    one_of,
    parsed,
    plain,
    read_fields,
    reason,
)
from coopetition.studies.sweep.cell import LISTS, NUMBERS, STATUSES, CellRow

STORE = FileKind(
    name="store",
    application=0x436F5377,  # "CoSw"
    table="result",
    tables="""
CREATE TABLE IF NOT EXISTS result (
    number INTEGER PRIMARY KEY, key TEXT NOT NULL, body TEXT NOT NULL,
    at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')));
CREATE INDEX IF NOT EXISTS result_key ON result (key);
""",
    error=InvalidInputError,
)


class Store(Closing):
    """Computed cells that outlive the process.

    Parameters
    ----------
    path
        The SQLite file; made where there is none.

    Raises
    ------
    InvalidInputError
        If the file is damaged or is no store. It is never changed then.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = open_file(STORE, path, create=True)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def rows(self, keys: Iterable[str], size: int | None = None) -> dict[str, CellRow]:
        """Return what is stored under some keys, of so many organizations if `size` says it.

        Raises
        ------
        InvalidInputError
            Naming the row, if one is damaged.
        """
        wanted, found = set(keys), dict[str, CellRow]()
        with sqlite_errors(STORE, self.path):
            stored = self._file.execute("SELECT number, key, at, body FROM result ORDER BY number")
            for number, key, at, body in stored:
                if key in wanted and key not in found:
                    with row_errors(STORE, self.path, "result", number):
                        check_time(at)
                        found[key] = _row(body, size)
        return found

    def append(self, rows: Sequence[tuple[str, CellRow]]) -> None:
        """Write computed rows down, in one transaction."""
        texts = [(key, json.dumps(row.to_dict(), allow_nan=False)) for key, row in rows]
        with sqlite_errors(STORE, self.path), self._file:
            self._file.executemany("INSERT INTO result (key, body) VALUES (?, ?)", texts)

    def counts(self) -> Counter[str]:
        """Return how often each cell was computed and stored."""
        with sqlite_errors(STORE, self.path):
            return Counter(
                dict(self._file.execute("SELECT key, count(*) FROM result GROUP BY key"))
            )


def _value(name: str, value: Any) -> Any:
    """Return a value of a varied field: a number, true, false or a word."""
    if isinstance(value, (bool, int)):
        return value
    return plain(name, value) if isinstance(value, str) else finite(name, value)


_READERS: dict[str, Reader] = {
    "cell": integer,
    "values": listed(_value),
    "seed": maybe(integer),
    "status": one_of(STATUSES),
    "note": reason,
    **dict.fromkeys(LISTS, maybe(listed(finite))),
    **dict.fromkeys(NUMBERS, maybe(finite)),
}


def _row(body: Any, size: int | None) -> CellRow:
    """Return what a row says, refusing what no sweep writes."""
    if not isinstance(body, str):
        raise InvalidInputError(f"`body` must be a JSON text, got {told(body)}")
    row = CellRow(**read_fields(_READERS, parsed(body)))
    found = [getattr(row, name) for name in LISTS if getattr(row, name) is not None]
    if found and {len(values) for values in found} != {size or len(found[0])}:
        raise InvalidInputError(f"{', '.join(LISTS)} must have an entry for each organization")
    missing = [name for name in (*LISTS, "welfare", "deficit") if getattr(row, name) is None]
    if (row.status == "converged") != (not missing):
        raise InvalidInputError(
            f"`status` is {row.status}, but `{missing[0]}` is missing"
            if missing
            else f"`status` is {row.status}, but there are payoffs"
        )
    return row
