"""Our own server: who may ask, how much, and for how long."""

import http.client
import json
import socket
import time
from contextlib import suppress
from typing import Any

import pytest

from coopetition.oracles.protocol.query import Evaluation, Query
from coopetition.oracles.remote import server as serving
from coopetition.oracles.remote.http import HttpOracle
from coopetition.oracles.remote.server import OracleServer, serve_http
from tests.oracles.backends import SPEC, Formula

ENOUGH = 20.0  # seconds: far above every limit below, also on a busy machine
TOKEN = "correct-horse"


@pytest.fixture(autouse=True)
def _direct(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def ask(server: OracleServer, *lines: str, body: bytes = b"", method: str = "POST") -> Any:
    """Send a request line by line; return the status, the headers and the answer."""
    path = "/v1/spec" if method == "GET" else "/v1/evaluate"
    text = "\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""]).encode("latin-1") + body
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=ENOUGH) as one:
        one.sendall(text)
        reply = http.client.HTTPResponse(one)
        reply.begin()
        return reply.status, reply.headers, json.loads(reply.read())


GOOD = b'{"queries": [{"contribution": [7, 7]}]}'
KIND, LENGTH = "Content-Type: application/json", f"Content-Length: {len(GOOD)}"


@pytest.mark.parametrize("token", [None, TOKEN])
@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (["Host: 127.0.0.1"], 200),
        (["Host: localhost:8765"], 200),
        (["Host: LOCALHOST"], 200),
        (["Host: [::1]:80"], 200),
        (["Host: gains.example.org"], 200),
        (["Host: 127.0.0.1:80", "Origin: http://127.0.0.1:80"], 200),
        (["Host: evil.example"], 421),
        (["Host: 127.0.0.1.evil.example:80"], 421),
        (["Host: [::1"], 421),
        (["Host: "], 421),
        ([], 400),
        (["Host: localhost", "Host: evil.example"], 400),
        (["Host: localhost", "Origin: http://evil.example"], 403),
        (["Host: localhost", "Origin: http://localhost:99"], 403),
        (["Host: localhost", "Origin: null"], 403),
    ],
)
def test_no_page_can_ask(lines: list[str], status: int, token: str | None) -> None:
    known = [f"Authorization: Bearer {token}"] if token else []
    with serve_http(Formula(), token=token, names=["gains.example.org"]) as server:
        for method in ("GET", "POST"):
            got = ask(server, *lines, *known, KIND, LENGTH, body=GOOD, method=method)
            assert got[0] == status, got[2]
            assert ("error" in got[2]) == (status != 200)


@pytest.mark.parametrize(
    ("lines", "body", "status"),
    [
        ([KIND, LENGTH], GOOD, 200),
        (["Content-Type: application/json; charset=utf-8", LENGTH], GOOD, 200),
        (["Content-Type: application/json; charset=utf-16", LENGTH], GOOD, 415),
        (["Content-Type: text/plain", LENGTH], GOOD, 415),
        ([KIND, KIND, LENGTH], GOOD, 415),
        ([LENGTH], GOOD, 415),
        ([KIND], b"", 411),
        ([KIND, "Transfer-Encoding: chunked"], b"2\r\n{}\r\n0\r\n\r\n", 411),
        ([KIND, "Transfer-Encoding: chunked", LENGTH], GOOD, 411),
        ([KIND, "Content-Length: -5"], GOOD, 400),
        ([KIND, "Content-Length: +5"], GOOD, 400),
        ([KIND, "Content-Length: 0"], b"", 400),
        ([KIND, "Content-Length: \xb2"], GOOD, 400),
        ([KIND, LENGTH, "Content-Length: 5"], GOOD, 400),
        ([KIND, "Content-Length: 99999999"], GOOD, 413),
        ([KIND, "Content-Length: " + "9" * 5000], GOOD, 413),
        ([KIND, f"Content-Length: {len(GOOD) + 1}"], GOOD, 408),
        ([KIND, f"Content-Length: {len(GOOD) - 1}"], GOOD, 400),
    ],
)
def test_lengths_and_kinds_are_checked(
    lines: list[str], body: bytes, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "_RECEIVED", 1.0)
    with serve_http(Formula()) as server:
        assert ask(server, "Host: localhost", *lines, body=body)[0] == status


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"queries": [], "queries": []}', "the key 'queries' occurs twice"),
        (b'{"queries": [{"contribution": [1, NaN]}]}', "finite"),
        (b'{"queries": [{"contribution": [1, -Infinity]}]}', "finite"),
        (b'{"queries": [{"contribution": [1, 2], "state": "\\ud800"}]}', "a Unicode text"),
        (b'{"queries": ' + b"[" * 100_000, "instead of a JSON object"),
        (b'{"queries": ' + b"[" * 400 + b"]" * 400 + b"}", "must be a JSON object"),
        (b"\xff" * 50, "instead of UTF-8"),
        (GOOD.decode().encode("utf-16"), "instead of UTF-8"),
    ],
)
def test_only_strict_json_is_answered(body: bytes, words: str) -> None:
    with serve_http(Formula()) as server:
        length = f"Content-Length: {len(body)}"
        status, _, answer = ask(server, "Host: localhost", KIND, length, body=body)
        assert status == 400
        assert words in answer["error"]
        assert answer["error"].isprintable()


def test_a_refused_caller_learns_how_to_come_in_and_nothing_else() -> None:
    class Echo(Formula):
        def evaluate(self, queries: Any) -> list[Evaluation]:
            raise RuntimeError(f"my token is {TOKEN}\x1b[2J")

    with serve_http(Echo(), token=TOKEN) as server:
        status, headers, answer = ask(server, "Host: localhost", method="GET")
        assert (status, headers["WWW-Authenticate"]) == (401, "Bearer")
        known = f"Authorization: Bearer {TOKEN}"
        status, headers, answer = ask(server, "Host: localhost", known, KIND, LENGTH, body=GOOD)
        assert status == 500
        assert answer["error"] == "the backend raised RuntimeError: my token is [token]�[2J"
        assert headers["WWW-Authenticate"] is None
        status, _, answer = ask(server, "Host: localhost", known, method="PUT")
        assert status == 501
        assert set(answer) == {"error"}


def test_slow_callers_are_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """A byte now and then, in the headers or in the body, holds no thread for long."""
    monkeypatch.setattr(serving, "_RECEIVED", 0.5)
    begin = b"POST /v1/evaluate HTTP/1.1\r\nHost: localhost\r\n"
    whole = begin + f"{KIND}\r\nContent-Length: 9000\r\n\r\n".encode()
    with serve_http(Formula()) as server:
        for text, said in ((begin, b""), (whole, b"408")):
            with socket.create_connection(("127.0.0.1", server.server_port)) as one:
                one.settimeout(ENOUGH)
                one.sendall(text)
                with suppress(OSError):
                    for _ in range(40):
                        one.sendall(b"x")
                        time.sleep(0.05)
                reply = b""
                with suppress(OSError):
                    reply = one.recv(100)
                assert said in reply
        assert HttpOracle(server.url).evaluate([Query((7.0, 7.0))])[0].gain == 2.0


def test_too_many_callers_at_once_are_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "_ROOM", 2)
    with serve_http(Formula()) as server:
        idle = [socket.create_connection(("127.0.0.1", server.server_port)) for _ in range(3)]
        idle[2].settimeout(ENOUGH)
        assert idle[2].recv(1) == b""
        for one in idle:
            one.close()
        oracle = HttpOracle(server.url, retries=40, start_timeout=ENOUGH)
        assert oracle.spec() == SPEC
