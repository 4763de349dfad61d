"""A small reference server: any oracle behind HTTP, for `coopetition.oracles.http.HttpOracle`.

Put a server with TLS in front of whatever leaves the machine: a bearer token over plain HTTP can be
read on its way.
"""

import hmac
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from coopetition.games.errors import InvalidInputError, OracleError
from coopetition.games.oracle import UtilityOracle
from coopetition.oracles.strict import check_token
from coopetition.oracles.wire import LIMIT, answer_queries, dumps, loads

_LOOPBACK = ("127.0.0.1", "localhost")
_DRAINED = 2**20  # bytes of a refused request that are still read


class OracleServer(ThreadingHTTPServer):
    """A running server; made by `serve_http`, ended by `close` or at the end of ``with``."""

    daemon_threads = True

    def __init__(self, oracle: UtilityOracle, host: str, port: int, token: str | None) -> None:
        super().__init__((host, port), _Handler)
        self.oracle, self.token = oracle, token
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

    def __enter__(self) -> Self:
        """Return the server itself."""
        return self

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing when a caller hangs up."""


def serve_http(
    oracle: UtilityOracle, host: str = "127.0.0.1", port: int = 0, token: str | None = None
) -> OracleServer:
    """Answer HTTP with an oracle, in threads of this process; one question at a time.

    A small reference server, not a hardened one: no TLS, no limit on the rate of requests. Without
    a token it can be reached from this machine only. Port 0 takes a free one.

    Raises
    ------
    InvalidInputError
        If the token is malformed, or missing where other machines can connect, or the port is
        taken.

    Examples
    --------
    See `HttpOracle`.
    """
    if token is not None:
        check_token(token)
    elif host not in _LOOPBACK:
        raise InvalidInputError(f"`token` must be given for the host {host!r}, which others reach")
    try:
        return OracleServer(oracle, host, port, token)
    except OSError as error:
        raise InvalidInputError(f"`port` {port} of {host} cannot be served: {error}") from error


class _RefusedError(Exception):
    """A request that gets no answer: status and reason."""


class _Handler(BaseHTTPRequestHandler):
    """Answer one request; whatever is not a known question with the right token is refused."""

    server: OracleServer
    timeout = 60.0  # seconds of silence of a caller

    def do_GET(self) -> None:
        """Answer the description."""
        self._serve("/v1/spec")

    def do_POST(self) -> None:
        """Answer a batch of queries."""
        self._serve("/v1/evaluate")

    def log_message(self, *_: Any) -> None:
        """Write no log."""

    def _serve(self, path: str) -> None:
        try:
            status, text = 200, dumps(self._reply(path))
        except _RefusedError as refusal:
            status, text = refusal.args[0], dumps({"error": refusal.args[1]})
        except InvalidInputError as error:
            status, text = 400, dumps({"error": str(error)})
        except Exception as error:  # whatever a backend raises must not end the server
            status, text = 500, dumps({"error": str(error) or type(error).__name__})
        self._send(status, text.encode())
        if status != 200:  # read on for a moment: closing at once would cut the refusal off
            self.connection.settimeout(1.0)
            with suppress(OSError):
                self.rfile.read(_DRAINED)

    def _reply(self, path: str) -> Any:
        """Return the answer, or raise."""
        self._authorize()
        if self.path != path:
            raise _RefusedError(404, f"there is nothing at {self.command} {self.path}")
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
            raise _RefusedError(401, "the token is missing or wrong")

    def _message(self) -> dict[str, Any]:
        # A web page can post forms to this machine, but not JSON without being asked first.
        if self.headers.get_content_type() != "application/json":
            raise _RefusedError(415, "the body must be application/json")
        length = self._length()
        if not length:
            raise _RefusedError(411, "the body must have a Content-Length")
        if length > LIMIT:
            raise _RefusedError(413, f"the body must stay below {LIMIT} bytes, got {length}")
        body = self.rfile.read(length)
        try:
            return loads(body, "the caller")
        except OracleError as error:
            raise InvalidInputError(str(error)) from error

    def _length(self) -> int:
        text = self.headers.get("Content-Length", "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if status == 401:
            self.send_header("WWW-Authenticate", "Bearer")
        self.end_headers()
        self.wfile.write(body)
