"""What `ledger show` and `ledger export` say of good, mixed, foreign and damaged files."""

import csv
import json
import re
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from coopetition.oracles import Ledger
from coopetition.oracles.protocol.oracle import FunctionOracle
from coopetition.oracles.protocol.query import Evaluation, OracleSpec, Query
from tests.studies.command import MEASURED, coopetition, written


class Half:
    """Answer small contributions, fail large ones, and report what that cost in seconds."""

    def __init__(self, fingerprint: str) -> None:
        self._known = FunctionOracle(
            function=len, upper=(8.0, 8.0), metric="accuracy", fingerprint=fingerprint
        )

    def spec(self) -> OracleSpec:
        """Describe it."""
        return self._known.spec()

    def evaluate(self, queries: Sequence[Query]) -> list[Evaluation]:
        """Answer."""
        return [self._answer(query) for query in queries]

    def _answer(self, query: Query) -> Evaluation:
        rows = sum(query.contribution)
        if rows > 8:
            return Evaluation("failed", None, seconds=0.25, error="out of memory")
        return Evaluation("ok", rows / 8, seconds=1.5)

    def close(self) -> None:
        """Do nothing."""


QUERIES = [Query((float(x), 4.0)) for x in range(8)]


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """Return a ledger of two backends, with 5 answers and 3 failures of each; one asked again."""
    path = tmp_path / "gains.sqlite"
    for fingerprint in ("first", "second"):
        with Ledger(path, Half(fingerprint)) as ledger:
            ledger.evaluate(QUERIES)
    with Ledger(path, Half("second")) as ledger:
        ledger.evaluate(QUERIES[-2:-1])
    return path


def test_show_tells_what_each_backend_left(kept: Path) -> None:
    said = coopetition("ledger", "show", kept, "--json")
    assert said.code == 0, said.err
    first, second = said.document["oracles"]
    assert (first["fingerprint"], second["fingerprint"]) == ("first", "second")
    assert first["metric"] == "accuracy"
    assert first["organizations"] == ["organization 1", "organization 2"]
    assert first["evaluations"] == {"ok": 5, "failed": 3}
    assert second["evaluations"] == {"ok": 5, "failed": 4}
    assert first["seconds"] == 5 * 1.5 + 3 * 0.25
    assert second["seconds"] == 5 * 1.5 + 4 * 0.25
    times = [first["first"], first["last"], second["first"], second["last"]]
    assert times == sorted(times)
    table = coopetition("ledger", "show", kept)
    assert table.code == 0
    assert "2 oracles" in table.out
    assert "3 failed, 5 ok" in table.out
    assert f"{second['first']} to {second['last']}" in table.out


def test_export_writes_every_evaluation_of_every_backend(kept: Path, tmp_path: Path) -> None:
    for name in ("gains.jsonl", "gains.csv"):
        done = coopetition("ledger", "export", kept, "--out", tmp_path / name)
        assert (done.code, done.out) == (0, ""), done.err
        assert done.err == f"wrote {tmp_path / name}: 17 evaluations\n"
    lines = [json.loads(line) for line in (tmp_path / "gains.jsonl").read_text().splitlines()]
    with (tmp_path / "gains.csv").open(newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert [row["fingerprint"] for row in rows] == ["first"] * 8 + ["second"] * 9
    assert [line["gain"] for line in lines] == [
        float(row["gain"]) if row["gain"] else None for row in rows
    ]
    assert lines[0]["contribution"] == json.loads(rows[0]["contribution"]) == [0.0, 4.0]
    assert [line["error"] for line in lines].count("out of memory") == 7


def test_parquet_holds_the_same(kept: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    done = coopetition("ledger", "export", kept, "--out", tmp_path / "gains.parquet")
    assert done.code == 0, done.err
    assert parquet.read_table(tmp_path / "gains.parquet").num_rows == 17


def damaged(path: Path) -> None:
    """Overwrite the middle of the file."""
    content = bytearray(path.read_bytes())
    content[5000:9000] = bytes(4000)
    path.write_bytes(content)


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:6000])


def without_table(path: Path) -> None:
    with closing(sqlite3.connect(path)) as file:
        file.execute("DROP TABLE evaluation")


def another_programs(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as file:
        file.execute("CREATE TABLE t (a)")


def no_answers(path: Path) -> None:
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("DROP TRIGGER no_update")
        file.execute("UPDATE evaluation SET answer = '[]' WHERE number = 3")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (Path.unlink, "there is no ledger at"),
        (lambda path: path.write_text("name = 1"), "is not a ledger: it is not an SQLite file"),
        (lambda path: path.write_bytes(b""), "the ledger"),
        (another_programs, "is not a ledger: it is another program's SQLite file"),
        (damaged, "the ledger"),
        (truncated, "the ledger"),
        (without_table, "no such table: evaluation"),
        (no_answers, "is damaged"),
    ],
)
def test_what_is_no_ledger_is_refused_untouched(
    kept: Path, tmp_path: Path, change: Callable[[Path], object], words: str
) -> None:
    change(kept)
    before = kept.read_bytes() if kept.exists() else None
    out = tmp_path / "x.csv"
    for verb, *options in (["show"], ["show", "--json"], ["export", "--out", out]):
        said = coopetition("ledger", str(verb), kept, *options)
        assert said.code == 3, said.err
        assert said.out == ""
        assert words in said.err
        assert str(kept) in said.err
        assert "internal error" not in said.err
    assert (kept.read_bytes() if kept.exists() else None) == before
    assert not out.exists()


@pytest.mark.parametrize(
    ("out", "words"),
    [
        ("gains.xlsx", "its ending must be .jsonl, .csv, .parquet"),
        ("gains.sqlite/gains.csv", "cannot write"),
        ("folder.csv", "cannot write"),
    ],
)
def test_export_refuses_what_it_cannot_write(
    kept: Path, tmp_path: Path, out: str, words: str
) -> None:
    (tmp_path / "folder.csv").mkdir()
    before = sorted(tmp_path.iterdir())
    said = coopetition("ledger", "export", kept, "--out", tmp_path / out)
    assert said.code == 2, said.err
    assert words in said.err
    assert "internal error" not in said.err
    assert sorted(tmp_path.iterdir()) == before


def test_export_never_writes_over_the_ledger(kept: Path, tmp_path: Path) -> None:
    named = kept.rename(tmp_path / "gains.csv")
    before = named.read_bytes()
    said = coopetition("ledger", "export", named, "--out", tmp_path / "." / "gains.csv")
    assert said.code == 2
    assert "this command reads or keeps that file" in said.err
    assert named.read_bytes() == before


def test_a_ledger_of_a_study_is_shown(tmp_path: Path) -> None:
    text = MEASURED.replace("[oracle]", '[oracle]\nledger = "gains.sqlite"', 1)
    solved = coopetition("solve", written(tmp_path, text), "--json")
    assert solved.code == 0, solved.err
    said = coopetition("ledger", "show", tmp_path / "gains.sqlite", "--json").document
    (only,) = said["oracles"]
    assert only["fingerprint"] == solved.document["measured"]["fingerprint"]
    assert only["organizations"] == ["North", "South"]
    assert only["evaluations"]["ok"] > 8 * 2
    assert re.match(r"\d{4}-\d\d-\d\dT", only["first"])
