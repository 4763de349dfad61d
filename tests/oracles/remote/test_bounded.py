"""Programs and servers that flood, drip, hang, echo and outlive: all ends in time and in bounds."""

import http.client
import json
import resource
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from coopetition.games.errors import InvalidInputError, OracleError
from coopetition.oracles.ledger.ledger import Ledger
from coopetition.oracles.protocol.oracle import evaluate_checked
from coopetition.oracles.protocol.query import Evaluation, Query
from coopetition.oracles.remote import server as serving
from coopetition.oracles.remote.environment import worker_environment
from coopetition.oracles.remote.http import HttpOracle
from coopetition.oracles.remote.process import ProcessOracle
from coopetition.oracles.remote.server import OracleServer, serve_http
from coopetition.oracles.remote.wire import dumps
from tests.oracles.backends import QUERIES, SPEC, Formula
from tests.oracles.remote.test_process import ENV, STRANGER

ENOUGH = 20.0  # seconds: far above every limit below, also on a busy machine
TOKEN = "correct-horse"


@pytest.fixture(autouse=True)
def _direct(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


# Programs


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


# Servers on the other side


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


# Our server


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
