"""Damaged rows of a ledger: named by file, table and row, left alone, never an answer."""

import csv
import os
import random
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from coopetition.games.errors import OracleError
from coopetition.oracles.ledger.archive import export_ledger, ledger_parts
from coopetition.oracles.ledger.ledger import Ledger
from coopetition.oracles.ledger.rows import COLUMNS, query_key, read_record
from coopetition.oracles.protocol.oracle import FunctionOracle
from coopetition.oracles.protocol.query import Evaluation, Query
from coopetition.oracles.remote.wire import dumps
from tests.damage import NASTY, damaged
from tests.oracles.backends import Formula

RUNS = int(os.environ.get("COOPETITION_FUZZ", "400"))
ORACLE = FunctionOracle(
    function=lambda x: float(x.sum()), upper=(9.0, 9.0), fingerprint="sum-1", metric="accuracy"
)
QUERIES = [Query((float(k), 1.0), seed=k) for k in range(4)]


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    with Ledger(tmp_path / "gains.sqlite", ORACLE) as ledger:
        ledger.evaluate(QUERIES)
    return tmp_path / "gains.sqlite"


def edit(path: Path, statement: str, *values: Any) -> None:
    """Change rows in spite of the trigger."""
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("DROP TRIGGER IF EXISTS no_update")
        file.execute(statement, values)


def doors(path: Path) -> Iterator[Callable[[], Any]]:
    """Yield all ways to read a ledger."""

    def replayed() -> None:
        with Ledger(path) as ledger:
            ledger.evaluate(QUERIES)

    def resumed() -> None:
        with Ledger(path, ORACLE) as ledger:
            ledger.evaluate(QUERIES)

    def exported() -> None:
        with Ledger(path) as ledger:
            export_ledger(ledger, path.with_name("out.csv"))

    yield from (replayed, resumed, exported, lambda: ledger_parts(path))


ANSWER = dumps(Evaluation("ok", 3.0))


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("answer", ANSWER.replace("3.0", "1e999"), "reported the gain inf"),
        ("answer", ANSWER.replace("3.0", "NaN"), "reported the gain nan"),
        ("answer", ANSWER.replace("3.0", '"<b>3</b>"'), "`gain` must be a number, got '<b>3</b>'"),
        ("answer", ANSWER.replace("3.0", "true"), "`gain` must be a number, got True"),
        ("answer", ANSWER.replace("3.0", "null"), "reported the gain None"),
        ("answer", ANSWER.replace('"gains":null', '"gains":[1.0]'), "1 gains for 2 organizations"),
        ("answer", ANSWER.replace('"gain":', '"gian":'), "`gian` is not one of"),
        ("answer", ANSWER.replace('"seconds":0.0', '"seconds":-1.0'), "`seconds` must be at least"),
        ("answer", ANSWER[:-1] + ',"gain":7}', "the key 'gain' occurs twice"),
        ("answer", "[]", r"`answer` is '\[\]' instead of a JSON object"),
        ("answer", ANSWER.encode(), "`answer` must be a JSON text"),
        ("answer", 7, "`answer` is '7' instead of a JSON object"),
        ("query", dumps(Query((8.0, 1.0), seed=1)), "`key` is not that of its fingerprint and"),
        ("query", '{"contribution": []}', "`contribution` must hold"),
        ("query", '{"contribution": [1, -2]}', "at least 0"),
        ("fingerprint", "sum-2", "`key` is not that of its fingerprint and query"),
        ("at", "yesterday", "`at` must be a time, got 'yesterday'"),
    ],
)
def test_a_damaged_row_is_named_at_every_door(
    kept: Path, column: str, value: Any, words: str
) -> None:
    edit(kept, f"UPDATE evaluation SET {column} = ? WHERE number = 2", value)
    with closing(sqlite3.connect(kept)) as file:
        before = file.execute(f"SELECT {COLUMNS} FROM evaluation").fetchall()
    named = f"the ledger {re.escape(str(kept))} is damaged: row 2 of the table evaluation: "
    for door in doors(kept):
        with pytest.raises(OracleError, match=named + f".*{words}") as caught:
            door()
        assert str(caught.value).isprintable()
    with closing(sqlite3.connect(kept)) as file:
        assert file.execute(f"SELECT {COLUMNS} FROM evaluation").fetchall() == before
    assert not kept.with_name("out.csv").exists()


def test_bytes_that_are_no_text_are_named_too(kept: Path) -> None:
    edit(kept, "UPDATE evaluation SET answer = CAST(X'7bff7d' AS TEXT) WHERE number = 3")
    for door in doors(kept):
        with pytest.raises(OracleError, match="row 3 of the table evaluation: `answer` is"):
            door()


def test_a_status_that_the_answer_does_not_have(kept: Path) -> None:
    edit(kept, "UPDATE evaluation SET status = 'failed' WHERE number = 1")
    with pytest.raises(OracleError, match=r"row 1 .*`status` is 'failed', but the answer's is ok"):
        ledger_parts(kept)
    with Ledger(kept, ORACLE) as ledger:  # it is no answer: asked again
        assert ledger.evaluate(QUERIES[:1])[0].gain == 1.0


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE spec SET body = replace(body, '9.0', '\"9\"')", "`upper` must be a number"),
        ("UPDATE spec SET body = '{}'", "`organizations` is missing"),
        ("UPDATE spec SET fingerprint = 'sum-2'", "`fingerprint` is 'sum-2', but the"),
        ("UPDATE spec SET body = replace(body, 'accuracy', 'a\\u001b')", "without control"),
    ],
)
def test_a_damaged_description_is_named(kept: Path, statement: str, words: str) -> None:
    edit(kept, statement)
    for read in (lambda: ledger_parts(kept), lambda: Ledger(kept)):
        with pytest.raises(OracleError, match=f"is damaged: row 1 of the table spec: .*{words}"):
            read()


def test_evaluations_of_nobody_are_named(kept: Path) -> None:
    edit(kept, "DELETE FROM spec")
    with pytest.raises(OracleError, match=r"row 1 .*nobody is described as sum-1"):
        ledger_parts(kept)


def test_a_ledger_of_another_version_is_refused(kept: Path) -> None:
    edit(kept, "PRAGMA user_version = 7")
    with closing(sqlite3.connect(kept)) as file:
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for door in doors(kept):
        with pytest.raises(OracleError, match="cannot be used: its format is 7, this version of"):
            door()


def test_a_table_of_other_columns_is_no_ledgers(kept: Path) -> None:
    """Numbers that are texts come from a table that somebody made."""
    made = "CREATE TABLE evaluation AS SELECT 'a\x1b' AS number, key, fingerprint, status, query, "
    with closing(sqlite3.connect(kept)) as file, file:
        file.execute("ALTER TABLE evaluation RENAME TO old")
        file.execute(made + "answer, at FROM old")
    with pytest.raises(OracleError, match=r"row 'a\\x1b' of .*: `number` must be an integer"):
        ledger_parts(kept)


def test_devices_and_pipes_are_no_ledgers(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero"), tmp_path):
        for backend in (None, ORACLE):
            with pytest.raises(OracleError, match="there is no ledger at"):
                Ledger(path, backend)


def test_keys_are_those_of_the_first_ledgers() -> None:
    """Written out: sorted keys, twelve digits. Another order would pay for everything again."""
    import hashlib

    said = '["f",{"coalition":[1],"contribution":[0.0,0.3],"round":2,"seed":5,"state":"warm"}]'
    query = Query((1.0, 0.1 + 0.2), (1,), 5, 2, "warm")
    assert query_key("f", query) == hashlib.sha256(said.encode()).hexdigest()


def test_whatever_a_row_holds_it_is_read_or_refused(kept: Path) -> None:
    """Structure-aware damage to every column: never another number than was written."""
    rng = random.Random(4)
    with closing(sqlite3.connect(kept)) as file:
        rows = file.execute(f"SELECT {COLUMNS} FROM evaluation").fetchall()
    refused, said = 0, list[str]()
    for _ in range(RUNS):
        good = rng.choice(rows)
        row, k = list(good), rng.choice((1, 2, 3, 4, 5, 6, 6, 6))
        row[k] = damaged(row[k], rng) if k > 4 and rng.random() < 0.9 else rng.choice(NASTY)
        try:
            record = read_record(tuple(row))
        except ValueError as error:
            said.append(str(error))
            refused += 1
            continue
        assert record.query == read_record(good).query
        assert record.answer.gain is None or abs(record.answer.gain) < float("inf")
        dumps(record.to_dict())
    assert all(text.isprintable() and len(text) < 500 for text in said)
    assert refused > RUNS // 2


def test_a_ledger_wants_to_know_whose_answers_it_keeps(tmp_path: Path) -> None:
    def scaled(by: float) -> FunctionOracle:
        return FunctionOracle(function=lambda x: by * float(x.sum()), upper=(9.0, 9.0))

    for by in (1.0, 2.0, 1.0):
        with Ledger(tmp_path / "gains.sqlite", scaled(by)) as ledger:
            assert ledger.evaluate([Query((1.0, 2.0))])[0].gain == 3 * by
            count = len(list(ledger.records()))
    assert count == 2  # the third asked nothing
    with (tmp_path / "x").open("w") as file:
        nameless = FunctionOracle(function=lambda x: file.write("x"), upper=(9.0, 9.0))
        with pytest.raises(OracleError, match="must have a `fingerprint` that names its data"):
            Ledger(tmp_path / "gains.sqlite", nameless)


def test_no_spreadsheet_takes_a_reason_for_a_formula(tmp_path: Path) -> None:
    class Sly(Formula):
        def evaluate(self, queries: Any) -> list[Evaluation]:
            return [Evaluation("failed", None, error="=HYPERLINK(1)") for _ in queries]

    with Ledger(tmp_path / "gains.sqlite", Sly()) as ledger:
        ledger.evaluate(QUERIES[:1])
        export_ledger(ledger, tmp_path / "out.csv")
        assert next(ledger.records())["error"] == "=HYPERLINK(1)"
    (row,) = csv.DictReader((tmp_path / "out.csv").read_text().splitlines())
    assert row["error"] == "'=HYPERLINK(1)"
