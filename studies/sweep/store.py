"""The store of sweeps: every computed cell in one append-only SQLite file.

A cell is kept under a digest of all that its row follows from, so that one file may serve several
sweeps, and a changed scenario finds no rows that are not its own. Rows that arrive are appended,
also a second time; the first one counts.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

from coopetition.games.errors import InvalidInputError
from coopetition.oracles.appendonly import Kind, open_file, sqlite_errors
from coopetition.studies.sweep.cell import CellRow

STORE = Kind(
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


class Store:
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

    def __enter__(self) -> Self:
        """Return the store itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._file.close()

    def rows(self, keys: Iterable[str]) -> dict[str, CellRow]:
        """Return what is stored under some keys."""
        wanted, found = set(keys), dict[str, CellRow]()
        with sqlite_errors(STORE, self.path):
            stored = self._file.execute("SELECT key, body FROM result ORDER BY number")
            for key, body in stored:
                if key in wanted and key not in found:
                    found[key] = self._row(body)
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

    def _row(self, body: str) -> CellRow:
        try:
            return CellRow.of(json.loads(body))
        except (ValueError, TypeError, AttributeError) as error:
            raise InvalidInputError(
                f"the store {self.path} cannot be used: a row of it cannot be read ({error})"
            ) from None
