"""What a query, an evaluation and a description may hold when they come from elsewhere."""

from dataclasses import MISSING, fields
from typing import Any, get_args

from coopetition.games.errors import InvalidInputError
from coopetition.games.text.words import told
from coopetition.oracles.protocol.query import AnswerStatus, Evaluation, OracleSpec, Query, Source
from coopetition.oracles.remote.json_fields import (
    Reader,
    boolean,
    finite,
    integer,
    listed,
    maybe,
    number,
    numbered,
    one_of,
    plain,
    read_fields,
    reason,
    unicode_text,
)

_LONGEST = 1e8  # seconds, three years: what every clock of the system can count


def check_seconds(name: str, seconds: Any) -> float:
    """Return a time limit, refusing what is none.

    Examples
    --------
    >>> check_seconds("timeout", 5)
    5.0
    """
    good = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
    if not (good and seconds > 0):
        raise InvalidInputError(
            f"`{name}` must be a positive number of seconds, got {told(seconds)}"
        )
    return float(min(seconds, _LONGEST))


def check_token(token: str) -> str:
    """Return a bearer token that can stand in a header; no error ever shows it.

    Examples
    --------
    >>> check_token("correct-horse")
    'correct-horse'
    """
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise InvalidInputError("`token` must be printable ASCII characters without spaces")
    return token


_READERS: dict[type, dict[str, Reader]] = {
    Query: {
        "contribution": listed(number),
        "coalition": maybe(listed(integer)),
        "seed": integer,
        "round": maybe(integer),
        "state": maybe(unicode_text),
    },
    Evaluation: {
        "status": one_of(get_args(AnswerStatus)),
        "gain": maybe(number),
        "gains": maybe(numbered(maybe(number))),
        "standard_error": maybe(number),
        "seconds": finite,
        "responded": maybe(listed(integer)),
        "error": maybe(reason),
        "source": one_of(get_args(Source)),
        "gain_errors": maybe(numbered(maybe(number))),
        "gain_parts": maybe(numbered(maybe(numbered(number)))),
    },
    OracleSpec: {
        "organizations": listed(plain),
        "metric": plain,
        "unit": plain,
        "lower": listed(number),
        "upper": listed(number),
        "baseline": finite,
        "deterministic": boolean,
        "provides": lambda name, value: frozenset(listed(plain)(name, value)),
        "fingerprint": plain,
        "batch": integer,
        "seconds_hint": maybe(finite),
        "baselines": maybe(listed(finite)),
    },
}
WORDS = frozenset().union(*_READERS.values(), get_args(AnswerStatus), get_args(Source)) | {
    "evaluations", "queries", "error", "spec", "id", "ask",
}  # fmt: skip


def arguments(kind: type, body: Any) -> dict[str, Any]:
    """Return the arguments of `Query`, `Evaluation` or `OracleSpec` from a JSON object.

    Raises
    ------
    InvalidInputError
        If a key is unknown or missing, or a value has the wrong type.
    """
    if kind is Evaluation and isinstance(body, dict):
        body = {"gain": None} | body
    needed = [field.name for field in fields(kind) if field.default is MISSING]
    return read_fields(_READERS[kind], body, needed)
