"""Messages with anything wrong in them: one sentence, or a value that means what it says."""

import json
import os
import random
import socket
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from coopetition.games.errors import CoopetitionError, InvalidInputError, OracleError
from coopetition.oracles.protocol.oracle import evaluate_checked
from coopetition.oracles.protocol.query import Evaluation, OracleSpec, Query
from coopetition.oracles.remote.http import HttpOracle
from coopetition.oracles.remote.process import _answer
from coopetition.oracles.remote.server import serve_http
from coopetition.oracles.remote.wire import (
    dumps,
    loads,
    read_evaluation,
    read_evaluations,
    read_query,
    read_spec,
)
from tests.damage import damaged
from tests.oracles.backends import SPEC, Formula

RUNS = int(os.environ.get("COOPETITION_FUZZ", "400"))
QUERY = Query((1.0, 2.5), (0,), seed=7, round=3, state="warm")
PLAIN = Query((1.0, 2.5), (0,), seed=7)
ANSWER = Evaluation("partial", 0.25, (0.5, None), 0.1, 2.0, (0,), "no reply")


@pytest.fixture(autouse=True)
def _direct(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def sound(error: CoopetitionError) -> None:
    """Check that an error is one short sentence that can be printed and written."""
    assert str(error).isprintable()
    assert 0 < len(str(error)) < 700
    str(error).encode()


@pytest.mark.parametrize(
    ("good", "read"),
    [(QUERY, read_query), (ANSWER, read_evaluation), (SPEC, read_spec)],
    ids=["query", "evaluation", "description"],
)
def test_what_is_read_means_what_was_written(
    good: Query | Evaluation | OracleSpec, read: Callable[[Any], Any]
) -> None:
    rng, text = random.Random(1), dumps(good)
    refused = accepted = 0
    for _ in range(RUNS):
        try:
            value = read(loads(damaged(text, rng).encode(errors="surrogatepass"), "somebody"))
        except CoopetitionError as error:
            sound(error)
            refused += 1
            continue
        accepted += 1
        try:
            again = dumps(value)
        except OracleError:  # NaN, which is made a failure later
            assert "nan" in repr(value) or "inf" in repr(value)
            continue
        assert read(loads(again, "us")) == value
    assert refused > RUNS // 4
    assert accepted > RUNS // 40


def test_a_worker_answers_every_line() -> None:
    """Whatever the line, the answer is one strict JSON object, with the number or without."""
    rng = random.Random(2)
    text = dumps({"id": 5, "ask": "evaluate", "queries": [PLAIN, Query((3.0, 4.0))]})

    def refuse(word: str) -> None:
        raise AssertionError(word)

    answered = 0
    for _ in range(RUNS):
        line = damaged(text, rng).encode(errors="surrogatepass")
        said = _answer(Formula(), line)
        body = json.loads(said, parse_constant=refuse)
        assert ("error" in body) != ("evaluations" in body or "spec" in body)
        assert body["id"] is None or type(body["id"]) is int
        answered += "error" not in body
        sound(InvalidInputError(body.get("error", "fine")))
    assert 0 < answered < RUNS / 2


def test_a_client_takes_every_answer() -> None:
    """Damaged answers become evaluations that can be trusted, or one error."""
    rng = random.Random(3)
    text = dumps({"id": 5, "evaluations": [ANSWER, Evaluation("ok", 0.5, seconds=1.0)]})

    class Damaged(Formula):
        def evaluate(self, queries: Any) -> list[Evaluation]:
            line = damaged(text, rng).encode(errors="surrogatepass")
            return read_evaluations(loads(line, "the worker"))

    trusted = 0
    for _ in range(RUNS):
        try:
            answers = evaluate_checked(Damaged(), [PLAIN, Query((3.0, 4.0))])
        except OracleError as error:
            sound(error)
            continue
        trusted += 1
        loads(dumps({"evaluations": answers}), "us")  # finite: JSON can hold them
        for answer in answers:
            assert (answer.gain is None) == (answer.status in ("failed", "pending"))
            assert answer.error is None or answer.error.isprintable()
    assert trusted > RUNS // 40


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b'{"gain": 1, "gain": 2}', "the key 'gain' occurs twice"),
        (b'{"a": {"b": 1, "b": 1}}', "the key 'b' occurs twice"),
        (b"\xff\xfe{\x00}\x00", "instead of UTF-8"),
        (b"\xef\xbb\xbf{}", "instead of a JSON object"),
        (b'{"a": "\xed\xa0\x80"}', "instead of UTF-8"),
        (b"[" * 10**6, "instead of a JSON object"),
        (b"1" * 10**5, "instead of a JSON object"),
    ],
)
def test_only_strict_json_is_read(text: bytes, words: str) -> None:
    with pytest.raises(OracleError, match=words):
        loads(text, "the worker")


def test_names_that_no_terminal_should_see_are_refused() -> None:
    body = json.loads(dumps(SPEC))
    for change in ({"metric": "acc\x1b[2J"}, {"unit": "\ud800"}, {"fingerprint": "a\nb"}):
        with pytest.raises(OracleError, match="must be a text without control characters"):
            read_spec(body | change)
    with pytest.raises(InvalidInputError, match="`state` must be a Unicode text"):
        read_query({"contribution": [1], "state": "\udc00"})
    assert read_evaluation({"status": "failed", "error": "a\x1b[31m\nb"}).error == "a�[31m b"


def test_whatever_is_sent_the_server_answers_and_lives() -> None:
    """Damaged bodies in sound requests, and requests with damaged bytes: an answer or a hang-up."""
    rng = random.Random(6)
    text = dumps({"queries": [PLAIN, Query((3.0, 4.0))]})

    def refuse(word: str) -> None:
        raise AssertionError(word)

    statuses = Counter[int]()
    with serve_http(Formula()) as server:
        for run in range(RUNS // 2):
            body = damaged(text, rng).encode(errors="surrogatepass") or b" "
            head = (
                f"POST /v1/evaluate HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
            )
            sent = bytearray(head.encode() + b"Content-Type: application/json\r\n\r\n" + body)
            for _ in range(3 * (run % 2)):
                k = rng.randrange(len(head))
                sent[k : k + rng.randrange(3)] = bytes(rng.choices(range(256), k=rng.randrange(3)))
            with socket.create_connection(("127.0.0.1", server.server_port), timeout=30) as one:
                one.sendall(sent)
                one.shutdown(socket.SHUT_WR)
                with suppress(OSError):
                    reply = b"".join(iter(lambda: one.recv(65536), b""))
            if not reply:
                continue
            status, said = int(reply.split(b" ", 2)[1]), reply.partition(b"\r\n\r\n")[2]
            statuses[status] += 1
            answer = json.loads(said, parse_constant=refuse)
            assert ("error" in answer) == (status != 200)
            sound(InvalidInputError(answer.get("error", "fine")))
        assert HttpOracle(server.url).spec() == SPEC
    assert set(statuses) <= {200, 400, 404, 408, 411, 413, 414, 415, 421, 431, 501, 505}
    assert statuses[400] > RUNS // 8
    assert statuses[200] > 0
