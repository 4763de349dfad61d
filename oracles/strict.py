"""Strict reading of JSON objects: which fields there are, and what each may hold."""

import math
import reprlib
from collections.abc import Callable, Sequence
from dataclasses import MISSING, fields
from functools import partial
from typing import Any, get_args

from coopetition.games.errors import InvalidInputError
from coopetition.games.query import Evaluation, OracleSpec, Query, Source, Status
from coopetition.games.words import is_plain, one_line

_TYPES = {str: "a text", bool: "true or false", int: "an integer"}
_SHOWN = 120  # characters of a malformed message that an error quotes
_LONGEST = 1e8  # seconds, three years: what every clock of the system can count
_REPR = reprlib.Repr()  # bounded in depth and length, whatever was sent
_REPR.maxstring = _REPR.maxlong = _REPR.maxother = 60


def quote(text: str | bytes) -> str:
    """Return the beginning of a text, in quotes.

    Examples
    --------
    >>> quote(b"Epoch 1 of 10")
    "'Epoch 1 of 10'"
    """
    begin = text[: 8 * _SHOWN]
    shown = begin.decode(errors="replace") if isinstance(begin, bytes) else begin
    shown = shown.strip()
    return repr(shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "…")


def told(value: Any) -> str:
    r"""Return a malformed value as a sentence shows it: short, and without control characters.

    Examples
    --------
    >>> told(["<b>\x1b"] * 1000)
    "['<b>\\x1b', '<b>\\x1b', '<b>\\x1b', '<b>\\x1b', '<b>\\x1b', '<b>\\x1b', ...]"
    """
    return one_line(_REPR.repr(value), _SHOWN)


def brief(text: Any) -> str:
    r"""Return what another program says went wrong as one short line.

    Examples
    --------
    >>> brief("Traceback:\n  no memory")
    'Traceback: no memory'
    """
    return one_line(text)


def check_seconds(name: str, seconds: Any) -> float:
    """Return a time limit, refusing what is none.

    Raises
    ------
    InvalidInputError
        If it is not positive.

    Examples
    --------
    >>> check_seconds("timeout", 5)
    5.0
    """
    number = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
    if not (number and seconds > 0):
        raise InvalidInputError(f"`{name}` must be a positive number of seconds, got {told(seconds)}")
    return float(min(seconds, _LONGEST))


def check_token(token: str) -> str:
    """Return a bearer token that can stand in a header; no error ever shows it.

    Raises
    ------
    InvalidInputError
        If it cannot.

    Examples
    --------
    >>> check_token("correct-horse")
    'correct-horse'
    """
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise InvalidInputError("`token` must be printable ASCII characters without spaces")
    return token


def _is(kind: type, name: str, value: Any) -> Any:
    """Return a value that has exactly the JSON type."""
    if type(value) is not kind:
        raise InvalidInputError(f"`{name}` must be {_TYPES[kind]}, got {told(value)}")
    return value


def _text(name: str, value: Any) -> str:
    """Return a text that can be printed and written."""
    if not is_plain(_is(str, name, value)):
        raise InvalidInputError(
            f"`{name}` must be a text without control characters, got {told(value)}"
        )
    return str(value)


def _state(name: str, value: Any) -> str:
    """Return a text that can be written; nobody prints it."""
    try:
        _is(str, name, value).encode()
    except UnicodeEncodeError:
        raise InvalidInputError(f"`{name}` must be a Unicode text, got {told(value)}") from None
    return str(value)


def _float(name: str, value: Any) -> float:
    if type(value) not in (int, float):
        raise InvalidInputError(f"`{name}` must be a number, got {told(value)}")
    try:
        return float(value)
    except OverflowError:
        raise InvalidInputError(f"`{name}` must be a number below 1e308") from None


def _finite(name: str, value: Any) -> float:
    number = _float(name, value)
    if not math.isfinite(number):
        raise InvalidInputError(f"`{name}` must be a finite number, got {told(value)}")
    return number


def _one_of(choices: Sequence[str], name: str, value: Any) -> Any:
    if not isinstance(value, str) or value not in choices:
        raise InvalidInputError(f"`{name}` must be one of {', '.join(choices)}, got {told(value)}")
    return value


Reader = Callable[[str, Any], Any]


def _maybe(reader: Reader) -> Reader:
    return lambda name, value: None if value is None else reader(name, value)


def _list(reader: Reader) -> Reader:
    def read(name: str, value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise InvalidInputError(f"`{name}` must be a list, got {told(value)}")
        return tuple(reader(name, entry) for entry in value)

    return read


_INTEGER, _BOOLEAN = (partial(_is, kind) for kind in (int, bool))
_READERS: dict[type, dict[str, Reader]] = {
    Query: {
        "contribution": _list(_float),
        "coalition": _maybe(_list(_INTEGER)),
        "seed": _INTEGER,
        "round": _maybe(_INTEGER),
        "state": _maybe(_state),
    },
    Evaluation: {
        "status": partial(_one_of, get_args(Status)),
        "gain": _maybe(_float),
        "gains": _maybe(_list(_maybe(_float))),
        "standard_error": _maybe(_float),
        "seconds": _finite,
        "responded": _maybe(_list(_INTEGER)),
        "error": _maybe(lambda name, value: brief(_is(str, name, value))),
        "source": partial(_one_of, get_args(Source)),
    },
    OracleSpec: {
        "organizations": _list(_text),
        "metric": _text,
        "unit": _text,
        "lower": _list(_float),
        "upper": _list(_float),
        "baseline": _finite,
        "deterministic": _BOOLEAN,
        "provides": lambda name, value: frozenset(_list(_text)(name, value)),
        "fingerprint": _text,
        "batch": _INTEGER,
        "seconds_hint": _maybe(_finite),
    },
}


WORDS = frozenset().union(*_READERS.values(), get_args(Status), get_args(Source)) | {
    "evaluations", "queries", "error", "spec", "id", "ask",
}  # fmt: skip


def arguments(kind: type, body: Any) -> dict[str, Any]:
    """Return the arguments of `Query`, `Evaluation` or `OracleSpec` from a JSON object.

    Raises
    ------
    InvalidInputError
        If a key is unknown or missing, or a value has the wrong type.

    Examples
    --------
    >>> arguments(Query, {"contribution": [1, 2], "seed": 7})
    {'contribution': (1.0, 2.0), 'seed': 7}
    """
    if not isinstance(body, dict):
        raise InvalidInputError(f"it must be a JSON object, got {quote(told(body))}")
    readers = _READERS[kind]
    if kind is Evaluation:
        body = {"gain": None} | body
    unknown = [key for key in body if key not in readers]
    if unknown:
        raise InvalidInputError(f"`{brief(unknown[0])}` is not one of {', '.join(readers)}")
    missing = [f.name for f in fields(kind) if f.default is MISSING and f.name not in body]
    if missing:
        raise InvalidInputError(f"`{missing[0]}` is missing")
    return {name: readers[name](name, value) for name, value in body.items()}
