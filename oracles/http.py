"""An oracle on another machine: JSON over HTTP, ``GET /v1/spec`` and ``POST /v1/evaluate``.

Only the standard library is needed. `coopetition.oracles.server` is the other side.
"""

import http.client
import re
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from coopetition.games.errors import CoopetitionError, InvalidInputError, OracleError
from coopetition.games.query import Evaluation, OracleSpec, Query
from coopetition.oracles.strict import brief, check_token
from coopetition.oracles.wire import (
    LIMIT,
    dumps,
    loads,
    read_evaluations,
    read_spec,
)

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 10.0  # seconds between retries, doubling


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the token to whoever is named there."""

    def redirect_request(self, *_: Any) -> None:
        """Follow none."""


class HttpOracle:
    """Ask an oracle behind a URL.

    Lost connections, time-outs and answers 5xx are retried with growing pauses; so a batch may be
    trained twice. Anything else is final.

    Parameters
    ----------
    url
        Where ``/v1/spec`` and ``/v1/evaluate`` are, ``http`` or ``https``.
    token
        Sent as ``Authorization: Bearer``.
    timeout
        Seconds of silence after which a connection counts as lost.
    start_timeout
        The same while asking for the description, which takes no training.
    retries
        How often a question is put again.

    Raises
    ------
    InvalidInputError
        If the URL or the token is malformed.

    Examples
    --------
    >>> from coopetition.games.oracle import FunctionOracle
    >>> from coopetition.oracles.server import serve_http
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
        if not re.fullmatch(r"https?://[^\s/?#]+[^\s?#]*", url):
            raise InvalidInputError(f"`url` must be http:// or https:// and a host, got {url!r}")
        self._url, self._retries = url.rstrip("/"), retries
        self._timeout, self._start_timeout = timeout, start_timeout
        self._headers = {"Content-Type": "application/json"}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {check_token(token)}"
        self._opener = urllib.request.build_opener(_NoRedirect)
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
        return read_evaluations(self._call("/v1/evaluate", message, self._timeout))

    def close(self) -> None:
        """Do nothing: each question has a connection of its own."""

    def _call(self, path: str, message: dict[str, Any] | None, timeout: float) -> dict[str, Any]:
        data = None if message is None else dumps(message).encode()
        if data is not None and len(data) > LIMIT:
            raise OracleError(f"a batch must stay below {LIMIT} bytes, got {len(data)}")
        pause = _FIRST_PAUSE
        for last in [False] * self._retries + [True]:
            try:
                return loads(self._exchange(self._url + path, data, timeout), self._url + path)
            except _TransientError as error:
                if last:
                    tries = self._retries + 1
                    raise OracleError(f"{self._url} failed {tries} times: {error}") from error
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        raise AssertionError("the last attempt returns or raises")

    def _exchange(self, url: str, data: bytes | None, timeout: float) -> bytes:
        """Return the body of one successful answer."""
        request = urllib.request.Request(url, data, self._headers)
        try:
            with self._opener.open(request, timeout=timeout) as response:
                return _body(response)
        except urllib.error.HTTPError as error:
            with error:
                raise _refusal(url, error) from error
        except (OSError, http.client.HTTPException) as error:  # URLError is an OSError
            reason = getattr(error, "reason", error)
            raise _TransientError(str(reason) or type(reason).__name__) from error


class _TransientError(Exception):
    """Worth another attempt."""


def _body(response: http.client.HTTPResponse) -> bytes:
    """Return a whole body; half a body is a lost connection."""
    body = response.read(LIMIT + 1)
    if len(body) > LIMIT:
        raise OracleError(f"the answer is longer than {LIMIT} bytes")
    declared = response.headers.get("Content-Length", "")
    if declared.isdigit() and len(body) < int(declared):
        raise http.client.IncompleteRead(body, int(declared) - len(body))
    return body


def _refusal(url: str, error: urllib.error.HTTPError) -> Exception:
    """Return what a status other than success means."""
    if error.code == 401:
        return OracleError(f"{url} refuses the token, or wants one (401)")
    if error.code == 404:
        return OracleError(f"there is no oracle at {url} (404)")
    reason = str(error.reason)
    with suppress(CoopetitionError, OSError, http.client.HTTPException):
        reason = brief(loads(error.read(LIMIT), url).get("error", reason))
    message = f"{url} answered {error.code}: {reason}"
    return _TransientError(message) if error.code >= 500 else OracleError(message)
