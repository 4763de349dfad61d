"""Ask and tell: a loop that cannot be called answers as if it could."""

import os
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from coopetition.games.errors import InvalidInputError, OracleError
from coopetition.oracles.protocol.oracle import UtilityOracle, evaluate_checked
from coopetition.oracles.protocol.query import Evaluation, Query
from coopetition.oracles.remote.ask_and_tell import AskTell
from coopetition.oracles.remote.process import ProcessOracle
from tests.oracles.backends import QUERIES, SPEC, Formula, same_answers, tiny

ROOT = Path(__file__).parents[3]


def run(loop: AskTell, backend: UtilityOracle) -> None:
    """Own the loop, as a learning stack does."""
    while queries := loop.ask():
        assert len(queries) <= loop.spec().batch
        for query in reversed(queries):  # in any order
            loop.tell(query, backend.evaluate([query])[0])


@contextmanager
def looping(backend: UtilityOracle, timeout: float = 20.0) -> Iterator[AskTell]:
    with AskTell(backend.spec(), timeout=timeout) as loop:
        thread = threading.Thread(target=run, args=(loop, backend))
        thread.start()
        yield loop
        loop.close()
        thread.join(10)
        assert not thread.is_alive()


def test_a_loop_answers_to_the_last_bit() -> None:
    with looping(tiny()) as loop:
        same_answers(loop, tiny())


def test_many_threads_may_ask_at_once() -> None:
    answers: dict[int, list[float | None]] = {}

    def caller(k: int) -> None:
        queries = [Query((float(k), float(m % 4))) for m in range(8)]
        answers[k] = [answer.gain for answer in loop.evaluate(queries)]

    with looping(Formula()) as loop:
        threads = [threading.Thread(target=caller, args=(k,)) for k in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
    assert answers == {k: [(k + m % 4) / 7 for m in range(8)] for k in range(6)}


def test_a_late_answer_is_kept() -> None:
    with AskTell(SPEC, timeout=0.05) as loop:
        with pytest.raises(OracleError, match=r"did not answer 2 of 2 queries within 0\.05 s"):
            loop.evaluate(QUERIES[:2])
        assert loop.ask() == QUERIES[:2]
        loop.tell(QUERIES[0], Evaluation("ok", 0.25))
        assert loop.evaluate(QUERIES[:1])[0].gain == 0.25
        with pytest.raises(OracleError, match="1 of 1"):  # handed over once: asked again
            loop.evaluate(QUERIES[:1])
        assert loop.ask() == QUERIES[:1]


def test_only_waiting_queries_can_be_answered_and_only_once() -> None:
    with AskTell(SPEC, timeout=0.01) as loop:
        with pytest.raises(InvalidInputError, match="one that waits"):
            loop.tell(QUERIES[0], Evaluation("ok", 1.0))
        with pytest.raises(OracleError):
            loop.evaluate(QUERIES[:1])
        loop.tell(QUERIES[0], Evaluation("ok", 1.0))
        with pytest.raises(InvalidInputError, match="one that waits"):
            loop.tell(QUERIES[0], Evaluation("ok", 2.0))


def test_the_end_of_the_loop_frees_who_waits() -> None:
    loop = AskTell(SPEC, timeout=None)
    threading.Timer(0.1, loop.close).start()
    with pytest.raises(OracleError, match="ended before it answered"):
        loop.evaluate(QUERIES[:1])
    assert loop.closed
    assert loop.ask() == []
    loop.tell(QUERIES[0], Evaluation("ok", 1.0))
    loop.close()
    with pytest.raises(OracleError, match="has ended"):
        loop.evaluate(QUERIES[:1])


def test_asking_in_vain_ends_in_time() -> None:
    assert AskTell(SPEC).ask(timeout=0.01) == []


def test_a_loop_serves_another_process() -> None:
    """The picture of a learning stack with a `main` of its own."""
    worker = textwrap.dedent(
        """
        import threading
        from coopetition.oracles.remote.ask_and_tell import AskTell
        from coopetition.oracles.remote.process import serve_lines
        from tests.oracles.backends import Formula

        backend = Formula()
        loop = AskTell(backend.spec())
        threading.Thread(target=serve_lines, args=(loop,)).start()
        while queries := loop.ask():
            for query in queries:
                loop.tell(query, backend.evaluate([query])[0])
        """
    )
    env = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"}
    with ProcessOracle([sys.executable, "-c", worker], env=env, timeout=30) as oracle:
        same_answers(oracle, Formula())
        process = oracle._running()._process
    assert process.returncode == 0  # it ended by itself
    with looping(Formula()) as here:
        assert evaluate_checked(here, [Query((97.0, 1.0))])[0].status == "partial"
