"""Killed, doubled or failed, a play ends with the same result; foreign journals are left alone."""

import random
import re
import shutil
import sqlite3
import subprocess
import time
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from coopetition.games.errors import InvalidInputError
from coopetition.oracles import (
    Ledger,
    ReferenceOracle,
)
from coopetition.oracles.protocol.query import Evaluation
from coopetition.studies import play_scenario
from coopetition.studies.play.journal import _KIND, Journal
from tests.campaign import draws
from tests.studies.command import (
    Answer,
    coopetition,
    written,
)
from tests.studies.playing import CURVE, PLAYED, command, scenario_of, unbroken

measuring = pytest.mark.usefixtures("_learning")


@pytest.fixture(scope="module")
def _learning() -> None:
    pytest.importorskip("sklearn")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    return unbroken(tmp_path_factory.mktemp("whole"))


# Stop and resume


def rounds_in(folder: Path) -> int:
    """Return how many rounds a journal holds, 0 where it is not there yet."""
    with suppress(sqlite3.OperationalError):
        path = f"file:{folder / 'scenario.play.sqlite'}?mode=ro"  # which creates nothing
        with closing(sqlite3.connect(path, uri=True)) as file:
            return int(file.execute("SELECT COUNT(*) FROM round").fetchone()[0])
    return 0


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(draws(1, 3)))
def test_a_killed_play_ends_as_if_nothing_had_happened(
    tmp_path: Path, whole: Answer, seed: int
) -> None:
    """Kill −9, a random time after one more round was written."""
    path, rng = written(tmp_path, PLAYED), random.Random(seed)
    killed = 0
    for _ in range(draws(2, 6)):
        before = rounds_in(tmp_path)
        with subprocess.Popen(
            command(path, 6), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            while rounds_in(tmp_path) == before and process.poll() is None:
                time.sleep(0.005)
            time.sleep(rng.random() * 0.1)
            killed += process.poll() is None
            process.kill()
    assert killed >= draws(1, 2)
    answer = subprocess.run(command(path, 6), capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    assert Answer(0, answer.stdout, "").result == whole.result


def test_two_at_once_play_every_round_once(tmp_path: Path, whole: Answer) -> None:
    path = written(tmp_path, PLAYED)
    both = [
        subprocess.Popen(
            command(path, 6), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for process in both:
        out, err = process.communicate()
        assert process.returncode == 0, err
        assert Answer(0, out, err).result == whole.result
    with sqlite3.connect(tmp_path / "scenario.play.sqlite") as file:
        rows = file.execute("SELECT number FROM round ORDER BY number").fetchall()
    file.close()
    assert rows == [(k,) for k in range(1, 7)]


def test_what_another_process_wrote_first_stays(tmp_path: Path) -> None:
    """Two rounds measured by oracles that disagree: both processes report the first one."""
    (first,) = play_scenario(scenario_of(CURVE), 1, tmp_path / "other.sqlite").rounds
    with Journal(tmp_path / "j.sqlite", "d") as one, Journal(tmp_path / "j.sqlite", "d") as other:
        one.append(first)
        other.append(replace(first, gain_realized=7.0))
        assert one.rounds() == other.rounds() == [first]


@measuring
def test_more_rounds_continue_and_fewer_are_the_first(tmp_path: Path, whole: Answer) -> None:
    path, said = written(tmp_path, PLAYED), whole.document
    for count in (2, 6, 4):
        answer = coopetition("play", path, "--rounds", str(count), "--json")
        assert answer.code == 0, answer.err
        assert answer.document["rounds"] == said["rounds"][:count]
        assert answer.err == ""


@measuring
def test_a_failing_oracle_stops_the_play_which_then_goes_on(
    tmp_path: Path, whole: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, PLAYED)
    real = ReferenceOracle.evaluate

    def broken(status: str, seed: int) -> Any:
        def evaluate(oracle: ReferenceOracle, queries: Any) -> list[Evaluation]:
            return [
                (
                    Evaluation("failed", None, error="a silo is down")
                    if status == "failed"
                    else Evaluation("ok", 1.0, responded=(0, 2))
                )
                if query.seed == seed
                else real(oracle, [query])[0]
                for query in queries
            ]

        return evaluate

    # The training of round 3; a measurement of round 5.
    for status, seed, done, words in (
        ("partial", 8, 2, "round 3 of 6: .* no reply from South"),
        ("failed", 12, 4, "round 5 of 6: .* a silo is down"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(ReferenceOracle, "evaluate", broken(status, seed))
            answer = coopetition("play", path, "--rounds", "6", "--json")
        assert (answer.code, answer.out) == (3, "")
        assert re.search(words, answer.err.splitlines()[-1])
        shown = coopetition("play", path, "--rounds", str(done), "--json")
        assert "measuring" not in shown.err
        assert shown.document["rounds"] == whole.document["rounds"][:done]
    assert coopetition("play", path, "--rounds", "6", "--json").result == whole.result


@measuring
def test_a_ledger_pays_for_no_evaluation_twice(tmp_path: Path) -> None:
    text = PLAYED.replace("[oracle]", '[oracle]\nledger = "gains.sqlite"')
    path = written(tmp_path, text)
    live = coopetition("play", path, "--rounds", "2", "--json")
    assert live.code == 0, live.err
    with Ledger(tmp_path / "gains.sqlite") as ledger:
        count = sum(1 for _ in ledger.records())
    journal = tmp_path / "again.sqlite"
    again = coopetition("play", path, "--rounds", "2", "--json", "--journal", journal)
    assert again.result == live.result
    with Ledger(tmp_path / "gains.sqlite") as ledger:
        assert sum(1 for _ in ledger.records()) == count


# Journals that are not this play's


@pytest.mark.parametrize(
    "kind", ["text", "foreign", "ledger", "damaged", "seed", "folder", "round"]
)
def test_another_file_is_refused_and_left_alone(tmp_path: Path, kind: str) -> None:
    path, journal = written(tmp_path, CURVE), tmp_path / "journal.sqlite"
    options = ["--rounds", "3", "--json", "--journal", str(journal)]
    assert coopetition("play", path, *options).code == 0
    words = {
        "text": "it is not an SQLite file",
        "foreign": "is not a journal: it is another program's",
        "ledger": "is not a journal: it is another program's",
        "damaged": "cannot be used",
        "seed": "belongs to another scenario ('three-hospitals'",
        "folder": "there is no journal at",
        "round": "rounds are missing",
    }
    spoil(kind, journal)
    before = None if journal.is_dir() else journal.read_bytes()
    more = ["--seed", "9"] if kind == "seed" else []
    answer = coopetition("play", path, *options, *more)
    assert (answer.code, answer.out) == (2, ""), answer
    assert len(answer.err.splitlines()) == 1
    assert words[kind] in answer.err
    assert str(journal) in answer.err
    assert before is None or journal.read_bytes() == before


def spoil(kind: str, journal: Path) -> None:
    """Put something else in the journal's place, or damage it."""
    if kind == "text":
        journal.write_text("round,organization,amount\n" * 9)
    if kind in ("foreign", "ledger"):
        journal.unlink()
        file = sqlite3.connect(journal)
        file.execute("CREATE TABLE mine (x)")
        if kind == "ledger":
            file.execute(f"PRAGMA application_id = {0x436F6F70}")
        file.close()
    if kind == "damaged":
        content = bytearray(journal.read_bytes())
        content[4096:] = b"\xff" * (len(content) - 4096)
        journal.write_bytes(content)
    if kind == "folder":
        journal.unlink()
        journal.mkdir()
    if kind == "round":
        file = sqlite3.connect(journal)
        file.execute("DROP TRIGGER no_delete")
        file.execute("DELETE FROM round WHERE number = 2")
        file.executescript(_KIND.script)
        file.commit()
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        file.close()


def test_a_journal_below_a_file_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, CURVE)
    answer = coopetition("play", path, "--rounds", "1", "--journal", path / "j.sqlite")
    assert (answer.code, answer.out) == (2, "")
    assert "cannot be used" in answer.err


def test_rounds_cannot_be_changed(tmp_path: Path) -> None:
    play_scenario(scenario_of(CURVE), 2, tmp_path / "j.sqlite")
    file = sqlite3.connect(tmp_path / "j.sqlite")
    for statement in ("DELETE FROM round", "UPDATE round SET body = '{}'"):
        with pytest.raises(sqlite3.IntegrityError, match="the journal is append-only"):
            file.execute(statement)
    file.close()


@measuring
def test_another_state_of_the_oracle_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, scenario = tmp_path / "j.sqlite", scenario_of(PLAYED)
    play_scenario(scenario, 1, journal)
    monkeypatch.setattr("coopetition.oracles.federation.reference._VERSION", "reference-0")
    copy = shutil.copy(journal, tmp_path / "copy.sqlite")
    with pytest.raises(InvalidInputError, match="another state of the oracle"):
        play_scenario(scenario, 2, Path(copy))
    assert len(play_scenario(scenario, 1, Path(copy)).rounds) == 1
