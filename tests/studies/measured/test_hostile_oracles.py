"""Scenarios whose oracle floods, lies, echoes, dawdles or wants secrets: one sentence, in time."""

import json
import sqlite3
import sys
import textwrap
import time
from contextlib import closing
from pathlib import Path

import pytest

from coopetition.oracles.remote.wire import dumps
from tests.oracles.backends import SPEC
from tests.oracles.remote.test_bounded_answers import drip, raw
from tests.studies.command import Answer, coopetition, written

ROUND = """
name = "two"
[oracle]
{}
profiles = 8
seeds = 2
holdout_seeds = 2
[[organization]]
name = "North"
local_data = 10
max_contribution = 40
value = 100
unit_cost = 0.1
[[organization]]
name = "South"
local_data = 20
max_contribution = 40
value = 80
unit_cost = 0.1
"""
WORKER = f"""
import json, os, sys
spec = json.loads({dumps(SPEC)!r})
seen = set()
for line in sys.stdin:
    body = json.loads(line)
    answer = {{"id": body["id"]}}
    if body["ask"] == "spec":
        SPEC
        answer["spec"] = spec
    else:
        answer["evaluations"] = []
        for q in body["queries"]:
            reply = dict(status="ok", gain=1 - 9 / (9 + sum(q["contribution"])))
            THEN
            answer["evaluations"].append(reply)
    print(json.dumps(answer), flush=True)
"""


def program(folder: Path, then: str = "", spec: str = "", extra: str = "timeout = 30") -> Answer:
    """Solve a scenario with a worker that does something else at times."""
    text = WORKER.replace("THEN", then or "pass").replace("SPEC", spec or "pass", 1)
    (folder / "worker.py").write_text(textwrap.dedent(text))
    command = json.dumps([sys.executable, "-S", "worker.py"])
    table = f'kind = "process"\ncommand = {command}\n{extra}'
    return coopetition("solve", written(folder, ROUND.format(table)), "--json")


def test_a_flood_ends_with_the_time_limit(tmp_path: Path) -> None:
    started = time.monotonic()
    table = 'kind = "process"\ncommand = ["yes"]\ntimeout = 0.5'
    answer = coopetition("solve", written(tmp_path, ROUND.format(table)))
    assert (answer.code, answer.out) == (3, "")
    assert "the worker yes did not answer within 0.5 s" in answer.err
    assert time.monotonic() - started < 20


def test_a_dripping_server_ends_with_the_time_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with raw(drip(b"HTTP/1.1 200 OK\r\n\r\n", b" ")) as url:
        table = f'kind = "http"\nurl = "{url}"\ntimeout = 0.5'
        answer = coopetition("solve", written(tmp_path, ROUND.format(table)))
    assert (answer.code, answer.out) == (3, "")
    assert f"{url} did not answer within 0.5 s" in answer.err


@pytest.mark.parametrize(
    ("then", "spec", "words"),
    [
        ("reply = dict(status='failed', error='bad \\ud800 \\x1b[2J text')", "", "bad � �[2J text"),
        ("", "spec['metric'] = 'acc\\ud800'", "`metric` must be a text without control"),
        ("", "spec['organizations'][1] = 'So\\ud800uth'", "`organizations` must be a text"),
        ("", "spec['unit'] = 'rows\\x07'", "`unit` must be a text without control"),
        ("", "spec['baseline'] = float('nan')", "`baseline` must be a finite number"),
        ("reply['gain'] = float('inf')", "", "the backend reported the gain inf"),
        ("reply['gain'] = '<b>1</b>'", "", "`gain` must be a number, got '<b>1</b>'"),
        ("sys.exit('\\x1b]0;owned\\x07')", "", "exit code 1, its last words: �]0;owned�"),
    ],
)
def test_what_it_says_reaches_the_terminal_as_text(
    tmp_path: Path, then: str, spec: str, words: str
) -> None:
    answer = program(tmp_path, then, spec)
    assert (answer.code, answer.out) == (3, ""), answer
    assert words in answer.err
    assert all(line.isprintable() for line in answer.err.splitlines()[-1:])
    answer.err.encode()


def test_what_is_pending_is_asked_again_and_not_kept(tmp_path: Path) -> None:
    once = "if repr(q) not in seen: seen.add(repr(q)); reply = dict(status='pending')"
    answer = program(tmp_path, once, extra='timeout = 60\nledger = "gains.sqlite"')
    assert answer.code == 0, answer.err
    with closing(sqlite3.connect(tmp_path / "gains.sqlite")) as file:
        kept = dict(file.execute("SELECT status, count(*) FROM evaluation GROUP BY status"))
    assert set(kept) == {"ok"}
    never = program(tmp_path, "reply = dict(status='pending')", extra="timeout = 0.5")
    assert never.code == 3
    assert "is pending: the backend gave no reason" in never.err


def test_secrets_are_for_whom_they_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUD_KEY", "one")
    monkeypatch.setenv("DATA_KEY", "two")
    tell = "reply = dict(status='failed', error=str([n for n in os.environ if 'KEY' in n]))"
    plain = program(tmp_path, tell)
    assert "is failed: []" in plain.err
    named = program(tmp_path, tell, extra='env = ["DATA_KEY"]')
    assert "is failed: ['DATA_KEY']" in named.err
    refused = program(tmp_path, "open('started', 'w')", extra='env = ["DATA_KEYS"]')
    assert refused.code == 2
    assert "[oracle]: `env` names DATA_KEYS, which is not set" in refused.err
    assert not (tmp_path / "started").exists()


@pytest.mark.parametrize("env", ['"DATA_KEY"', '["A", "A"]', '[""]', '["A=1"]', "[1]", '["A B"]'])
def test_names_of_variables_are_names(tmp_path: Path, env: str) -> None:
    refused = program(tmp_path, extra=f"env = {env}")
    assert refused.code == 2
    assert "`env` must be a list of distinct names of environment variables" in refused.err


def test_only_programs_are_given_variables(tmp_path: Path) -> None:
    table = 'kind = "http"\nurl = "http://127.0.0.1"\nenv = ["HOME"]'
    refused = coopetition("solve", written(tmp_path, ROUND.format(table)))
    assert refused.code == 2
    assert "unknown key `env`" in refused.err
