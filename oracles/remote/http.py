"""An oracle on another machine: JSON over HTTP, ``GET /v1/spec`` and ``POST /v1/evaluate``.

Only the standard library is needed. `coopetition.oracles.remote.server` is the other side.
"""

import http.client
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from coopetition.games.errors import CoopetitionError, InvalidInputError, OracleError
from coopetition.games.text.words import one_line, told
from coopetition.oracles.protocol.query import Evaluation, OracleSpec, Query
from coopetition.oracles.remote.checked_messages import WORDS, check_seconds, check_token
from coopetition.oracles.remote.deadline import Deadline, PlainHandler, SecureHandler, TimedRequest
from coopetition.oracles.remote.wire import HIDDEN, LIMIT, dumps, loads, read_evaluations, read_spec

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 10.0  # seconds between retries, doubling
_EXPLAINED = 2**16  # bytes of a refusal that are read for its reason


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the token to whoever is named there."""

    def redirect_request(self, *_: Any) -> None:
        """Follow none."""


class HttpOracle:
    """Ask an oracle behind a URL.

    Lost connections and answers 5xx are retried with growing pauses; so a batch may be trained
    twice. Anything else is final. No error and no answer shows the token, whatever the server says.

    Parameters
    ----------
    url
        Where ``/v1/spec`` and ``/v1/evaluate`` are, ``http`` or ``https``.
    token
        Sent as ``Authorization: Bearer``.
    timeout
        Seconds for a question, from the first attempt to the end of the answer; also how long what
        is pending is asked again.
    start_timeout
        The same while asking for the description, which takes no training.
    retries
        How often a question is put again.

    Raises
    ------
    InvalidInputError
        If the URL, the token or a time limit is malformed.

    Examples
    --------
    >>> from coopetition.oracles.protocol.oracle import FunctionOracle
    >>> from coopetition.oracles.remote.server import serve_http
    >>> backend = FunctionOracle(function=lambda x: x.sum() / 8, upper=(9.0, 9.0))
    >>> with serve_http(backend, token="secret") as server:
    ...     HttpOracle(server.url, token="secret").evaluate([Query((1.0, 2.0))])[0].gain
    0.375
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        timeout: float = 3600.0,
        start_timeout: float = 300.0,
        retries: int = 4,
    ) -> None:
        self._url, self._retries, self._token = _checked(url), retries, token
        self.timeout = check_seconds("timeout", timeout)
        self._start_timeout = check_seconds("start_timeout", start_timeout)
        self._headers = {"Content-Type": "application/json"}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {check_token(token)}"
        self._opener = urllib.request.build_opener(_NoRedirect, PlainHandler, SecureHandler)
        self._spec: OracleSpec | None = None

    def spec(self) -> OracleSpec:
        """Describe the oracle, in the words of the server.

        Raises
        ------
        OracleError
            If the server does not answer, refuses, or answers something else.
        """
        if self._spec is None:
            self._spec = read_spec(self._call("/v1/spec", None, self._start_timeout))
        return self._spec

    def evaluate(self, queries: Sequence[Query]) -> list[Evaluation]:
        """Put one batch of queries to the server.

        Raises
        ------
        OracleError
            If the server does not answer, refuses, or answers something else.
        """
        message = {"queries": list(queries)}
        return read_evaluations(self._call("/v1/evaluate", message, self.timeout))

    def close(self) -> None:
        """Do nothing: each question has a connection of its own."""

    def _call(self, path: str, message: dict[str, Any] | None, timeout: float) -> dict[str, Any]:
        data = None if message is None else dumps(message).encode()
        if data is not None and len(data) > LIMIT:
            raise OracleError(f"a batch must stay below {LIMIT} bytes, got {len(data)}")
        with Deadline(timeout) as deadline:
            try:
                body = self._attempts(self._url + path, data, deadline)
                if deadline.over:
                    raise _TransientError
            except _TransientError as error:
                if not deadline.over:
                    raise OracleError(str(error)) from None
                last = "" if str(error) in ("", "timed out") else f", at last: {error}"
                raise OracleError(
                    f"{self._url} did not answer within {timeout:g} s{last}"
                ) from None
        answer: dict[str, Any] = self._hidden(loads(body, self._url + path, secret=self._token))
        return answer

    def _attempts(self, url: str, data: bytes | None, deadline: Deadline) -> bytes:
        """Return the body of the first successful answer."""
        pause = _FIRST_PAUSE
        for last in [False] * self._retries + [True]:
            try:
                return self._exchange(url, data, deadline)
            except _TransientError as error:
                if deadline.over or deadline.left < pause:
                    time.sleep(deadline.left)
                    raise
                if last:
                    tries = self._retries + 1
                    raise _TransientError(f"{self._url} failed {tries} times: {error}") from None
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        raise AssertionError("the last attempt returns or raises")

    def _exchange(self, url: str, data: bytes | None, deadline: Deadline) -> bytes:
        """Return the body of one successful answer."""
        request = TimedRequest(url, data, self._headers)
        request.deadline = deadline
        try:
            with self._opener.open(request, timeout=max(deadline.left, 1e-3)) as response:
                return _body(response)
        except urllib.error.HTTPError as error:
            with error:
                raise self._refusal(url, error) from None
        except (OSError, http.client.HTTPException, ValueError) as error:  # URLError is an OSError
            reason = getattr(error, "reason", error)
            said = self._hidden(str(reason)) or type(reason).__name__
            raise _TransientError(one_line(said)) from None

    def _refusal(self, url: str, error: urllib.error.HTTPError) -> Exception:
        """Return what a status other than success means."""
        if error.code == 401:
            return OracleError(f"{url} refuses the token, or wants one (401)")
        if error.code == 404:
            return OracleError(f"there is no oracle at {url} (404)")
        reason: Any = str(error.reason)
        with suppress(CoopetitionError, OSError, http.client.HTTPException, ValueError):
            reason = loads(error.read(_EXPLAINED), url).get("error", reason)
        reason = one_line(self._hidden(reason if isinstance(reason, str) else told(reason)))
        message = f"{url} answered {error.code}: {reason}"
        return _TransientError(message) if error.code >= 500 else OracleError(message)

    def _hidden(self, value: Any) -> Any:
        """Return a text or a parsed answer without the token, should the server have echoed it."""
        if not self._token:
            return value
        if isinstance(value, str):
            return value if value in WORDS else value.replace(self._token, HIDDEN)
        if isinstance(value, list):
            return [self._hidden(part) for part in value]
        if isinstance(value, dict):
            return {self._hidden(key): self._hidden(part) for key, part in value.items()}
        return value


class _TransientError(Exception):
    """Worth another attempt."""


def _checked(url: str) -> str:
    """Return an address without a slash at its end, refusing one that no request can be sent to."""
    try:
        parts = urllib.parse.urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        good = good and url.isascii() and url.isprintable() and not {*" ?#"} & {*url}
    except ValueError:  # a port that is not a number, half an IPv6 address
        good = False
    if good and "@" in parts.netloc:
        raise InvalidInputError("`url` must hold no user and no password: give a token")
    if not good:
        raise InvalidInputError(f"`url` must be http:// or https:// and a host, got {told(url)}")
    return url.rstrip("/")


def _body(response: http.client.HTTPResponse) -> bytes:
    """Return a whole body; half a body is a lost connection."""
    kind = response.headers.get_content_type()
    if "Content-Type" in response.headers and kind != "application/json":
        raise OracleError(f"the answer must be application/json, got {one_line(kind)}")
    body = response.read(LIMIT + 1)
    if len(body) > LIMIT:
        raise OracleError(f"the answer is longer than {LIMIT} bytes")
    if response.length:
        raise http.client.IncompleteRead(body, response.length)
    return body
