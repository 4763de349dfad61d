"""What a ledger holds, and taking it elsewhere: JSONL, CSV or Parquet, by the file's ending."""

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coopetition.games.errors import InvalidInputError, OracleError, require
from coopetition.games.text.words import no_formula
from coopetition.games.text.writing import write_whole
from coopetition.oracles.ledger.appendonly import open_file, row_errors, sqlite_errors
from coopetition.oracles.ledger.ledger import LEDGER, Ledger, descriptions
from coopetition.oracles.ledger.rows import COLUMNS, Record, read_record
from coopetition.oracles.protocol.query import OracleSpec
from coopetition.output.columns import keyed
from coopetition.output.progress import Progress, silent
from coopetition.output.result import Result
from coopetition.output.table import Table

FIELDS = (
    "number", "at", "key", "fingerprint", "contribution", "coalition", "seed", "round", "state",
    "status", "gain", "gains", "gain_errors", "gain_parts", "standard_error", "seconds",
    "responded", "error", "source",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LedgerPart(Result):
    """What a ledger holds of one backend.

    Parameters
    ----------
    spec
        How the backend described itself when it was first used.
    evaluations
        Their number by status.
    seconds
        Their sum, as the backend reported it.
    first, last
        When the first and the last one were written, UTC; None if there are none.
    """

    spec: OracleSpec
    evaluations: Mapping[str, int]
    seconds: float
    first: str | None
    last: str | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and words; of the backend its fingerprint and organizations."""
        return {
            "fingerprint": self.spec.fingerprint,
            "organizations": list(self.spec.organizations),
            "evaluations": dict(self.evaluations),
            "seconds": self.seconds,
            "first": self.first,
            "last": self.last,
        }

    def tables(self) -> tuple[Table]:
        """Return one row."""
        values = {"cell": [self.spec.fingerprint], "seconds": [self.seconds]}
        values |= {"first": [self.first], "last": [self.last]}
        counts = {f"evaluations_{status}": [n] for status, n in self.evaluations.items()}
        return (keyed("A ledger's part", values | counts),)


def ledger_parts(path: str | Path) -> tuple[LedgerPart, ...]:
    """Tell what a ledger holds, one part per backend that it was used with.

    Raises
    ------
    OracleError
        If the file is missing, damaged, or not a ledger. It is never changed.

    Examples
    --------
    >>> import tempfile
    >>> from coopetition.oracles.protocol.oracle import FunctionOracle, Query
    >>> oracle = FunctionOracle(function=lambda x: float(x.sum()), upper=(9.0, 9.0))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with Ledger(f"{folder}/gains.sqlite", oracle) as ledger:
    ...         answers = ledger.evaluate([Query((1.0, 2.0)), Query((2.0, 2.0))])
    ...     parts = ledger_parts(f"{folder}/gains.sqlite")
    >>> [dict(part.evaluations) for part in parts]
    [{'ok': 2}]
    """
    file = Path(path)
    try:
        with sqlite_errors(LEDGER, file), closing(open_file(LEDGER, file, create=False)) as ledger:
            rows = ledger.execute(f"SELECT {COLUMNS} FROM evaluation ORDER BY number").fetchall()
            specs = list(descriptions(ledger, file))  # after: they are written before their rows
            records: dict[str, list[Record]] = {spec.fingerprint: [] for spec in specs}
            for row in rows:
                with row_errors(LEDGER, file, "evaluation", row[0]):
                    record = read_record(row)
                    if record.fingerprint not in records:
                        raise InvalidInputError(f"nobody is described as {record.fingerprint}")
                    records[record.fingerprint].append(record)
    except OSError as error:
        raise OracleError(f"cannot read {file}: {error.strerror}") from error
    return tuple(_part(spec, records[spec.fingerprint]) for spec in specs)


def _part(spec: OracleSpec, records: list[Record]) -> LedgerPart:
    times = sorted(record.at for record in records)
    return LedgerPart(
        spec,
        Counter(record.answer.status for record in records),
        sum(record.answer.seconds for record in records),
        times[0] if times else None,
        times[-1] if times else None,
    )


def export_ledger(ledger: Ledger, path: str | Path, *, progress: Progress = silent) -> int:
    """Write every record of a ledger, failures included, and return how many.

    In CSV and Parquet, lists (such as contribution, coalition and gains) are JSON texts.

    Raises
    ------
    InvalidInputError
        If the ending is not .jsonl, .csv or .parquet, or the file cannot be written.
    MissingDependencyError
        If Parquet is asked without pyarrow.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from coopetition.oracles.protocol.oracle import FunctionOracle
    >>> from coopetition.oracles.protocol.query import Query
    >>> oracle = FunctionOracle(function=lambda x: x.sum() / 8, upper=(9.0, 9.0))
    >>> with TemporaryDirectory() as folder, Ledger(f"{folder}/gains.sqlite", oracle) as ledger:
    ...     _ = ledger.evaluate([Query((1.0, 2.0)), Query((3.0, 4.0))])
    ...     export_ledger(ledger, f"{folder}/gains.csv")
    2
    """
    file = Path(path)
    writers = {".jsonl": _jsonl, ".csv": _csv, ".parquet": _parquet}
    if file.suffix not in writers:
        raise InvalidInputError(f"cannot write {file}: its ending must be {', '.join(writers)}")

    def told() -> Iterator[dict[str, Any]]:
        for k, record in enumerate(ledger.records()):
            progress("exporting evaluations", k, None)
            yield record

    return write_whole(file, lambda part: writers[file.suffix](told(), part))


def _jsonl(records: Iterable[dict[str, Any]], file: Path) -> int:
    lines = [json.dumps(record, allow_nan=False) + "\n" for record in records]
    file.write_text("".join(lines), encoding="utf-8")
    return len(lines)


def _flat(record: dict[str, Any]) -> dict[str, Any]:
    return {
        name: json.dumps(record[name]) if isinstance(record[name], list) else record[name]
        for name in FIELDS
    }


def _csv(records: Iterable[dict[str, Any]], file: Path) -> int:
    rows = [_flat(record) for record in records]
    with file.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, FIELDS)
        writer.writeheader()
        writer.writerows({name: no_formula(row[name]) for name in FIELDS} for row in rows)
    return len(rows)


def _parquet(records: Iterable[dict[str, Any]], file: Path) -> int:
    pyarrow, parquet = require("pyarrow", "parquet"), require("pyarrow.parquet", "parquet")
    rows = [_flat(record) for record in records]
    table = pyarrow.table({name: [row[name] for row in rows] for name in FIELDS})
    parquet.write_table(table, file)
    return len(rows)
