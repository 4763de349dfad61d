"""The ledger: every evaluation that a backend ever gave, in one append-only SQLite file.

A ledger stands between the toolkit and a backend. It answers itself what it has seen; the rest goes
to the backend and is written down batch by batch, as it lands, so that a killed run loses
nothing that was measured and the same command goes on where it stopped. Several processes may share
a file. Failures are written down too, but never serve as answers: they are asked again. Without a
backend the ledger replays (`kind = "recorded"`): a query it has not seen is an error.

A key is a digest of the backend's fingerprint and the query in canonical form, so that a backend
which changed (code, data split, aggregation rule) finds only answers of its own.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from coopetition.games.errors import InvalidInputError, OracleError
from coopetition.oracles.ledger.appendonly import FileKind, open_file, row_errors, sqlite_errors
from coopetition.oracles.ledger.rows import (
    COLUMNS,
    Record,
    query_key,
    read_description,
    read_record,
)
from coopetition.oracles.parallel.oracle import ParallelOracle
from coopetition.oracles.protocol.oracle import Closing, UtilityOracle, evaluate_checked
from coopetition.oracles.protocol.query import Evaluation, OracleSpec, Query
from coopetition.oracles.remote.wire import dumps

LEDGER = FileKind(
    name="ledger",
    application=0x436F6F70,  # "Coop"
    table="evaluation",
    tables="""
CREATE TABLE IF NOT EXISTS spec (fingerprint TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS evaluation (
    number INTEGER PRIMARY KEY, key TEXT NOT NULL, fingerprint TEXT NOT NULL,
    status TEXT NOT NULL, query TEXT NOT NULL, answer TEXT NOT NULL,
    at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')));
CREATE UNIQUE INDEX IF NOT EXISTS answered ON evaluation (key) WHERE status = 'ok';
""",
    error=OracleError,
)


class Ledger(Closing):
    """An oracle that remembers: a backend with its ledger, or a ledger alone.

    Parameters
    ----------
    path
        The SQLite file; made where there is none.
    backend
        The oracle to ask for what the ledger has not seen; None replays only.
    fingerprint
        Which backend's answers to replay, where the file has several.

    Attributes
    ----------
    trained
        How many evaluations the backend was asked for.
    recalled
        Keys of the answers that others had written down: earlier runs, other processes.

    Raises
    ------
    OracleError
        If the file is damaged, is not a ledger, or holds nothing to replay. It is never changed
        then.

    Examples
    --------
    >>> import tempfile
    >>> from coopetition.oracles.protocol.oracle import FunctionOracle
    >>> oracle = FunctionOracle(function=lambda x: float(x.sum()), upper=(9.0, 9.0))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with Ledger(f"{folder}/gains.sqlite", oracle) as ledger:
    ...         gain = ledger.evaluate([Query((1.0, 2.0))])[0].gain
    ...     with Ledger(f"{folder}/gains.sqlite") as replay:
    ...         again = replay.evaluate([Query((1.0, 2.0))])[0].gain
    >>> gain, again
    (3.0, 3.0)
    """

    def __init__(
        self,
        path: str | Path,
        backend: UtilityOracle | None = None,
        *,
        fingerprint: str | None = None,
    ) -> None:
        self.path, self._backend = Path(path), backend
        self.trained, self.recalled = 0, set[str]()
        self._written = set[str]()
        self._file = open_file(LEDGER, self.path, create=backend is not None)
        try:
            self._spec = _known_spec(self._file, self.path, backend, fingerprint)
        except BaseException:
            self._file.close()
            raise

    def spec(self) -> OracleSpec:
        """Describe the backend, live or recorded."""
        return self._spec

    def close(self) -> None:
        """Close the file, and the backend if there is one."""
        self._file.close()
        if self._backend is not None:
            self._backend.close()

    def evaluate(self, queries: Sequence[Query]) -> list[Evaluation]:
        """Answer from the ledger; ask the backend for the rest and write it down, batch by batch.

        Raises
        ------
        OracleError
            If the ledger replays and has not seen a query, or the backend fails altogether.
        """
        keys = [query_key(self._spec.fingerprint, query) for query in queries]
        known = self._lookup(keys)
        self.recalled |= known.keys() - self._written
        missing = [k for k, key in enumerate(keys) if key not in known]
        missing = list({keys[k]: k for k in reversed(missing)}.values())[::-1]
        if missing and self._backend is None:
            raise OracleError(
                f"{self.path} has no answer to {len(missing)} of {len(queries)} queries, the first "
                f"is {queries[missing[0]]}: run it with the backend once"
            )
        for start in range(0, len(missing), self._spec.batch):
            part = missing[start : start + self._spec.batch]
            for landed in self._landing([queries[k] for k in part]):
                rows = [(keys[part[place]], queries[part[place]], a) for place, a in landed]
                self._append(rows)
                self.trained += sum(answer.status != "pending" for _, _, answer in rows)
                self._written |= {key for key, _, _ in rows}
                known |= {key: answer for key, _, answer in rows}
        return [known[key] for key in keys]

    def holds(self, queries: Iterable[Query]) -> tuple[frozenset[str], frozenset[str]]:
        """Return the keys of some queries, and of those among them that it can answer."""
        keys = frozenset(query_key(self._spec.fingerprint, query) for query in queries)
        return keys, frozenset(self._lookup(sorted(keys)))

    def usual(self) -> tuple[int, float | None]:
        """Return how many answers of this backend it has, and their mean seconds, if any took some.

        Raises
        ------
        OracleError
            If the file is damaged.
        """
        which = "WHERE status = 'ok' AND fingerprint = ? ORDER BY number DESC LIMIT 50"
        taken = [r.answer.seconds for r in self._records(which, [self._spec.fingerprint])]
        timed = [seconds for seconds in taken if seconds > 0]
        return len(taken), sum(timed) / len(timed) if timed else None

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield every evaluation ever written, failures included, oldest first.

        Raises
        ------
        OracleError
            Naming the row, if one is damaged.
        """
        for record in self._records("ORDER BY number"):
            yield record.to_dict()

    def _records(self, which: str, parameters: Sequence[str] = ()) -> Iterator[Record]:
        with sqlite_errors(LEDGER, self.path):
            rows = self._file.execute(f"SELECT {COLUMNS} FROM evaluation {which}", parameters)
            for row in rows:
                with row_errors(LEDGER, self.path, "evaluation", row[0]):
                    record = read_record(row)
                yield record

    def _landing(self, queries: list[Query]) -> Iterator[list[tuple[int, Evaluation]]]:
        """Yield what the backend answers, as it lands; all at once unless it is in parallel."""
        if isinstance(self._backend, ParallelOracle):
            yield from self._backend.landing(queries)
        else:
            assert self._backend is not None
            yield list(enumerate(evaluate_checked(self._backend, queries)))

    def _lookup(self, keys: list[str]) -> dict[str, Evaluation]:
        found: dict[str, Evaluation] = {}
        for start in range(0, len(keys), 500):
            part = keys[start : start + 500]
            marks = ",".join("?" * len(part))
            for record in self._records(f"WHERE status = 'ok' AND key IN ({marks})", part):
                found[record.key] = record.answer
        return found

    def _append(self, rows: list[tuple[str, Query, Evaluation]]) -> None:
        """Write a batch in one transaction; an answer that another process wrote first stays."""
        with sqlite_errors(LEDGER, self.path), self._file:
            self._file.executemany(
                "INSERT OR IGNORE INTO evaluation (key, fingerprint, status, query, answer) "
                "VALUES (?, ?, ?, ?, ?)",
                [
                    (key, self._spec.fingerprint, answer.status, dumps(query), dumps(answer))
                    for key, query, answer in rows
                ],
            )


def _known_spec(
    file: sqlite3.Connection, path: Path, backend: UtilityOracle | None, fingerprint: str | None
) -> OracleSpec:
    """Return the backend's description, written down with its first use, or the recorded one."""
    with sqlite_errors(LEDGER, path), file:
        if backend is not None:
            spec = backend.spec()
            if not spec.fingerprint:
                raise OracleError(
                    "the oracle must have a `fingerprint` that names its data, code and settings: "
                    "without one a ledger could take another oracle's answers for its own"
                )
            row = (spec.fingerprint, dumps(spec))
            file.execute("INSERT OR IGNORE INTO spec VALUES (?, ?)", row)
            return spec
    specs = {spec.fingerprint: spec for spec in descriptions(file, path)}
    if not specs or (fingerprint is not None and fingerprint not in specs):
        raise OracleError(f"the ledger {path} holds nothing of {fingerprint or 'any backend'}")
    if fingerprint is None and len(specs) > 1:
        raise InvalidInputError(
            f"the ledger {path} holds several backends: name one of {', '.join(sorted(specs))}"
        )
    return specs[fingerprint] if fingerprint else next(iter(specs.values()))


def descriptions(file: sqlite3.Connection, path: Path) -> Iterator[OracleSpec]:
    """Yield how the backends of a ledger described themselves, in the order of their first use."""
    with sqlite_errors(LEDGER, path):
        rows = file.execute("SELECT rowid, fingerprint, body FROM spec ORDER BY rowid").fetchall()
    for number, *row in rows:
        with row_errors(LEDGER, path, "spec", number):
            spec = read_description(tuple(row))
        yield spec
