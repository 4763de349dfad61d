"""Programs that flood, hang and outlive: all ends in time and in bounds."""

import resource
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

from coopetition.games.errors import InvalidInputError, OracleError
from coopetition.oracles.protocol.oracle import evaluate_checked
from coopetition.oracles.protocol.query import Evaluation, Query
from coopetition.oracles.remote.environment import worker_environment
from coopetition.oracles.remote.process import ProcessOracle
from tests.oracles.backends import QUERIES, Formula
from tests.oracles.remote.test_process import ENV, STRANGER

ENOUGH = 20.0  # seconds: far above every limit below, also on a busy machine


@pytest.fixture(autouse=True)
def _direct(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("yes", "did not answer within 0.5 s"),
        ("yes '{\"id\": 7}'", "did not answer within 0.5 s"),
        ("yes | tr -d '\\n'", "did not answer within 0.5 s"),
        ("yes >&2", "within 0.5 s, its last words: y | y"),
        ("yes >&2 & exec yes", "within 0.5 s, its last words: y | y"),
        ("printf '\\033[2Jbad\\007' >&2; exit 3", "exit code 3, its last words: �[2Jbad�"),
    ],
)
def test_a_flood_ends_at_the_time_limit_in_bounded_memory(script: str, words: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.monotonic()
    with (
        ProcessOracle(["sh", "-c", script], start_timeout=0.5, env=ENV) as oracle,
        pytest.raises(OracleError) as caught,
    ):
        oracle.spec()
    assert words in str(caught.value)
    assert str(caught.value).isprintable()
    assert time.monotonic() - started < ENOUGH
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000  # kilobytes


def test_a_flood_between_two_questions_is_held_back() -> None:
    then = "send(id=number, evaluations=answers); os.system('yes')"
    worker = textwrap.dedent(STRANGER.replace("THEN", then))
    with ProcessOracle([sys.executable, "-S", "-c", worker], timeout=20, env=ENV) as oracle:
        assert oracle.evaluate([Query((7.0, 7.0))])[0].gain == 2.0
        time.sleep(0.3)
        assert oracle._running()._lines.qsize() <= 2
        with pytest.raises(OracleError, match="wrote 'y' instead of a JSON object"):
            oracle.evaluate([Query((7.0, 7.0))])


CLIENT = """
import sys
from coopetition.oracles.protocol.query import Query
from coopetition.oracles.remote.process import ProcessOracle
oracle = ProcessOracle([sys.executable, "-S", "-c", sys.argv[1]])
oracle.spec()
print("asking", flush=True)
oracle.evaluate([Query((1.0, 1.0))])
"""


def test_a_worker_does_not_outlive_a_killed_client_in_the_middle_of_a_training() -> None:
    """What it and its children hold of the client's is free: the pipe ends."""
    worker = STRANGER.replace("THEN", "os.system('sleep 600'); time.sleep(600)")
    command = [sys.executable, "-c", CLIENT, textwrap.dedent(worker)]
    with subprocess.Popen(command, env=ENV, stdout=subprocess.PIPE) as client:
        assert client.stdout is not None
        assert client.stdout.readline() == b"asking\n"
        time.sleep(0.3)
        children = Path(f"/proc/{client.pid}/task/{client.pid}/children")
        known = [int(word) for word in children.read_text().split()] if children.exists() else []
        client.kill()
        client.wait()
        started = time.monotonic()
        while any(lives(pid) for pid in known):
            assert time.monotonic() - started < ENOUGH
            time.sleep(0.05)


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


UNITS = """
import os, time
from coopetition.oracles.parallel.executor import Processes
def hang():
    os.write(1, b"up\\n")
    time.sleep(600)
list(Processes(1).run(hang, [()], True))
"""


def test_a_worker_process_ends_with_its_parent() -> None:
    """As the processes of sweeps and of parallel trainings do, in the middle of a unit."""
    with subprocess.Popen([sys.executable, "-c", UNITS], env=ENV, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"up\n"
        parent.kill()
        started = time.monotonic()
        assert parent.stdout.read() == b""  # once nobody holds the pipe
        assert time.monotonic() - started < ENOUGH


def test_a_program_gets_named_variables_only(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_SECRET_ACCESS_KEY", "GAINS_TOKEN", "DATA_KEY"):
        monkeypatch.setenv(name, "secret")
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    said = worker_environment(["DATA_KEY"])
    assert {"PATH", "OMP_NUM_THREADS", "DATA_KEY"} <= said.keys()
    assert not {"AWS_SECRET_ACCESS_KEY", "GAINS_TOKEN"} & said.keys()
    with pytest.raises(InvalidInputError, match="`env` names NOWHERE, which is not set"):
        worker_environment(["NOWHERE"])
    then = "send(id=number, evaluations=[dict(status='failed', error=' '.join(os.environ))])"
    worker = textwrap.dedent(STRANGER.replace("THEN", then))
    with ProcessOracle([sys.executable, "-S", "-c", worker], timeout=20) as oracle:
        told = oracle.evaluate(QUERIES[:1])[0].error or ""
    assert "OMP_NUM_THREADS" in told or "…" in told
    assert "GAINS_TOKEN" not in told


def test_pending_is_asked_again_until_the_time_is_over() -> None:
    seen = "if 'seen' not in globals(): seen = set()\n        "
    then = seen + (
        "fresh = [q['seed'] not in seen for q in queries]; seen |= {q['seed'] for q in queries}; "
        "send(id=number, evaluations="
        "[dict(status='pending') if new else a for new, a in zip(fresh, answers)])"
    )
    worker = textwrap.dedent(STRANGER.replace("THEN", then))
    queries = [Query((7.0, 7.0), seed=seed) for seed in range(5)]
    with ProcessOracle([sys.executable, "-S", "-c", worker], timeout=20, env=ENV) as oracle:
        gains = [answer.gain for answer in evaluate_checked(oracle, queries)]
    assert gains == [(14 + seed) / 7 for seed in range(5)]

    class Never(Formula):
        timeout = 0.2

        def evaluate(self, queries: Any) -> list[Evaluation]:
            asked.append(len(queries))
            return [Evaluation("pending", None, error="ticket 12")] * len(queries)

    asked: list[int] = []
    answer = evaluate_checked(Never(), queries[:1])[0]
    assert (answer.status, answer.error) == ("pending", "ticket 12")
    assert len(asked) >= 2
