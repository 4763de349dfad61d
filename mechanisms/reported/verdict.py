"""What a check found: a verdict in words, and a witness that can be recomputed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from coopetition.games.certificate import How
from coopetition.mechanisms.audit.audit import Audit, Property
from coopetition.mechanisms.reported.types import Reports
from coopetition.output.result import Result
from coopetition.output.table import Table


@dataclass(frozen=True, slots=True)
class Lie:
    """A report that gains: `others` are their reports, or None where the gain is an average.

    `error` is the standard error of an average over draws, None where nothing was drawn.
    """

    organization: str
    type: float
    report: float
    gain: float
    others: Reports | None = None
    error: float | None = None

    def __str__(self) -> str:
        """Say it in one sentence."""
        spread = "" if self.error is None else f" ± {self.error:.2g}"
        where = " on average"
        if self.others is not None:
            where = f" where the others report ({', '.join(f'{t:.6g}' for t in self.others)})"
        return (
            f"{self.organization}, of type {self.type:.6g}, gains {self.gain:.6g}{spread} "
            f"by reporting {self.report:.6g}{where}"
        )


@dataclass(frozen=True, slots=True)
class Balance:
    """The largest sum of transfers found, and the smallest, with the profiles of types."""

    highest: float
    highest_at: Reports
    lowest: float
    lowest_at: Reports

    def __str__(self) -> str:
        """Say both ends."""
        deficit, surplus = "no deficit", "no surplus"
        if self.highest > 0:
            deficit = f"worst deficit {self.highest:.6g} at {_said(self.highest_at)}"
        if self.lowest < 0:
            surplus = f"worst surplus {-self.lowest:.6g} at {_said(self.lowest_at)}"
        return f"{deficit}, {surplus}"


@dataclass(frozen=True, slots=True)
class Loser:
    """Who gains least over its outside option; `others` is None where that is an average."""

    organization: str
    type: float
    gain: float
    others: Reports | None = None
    error: float | None = None

    def __str__(self) -> str:
        """Say it in one sentence."""
        spread = "" if self.error is None else f" ± {self.error:.2g}"
        where = " on average" if self.others is None else f" beside {_said(self.others)}"
        word = "gains least" if self.gain >= 0 else "loses"
        amount = abs(self.gain)
        return f"{self.organization}, of type {self.type:.6g}, {word} {amount:.6g}{spread}{where}"


@dataclass(frozen=True, slots=True)
class Better:
    """An outcome that is worth more than the one chosen at these types, by `gain`."""

    types: Reports
    chosen: Any
    better: Any
    gain: float

    def __str__(self) -> str:
        """Say it in one sentence."""
        return (
            f"at {_said(self.types)} the outcome {self.better} is worth {self.gain:.6g} more than "
            f"{self.chosen}, which is chosen"
        )


def _said(types: Reports) -> str:
    return f"({', '.join(f'{t:.6g}' for t in types)})"


@dataclass(frozen=True, slots=True)
class Verdict(Result):
    """One property of a rule: `holds` is None where it could not be decided.

    `how` says what it rests on: the algebra where `claim` is "proved", else what was tried. What
    fails has a witness.
    """

    name: str
    holds: bool | None
    claim: How | None
    how: str
    witness: Lie | Balance | Loser | Better | None = None

    def to_dict(self) -> Mapping[str, Any]:
        """Return {name: {holds, claim, witness}}, as an audit does."""
        return Audit((self.to_property(),)).to_dict()

    def tables(self) -> tuple[Table]:
        """Return one row, as an audit does."""
        return Audit((self.to_property(),)).tables()

    def __str__(self) -> str:
        """Say "proved", "checked on …", "estimated …" or "fails: witness"."""
        if self.holds is None:
            return f"{self.name}: unknown: {self.how}"
        if self.holds is False:
            return f"{self.name}: fails: {self.witness} ({self.how})"
        joint = ":" if self.claim == "proved" else ""
        return f"{self.name}: {self.claim}{joint} {self.how}"

    def to_property(self) -> Property:
        """Return the line of an audit table."""
        text = self.how if self.holds is not False else f"{self.witness} ({self.how})"
        return Property(self.name, self.holds, self.claim, text)
