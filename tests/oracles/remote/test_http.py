"""An oracle behind HTTP: the same answers, bounded retries, no answer without the token."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from coopetition.games.errors import InvalidInputError, OracleError
from coopetition.oracles.ledger.ledger import Ledger
from coopetition.oracles.protocol.oracle import evaluate_checked
from coopetition.oracles.protocol.query import Query
from coopetition.oracles.remote.http import HttpOracle
from coopetition.oracles.remote.server import OracleServer, serve_http
from coopetition.oracles.remote.wire import LIMIT, dumps
from tests.oracles.backends import QUERIES, SPEC, Formula, same_answers, tiny

GOOD = dumps({"evaluations": [{"status": "ok", "gain": 0.5}]}).encode()


@pytest.fixture(autouse=True)
def _quick_and_direct(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr("coopetition.oracles.remote.http._FIRST_PAUSE", 0.01)


@contextmanager
def scripted(*script: Callable[[BaseHTTPRequestHandler], Any]) -> Iterator[tuple[str, list[str]]]:
    """Run a server that does one thing after the other, and then the last for ever."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            seen.append(f"{self.command} {self.path}")
            script[min(len(seen), len(script)) - 1](self)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", seen
        server.shutdown()
        thread.join()


def answer(
    status: int, body: bytes = b"", length: int | None = None, **headers: str
) -> Callable[[BaseHTTPRequestHandler], None]:
    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return send


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def test_http_answers_to_the_last_bit() -> None:
    with serve_http(tiny(), token="correct-horse") as server:
        same_answers(HttpOracle(server.url, token="correct-horse"), tiny())


def test_every_field_of_an_answer_arrives() -> None:
    with serve_http(Formula()) as server:
        oracle = HttpOracle(server.url + "/")
        same_answers(oracle, Formula())
        assert oracle.evaluate(QUERIES[:2]) == Formula().evaluate(QUERIES[:2])
        nan, partial = evaluate_checked(oracle, [Query((98.0, 0.0)), Query((97.0, 0.0))])
        assert (nan.status, nan.error) == ("failed", "the backend reported the gain nan")
        assert (partial.status, partial.source) == ("partial", "self-reported")
        oracle.close()


@pytest.mark.parametrize(
    "trouble",
    [
        answer(500),
        answer(503, b"<html>busy</html>"),
        hang_up,
        answer(200, GOOD[:20], length=len(GOOD)),
    ],
    ids=["500", "503", "dropped", "half a body"],
)
def test_passing_troubles_are_retried(trouble: Callable[[Any], None]) -> None:
    with scripted(trouble, trouble, answer(200, GOOD)) as (url, seen):
        gain = HttpOracle(url, timeout=30, retries=2).evaluate(QUERIES[:1])[0].gain
        assert gain == 0.5
        assert seen == ["POST /v1/evaluate"] * 3
    with scripted(trouble) as (url, seen):
        with pytest.raises(OracleError, match="failed 2 times: ") as caught:
            HttpOracle(url, timeout=30, retries=1).evaluate(QUERIES[:1])
        assert len(seen) == 2
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (answer(401), r"refuses the token, or wants one \(401\)"),
        (answer(404), r"there is no oracle at http.*/v1/evaluate \(404\)"),
        (answer(400, b'{"error": "too large"}'), "answered 400: too large"),
        (answer(302, Location="http://127.0.0.1:1/"), "answered 302"),
        (answer(200, b"<html>"), "wrote '<html>' instead of a JSON object"),
        (answer(200, b"[" * 200_000), "instead of a JSON object"),
        (answer(200, b"{}"), "must send a list of `evaluations`"),
        (answer(200, b'{"evaluations": [{"status": "ok", "gain": [1]}]}'), "must be a number"),
        (answer(200, b'{"evaluations": []}'), "0 answers to 1 queries"),
        (answer(200, b" " * (LIMIT + 2)), "longer than 16777216 bytes"),
    ],
)
def test_final_answers_are_not_retried(
    reply: Callable[[BaseHTTPRequestHandler], None], words: str
) -> None:
    with scripted(answer(200, dumps(SPEC).encode()), reply) as (url, seen):
        with pytest.raises(OracleError, match=words) as caught:
            evaluate_checked(HttpOracle(url), QUERIES[:1])
        assert len(seen) == 2
    assert len(str(caught.value)) < 300


def test_a_server_that_is_gone_is_one_clear_error() -> None:
    server = serve_http(Formula())
    oracle = HttpOracle(server.url, retries=2)
    assert oracle.spec() == SPEC
    server.close()
    with pytest.raises(OracleError, match=r"failed 3 times: .*refused"):
        oracle.evaluate(QUERIES[:1])


def test_a_failing_backend_is_reported() -> None:
    with serve_http(Formula()) as server:
        oracle = HttpOracle(server.url, retries=1)
        with pytest.raises(OracleError, match=r"2 times.* answered 500.*ValueError: no such train"):
            oracle.evaluate([Query((99.0, 1.0))])
        with pytest.raises(OracleError, match="answered 400: `contribution` must have 2 entries"):
            oracle.evaluate([Query((1.0,))])
        assert oracle.evaluate([Query((7.0, 7.0))])[0].gain == 2.0


@pytest.mark.parametrize("token", [None, "wrong", "correct-hors", "correct-horse1"])
def test_without_the_token_nothing_is_answered(token: str | None) -> None:
    with serve_http(Formula(), token="correct-horse") as server:
        oracle = HttpOracle(server.url, token)
        with pytest.raises(OracleError, match="refuses the token") as caught:
            oracle.spec()
        with pytest.raises(OracleError, match="refuses the token"):
            oracle.evaluate(QUERIES)
    assert "horse" not in str(caught.value)


def post(server: OracleServer, *, path: str = "/v1/evaluate", **headers: str) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    body = headers.pop("body", "")
    try:
        connection.putrequest("POST", path)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders(body.encode() or None)
        reply = connection.getresponse()
        return reply.status, json.loads(reply.read())["error"]
    finally:
        connection.close()


def test_the_server_refuses_what_is_not_a_question() -> None:
    kind = {"Content_Type": "application/json"}
    with serve_http(Formula()) as server:
        status, error = post(server, **kind, Content_Length=str(LIMIT + 1))
        assert (status, error) == (413, "the body must stay below 16777216 bytes, got 16777217")
        assert post(server, **kind)[0] == 411
        assert post(server, **kind, Content_Length="-5")[0] == 400
        assert post(server, Content_Type="text/plain", Content_Length="2", body="{}")[0] == 415
        assert post(server, path="/", **kind, Content_Length="2", body="{}")[0] == 404
        assert post(server, path="/v1/spec", **kind, Content_Length="2", body="{}")[0] == 404
        for body, words in [
            ("{'a': 1}", "instead of a JSON object"),
            ("{}", "`queries` must be a list"),
            ('{"queries": [{"contribution": "__import__"}]}', "`contribution` must be a list"),
            ('{"queries": [{"contribution": [1, NaN]}]}', "finite"),
        ]:
            status, error = post(server, **kind, Content_Length=str(len(body)), body=body)
            assert status == 400
            assert words in error
        assert HttpOracle(server.url).evaluate([Query((7.0, 7.0))])[0].gain == 2.0


def test_others_reach_a_server_only_with_a_token() -> None:
    for host in ("0.0.0.0", "", "192.0.2.1"):
        with pytest.raises(InvalidInputError, match="`token` must be given"):
            serve_http(Formula(), host=host)
    for token in ("", "two words", "line\nbreak", "é"):
        with pytest.raises(InvalidInputError, match="printable ASCII"):
            serve_http(Formula(), token=token)
        with pytest.raises(InvalidInputError, match="printable ASCII"):
            HttpOracle("http://127.0.0.1", token)
    with (
        serve_http(Formula()) as server,
        pytest.raises(InvalidInputError, match="cannot be served"),
    ):
        serve_http(Formula(), port=server.server_port)


def test_only_http_is_spoken() -> None:
    for url in ("file:///etc/passwd", "ftp://127.0.0.1", "127.0.0.1:80", "http://", "http://a b"):
        with pytest.raises(InvalidInputError, match="must be http:// or https://"):
            HttpOracle(url)


def test_a_ledger_keeps_what_came_before_the_trouble(tmp_path: Path) -> None:
    batch = dumps({"evaluations": [{"status": "ok", "gain": 0.5}] * SPEC.batch}).encode()
    queries = [Query((float(k), 1.0)) for k in range(9)]
    with scripted(answer(200, dumps(SPEC).encode()), answer(200, batch), answer(500)) as (url, _):
        with Ledger(tmp_path / "gains.sqlite", HttpOracle(url, retries=1)) as ledger:
            with pytest.raises(OracleError, match="failed 2 times"):
                ledger.evaluate(queries)
            assert len(list(ledger.records())) == SPEC.batch
    with serve_http(Formula()) as server, Ledger(tmp_path / "gains.sqlite") as replay:
        assert [a.gain for a in replay.evaluate(queries[: SPEC.batch])] == [0.5] * SPEC.batch
        with Ledger(tmp_path / "gains.sqlite", HttpOracle(server.url)) as ledger:
            gains = [a.gain for a in ledger.evaluate(queries)]
    assert gains == [0.5] * 3 + [(k + 1) / 7 for k in range(3, 9)]


def test_one_question_at_a_time() -> None:
    """An oracle need not be thread-safe to be served."""
    inside: list[int] = []

    class Exclusive(Formula):
        def evaluate(self, queries: Any) -> Any:
            inside.append(len(inside))
            assert inside == [0]
            time.sleep(0.05)
            inside.pop()
            return super().evaluate(queries)

    gains: list[float | None] = []
    with serve_http(Exclusive()) as server:

        def ask() -> None:
            gains.append(HttpOracle(server.url, retries=0).evaluate([Query((7.0, 7.0))])[0].gain)

        threads = [threading.Thread(target=ask) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert gains == [2.0] * 5
