"""Taking a ledger's records elsewhere: JSONL, CSV or Parquet, by the file's ending."""

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from coopetition.games.errors import InvalidInputError, require
from coopetition.oracles.ledger import Ledger

COLUMNS = (
    "number", "at", "key", "fingerprint", "contribution", "coalition", "seed", "round", "state",
    "status", "gain", "gains", "standard_error", "seconds", "responded", "error", "source",
)  # fmt: skip


def export_ledger(ledger: Ledger, path: str | Path) -> int:
    """Write every record of a ledger, failures included, and return how many.

    In CSV and Parquet, lists (contribution, coalition, gains, responded) are JSON texts.

    Raises
    ------
    InvalidInputError
        If the ending is not .jsonl, .csv or .parquet, or the file cannot be written.
    MissingDependencyError
        If Parquet is asked without pyarrow.
    """
    file = Path(path)
    writers = {".jsonl": _jsonl, ".csv": _csv, ".parquet": _parquet}
    if file.suffix not in writers:
        raise InvalidInputError(f"cannot write {file}: its ending must be {', '.join(writers)}")
    part = file.with_name(f".{file.name}.part")
    try:
        count = writers[file.suffix](ledger.records(), part)
        part.replace(file)
    except OSError as error:
        raise InvalidInputError(f"cannot write {file}: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
    return count


def _jsonl(records: Iterable[dict[str, Any]], file: Path) -> int:
    lines = [json.dumps(record, allow_nan=False) + "\n" for record in records]
    file.write_text("".join(lines), encoding="utf-8")
    return len(lines)


def _flat(record: dict[str, Any]) -> dict[str, Any]:
    return {
        name: json.dumps(record[name]) if isinstance(record[name], list) else record[name]
        for name in COLUMNS
    }


def _csv(records: Iterable[dict[str, Any]], file: Path) -> int:
    rows = [_flat(record) for record in records]
    with file.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return len(rows)


def _parquet(records: Iterable[dict[str, Any]], file: Path) -> int:
    pyarrow, parquet = require("pyarrow", "parquet"), require("pyarrow.parquet", "parquet")
    rows = [_flat(record) for record in records]
    table = pyarrow.table({name: [row[name] for row in rows] for name in COLUMNS})
    parquet.write_table(table, file)
    return len(rows)
