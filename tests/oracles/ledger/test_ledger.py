"""The ledger: nothing measured is lost, nothing is asked twice, nothing foreign is touched."""

import csv
import json
import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError, OracleError
from coopetition.oracles.gains.measure import measure
from coopetition.oracles.ledger.archive import export_ledger
from coopetition.oracles.ledger.ledger import Ledger
from coopetition.oracles.ledger.rows import query_key
from coopetition.oracles.protocol.oracle import FunctionOracle
from coopetition.oracles.protocol.query import Evaluation, OracleSpec, Query
from tests.campaign import draws


class Counting:
    """A backend that counts what it is asked, and fails where told."""

    def __init__(self, batch: int = 2, failing: float = -1.0) -> None:
        self.asked: list[Query] = []
        self.failing, self.closed = failing, 0
        self._spec = OracleSpec(
            organizations=("North", "South"),
            metric="gain",
            unit="rows",
            lower=(0.0, 0.0),
            upper=(100.0, 100.0),
            baseline=0.0,
            deterministic=True,
            provides=frozenset({"gain", "coalition"}),
            fingerprint="counting-1",
            batch=batch,
        )

    def spec(self) -> OracleSpec:
        """Describe it."""
        return self._spec

    def evaluate(self, queries: Sequence[Query]) -> list[Evaluation]:
        """Answer √(x + y) + seed."""
        self.asked += queries
        return [
            Evaluation("failed", None, error="no reply")
            if query.contribution[0] == self.failing
            else Evaluation("ok", sum(query.contribution) ** 0.5 + query.seed, responded=(0, 1))
            for query in queries
        ]

    def close(self) -> None:
        """Count."""
        self.closed += 1


QUERIES = [Query((float(k), 2.0), seed=k % 3) for k in range(7)]


def test_what_was_seen_is_not_asked_again(tmp_path: Path) -> None:
    backend = Counting()
    with Ledger(tmp_path / "gains.sqlite", backend) as ledger:
        first = ledger.evaluate([*QUERIES, QUERIES[0]])
        assert len(backend.asked) == 7
        assert ledger.evaluate(QUERIES[::-1]) == first[:7][::-1]
        assert first[7] == first[0]
        assert len(backend.asked) == 7
        assert backend.closed == 0
    assert backend.closed == 1
    with Ledger(tmp_path / "gains.sqlite") as replay:
        assert replay.evaluate(QUERIES) == first[:7]
        assert replay.spec() == backend.spec()
        with pytest.raises(OracleError, match="no answer to 1 of 1"):
            replay.evaluate([Query((50.0, 50.0))])


def test_many_queries_are_all_looked_up(tmp_path: Path) -> None:
    """More than one statement takes: none is asked again, each has its own answer."""
    many = [Query((k / 16, 2.0)) for k in range(1003)]
    backend = Counting(batch=1003)
    with Ledger(tmp_path / "gains.sqlite", backend) as ledger:
        first = ledger.evaluate(many)
        assert ledger.evaluate(many) == first
    assert len(backend.asked) == 1003
    assert [answer.gain for answer in first] == [(k / 16 + 2.0) ** 0.5 for k in range(1003)]


def test_failures_are_written_down_but_asked_again(tmp_path: Path) -> None:
    backend = Counting(failing=3.0)
    with Ledger(tmp_path / "gains.sqlite", backend) as ledger:
        assert ledger.evaluate(QUERIES)[3].status == "failed"
        backend.failing = -1.0
        assert ledger.evaluate(QUERIES)[3].gain == pytest.approx(5.0**0.5)
        assert len(backend.asked) == 8
        assert [r["status"] for r in ledger.records()].count("failed") == 1


def test_another_backend_finds_no_answers_of_this_one(tmp_path: Path) -> None:
    with Ledger(tmp_path / "gains.sqlite", Counting()) as ledger:
        ledger.evaluate(QUERIES)
    other = FunctionOracle(function=lambda x: float(x.sum()), upper=(100.0, 100.0))
    with Ledger(tmp_path / "gains.sqlite", other) as ledger:
        assert ledger.evaluate([QUERIES[4]])[0].gain == 6.0
    with pytest.raises(InvalidInputError, match="several backends"):
        Ledger(tmp_path / "gains.sqlite")
    with Ledger(tmp_path / "gains.sqlite", fingerprint="counting-1") as replay:
        assert replay.evaluate([QUERIES[4]])[0].gain == pytest.approx(6.0**0.5 + 1)
    with pytest.raises(OracleError, match="nothing of nobody"):
        Ledger(tmp_path / "gains.sqlite", fingerprint="nobody")


def test_keys_ignore_rounding_and_order_only() -> None:
    def key(*contribution: float, coalition: tuple[int, ...] | None = None, seed: int = 0) -> str:
        return query_key("f", Query(contribution, coalition, seed))

    assert key(1.0, 0.1 + 0.2) == key(1.0, 0.3)
    assert key(1.0, 2.0, coalition=(1, 0)) == key(1.0, 2.0)
    assert key(9.0, 2.0, coalition=(1,)) == key(0.0, 2.0, coalition=(1,))
    different = {key(1, 2), key(2, 1), key(1, 2, seed=1), key(1, 2, coalition=(0,)), key(1, 2.001)}
    assert len(different) == 5


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"hello, this is a text" * 9, "not an SQLite file"), (None, "another program's")],
)
def test_foreign_files_are_refused_and_left_alone(
    tmp_path: Path, content: bytes | None, words: str
) -> None:
    path = tmp_path / "mine.db"
    if content is None:
        with sqlite3.connect(path) as file:
            file.execute("CREATE TABLE mine (x)")
        file.close()
    else:
        path.write_bytes(content)
    before = path.read_bytes()
    for backend in (Counting(), None):
        with pytest.raises(OracleError, match=words):
            Ledger(path, backend)
    assert path.read_bytes() == before


def test_missing_and_damaged_ledgers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OracleError, match="there is no ledger"):
        Ledger(tmp_path / "none.sqlite")
    with pytest.raises(OracleError, match="there is no ledger"):
        Ledger(tmp_path, Counting())
    path = tmp_path / "gains.sqlite"
    with Ledger(path, Counting(batch=100)) as ledger:
        ledger.evaluate([Query((float(k), float(m))) for k in range(30) for m in range(30)])
    damaged = bytearray(path.read_bytes())
    damaged[5000:9000] = b"\xff" * 4000
    path.write_bytes(damaged)
    with pytest.raises(OracleError, match="cannot be used"):
        Ledger(path, Counting())
    assert path.read_bytes() == bytes(damaged)


def test_records_cannot_be_changed(tmp_path: Path) -> None:
    with Ledger(tmp_path / "gains.sqlite", Counting()) as ledger:
        ledger.evaluate(QUERIES)
    file = sqlite3.connect(tmp_path / "gains.sqlite")
    for statement in ("DELETE FROM evaluation", "UPDATE evaluation SET answer = '{}'"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            file.execute(statement)
    file.close()


SLOW = textwrap.dedent(
    """
    import sys, time
    from coopetition.oracles.protocol.oracle import FunctionOracle
    from coopetition.oracles.protocol.query import Query
    from coopetition.oracles.ledger.ledger import Ledger

    def slow(x):
        print("asked", flush=True)
        time.sleep(0.05)
        return float(x.sum())

    oracle = FunctionOracle(function=slow, upper=(100.0, 100.0))
    with Ledger(sys.argv[1], oracle) as ledger:
        ledger.evaluate([Query((float(k), 1.0)) for k in range(50)])
    """
)


@pytest.mark.campaign
def test_a_killed_run_resumes_without_asking_twice(tmp_path: Path) -> None:
    """Kill −9 at random points, again and again: every rerun asks only for the rest."""
    path = tmp_path / "gains.sqlite"
    command = [sys.executable, "-c", SLOW, str(path)]
    asked, rng = 0, np.random.default_rng(0)
    for kill in range(1, draws(5, 11)):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        seen = int(rng.integers(1, 5))
        for _ in range(seen):
            assert process.stdout.readline() == "asked\n"
        time.sleep(rng.uniform(0.0, 0.05))
        os.kill(process.pid, signal.SIGKILL)
        asked += seen + len(process.stdout.read().splitlines())
        process.stdout.close()
        process.wait()
        with Ledger(path) as replay:
            kept = sum(1 for _ in replay.records())
        assert asked - kept <= kill  # at most the evaluation under way, once a kill
    rest = subprocess.run(command, capture_output=True, text=True, check=True)
    assert len(rest.stdout.splitlines()) == 50 - kept
    with Ledger(path) as replay:
        answers = replay.evaluate([Query((float(k), 1.0)) for k in range(50)])
    assert [a.gain for a in answers] == [k + 1.0 for k in range(50)]


def worker(path: str, offset: int) -> None:
    backend = Counting(batch=3)
    with Ledger(path, backend) as ledger:
        for k in range(60):
            ledger.evaluate([Query((float((k + offset) % 60), 5.0))])


@pytest.mark.campaign
def test_processes_share_a_ledger(tmp_path: Path) -> None:
    path = str(tmp_path / "gains.sqlite")
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=worker, args=(path, 15 * k)) for k in range(draws(2, 4))]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    with Ledger(path) as replay:
        assert sum(1 for _ in replay.records()) == 60
        assert replay.evaluate([Query((30.0, 5.0))])[0].gain == pytest.approx(35.0**0.5)


def test_exports_hold_every_record(tmp_path: Path) -> None:
    with Ledger(tmp_path / "gains.sqlite", Counting(failing=3.0)) as ledger:
        ledger.evaluate(QUERIES)
        assert export_ledger(ledger, tmp_path / "gains.jsonl") == 7
        assert export_ledger(ledger, tmp_path / "gains.csv") == 7
        with pytest.raises(InvalidInputError, match=r"\.jsonl, \.csv, \.parquet"):
            export_ledger(ledger, tmp_path / "gains.xlsx")
    lines = (tmp_path / "gains.jsonl").read_text().splitlines()
    records = [json.loads(line) for line in lines]
    with (tmp_path / "gains.csv").open() as handle:
        table = list(csv.DictReader(handle))
    assert [r["contribution"] for r in records] == [json.loads(r["contribution"]) for r in table]
    assert [r["gain"] for r in records] == [float(r["gain"]) if r["gain"] else None for r in table]
    from pyarrow.parquet import read_table

    with Ledger(tmp_path / "gains.sqlite") as replay:
        export_ledger(replay, tmp_path / "gains.parquet")
    columns = read_table(tmp_path / "gains.parquet").to_pydict()
    assert columns["gain"] == [r["gain"] for r in records]
    (tmp_path / "gains.parquet").unlink()
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "gains.csv",
        "gains.jsonl",
        "gains.sqlite",
    ]


def test_measuring_through_a_ledger_is_cheap_the_second_time(tmp_path: Path) -> None:
    def slow(x: Array, seed: int) -> float:
        time.sleep(0.002)
        return float(np.sqrt(x.sum()) + seed)

    oracle = FunctionOracle(function=slow, upper=(9.0, 9.0))
    profiles = [[float(k), 1.0] for k in range(6)]
    with Ledger(tmp_path / "gains.sqlite", oracle) as ledger:
        live = measure(ledger, profiles, [0, 1]).values
    with Ledger(tmp_path / "gains.sqlite") as replay:
        assert measure(replay, profiles, [0, 1]).values.tolist() == live.tolist()


def test_numbers_of_numpy_are_written_as_numbers(tmp_path: Path) -> None:
    def single(x: Array) -> Any:
        return np.float32(x.sum())

    oracle = FunctionOracle(function=single, upper=(9.0,))
    with Ledger(tmp_path / "gains.sqlite", oracle) as ledger:
        assert ledger.evaluate([Query((2.5,))])[0].gain == 2.5
    with Ledger(tmp_path / "gains.sqlite") as replay:
        assert replay.evaluate([Query((2.5,))])[0].gain == 2.5
