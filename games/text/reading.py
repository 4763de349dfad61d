"""Reading a file that somebody names: as text, in bounded time and size, in one sentence if not.

A pipe will do too, such as `<(coopetition solve two.toml --json)` in a shell; a device will not.
"""

import json
import os
import select
import stat
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from coopetition.games.errors import InvalidInputError
from coopetition.games.text.words import told

MOST = 64_000_000  # bytes of a file
PATIENCE = 15.0  # seconds in which a pipe must have said everything
_PART = 1 << 20


def read_text(file: str | Path, *, most: int = MOST, patience: float = PATIENCE) -> str:
    """Return the text of a file in UTF-8, without a byte order mark.

    Parameters
    ----------
    most
        The largest size, in bytes.
    patience
        The longest time for a pipe, in seconds.
    """
    content = bytearray()
    try:
        for part in _parts(file, patience):
            content += part
            if len(content) > most:
                raise InvalidInputError(f"{file} has more than {most:,} bytes, the most for a file")
    except OSError as error:
        raise InvalidInputError(f"cannot read {file}: {error.strerror}") from None
    except ValueError as error:  # a name with a zero in it
        if isinstance(error, InvalidInputError):
            raise
        raise InvalidInputError(f"cannot read {file}: {error}") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInputError(f"{file} is not a text file in UTF-8") from None


def _parts(file: str | Path, patience: float) -> Iterator[bytes]:
    """Yield what stands in a file; opening a pipe waits for nobody."""
    handle = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        kind = os.fstat(handle).st_mode
        if stat.S_ISFIFO(kind):
            yield from _from_pipe(handle, file, patience)
        elif stat.S_ISREG(kind) or stat.S_ISDIR(kind):  # of which reading says what is wrong
            while part := os.read(handle, _PART):
                yield part
        else:
            raise InvalidInputError(f"cannot read {file}: it is a device")
    finally:
        os.close(handle)


def _from_pipe(handle: int, file: str | Path, patience: float) -> Iterator[bytes]:
    """Yield what comes out of a pipe until its writers are gone; the first may still be to come."""
    until, heard = time.monotonic() + patience, False
    while (left := until - time.monotonic()) > 0:
        try:
            part = os.read(handle, _PART)
        except BlockingIOError:  # somebody holds the other end
            heard = True
            select.select([handle], [], [], left)
            continue
        if part:
            heard = True
            yield part
        elif heard:
            return
        else:
            time.sleep(0.01)
    said = "was still open" if heard else "was opened by nobody for writing"
    raise InvalidInputError(
        f"cannot read {file}: the pipe {said} after {patience:g} s; write to a file first"
    )


def other_separator(line: str) -> str:
    """Return what to add to a sentence where a table's first line has no commas, but their like.

    Examples
    --------
    >>> other_separator("name;value;unit_cost")
    ': this looks like a semicolon file, columns are separated by commas'
    >>> other_separator("name,value")
    ''
    """
    for sign, name in ((";", "semicolon"), ("\t", "tab"), ("|", "bar")):
        if line.count(sign) > line.count(","):
            return f": this looks like a {name} file, columns are separated by commas"
    return ""


# JSON is read strictly: of two values under one key, another reader may take the other one.


def unique_keys(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object whose keys differ: the `object_pairs_hook` of every JSON that we read.

    Examples
    --------
    >>> json.loads('{"gain": 1, "gain": 2}', object_pairs_hook=unique_keys)
    Traceback (most recent call last):
    coopetition.games.errors.InvalidInputError: the key 'gain' occurs twice
    """
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise InvalidInputError(f"the key {told(key)} occurs twice")
        found[key] = value
    return found


def read_json(file: Path, *, finite: bool = False) -> Any:
    """Return what a JSON file says.

    Parameters
    ----------
    finite
        Refuse NaN and infinities, which Python's JSON allows, also where nobody reads them.
    """
    text, constant = read_text(file), _no_number if finite else None
    try:
        return json.loads(text, object_pairs_hook=unique_keys, parse_constant=constant)
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"{file} is not JSON: {error}") from None


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is not a number")
