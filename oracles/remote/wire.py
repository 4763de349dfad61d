"""The JSON form of what goes through the door, the same for every transport.

A query, an evaluation and a description each become one JSON object whose keys are the fields of
`Query`, `Evaluation` and `OracleSpec`. Floats are written so that they are read back to the last
bit. Reading is strict: an unknown key, a key that occurs twice or a wrong type is an error, never a
guess.
"""

import json
from dataclasses import asdict
from typing import Any

import numpy as np

from coopetition.games.errors import InvalidInputError, OracleError
from coopetition.games.text.words import told
from coopetition.oracles.protocol.oracle import UtilityOracle, evaluate_checked
from coopetition.oracles.protocol.query import Evaluation, OracleSpec, Query
from coopetition.oracles.remote.checked_messages import arguments
from coopetition.oracles.remote.json_fields import parsed, quote

LIMIT = 16 * 2**20  # bytes of one message: far above any batch, far below the memory
HIDDEN = "[token]"  # what is shown in the place of a secret


def dumps(value: Any) -> str:
    """Return any message that holds queries, evaluations and descriptions as one line of JSON.

    Raises
    ------
    OracleError
        If it holds NaN, an infinity or something that JSON has no form for.

    Examples
    --------
    >>> dumps({"queries": [Query((10.0, 0.1), seed=7)]})
    '{"queries":[{"contribution":[10.0,0.1],"coalition":null,"seed":7,"round":null,"state":null}]}'
    """
    try:
        return json.dumps(value, default=_plain, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise OracleError(f"a message cannot be written as JSON: {error}") from error


def loads(text: str | bytes, whose: str, *, secret: str | None = None) -> dict[str, Any]:
    """Read one JSON object in UTF-8 whose keys occur once.

    NaN and infinities, which are no JSON but which many programs write, are read as the numbers
    that they mean: a reader refuses them by the field's name, or makes them a failure.

    Parameters
    ----------
    text
        What was sent.
    whose
        Who sent it, for the error.
    secret
        A text that an error, which quotes the beginning, must not show.

    Raises
    ------
    OracleError
        If it is something else; the message says whose answer it is and quotes its beginning.

    Examples
    --------
    >>> loads('{"status": "ok"}', "the worker")
    {'status': 'ok'}
    >>> loads('{"gain": 1, "gain": 2}', "the worker")
    Traceback (most recent call last):
    coopetition.games.errors.OracleError: the worker wrote '{"gain": 1, "gain": 2}' instead of a
    JSON object: the key 'gain' occurs twice
    """
    shown = text.decode(errors="replace") if isinstance(text, bytes) else text
    try:
        return parsed(text.decode() if isinstance(text, bytes) else text)
    except UnicodeDecodeError:
        why = f"{quote(shown.replace(secret, HIDDEN) if secret else shown)} instead of UTF-8"
    except InvalidInputError as error:
        why = str(error)
        if secret and secret in shown:  # what an error quotes is cut, perhaps within the secret
            why = f"{quote(shown.replace(secret, HIDDEN))} instead of a JSON object"
    raise OracleError(f"{whose} wrote {why}")


def read_query(body: Any) -> Query:
    """Return the query of a JSON object.

    Raises
    ------
    InvalidInputError
        If the object is not a query.
    """
    return Query(**arguments(Query, body))


def read_evaluation(body: Any) -> Evaluation:
    """Return the evaluation of a JSON object; a key ``gain`` may be missing, as in a failure.

    NaN is let through: `evaluate_checked` makes it a failure.
    """
    try:
        return Evaluation(**arguments(Evaluation, body))
    except InvalidInputError as error:
        raise OracleError(f"the backend sent a malformed evaluation: {error}") from error


def read_spec(body: Any) -> OracleSpec:
    """Return the description of a JSON object."""
    try:
        return OracleSpec(**arguments(OracleSpec, body))
    except InvalidInputError as error:
        raise OracleError(f"the backend sent a malformed description: {error}") from error


def read_evaluations(body: dict[str, Any]) -> list[Evaluation]:
    """Return the answers to one batch, from ``{"evaluations": [...]}``."""
    answers = body.get("evaluations")
    if not isinstance(answers, list):
        raise OracleError(f"the backend must send a list of `evaluations`, got {told(body)}")
    return [read_evaluation(answer) for answer in answers]


def answer_queries(oracle: UtilityOracle, body: dict[str, Any]) -> dict[str, Any]:
    """Answer ``{"queries": [...]}``: what every server does with a batch.

    What is pending is said at once: who asks will ask again.

    Raises
    ------
    InvalidInputError
        If the queries are malformed, or the oracle was not set up for one.
    OracleError
        If the backend fails altogether.

    Examples
    --------
    >>> from coopetition.oracles.protocol.oracle import FunctionOracle
    >>> oracle = FunctionOracle(function=lambda x: x.sum() / 8, upper=(9.0, 9.0))
    >>> answer_queries(oracle, {"queries": [{"contribution": [1, 2]}]})["evaluations"][0].gain
    0.375
    """
    queries = body.get("queries")
    if not isinstance(queries, list):
        raise InvalidInputError(f"`queries` must be a list of queries, got {told(queries)}")
    asked = [read_query(query) for query in queries]
    return {"evaluations": evaluate_checked(oracle, asked, patience=0)}


def _plain(value: Any) -> Any:
    if isinstance(value, (Query, Evaluation, OracleSpec)):
        return asdict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} has no JSON form")
