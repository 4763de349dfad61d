"""Damaged rows of journals and sweep stores: named by file, table and row, never printed."""

import json
import os
import random
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from coopetition.games.errors import InvalidInputError
from coopetition.studies.play.journal import _record
from coopetition.studies.sweep.store import _row
from tests.damage import NASTY, damaged
from tests.studies.command import TWO, coopetition, written
from tests.studies.playing import CURVE

RUNS = int(os.environ.get("COOPETITION_FUZZ", "300"))
DAMAGE = "competition.damage=0:0.3:3"


def edit(path: Path, statement: str, *values: Any) -> None:
    """Change rows in spite of the trigger."""
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("DROP TRIGGER IF EXISTS no_update")
        file.execute(statement, values)


def bodies(path: Path, table: str) -> list[tuple[int, Any]]:
    with closing(sqlite3.connect(path)) as file:
        return file.execute(f"SELECT number, body FROM {table}").fetchall()


def changed(text: str, **values: Any) -> str:
    return json.dumps(json.loads(text) | values)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("played")
    answer = coopetition("play", written(folder, CURVE), "--rounds", "2")
    assert answer.code == 0, answer.err
    return folder / "scenario.play.sqlite"


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("swept")
    words: list[str | Path] = [
        "--vary",
        "competition.damage=0:0.3:3",
        "--store",
        folder / "s.sqlite",
    ]
    answer = coopetition("sweep", written(folder, TWO), *words, "--jobs", "1")
    assert answer.code == 0, answer.err
    return folder / "s.sqlite"


ROUND: list[tuple[dict[str, Any], str]] = [
    ({"gain_realized": "<script>1</script>"}, "`gain_realized` must be a number, got '<script>"),
    ({"gain_realized": float("inf")}, "`gain_realized` must be a finite number, got inf"),
    ({"payoff": [1.0, float("nan"), 2.0]}, "`payoff` must be a finite number"),
    ({"payoff": [1.0]}, "`payoff` must have 3 entries, one per organization, got 1"),
    ({"payment": ["NaN", "0.00", "0.00"]}, "`payment` must be money to the cent, got 'NaN'"),
    ({"payment": ["1e9", "0.00", "0.00"]}, "`payment` must be money to the cent, got '1e9'"),
    ({"payment": [1, 2, 3]}, "`payment` must be money to the cent, got 1"),
    ({"number": 3}, "`number` is 3"),
    ({"number": True}, "`number` must be an integer, got True"),
    ({"family": "po\x1b[2Jwer"}, "`family` must be a text without control characters"),
    ({"measured_seeds": [1]}, "`measured_seeds` must be two integers"),
    ({"extra": 1}, "`extra` is not one of number"),
]


def test_a_damaged_round_is_named_and_left_alone(played: Path) -> None:
    scenario = played.with_name("scenario.toml")
    (_, first), (_, second) = bodies(played, "round")
    whole = [(changed(second, **change), words) for change, words in ROUND]
    whole += [(second.encode(), "`body` must be a JSON text"), ("[]", "instead")]
    whole += [(second[:-1] + ',"fee":[]}', "the key 'fee' occurs twice"), (second[:40], "instead")]
    named = f"the journal {re.escape(str(played))} is damaged: row 2 of the table round: "
    for body, words in whole:
        edit(played, "UPDATE round SET body = ? WHERE number = 2", body)
        for rounds in ("2", "3"):
            answer = coopetition("play", scenario, "--rounds", rounds, "--json")
            assert (answer.code, answer.out) == (2, ""), (words, answer)
            assert re.search(named + ".*" + re.escape(words), answer.err), answer.err
        assert bodies(played, "round") == [(1, first), (2, body)]
    edit(played, "UPDATE round SET body = ? WHERE number = 2", second)
    assert coopetition("play", scenario, "--rounds", "2", "--json").code == 0


CELL: list[tuple[dict[str, Any], str]] = [
    ({"welfare": "<b>9</b>"}, "`welfare` must be a number, got '<b>9</b>'"),
    ({"welfare": float("-inf")}, "`welfare` must be a finite number, got -inf"),
    ({"welfare": None}, "`status` is converged, but `welfare` is missing"),
    ({"payoff": [1.0, 2.0, 3.0]}, "must have an entry for each organization"),
    ({"payoff": {"North": 1}}, "`payoff` must be a list"),
    ({"status": "splendid"}, "`status` must be one of"),
    ({"status": "refused"}, "`status` is refused, but there are payoffs"),
    ({"seed": "7"}, "`seed` must be an integer, got '7'"),
    ({"values": [[0.1]]}, "`values` must be a number"),
]


def test_a_damaged_cell_is_named_and_left_alone(swept: Path) -> None:
    words: list[str | Path] = [
        "--vary",
        "competition.damage=0:0.3:3",
        "--store",
        swept,
        "--jobs",
        "1",
        "--json",
    ]
    rows = bodies(swept, "result")
    number, body = rows[1]
    for change, said in CELL:
        edit(swept, "UPDATE result SET body = ? WHERE number = ?", changed(body, **change), number)
        before = bodies(swept, "result")
        answer = coopetition("sweep", swept.with_name("scenario.toml"), *words)
        assert (answer.code, answer.out) == (2, ""), (said, answer)
        named = f"the store {re.escape(str(swept))} is damaged: row {number} of the table result: "
        assert re.search(named + ".*" + re.escape(said), answer.err), answer.err
        assert bodies(swept, "result") == before
    edit(swept, "UPDATE result SET body = ? WHERE number = ?", body, number)
    assert coopetition("sweep", swept.with_name("scenario.toml"), *words).code == 0


@pytest.mark.parametrize("at", ["<b>1</b>", float("inf"), b"\xff", ""])
def test_the_time_of_a_row_is_read_strictly_too(at: Any, played: Path, swept: Path) -> None:
    edit(played, "UPDATE round SET at = ? WHERE number = 1", at)
    edit(swept, "UPDATE result SET at = ? WHERE number = 1", at)
    play: list[str | Path] = [
        "play",
        played.with_name("scenario.toml"),
        "--rounds",
        "2",
        "--journal",
        played,
    ]
    sweep: list[str | Path] = ["sweep", swept.with_name("scenario.toml"), "--vary", DAMAGE]
    sweep += ["--jobs", "1", "--store", swept]
    for words in (play, sweep):
        answer = coopetition(*words)
        assert (answer.code, answer.out) == (2, "")
        assert "row 1 of the table" in answer.err
        assert "`at` must be a time" in answer.err
    for path, table in ((played, "round"), (swept, "result")):
        edit(path, f"UPDATE {table} SET at = (SELECT max(at) FROM {table} WHERE number = 2)")


@pytest.mark.parametrize("kind", ["round", "result"])
def test_whatever_a_row_holds_it_is_read_or_refused(kind: str, played: Path, swept: Path) -> None:
    rng = random.Random(5)
    (number, text), *_ = bodies(played if kind == "round" else swept, kind)
    refused, said = 0, list[str]()
    for _ in range(RUNS):
        body = damaged(text, rng) if rng.random() < 0.9 else rng.choice(NASTY)
        try:
            read = _record(number, body, 3) if kind == "round" else _row(body, 2)
        except InvalidInputError as error:
            said.append(str(error))
            refused += 1
            continue
        json.dumps(read.to_dict(), allow_nan=False)  # can be printed
    assert all(text.isprintable() and len(text) < 500 for text in said)
    assert RUNS // 2 < refused < RUNS


@pytest.mark.parametrize(("kind", "verb"), [("journal", "play"), ("store", "sweep")])
def test_another_versions_file_is_refused(kind: str, verb: str, tmp_path: Path) -> None:
    path, file = written(tmp_path, TWO), tmp_path / "kept.sqlite"
    vary = ["--vary", "competition.damage=0:0.3:2", "--jobs", "1"] if verb == "sweep" else []
    words: list[str | Path] = [verb, path, f"--{kind}", file, *vary]
    words += ["--rounds", "1"] if verb == "play" else []
    assert coopetition(*words).code == 0
    edit(file, "PRAGMA user_version = 2")
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    answer = coopetition(*words)
    assert answer.code == 2
    assert f"the {kind} {file} cannot be used: its format is 2" in answer.err
