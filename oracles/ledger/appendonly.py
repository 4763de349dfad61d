"""Append-only SQLite files: opened durably, or refused untouched if missing, damaged or foreign."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coopetition.games.errors import CoopetitionError
from coopetition.games.text.words import one_line, told

_VERSION = 1  # of the tables
_WAIT = 60.0  # seconds for another process to finish its transaction


@dataclass(frozen=True, slots=True)
class FileKind:
    """One kind of file: what people call it, its mark, its tables, and its error.

    `application` is SQLite's application_id, which tells our files from other programs'. Rows of
    `table`, which `tables` make, can be neither changed nor deleted.
    """

    name: str
    application: int
    table: str
    tables: str
    error: type[CoopetitionError]

    @property
    def script(self) -> str:
        """The statements that make what is missing of the tables."""
        return self.tables + "".join(
            f"CREATE TRIGGER IF NOT EXISTS no_{verb.lower()} BEFORE {verb} ON {self.table} "
            f"BEGIN SELECT RAISE(ABORT, 'the {self.name} is append-only'); END;\n"
            for verb in ("UPDATE", "DELETE")
        )


@contextmanager
def sqlite_errors(kind: FileKind, path: Path) -> Iterator[None]:
    """Turn the errors of SQLite and the system into the kind's, with the file's name."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise kind.error(f"the {kind.name} {path} cannot be used: {one_line(error)}") from error


@contextmanager
def row_errors(kind: FileKind, path: Path, table: str, number: Any) -> Iterator[None]:
    """Turn whatever is wrong with a row into the kind's error, with file, table and row."""
    try:
        yield
    except (ValueError, RecursionError) as error:
        raise kind.error(
            f"the {kind.name} {path} is damaged: row {told(number)} of the table {table}: {error}"
        ) from None


def open_file(kind: FileKind, path: Path, *, create: bool) -> sqlite3.Connection:
    """Open a file, refusing what is missing, damaged or foreign without touching it.

    With `create` it is made where there is none, and may be written; what a transaction wrote
    outlives the process and a loss of power.
    """
    with sqlite_errors(kind, path):
        if not path.is_file() and (path.exists() or not create):  # a folder, a device, a pipe
            raise kind.error(f"there is no {kind.name} at {path}")
        if path.exists() and path.stat().st_size > 0:
            _refuse_foreign(kind, path)
        path.parent.mkdir(parents=True, exist_ok=True)
        file = sqlite3.connect(path, timeout=_WAIT)
        file.text_factory = _text
        try:
            if file.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise sqlite3.DatabaseError("it is damaged; restore it from a copy")
            if not create:
                return file
            if file.execute("PRAGMA application_id").fetchone()[0] != kind.application:
                # Before the write-ahead log, so that the marks are in the file itself.
                file.executescript(
                    f"BEGIN; PRAGMA application_id = {kind.application}; "
                    f"PRAGMA user_version = {_VERSION}; COMMIT;"
                )
            file.execute("PRAGMA journal_mode = WAL")
            file.execute("PRAGMA synchronous = FULL")
            file.executescript(kind.script)
        except BaseException:
            file.close()
            raise
    return file


def _text(content: bytes) -> str:
    """Return a stored text; bytes that are no UTF-8 become what every reader refuses."""
    return content.decode(errors="surrogateescape")


def _refuse_foreign(kind: FileKind, path: Path) -> None:
    with path.open("rb") as handle:
        head = handle.read(72)
    if head[:16] != b"SQLite format 3\x00":
        raise kind.error(f"{path} is not a {kind.name}: it is not an SQLite file")
    if int.from_bytes(head[68:72], "big") != kind.application:
        raise kind.error(f"{path} is not a {kind.name}: it is another program's SQLite file")
    version = int.from_bytes(head[60:64], "big")
    if version != _VERSION:
        raise kind.error(
            f"the {kind.name} {path} cannot be used: its format is {version}, this version of "
            f"coopetition reads {_VERSION}"
        )
