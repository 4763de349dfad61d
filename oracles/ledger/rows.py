"""Rows of a ledger, read as strictly as what a backend sends: a file may be damaged or edited."""

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from typing import Any

from coopetition.games.errors import InvalidInputError
from coopetition.games.text.words import told
from coopetition.oracles.protocol.oracle import fault
from coopetition.oracles.protocol.query import Evaluation, OracleSpec, Query
from coopetition.oracles.remote.checked_messages import arguments
from coopetition.oracles.remote.json_fields import integer, parsed, plain

COLUMNS = "number, at, key, fingerprint, status, query, answer"
_TIME = re.compile(r"\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-6]\d\.\d{3}Z")


def query_key(fingerprint: str, query: Query) -> str:
    """Return the digest under which a backend's answer to a query is kept."""
    body = asdict(query)
    body["contribution"] = [float(f"{value:.12g}") for value in query.contribution]
    text = json.dumps([fingerprint, body], sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Record:
    """One evaluation of a ledger: its number, when it was written, whose answer to what it is."""

    number: int
    at: str
    key: str
    fingerprint: str
    query: Query
    answer: Evaluation

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as one flat JSON object."""
        body = {name: getattr(self, name) for name in ("number", "at", "key", "fingerprint")}
        flat = body | asdict(self.query) | asdict(self.answer)
        return {key: list(v) if isinstance(v, tuple) else v for key, v in flat.items()}


def check_time(at: Any) -> None:
    """Refuse what is no time that SQLite writes."""
    if not isinstance(at, str) or not _TIME.fullmatch(at):
        raise InvalidInputError(f"`at` must be a time, got {told(at)}")


def read_record(row: tuple[Any, ...]) -> Record:
    """Return what a row of `COLUMNS` says."""
    number, at, key, fingerprint, status, query, answer = row
    integer("number", number)
    check_time(at)
    asked = Query(**arguments(Query, _stored("query", query)))
    found = Evaluation(**arguments(Evaluation, _stored("answer", answer)))
    if key != query_key(plain("fingerprint", fingerprint), asked):
        raise InvalidInputError("`key` is not that of its fingerprint and query")
    if status != found.status:
        raise InvalidInputError(f"`status` is {told(status)}, but the answer's is {found.status}")
    names = [f"organization {n + 1}" for n in range(len(asked.contribution))]  # a row has none
    wrong = found.status in ("ok", "partial") and fault(found, names)
    if wrong:
        raise InvalidInputError(f"`answer` cannot be used: {wrong}")
    if found.status not in ("ok", "partial") and found.gain is not None:
        raise InvalidInputError(f"`answer` is {found.status}, but has the gain {found.gain:g}")
    if found.seconds < 0:
        raise InvalidInputError(f"`seconds` must be at least 0, got {found.seconds:g}")
    return Record(number, at, key, fingerprint, asked, found)


def read_description(row: tuple[Any, ...]) -> OracleSpec:
    """Return the description that a row (fingerprint, body) holds."""
    fingerprint, body = row
    spec = OracleSpec(**arguments(OracleSpec, _stored("body", body)))
    if spec.fingerprint != fingerprint:
        raise InvalidInputError(
            f"`fingerprint` is {told(fingerprint)}, but the description's is "
            f"{told(spec.fingerprint)}"
        )
    return spec


def _stored(name: str, text: Any) -> dict[str, Any]:
    if not isinstance(text, str):
        raise InvalidInputError(f"`{name}` must be a JSON text, got {told(text)}")
    try:
        return parsed(text)
    except InvalidInputError as error:
        raise InvalidInputError(f"`{name}` is {error}") from None
