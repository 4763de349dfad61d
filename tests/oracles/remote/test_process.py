"""A program as an oracle: the same answers, and one clear error whatever it does instead."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from coopetition.games.errors import InvalidInputError, OracleError
from coopetition.oracles.protocol.oracle import evaluate_checked
from coopetition.oracles.protocol.query import Query
from coopetition.oracles.remote.process import ProcessOracle
from coopetition.oracles.remote.wire import dumps
from coopetition.oracles.remote.worker import Worker
from tests.oracles.backends import QUERIES, SPEC, Formula, same_answers, tiny

ROOT = Path(__file__).parents[3]
ENV = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"}


@contextmanager
def python(code: str, *options: str, timeout: float = 30.0) -> Iterator[ProcessOracle]:
    """Run a worker written in Python."""
    command = [sys.executable, *options, "-c", textwrap.dedent(code)]
    with ProcessOracle(command, timeout=timeout, start_timeout=30.0, env=ENV) as oracle:
        yield oracle


OURS = """
    from coopetition.oracles.remote.process import serve_lines
    from tests.oracles.backends import Formula, tiny
"""

# A worker without any help of ours: answers the description, then does whatever `then` says.
STRANGER = f"""
    import json, os, sys, time
    spec = json.loads({dumps(SPEC)!r})
    def send(**body): print(json.dumps(body), flush=True)
    for line in sys.stdin:
        body = json.loads(line)
        number = body["id"]
        if body["ask"] == "spec":
            send(id=number, spec=spec)
            continue
        queries = body["queries"]
        gains = [(sum(q["contribution"]) + q["seed"]) / 7 for q in queries]
        answers = [dict(status="ok", gain=gain) for gain in gains]
        THEN
"""


def stranger(then: str, timeout: float = 30.0):  # type: ignore[no-untyped-def]
    return python(STRANGER.replace("THEN", then), "-S", timeout=timeout)


def test_a_process_answers_to_the_last_bit() -> None:
    with python(OURS + "    serve_lines(tiny())") as oracle:
        same_answers(oracle, tiny())


def test_every_field_of_an_answer_arrives() -> None:
    with python(OURS + "    serve_lines(Formula())") as oracle:
        same_answers(oracle, Formula())
        assert oracle.evaluate(QUERIES[:2]) == Formula().evaluate(QUERIES[:2])
        nan, partial = evaluate_checked(oracle, [Query((98.0, 0.0)), Query((97.0, 0.0))])
        assert (nan.status, nan.error) == ("failed", "the backend reported the gain nan")
        assert (partial.status, partial.source) == ("partial", "self-reported")
        assert partial.error == "no reply from South"


def test_a_program_that_knows_nothing_of_us_answers() -> None:
    with stranger("send(id=number, evaluations=answers)") as oracle:
        assert oracle.spec() == SPEC
        there, here = (evaluate_checked(o, QUERIES) for o in (oracle, Formula()))
        assert [a.gain for a in there] == [a.gain for a in here]


def test_prints_do_not_get_between_the_answers() -> None:
    noisy = """
    import os, subprocess, sys
    print("Welcome to the framework", flush=True)
    print('{"id": 5}\\n[1, 2]', flush=True)
    class Noisy(Formula):
        def evaluate(self, queries):
            print("round 1 of 10", flush=True)
            os.write(1, b"C code prints")
            subprocess.run(["echo", "a child prints"], check=True)
            assert sys.stdin.read() == ""
            return super().evaluate(queries)
    serve_lines(Noisy())
    """
    with python(OURS + noisy) as oracle:
        same_answers(oracle, Formula())


def test_a_failing_backend_is_reported_and_goes_on() -> None:
    with python(OURS + "    serve_lines(Formula())") as oracle:
        before = oracle._running()
        with pytest.raises(OracleError, match=r"failed: .* ValueError: no such training"):
            oracle.evaluate([Query((99.0, 1.0))])
        with pytest.raises(OracleError, match="must have 2 entries"):
            oracle.evaluate([Query((1.0,))])
        assert oracle.evaluate([Query((7.0, 7.0))])[0].gain == 2.0
        assert oracle._running() is before


def test_a_worker_that_dies_leaves_its_last_words() -> None:
    dies = """
            print("loading", file=sys.stderr); print("CUDA out of memory", file=sys.stderr)
            sys.exit(3)""".strip().replace("\n    ", "\n")
    with stranger(dies) as oracle:
        assert oracle.spec() == SPEC
        words = r"ended with exit code 3, its last words: loading \| CUDA out of memory"
        for _ in range(2):  # restarted each time
            with pytest.raises(OracleError, match=words):
                oracle.evaluate(QUERIES[:1])


def test_a_killed_worker_is_named_and_replaced() -> None:
    slow = "time.sleep(30 if gains[0] == 13 else 0); send(id=number, evaluations=answers)"
    with stranger(slow) as oracle:
        assert oracle.evaluate([Query((7.0, 7.0))])[0].gain == 2.0
        pid = oracle._running()._process.pid
        threading.Timer(0.3, os.kill, (pid, signal.SIGKILL)).start()
        with pytest.raises(OracleError, match="was killed by signal 9"):
            oracle.evaluate([Query((91.0, 0.0))])
        assert oracle.evaluate([Query((14.0, 7.0))])[0].gain == 3.0


def test_a_worker_that_never_answers_is_ended_with_its_children(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    silent = f"""
    import pathlib, subprocess
    child = subprocess.Popen(["sleep", "60"])
    pathlib.Path({str(note)!r}).write_text(str(child.pid))
    """
    code = silent + STRANGER.replace("THEN", "time.sleep(60)")
    started = time.monotonic()
    with (
        python(code, timeout=1.0) as oracle,
        pytest.raises(OracleError, match="did not answer within 1 s"),
    ):
        oracle.evaluate(QUERIES[:1])
    assert time.monotonic() - started < 15
    for _ in range(50):
        state = Path(f"/proc/{note.read_text()}/stat")
        if not state.exists() or state.read_text().split()[2] == "Z":
            break
        time.sleep(0.1)
    else:
        pytest.fail("the worker's child is still running")


def test_the_input_of_a_worker_stays_open_while_it_is_written_to() -> None:
    """Once closed its number may be another file's, which would get the rest of the question."""
    worker = Worker([sys.executable, "-S", "-c", "import time; time.sleep(600)"], None, None)
    with pytest.raises(OracleError, match="did not answer within"):
        worker.exchange({"text": "x" * 1_000_000}, timeout=0.2)  # more than a pipe holds
    given = worker._process.stdin
    assert given is not None
    ending = threading.Thread(target=worker.stop, args=(1.0,))
    ending.start()
    time.sleep(0.3)
    assert not given.closed
    ending.join(20.0)
    assert given.closed
    assert not ending.is_alive()


def test_a_worker_that_does_not_read_blocks_nobody() -> None:
    """The question is larger than a pipe holds."""
    deaf = f"""
    import sys, time
    sys.stdin.readline()
    print('{{"id": 0, "spec": {dumps(SPEC)}}}', flush=True)
    time.sleep(60)
    """
    with (
        python(deaf, "-S", timeout=1.0) as oracle,
        pytest.raises(OracleError, match="within 1 s"),
    ):
        oracle.evaluate([Query((1.0, 2.0), seed=k) for k in range(5000)])


@pytest.mark.parametrize(
    ("then", "words"),
    [
        ("print('Epoch 1', flush=True)", "wrote 'Epoch 1' instead of a JSON object"),
        ("send(id=99, evaluations=answers)", '\'{"id": 99.*to the message 1'),
        ("send(evaluations=answers)", "to the message 1"),
        ("send(id=number)", "must send a list of `evaluations`"),
        ("send(id=number, evaluations=[])", "0 answers to 1 queries"),
        ("send(id=number, evaluations=[0.5])", "must be a JSON object, got '0.5'"),
        ("send(id=number, evaluations=[dict(status='ok', gian=1)])", "`gian` is not one of"),
        ("send(id=number, evaluations=[dict(status='ok', gain='1')])", "`gain` must be a number"),
        ("send(id=number, evaluations=[dict(gain=1)])", "`status` is missing"),
        ("send(id=number, evaluations=[dict(status='good')])", "one of ok, failed, partial"),
        ("send(id=number, evaluations=[dict(status='ok', gain=10**400)])", "below 1e308"),
        ("send(id=number, error='disk full')", "the worker failed: disk full"),
        ("send(id=number, error='Traceback:\\n' + 'x' * 10**6)", "failed: Traceback: x"),
        ("sys.stdout.close(); os.close(1); time.sleep(60)", "closed its standard output"),
    ],
)
def test_nonsense_is_one_clear_error(
    then: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coopetition.oracles.remote.worker.PATIENCE", 0.2)
    with stranger(then) as oracle, pytest.raises(OracleError, match=words) as caught:
        evaluate_checked(oracle, QUERIES[:1])
    assert "\n" not in str(caught.value)


def test_nan_in_an_answer_is_a_failure() -> None:
    with stranger("send(id=number, evaluations=[dict(status='ok', gain=float('nan'))])") as oracle:
        assert evaluate_checked(oracle, QUERIES[:1])[0].error == "the backend reported the gain nan"


def test_what_cannot_start_is_named() -> None:
    with pytest.raises(InvalidInputError, match="must be a list of texts"):
        ProcessOracle("python worker.py")
    with (
        ProcessOracle(["/no/such/program"]) as oracle,
        pytest.raises(OracleError, match="/no/such/program cannot be started"),
    ):
        oracle.spec()
    with python("raise SystemExit('bad option')", "-S") as oracle:
        with pytest.raises(OracleError, match="exit code 1, its last words: bad option"):
            oracle.spec()
        oracle.close()
        with pytest.raises(OracleError, match="was closed"):
            oracle.spec()


def test_a_worker_ends_when_its_caller_is_gone() -> None:
    code = textwrap.dedent(OURS + "    serve_lines(Formula())")
    with subprocess.Popen(
        [sys.executable, "-c", code],
        env=ENV,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        _, words = process.communicate(b'{"id": 0, "ask": "spec"}\n' * 3, timeout=30)
        assert (process.returncode, words) == (0, b"")


def test_another_backend_after_a_restart_is_refused() -> None:
    changing = STRANGER.replace("spec=spec", "spec=spec | {'fingerprint': str(os.getpid())}")
    with python(changing.replace("THEN", "sys.exit(1)"), "-S") as oracle:
        with pytest.raises(OracleError, match="exit code 1"):
            oracle.evaluate(QUERIES[:1])
        with pytest.raises(OracleError, match="describes itself differently"):
            oracle.evaluate(QUERIES[:1])
