"""A small reference server: any oracle behind HTTP, for `coopetition.oracles.HttpOracle`.

Put a server with TLS in front of whatever leaves the machine: a bearer token over plain HTTP can be
read on its way.
"""

import hmac
import threading
from collections.abc import Sequence
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from coopetition.games.errors import InvalidInputError, OracleError
from coopetition.games.text.words import one_line
from coopetition.oracles.protocol.oracle import UtilityOracle
from coopetition.oracles.remote.checked_messages import check_token
from coopetition.oracles.remote.deadline import Deadline
from coopetition.oracles.remote.request import RefusedRequestError, read_body, refuse_pages
from coopetition.oracles.remote.wire import HIDDEN, answer_queries, dumps, loads

_LOOPBACK = ("127.0.0.1", "localhost")
_RECEIVED = 60.0  # seconds in which a whole request must have come
_ROOM = 128  # connections at once; further ones are closed
_CHUNK = 2**16  # bytes that are read at once


class OracleServer(ThreadingHTTPServer):
    """A running server; made by `serve_http`, ended by `close` or at the end of ``with``."""

    daemon_threads = True

    def __init__(
        self,
        oracle: UtilityOracle,
        host: str,
        port: int,
        token: str | None,
        names: Sequence[str] = (),
    ) -> None:
        super().__init__((host, port), _Handler)
        self.oracle, self.token = oracle, token
        self.names = frozenset(name.lower() for name in (*names, host, "localhost"))
        self._room = threading.BoundedSemaphore(_ROOM)
        self.one_at_a_time = threading.Lock()  # an oracle need not be thread-safe
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Address for `HttpOracle`."""
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}"

    def wait(self) -> None:
        """Serve until the process is interrupted."""
        self._thread.join()

    def close(self) -> None:
        """End the server; the oracle remains its owner's."""
        self.shutdown()
        self.server_close()
        self._thread.join()

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer a request in a thread, unless there are too many."""
        if self._room.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer a request in its thread."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing when a caller hangs up."""


def serve_http(
    oracle: UtilityOracle,
    host: str = "127.0.0.1",
    port: int = 0,
    token: str | None = None,
    *,
    names: Sequence[str] = (),
) -> OracleServer:
    """Answer HTTP with an oracle, in threads of this process; one question at a time.

    A small reference server, not a hardened one: no TLS, no limit on the rate of requests. Without
    a token it can be reached from this machine only. Port 0 takes a free one.

    Web pages cannot ask it, with or without a token: a request must be for an address in numbers,
    for ``localhost``, for `host` or for one of `names`, so that no page can point a name of its own
    here; and one that says which page it comes from is refused unless that is this server.

    Parameters
    ----------
    oracle
        Answers.
    host, port
        Where to listen.
    token
        What callers must send as ``Authorization: Bearer``.
    names
        Further names under which the server is known, such as that of a server with TLS in front.

    Raises
    ------
    InvalidInputError
        If the token is malformed, or missing where other machines can connect, or the port is
        taken.

    Examples
    --------
    >>> from coopetition.oracles.protocol.oracle import FunctionOracle
    >>> from coopetition.oracles.protocol.query import Query
    >>> from coopetition.oracles.remote.http import HttpOracle
    >>> formula = FunctionOracle(function=lambda x: x.sum() / 8, upper=(9.0, 9.0))
    >>> with serve_http(formula) as server:
    ...     HttpOracle(server.url).evaluate([Query((1.0, 2.0))])[0].gain
    0.375
    """
    if token is not None:
        check_token(token)
    elif host not in _LOOPBACK:
        raise InvalidInputError(f"`token` must be given for the host {host!r}, which others reach")
    try:
        return OracleServer(oracle, host, port, token, names)
    except (OSError, OverflowError) as error:
        raise InvalidInputError(f"`port` {port} of {host} cannot be served: {error}") from error


class _Handler(BaseHTTPRequestHandler):
    """Answer one request; whatever is not a known question with the right token is refused."""

    server: OracleServer
    server_version, sys_version = "coopetition", ""

    def setup(self) -> None:
        """Begin to count the time in which the request must come."""
        super().setup()
        self.connection.settimeout(_RECEIVED)
        self._deadline = Deadline(_RECEIVED)
        self._deadline.watch(self.connection)

    def finish(self) -> None:
        """Stop counting."""
        self._deadline.cancel()
        super().finish()

    def do_GET(self) -> None:
        """Answer the description."""
        self._serve("/v1/spec")

    def do_POST(self) -> None:
        """Answer a batch of queries."""
        self._serve("/v1/evaluate")

    def log_message(self, *_: Any) -> None:
        """Write no log."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what is not even a request as everything else is."""
        self._send(code, dumps({"error": self._told(message or "this is no request")}).encode())

    def _serve(self, path: str) -> None:
        self._deadline.cancel()  # what is left, the body, has a limit of its own
        try:
            status, text = 200, dumps(self._reply(path))
        except RefusedRequestError as refusal:
            status, text = refusal.args[0], dumps({"error": self._told(refusal.args[1])})
        except InvalidInputError as error:
            status, text = 400, dumps({"error": self._told(error)})
        except Exception as error:  # whatever a backend raises must not end the server
            reason = self._told(error) or type(error).__name__
            status, text = 500, dumps({"error": reason})
        self._send(status, text.encode())
        if status != 200:  # read on for a moment: closing at once would cut the refusal off
            with suppress(OSError), Deadline(1.0) as deadline:
                deadline.watch(self.connection)
                while self.rfile.read1(_CHUNK):
                    pass

    def _told(self, reason: Any) -> str:
        """Return a reason without the token."""
        text, token = str(reason), self.server.token
        return one_line(text.replace(token, HIDDEN) if token else text)

    def _reply(self, path: str) -> Any:
        """Return the answer, or raise."""
        refuse_pages(self.headers, self.server.names)
        self._authorize()
        if self.path != path:
            raise RefusedRequestError(404, f"there is nothing at {self.command} {self.path}")
        if path == "/v1/spec":
            with self.server.one_at_a_time:
                return self.server.oracle.spec()
        message = self._message()
        with self.server.one_at_a_time:
            return answer_queries(self.server.oracle, message)

    def _authorize(self) -> None:
        if self.server.token is None:
            return
        given = self.headers.get("Authorization", "").encode("latin-1", "replace")
        if not hmac.compare_digest(given, f"Bearer {self.server.token}".encode()):
            raise RefusedRequestError(401, "the token is missing or wrong")

    def _message(self) -> dict[str, Any]:
        body = read_body(self.headers, self.connection, self.rfile, _RECEIVED)
        self.connection.settimeout(_RECEIVED)
        try:
            return loads(body, "the caller", secret=self.server.token)
        except OracleError as error:
            raise InvalidInputError(str(error)) from error

    def _send(self, status: int, body: bytes) -> None:
        if self.request_version == "HTTP/0.9":  # it had no status, and nobody speaks it
            self.request_version = "HTTP/1.0"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if status == 401:
            self.send_header("WWW-Authenticate", "Bearer")
        self.end_headers()
        self.wfile.write(body)
