"""The journal of a play: every finished round in one append-only SQLite file, one transaction each.

A journal belongs to one scenario, and to one state of its learning backend. Several processes may
play with the same one: a round that another process wrote first stays.
"""

import json
import re
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from coopetition.games.errors import InvalidInputError
from coopetition.games.text.words import told
from coopetition.oracles.ledger.appendonly import FileKind, open_file, row_errors, sqlite_errors
from coopetition.oracles.ledger.rows import check_time
from coopetition.oracles.protocol.oracle import Closing
from coopetition.oracles.remote.json_fields import (
    Reader,
    finite,
    integer,
    listed,
    maybe,
    parsed,
    plain,
    read_fields,
)
from coopetition.studies.play.payments import add

Amounts = tuple[float, ...]
_KIND = FileKind(
    name="journal",
    application=0x436F506C,  # "CoPl"
    table="round",
    tables="""
CREATE TABLE IF NOT EXISTS play (
    number INTEGER PRIMARY KEY CHECK (number = 1),
    digest TEXT NOT NULL, fingerprint TEXT NOT NULL, name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS round (
    number INTEGER PRIMARY KEY, body TEXT NOT NULL,
    at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')));
""",
    error=InvalidInputError,
)


@dataclass(frozen=True, slots=True)
class RoundRecord:
    """What happened in one round; lists are in scenario order, positive = received.

    Parameters
    ----------
    number
        Of the round, from 1.
    family
        Of the gain curve, or of everybody's own gains; fitted or given.
    skill
        Of what was fitted: the share of measured gains that it predicts where it was not fitted;
        None if unknown, and of a given curve.
    measured_seeds, training_seed
        First and last seed of the measurements, and the seed of the training; None for a curve,
        and where nothing was measured anew.
    solved
        Contributions of the solved equilibrium.
    contribution
        Contributions really made: whole samples.
    gain_predicted, gain_realized
        Of the shared model at `contribution`: what the curve says, and what training brought. None
        where everybody has its own gain.
    gain
        What each organization gains: realized, with its personal gain; or its own.
    gain_error, payoff_error
        Realized less predicted: of each one's gain, and of its payoff before transfers.
    payoff_before_transfers
        With the realized gain.
    transfer, fee
        What the rule's formula pays at `contribution`; the lump sum agreed before.
    payment
        Transfer plus fee, to the cent.
    payoff
        Payoff before transfers plus payment.
    deposit, deposit_how
        Paid in before the first round, if it was played with deposits, and how sure it is that no
        payment is larger.
    """

    number: int
    family: str = ""
    skill: float | None = None
    measured_seeds: tuple[int, int] | None = None
    training_seed: int | None = None
    solved: Amounts = ()
    contribution: Amounts = ()
    gain_predicted: float | None = None
    gain_realized: float | None = None
    gain: Amounts = ()
    gain_error: Amounts = ()
    payoff_before_transfers: Amounts = ()
    payoff_error: Amounts = ()
    transfer: Amounts = ()
    fee: Amounts = ()
    payment: tuple[Decimal, ...] = ()
    payoff: Amounts = ()
    deposit: tuple[Decimal, ...] | None = None
    deposit_how: str | None = None

    @property
    def balance(self) -> Decimal:
        """How much more the mechanism paid out than it took in: Σ payment."""
        return add(self.payment)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form; money that changes hands is a decimal text."""
        body = asdict(self)
        body["payment"] = [str(amount) for amount in self.payment]
        del body["deposit"], body["deposit_how"]  # of the play, not of the round
        return {"round": body.pop("number"), **body, "balance": str(self.balance)}


def _money(name: str, value: Any) -> Decimal:
    if not (isinstance(value, str) and re.fullmatch(r"-?\d{1,40}\.\d\d", value, re.ASCII)):
        raise InvalidInputError(f"`{name}` must be money to the cent, got {told(value)}")
    return Decimal(value)


_LISTS = (
    *("solved", "contribution", "gain", "gain_error", "payoff_before_transfers", "payoff_error"),
    *("transfer", "fee", "payoff"),
)
_READERS: dict[str, Reader] = {
    "number": integer,
    "family": plain,
    "skill": maybe(finite),
    "measured_seeds": maybe(listed(integer)),
    "training_seed": maybe(integer),
    "gain_predicted": maybe(finite),
    "gain_realized": maybe(finite),
    "payment": listed(_money),
    "deposit": maybe(listed(_money)),
    "deposit_how": maybe(plain),
    **dict.fromkeys(_LISTS, listed(finite)),
}


def _record(number: int, text: Any, size: int | None) -> RoundRecord:
    """Return what a row says, refusing what no play writes."""
    if not isinstance(text, str):
        raise InvalidInputError(f"`body` must be a JSON text, got {told(text)}")
    record = RoundRecord(**read_fields(_READERS, parsed(text)))
    if record.number != number:
        raise InvalidInputError(f"`number` is {record.number}")
    if record.measured_seeds is not None and len(record.measured_seeds) != 2:
        raise InvalidInputError("`measured_seeds` must be two integers")
    size = len(record.solved) if size is None else size
    deposited = () if record.deposit is None else ("deposit",)
    for name in (*_LISTS, "payment", *deposited):
        if len(getattr(record, name)) != size:
            raise InvalidInputError(
                f"`{name}` must have {size} entries, one per organization, "
                f"got {len(getattr(record, name))}"
            )
    return record


class Journal(Closing):
    """The rounds of one play.

    Parameters
    ----------
    path
        The SQLite file; made where there is none.
    digest
        Of the scenario.
    size
        The number of its organizations, if rounds must have as many.

    Raises
    ------
    InvalidInputError
        If the file is damaged, is no journal, or is another scenario's. It is never changed then.
    """

    def __init__(self, path: Path, digest: str, size: int | None = None) -> None:
        self.path, self._digest, self._size = path, digest, size
        self._file = open_file(_KIND, path, create=True)
        try:
            self._check()
        except BaseException:
            self._file.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def begin(self, name: str, fingerprint: str) -> None:
        """Claim the journal for the scenario and the state of its backend."""
        with sqlite_errors(_KIND, self.path), self._file:
            row = (self._digest, fingerprint, name)
            self._file.execute("INSERT OR IGNORE INTO play VALUES (1, ?, ?, ?)", row)
        before = self._check()
        if before != fingerprint:
            raise InvalidInputError(
                f"the journal {self.path} was played with another state of the oracle "
                f"(fingerprint {before!r:.20}, now {fingerprint!r:.20}): name another journal"
            )

    def rounds(self) -> list[RoundRecord]:
        """Return the finished rounds, in order."""
        with sqlite_errors(_KIND, self.path):
            rows = self._file.execute(
                "SELECT number, at, body FROM round ORDER BY number"
            ).fetchall()
        records = []
        for number, at, body in rows:
            with row_errors(_KIND, self.path, "round", number):
                check_time(at)
                records.append(_record(number, body, self._size))
        if [record.number for record in records] != list(range(1, len(rows) + 1)):
            raise InvalidInputError(f"the journal {self.path} cannot be used: rounds are missing")
        return records

    def count(self) -> int:
        """Return how many rounds are finished."""
        with sqlite_errors(_KIND, self.path):
            return int(self._file.execute("SELECT count(*) FROM round").fetchone()[0])

    def append(self, record: RoundRecord) -> None:
        """Write a finished round down; if another process did already, its record stays."""
        parts = (",", ":")
        body = json.dumps(asdict(record), default=str, allow_nan=False, separators=parts)
        with sqlite_errors(_KIND, self.path), self._file:
            self._file.execute(
                "INSERT OR IGNORE INTO round (number, body) VALUES (?, ?)", (record.number, body)
            )

    def _check(self) -> str | None:
        """Return the fingerprint of the play, refusing another scenario's."""
        with sqlite_errors(_KIND, self.path):
            row = self._file.execute("SELECT digest, fingerprint, name FROM play").fetchone()
        if row is None:
            return None
        with row_errors(_KIND, self.path, "play", 1):
            digest, fingerprint, name = map(plain, ("digest", "fingerprint", "name"), row)
        if digest != self._digest:
            raise InvalidInputError(
                f"the journal {self.path} belongs to another scenario ({name!r:.60}, digest "
                f"{digest}, not {self._digest}): name another with --journal, or delete it"
            )
        return fingerprint
