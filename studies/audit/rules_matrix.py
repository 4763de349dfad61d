"""Rules × properties on random rounds: what held, what failed, where, and how it is known.

Verdicts need clear margins, so that counts depend on no last bits; what is between is unknown.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms import RULES
from coopetition.mechanisms.audit.properties import PROPERTIES
from coopetition.output.progress import Progress, silent
from coopetition.output.result import Result
from coopetition.output.table import Column, Table
from coopetition.studies.audit.examine_round import LOOKED_AT, examine
from coopetition.studies.audit.random_rounds import kind_of, random_round
from coopetition.studies.audit.second_differences import Finding
from coopetition.studies.scenario.mechanism_table import MechanismSettings

ROUNDS, SEED = 25, 0

AUDITED: Mapping[str, MechanismSettings] = {
    **{
        name: MechanismSettings(
            rule=name,
            rate=0.02 if "rate" in entry.needs else None,
            alpha=0.5 if "alpha" in entry.needs else None,
        )
        for name, entry in RULES.items()
    },
    "redistribution (published)": MechanismSettings(
        rule="redistribution", rate=0.02, balanced=False
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyCounts:
    """One rule, one property: the numbers of rounds in which it held, failed, or is unknown.

    `proved` is how many of those that held are proved; `notes` what all that held share; `round`
    and `witness` belong to the failure with fewest organizations.
    """

    held: int
    proved: int
    failed: int
    unknown: int
    notes: tuple[str, ...] = ()
    round: int | None = None
    witness: str | None = None

    def __str__(self) -> str:
        """Say what was found, never a bare tick."""
        asked = self.held + self.failed
        rest = f", unknown on {self.unknown}" if self.unknown and asked else ""
        if self.failed:
            return f"fails on {self.failed} of {asked}{rest}"
        notes = f" ({', '.join(self.notes)})" if self.notes else ""
        if self.held and self.proved == self.held:
            return f"proved on {self.held}{notes}{rest}"
        if self.held:
            return f"held on {self.held} of {asked}{notes}{rest}"
        return f"unknown on {self.unknown}" if self.unknown else "not asked"

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and words."""
        return {
            "text": str(self),
            "held": self.held,
            "proved": self.proved,
            "failed": self.failed,
            "unknown": self.unknown,
            "notes": list(self.notes),
            "round": self.round,
            "witness": self.witness,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix(Result):
    """The cells by rule and property, and the rounds that they were found on."""

    rounds: int
    seed: int
    cells: Mapping[str, Mapping[str, PropertyCounts]]

    def tables(self) -> tuple[Table]:
        """Return one row per rule, one column per property."""
        title = f"Audits of the rules on {self.rounds} random rounds, seed {self.seed}"
        found = self.cells.values()
        properties = (
            Column(key, key, [str(cells[key]) for cells in found], kind="text") for key in LOOKED_AT
        )
        return (Table(title, (Column("rule", "rule", list(self.cells), kind="name"), *properties)),)

    def to_dict(self) -> dict[str, Any]:
        """Return the matrix's JSON form, with the first witness of every failure."""
        games = [random_round(self.seed, k) for k in range(self.rounds)]
        return {
            "rounds": [
                {"kind": kind_of(k), "organizations": len(game.players)}
                for k, game in enumerate(games)
            ],
            "seed": self.seed,
            "properties": {key: PROPERTIES[key] for key in LOOKED_AT},
            "rules": {
                name: {key: cell.to_dict() for key, cell in cells.items()}
                for name, cells in self.cells.items()
            },
        }


def rule_matrix(
    rounds: int = ROUNDS,
    seed: int = SEED,
    *,
    rules: Sequence[str] | None = None,
    progress: Progress = silent,
) -> Matrix:
    """Audit rules on random rounds.

    Parameters
    ----------
    rounds : int
        How many; kinds and numbers of organizations take turns, all met once in 25.
    rules : names of `AUDITED`, optional
        Default all.

    Examples
    --------
    >>> found = rule_matrix(2, rules=["none", "bilateral-prices"])
    >>> str(found.cells["none"]["optimum-is-equilibrium"])
    'fails on 2 of 2'
    >>> str(found.cells["bilateral-prices"]["optimum-is-equilibrium"])
    'held on 2 of 2'
    """
    names = tuple(AUDITED) if rules is None else tuple(rules)
    for name in names:
        if name not in AUDITED:
            raise InvalidInputError(f"`rules` must be among {', '.join(AUDITED)}, got {name!r}")
    if rounds < 1:
        raise InvalidInputError(f"`rounds` must be at least 1, got {rounds!r}")
    found: dict[str, list[Mapping[str, Finding]]] = {name: [] for name in names}
    sizes = []
    for k in range(rounds):
        progress("auditing rules on rounds", k, rounds)
        game = random_round(seed, k)
        sizes.append(len(game.players))
        for name, findings in examine(game, {name: AUDITED[name] for name in names}).items():
            found[name].append(findings)
    cells = {
        name: {key: _cell([one.get(key) for one in found[name]], sizes) for key in LOOKED_AT}
        for name in names
    }
    return Matrix(rounds=rounds, seed=seed, cells=cells)


def _cell(findings: Sequence[Finding | None], sizes: Sequence[int]) -> PropertyCounts:
    """Count; None where the property makes no sense in a round or the rule is not for it."""
    held = [f for f in findings if f and f.holds]
    failed = [k for k, f in enumerate(findings) if f and f.holds is False]
    notes = [set(f.notes) for f in held]
    shared = set.intersection(*notes) if notes else set()
    worst = min(failed, key=lambda k: (sizes[k], k), default=None)
    first = None if worst is None else findings[worst]
    return PropertyCounts(
        held=len(held),
        proved=sum(f.proved for f in held),
        failed=len(failed),
        unknown=sum(f is not None and f.holds is None for f in findings),
        notes=tuple(note for note in (held[0].notes if held else ()) if note in shared),
        round=worst,
        witness=None if first is None else first.witness,
    )


def listed() -> Iterator[list[str]]:
    """Yield each rule of the catalogue: name, formula, parameters, source."""
    for name, entry in RULES.items():
        optional = [f"[{key}]" for key in entry.takes]
        formula = entry.declared.transfer.replace("\\", "")
        yield [name, formula, " ".join([*entry.needs, *optional]), entry.declared.source]
