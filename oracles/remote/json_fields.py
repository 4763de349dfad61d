"""Strict reading of JSON: which fields an object has, and what each may hold.

Messages of other programs and contents of files are read in the same way: both may be anything.
"""

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from coopetition.games.errors import InvalidInputError
from coopetition.games.text.reading import unique_keys
from coopetition.games.text.words import SHORT, is_plain, one_line, told

Reader = Callable[[str, Any], Any]  # the field's name and its value; returns what it means

_TYPES = {str: "a text", bool: "true or false", int: "an integer"}


def quote(text: str | bytes) -> str:
    """Return the beginning of a text, in quotes.

    Examples
    --------
    >>> quote(b"Epoch 1 of 10")
    "'Epoch 1 of 10'"
    """
    begin = text[: 8 * SHORT]
    shown = begin.decode(errors="replace") if isinstance(begin, bytes) else begin
    shown = shown.strip()
    return repr(shown if len(shown) <= SHORT else shown[:SHORT] + "…")


def parsed(text: str) -> dict[str, Any]:
    """Read one JSON object whose keys occur once.

    NaN and infinities, which are no JSON but which many programs write, are read as the numbers
    that they mean: a reader refuses them by the field's name.
    """
    why = ""
    try:
        body = json.loads(text, object_pairs_hook=unique_keys)
    except InvalidInputError as error:
        body, why = None, f": {error}"
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise InvalidInputError(f"{quote(text)} instead of a JSON object{why}")
    return body


def _is(kind: type, name: str, value: Any) -> Any:
    """Return a value that has exactly the JSON type."""
    if type(value) is not kind:
        raise InvalidInputError(f"`{name}` must be {_TYPES[kind]}, got {told(value)}")
    return value


integer, boolean = partial(_is, int), partial(_is, bool)


def plain(name: str, value: Any) -> str:
    """Return a text that can be printed and written."""
    if not is_plain(_is(str, name, value)):
        raise InvalidInputError(
            f"`{name}` must be a text without control characters, got {told(value)}"
        )
    return str(value)


def reason(name: str, value: Any) -> str:
    """Return what somebody says went wrong, in one line that can be printed."""
    return one_line(_is(str, name, value))


def unicode_text(name: str, value: Any) -> str:
    """Return a text that can be written, and which nobody prints."""
    try:
        _is(str, name, value).encode()
    except UnicodeEncodeError:
        raise InvalidInputError(f"`{name}` must be a Unicode text, got {told(value)}") from None
    return str(value)


def number(name: str, value: Any) -> float:
    """Return a number, which may be NaN or infinite."""
    if type(value) not in (int, float):
        raise InvalidInputError(f"`{name}` must be a number, got {told(value)}")
    try:
        return float(value)
    except OverflowError:
        raise InvalidInputError(f"`{name}` must be a number below 1e308") from None


def finite(name: str, value: Any) -> float:
    """Return a finite number."""
    read = number(name, value)
    if not math.isfinite(read):
        raise InvalidInputError(f"`{name}` must be a finite number, got {told(value)}")
    return read


def one_of(choices: Sequence[str]) -> Reader:
    """Return a reader of one of some words."""

    def read(name: str, value: Any) -> str:
        if not isinstance(value, str) or value not in choices:
            raise InvalidInputError(
                f"`{name}` must be one of {', '.join(choices)}, got {told(value)}"
            )
        return value

    return read


def maybe(reader: Reader) -> Reader:
    """Return a reader that takes null too."""
    return lambda name, value: None if value is None else reader(name, value)


def listed(reader: Reader) -> Reader:
    """Return a reader of lists, as tuples."""

    def read(name: str, value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise InvalidInputError(f"`{name}` must be a list, got {told(value)}")
        return tuple(reader(name, entry) for entry in value)

    return read


def numbered(reader: Reader) -> Reader:
    """Return a reader of lists, as tuples, whose errors say which entry is meant, from 0.

    Examples
    --------
    >>> numbered(finite)("gains", [0.5, "high"])
    Traceback (most recent call last):
    coopetition.games.errors.InvalidInputError: `gains[1]` must be a number, got 'high'
    """

    def read(name: str, value: Any) -> tuple[Any, ...]:
        entries = listed(lambda _, entry: entry)(name, value)
        return tuple(reader(f"{name}[{k}]", entry) for k, entry in enumerate(entries))

    return read


def read_fields(
    readers: Mapping[str, Reader], body: Any, needed: Iterable[str] | None = None
) -> dict[str, Any]:
    """Return the fields of a JSON object.

    Parameters
    ----------
    readers
        Of every field that there may be.
    body
        The object.
    needed
        Which must be there; by default all.

    Examples
    --------
    >>> read_fields({"gain": finite, "error": maybe(reason)}, {"gain": 1, "error": None})
    {'gain': 1.0, 'error': None}
    """
    if not isinstance(body, dict):
        raise InvalidInputError(f"it must be a JSON object, got {quote(told(body))}")
    for key in body:
        if key not in readers:
            raise InvalidInputError(f"`{one_line(key)}` is not one of {', '.join(readers)}")
    for key in readers if needed is None else needed:
        if key not in body:
            raise InvalidInputError(f"`{key}` is missing")
    return {name: readers[name](name, value) for name, value in body.items()}
