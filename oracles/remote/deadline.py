"""A moment at which connections end, however slowly the other side drips.

The time-out of a socket is one of silence: a byte now and then keeps it from ever passing.
"""

import http.client
import socket
import threading
import time
import urllib.request
from contextlib import suppress
from functools import partial
from typing import Any, Self


class Deadline:
    """Shut all sockets that are watched once the time is over.

    Parameters
    ----------
    seconds
        From now.

    Examples
    --------
    >>> one, other = socket.socketpair()
    >>> with one, other, Deadline(0.05) as deadline:
    ...     deadline.watch(one)
    ...     one.recv(1), deadline.over
    (b'', True)
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._shut)
        self._timer.daemon = True
        self._timer.start()

    def __enter__(self) -> Self:
        """Return the deadline itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Call it off."""
        self.cancel()

    @property
    def left(self) -> float:
        """Seconds that are left, at least 0."""
        return max(0.0, self._end - time.monotonic())

    @property
    def over(self) -> bool:
        """Whether the time has passed."""
        return self.left == 0

    def watch(self, one: socket.socket) -> None:
        """Shut a socket when the time is over, or now if it is."""
        with self._lock:
            self._sockets.append(one)
        if self.over:
            self._shut()

    def cancel(self) -> None:
        """Shut nothing any more."""
        self._timer.cancel()
        with self._lock:
            self._sockets.clear()

    def _shut(self) -> None:
        with self._lock:
            for one in self._sockets:
                with suppress(OSError):  # of the plain socket: TLS would wait for a farewell
                    socket.socket.shutdown(one, socket.SHUT_RDWR)


class _Watched:
    """Lets the deadline know of a connection's socket."""

    def __init__(self, *arguments: Any, deadline: Deadline, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._deadline = deadline

    def connect(self) -> None:
        """Connect."""
        super().connect()  # type: ignore[misc]
        self._deadline.watch(self.sock)  # type: ignore[attr-defined]


class _Plain(_Watched, http.client.HTTPConnection):
    pass


class _Secure(_Watched, http.client.HTTPSConnection):
    pass


class TimedRequest(urllib.request.Request):
    """A request that ends at a deadline, if the handlers below open it."""

    deadline: Deadline


class PlainHandler(urllib.request.HTTPHandler):
    """Open http addresses."""

    def http_open(self, request: Any) -> http.client.HTTPResponse:
        """Open one."""
        return self.do_open(partial(_Plain, deadline=request.deadline), request)


class SecureHandler(urllib.request.HTTPSHandler):
    """Open https addresses."""

    def https_open(self, request: Any) -> http.client.HTTPResponse:
        """Open one."""
        made: Any = partial(_Secure, deadline=request.deadline)
        return self.do_open(made, request, context=self._context)  # type: ignore[attr-defined]
