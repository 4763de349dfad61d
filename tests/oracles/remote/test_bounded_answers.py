"""Servers that drip, hang, flood and echo: all ends in time, and tokens are never shown."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from coopetition.games.errors import InvalidInputError, OracleError
from coopetition.oracles.ledger.ledger import Ledger
from coopetition.oracles.remote.http import HttpOracle
from coopetition.oracles.remote.process import ProcessOracle
from coopetition.oracles.remote.server import serve_http
from coopetition.oracles.remote.wire import dumps
from tests.oracles.backends import QUERIES, SPEC, Formula

ENOUGH = 20.0  # seconds: far above every limit below, also on a busy machine
TOKEN = "correct-horse"


@pytest.fixture(autouse=True)
def _direct(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@contextmanager
def raw(script: Callable[[socket.socket], None]) -> Iterator[str]:
    """Run a server that does anything it likes with a connection."""
    listener = socket.create_server(("127.0.0.1", 0))
    done = threading.Event()

    def serve() -> None:
        while not done.is_set():
            with suppress(OSError):
                one, _ = listener.accept()
                threading.Thread(target=handle, args=(one,), daemon=True).start()

    def handle(one: socket.socket) -> None:
        with one, suppress(OSError):
            one.recv(65536)
            script(one)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        done.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def drip(begin: bytes, piece: bytes, pause: float = 0.05) -> Callable[[socket.socket], None]:
    def script(one: socket.socket) -> None:
        one.sendall(begin)
        for _ in range(10_000):
            one.sendall(piece)
            time.sleep(pause)

    return script


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    "script",
    [
        drip(b"", b"H"),
        drip(b"HTTP/1.1 200 OK\r\n", b"X: 1\r\n"),
        drip(HEAD + b"Content-Length: 100000\r\n\r\n", b" "),
        drip(HEAD + b"\r\n", b" "),
        drip(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100, 0.0),
        drip(b"HTTP/1.1 500 No\r\nContent-Length: 100000\r\n\r\n", b" "),
        lambda one: time.sleep(30),
    ],
    ids="status headers body endless chunks 100 100-flood refusal silence".split(),
)
def test_no_server_is_waited_for_longer_than_was_said(
    script: Callable[[socket.socket], None],
) -> None:
    with raw(script) as url:
        started = time.monotonic()
        with pytest.raises(OracleError, match=r"did not answer within 0\.4 s"):
            HttpOracle(url, start_timeout=0.4).spec()
        assert time.monotonic() - started < ENOUGH


def test_attempts_share_one_deadline() -> None:
    with raw(lambda one: one.sendall(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")) as url:
        with pytest.raises(OracleError, match=r"within 0\.5 s, at last: .*503: Busy"):
            HttpOracle(url, start_timeout=0.5, retries=1000).spec()


def test_questions_are_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coopetition.oracles.remote.http.LIMIT", 500)
    with serve_http(Formula()) as server:
        oracle = HttpOracle(server.url)
        oracle.spec()
        with pytest.raises(OracleError, match="a batch must stay below 500 bytes, got "):
            oracle.evaluate(QUERIES * 20)
        assert len(oracle.evaluate(QUERIES[:2])) == 2


@pytest.mark.parametrize("status", [200, 400, 401, 403, 500])
@pytest.mark.parametrize("hidden", ["correct-horse", "\\u0063orrect-horse", "tok'en\\\\1"])
def test_a_token_that_is_echoed_is_never_shown(status: int, hidden: str, tmp_path: Path) -> None:
    token = json.loads(f'"{hidden}"')

    def echo(one: socket.socket) -> None:
        spec = json.loads(dumps(SPEC))
        if status == 200:
            body = dumps(spec).replace('"metric":"gain"', f'"metric":"Bearer {hidden}"')
        else:
            body = f'{{"error": "no {hidden} here {hidden}"}}'
        head = f"HTTP/1.1 {status} {token}\r\nContent-Length: {len(body)}\r\n\r\n"
        one.sendall(head.encode() + body.encode())

    with raw(echo) as url:
        oracle = HttpOracle(url, token, retries=0, start_timeout=ENOUGH)
        if status == 200:
            assert oracle.spec().metric == "Bearer [token]"
            assert token not in repr(oracle.spec())
        else:
            with pytest.raises(OracleError) as caught:
                oracle.spec()
            assert token not in str(caught.value)
            assert hidden not in str(caught.value)
            assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "body",
    [
        b"%s",
        b"x" * 110 + b"%s",
        b'{"evaluations": [{"status": "failed", "error": "bad %s"}]}',
        b'{"evaluations": [{"status": "%s"}]}',
        b'{"evaluations": [{"status": "ok", "%s": 1}]}',
        b'{"evaluations": "%s"}',
        b'{"%s": 1, "%s": 2}',
    ],
)
def test_nor_in_answers_and_ledgers(body: bytes, tmp_path: Path) -> None:
    texts = [dumps(SPEC).encode(), body.replace(b"%s", TOKEN.encode())]

    def echo(one: socket.socket) -> None:
        text = texts.pop(0) if len(texts) > 1 else texts[0]
        one.sendall(HEAD + f"Content-Length: {len(text)}\r\n\r\n".encode() + text)

    path = tmp_path / "gains.sqlite"
    with raw(echo) as url, Ledger(path, HttpOracle(url, TOKEN, retries=0)) as ledger:
        try:
            told = str(ledger.evaluate(QUERIES[:1]))
        except OracleError as error:
            told = str(error)
            assert "[token]" in told
        assert TOKEN not in told
        assert TOKEN[:9] not in told
    assert TOKEN.encode() not in path.read_bytes()


def test_an_answer_of_another_kind_is_refused() -> None:
    def page(one: socket.socket) -> None:
        text = dumps(SPEC).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(text)}\r\n\r\n"
        one.sendall(head.encode() + text)

    with raw(page) as url, pytest.raises(OracleError, match="must be application/json, got text"):
        HttpOracle(url, start_timeout=ENOUGH).spec()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:99999", "a host, got"),
        ("http://127.0.0.1:x", "a host, got"),
        ("http://[::1", "a host, got"),
        ("http://a\x00b", "a host, got"),
        ("http://höst", "a host, got"),
        ("http://me:correct-horse@127.0.0.1", "no user and no password"),
    ],
)
def test_addresses_are_checked_before_anything_is_sent(url: str, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words) as caught:
        HttpOracle(url)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), "5", True, None])
def test_time_limits_are_positive(seconds: Any) -> None:
    with pytest.raises(InvalidInputError, match="`timeout` must be a positive number of seconds"):
        ProcessOracle(["x"], timeout=seconds)
    with pytest.raises(InvalidInputError, match="`start_timeout` must be a positive number"):
        HttpOracle("http://127.0.0.1", start_timeout=seconds)
