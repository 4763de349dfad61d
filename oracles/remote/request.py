"""What a request to our server must be before its body is read as a question."""

import ipaddress
import socket
import time
from collections.abc import Collection
from email.message import Message
from io import BufferedIOBase
from urllib.parse import urlsplit

from coopetition.oracles.remote.wire import LIMIT

_CHUNK = 2**16  # bytes that are read at once


class RefusedRequestError(Exception):
    """A request that gets no answer: status and reason."""


def refuse_pages(headers: Message, names: Collection[str]) -> None:
    """Refuse what comes for another server, or from a page of one.

    A page can make a name of its own point to this machine (DNS rebinding), and a browser then
    sends that name as the Host. An address in numbers is nobody's name.

    Parameters
    ----------
    headers
        Of the request.
    names
        Of our server, in lower case.

    Raises
    ------
    RefusedRequestError
        With status 400, 403 or 421.

    Examples
    --------
    >>> request = Message()
    >>> request["Host"] = "rebound.example:8765"
    >>> refuse_pages(request, ["localhost"])
    Traceback (most recent call last):
    ...
    coopetition...RefusedRequestError: (421, 'this server is not rebound.example:8765')
    """
    hosts, origins = (headers.get_all(name, []) for name in ("Host", "Origin"))
    if len(hosts) != 1:
        raise RefusedRequestError(400, "a request must have one Host")
    if not _is_ours(hosts[0], names):
        raise RefusedRequestError(421, f"this server is not {hosts[0]}")
    if origins not in ([], [f"http://{hosts[0]}"], [f"https://{hosts[0]}"]):
        raise RefusedRequestError(403, "pages of other servers cannot ask this one")


def _is_ours(host: str, names: Collection[str]) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
        if name in names:
            return True
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def read_body(
    headers: Message, connection: socket.socket, stream: BufferedIOBase, seconds: float
) -> bytes:
    """Read the body of a request, and wait no longer for all of it than for one piece.

    Parameters
    ----------
    headers
        Of the request.
    connection, stream
        Where it comes from; the time-out of the connection is changed.
    seconds
        In which it must come.

    Raises
    ------
    RefusedRequestError
        With status 400, 408, 411, 413 or 415.
    """
    _check_kind(headers)
    left, parts, end = _length(headers), list[bytes](), time.monotonic() + seconds
    late = RefusedRequestError(408, f"the body did not come within {seconds:g} s")
    while left:
        try:
            connection.settimeout(max(1e-3, end - time.monotonic()))
            part = stream.read1(min(left, _CHUNK))
        except TimeoutError:
            raise late from None
        if not part:
            raise RefusedRequestError(400, f"the body ends {left} bytes too early")
        parts.append(part)
        left -= len(part)
        if left and time.monotonic() > end:
            raise late
    return b"".join(parts)


def _check_kind(headers: Message) -> None:
    """Refuse all but JSON: a page can post forms to this machine, but not JSON, unasked."""
    kinds, charset = headers.get_all("Content-Type", []), headers.get_content_charset("utf-8")
    if len(kinds) != 1 or headers.get_content_type() != "application/json":
        raise RefusedRequestError(415, "the body must be application/json")
    if charset not in ("utf-8", "us-ascii"):
        raise RefusedRequestError(415, f"the body must be in UTF-8, got {charset}")


def _length(headers: Message) -> int:
    """Return the length of the body, which must be stated and sane."""
    stated = headers.get_all("Content-Length", [])
    if not stated or "Transfer-Encoding" in headers:
        raise RefusedRequestError(411, "the body must have a Content-Length, and come in one piece")
    text = stated[0]
    if len(stated) > 1 or not (text.isascii() and text.isdigit()) or not text.strip("0"):
        raise RefusedRequestError(400, "the Content-Length must be one positive integer")
    if len(text) > 15 or int(text) > LIMIT:
        raise RefusedRequestError(413, f"the body must stay below {LIMIT} bytes, got {text}")
    return int(text)
