"""What a comparison of rules says: its rows, in any order, and how it prints."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from math import isfinite
from typing import Any

from coopetition.games.errors import InvalidInputError
from coopetition.output.numbers import TINY
from coopetition.output.table import Column, Kind, Table
from coopetition.output.terminal import terminal_text
from coopetition.output.words import GENERAL, Words
from coopetition.studies.pictured import Pictured
from coopetition.studies.solve.assumptions import assumption_lines

NUMBERS: Mapping[str, bool] = {  # whether more is better
    "welfare": True,
    "welfare_standard_error": False,
    "efficiency": True,
    "attainable_share": True,
    "total_contribution": True,
    "deficit": False,
    "payments": False,
    "slack_autarky": True,
    "slack_exit": True,
    "slack_sub_coalition": True,
    "epsilon": False,
}
VERDICTS = ("budget_balance", "optimum_is_equilibrium", "potential_kept", "individual_rationality")
COLUMNS: Mapping[str, tuple[str, Kind, int]] = {  # of tables: head, kind, rank on a terminal
    "rule": ("rule", "name", 0),
    "welfare": ("welfare", "number", 0),
    "welfare_standard_error": ("± s.e.", "error", 8),
    "efficiency": ("of planner", "share", 2),
    "attainable_share": ("of attainable", "share", 0),
    "total_contribution": ("contribution", "number", 5),
    "deficit": ("deficit", "number", 3),
    "payments": ("payments", "number", 4),
    "slack_autarky": ("worst vs autarky", "number", 1),
    "slack_exit": ("worst vs exit", "number", 8),
    "slack_sub_coalition": ("worst vs part", "number", 8),
    "budget_balance": ("budget", "text", 3),
    "optimum_is_equilibrium": ("optimum", "text", 6),
    "potential_kept": ("potential", "text", 7),
    "individual_rationality": ("rationality", "text", 2),
    "note": ("note", "note", 9),
}
PURE = {"rule", "efficiency", "attainable_share", *VERDICTS, "note"}  # what is no money
FEW = 3  # rules that are named


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the comparison.

    Its welfare has a standard error where it is a mean of draws. `total_contribution` is of all.
    `payments` is the total received or the total paid, whichever is larger. Slacks are
    the least gain over an outside option, after transfers and fees. The last four are
    the audit's verdicts: "proved", "checked" or "estimated" where a property holds, else "fails"
    or "unknown"; individual rationality is against the outside option that the settings name. None
    where there is no rule to audit, or nothing was computed; `assumptions` says what they rest on,
    by verdict. `mechanism` is the rule's settings.
    """

    rule: str
    kind: str
    welfare: float
    welfare_standard_error: float | None = None
    efficiency: float | None = None
    attainable_share: float | None = None
    total_contribution: float
    deficit: float
    payments: float
    slack_autarky: float | None = None
    slack_exit: float | None = None
    slack_sub_coalition: float | None = None
    epsilon: float | None = None
    budget_balance: str | None = None
    optimum_is_equilibrium: str | None = None
    potential_kept: str | None = None
    individual_rationality: str | None = None
    assumptions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    note: str
    mechanism: Mapping[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the row as a dictionary."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Comparison(Pictured):
    """Baselines, rules and the planner on one round; prints as a table.

    `remarks` are sentences without a period on what bounds decide, `words` the name and units.
    """

    rows: tuple[Row, ...]
    remarks: tuple[str, ...] = ()
    words: Words = GENERAL

    def __getitem__(self, name: str) -> Row:
        """Return a row by name."""
        for row in self.rows:
            if row.rule == name:
                return row
        names = ", ".join(row.rule for row in self.rows)
        raise InvalidInputError(f"the row must be one of {names}, got {name!r:.60}")

    def to_dict(self) -> dict[str, Any]:
        """Return the rows as dictionaries, and what is remarked of all."""
        return {"rows": [row.to_dict() for row in self.rows], "remarks": list(self.remarks)}

    def assumed(self) -> list[str]:
        """Say which verdicts rest on which assumption; of which rules, where not of all."""
        audited = [row for row in self.rows if row.assumptions]
        found: dict[tuple[str, str], list[str]] = {}
        for row in audited:
            for verdict, those in row.assumptions.items():
                for each in those:
                    found.setdefault((verdict, each), []).append(row.rule)
        heads: dict[str, list[str]] = {}
        for (verdict, each), names in found.items():
            few = ", ".join(names) if len(names) <= FEW else f"{len(names)} rules"
            of = "" if len(names) == len(audited) else f" of {few}"
            heads.setdefault(f"{COLUMNS[verdict][0]}{of}", []).append(each)
        return assumption_lines(heads)

    def sorted_by(self, column: str) -> "Comparison":
        """Return the comparison with the best rows first, unknown values last.

        Descending where more is better (welfare, slacks), else ascending (deficit, payments);
        rows that are equal except for rounding keep their order.

        Raises
        ------
        InvalidInputError
            If the column is none of `NUMBERS`.

        Examples
        --------
        >>> def row(name, welfare, deficit):
        ...     return Row(rule=name, kind="rule", welfare=welfare, deficit=deficit,
        ...                total_contribution=0.0, payments=0.0, note="")
        >>> rows = row("a", 1.0, 2.0), row("b", float("nan"), 1.0), row("c", 3.0, 4.0)
        >>> table = Comparison(rows)
        >>> [row.rule for row in table.sorted_by("welfare").rows]
        ['c', 'a', 'b']
        >>> [row.rule for row in table.sorted_by("deficit").rows]
        ['b', 'a', 'c']
        """
        key = numeric_column(column)
        sign = -1.0 if NUMBERS[key] else 1.0

        def place(row: Row) -> tuple[bool, float]:
            value = getattr(row, key)
            known = value is not None and isfinite(value)
            return (not known, sign * _rounded(value) if known else 0.0)

        return replace(self, rows=tuple(sorted(self.rows, key=place)))

    def tables(self) -> tuple[Table, ...]:
        """Return one row per rule or baseline."""
        units = {key: "" if key in PURE else self.words.currency for key in COLUMNS}
        units["total_contribution"] = self.words.samples
        columns = tuple(
            Column(key, head, [getattr(row, key) for row in self.rows], units[key], kind, rank)
            for key, (head, kind, rank) in COLUMNS.items()
        )
        notes = tuple(f"{said}." for said in (*self.remarks, *self.assumed()))
        return (Table(self.words.title("rules compared"), columns, notes, self.words.labels()),)

    def __str__(self) -> str:
        """Return the table, as wide as the terminal."""
        return terminal_text(self.tables()[0])


def numeric_column(name: str, said: str = "column") -> str:
    """Return the key of a column that can be sorted by, also by its head in tables.

    A `-` counts as `_`. `said` is what the user calls the argument.
    """
    heads = {head: key for key, (head, *_) in COLUMNS.items()}
    key = heads.get(name, name.replace("-", "_"))
    if key not in NUMBERS:
        told = {k: f"{k} ({head})" for head, k in heads.items() if head != k}
        known = (told.get(k, k) for k in NUMBERS)
        raise InvalidInputError(f"`{said}` must be one of {', '.join(known)}, got {name!r:.60}")
    return key


def _rounded(value: float) -> float:
    """Return what is left without rounding errors: nine digits, and nothing below 5e-10."""
    return float(f"{value:.9g}") if abs(value) >= TINY else 0.0
