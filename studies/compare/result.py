"""What a comparison of rules says: its rows, in any order, and how it prints."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from math import isfinite
from typing import Any

from coopetition.games.errors import InvalidInputError
from coopetition.output.numbers import TINY, number, share
from coopetition.studies.assumptions import assumption_lines

NUMBERS: Mapping[str, bool] = {  # whether more is better
    "welfare": True,
    "standard_error": False,
    "efficiency": True,
    "attainable_share": True,
    "contribution": True,
    "deficit": False,
    "payments": False,
    "slack_autarky": True,
    "slack_exit": True,
    "slack_sub_coalition": True,
    "epsilon": False,
}
PRINTED = {  # what tables call some of them
    "± s.e.": "standard_error",
    "of planner": "efficiency",
    "of attainable": "attainable_share",
    "worst vs autarky": "slack_autarky",
    "vs autarky": "slack_autarky",
    "worst vs exit": "slack_exit",
    "worst vs part": "slack_sub_coalition",
}
SHOWN = ("welfare", "efficiency", "attainable_share", "deficit", "payments", "slack_autarky")
HEADS = {  # the verdicts, and what tables call them
    "budget_balance": "budget",
    "optimum_is_equilibrium": "optimum",
    "potential_kept": "potential",
    "individual_rationality": "rationality",
}
FEW = 3  # rules that are named
VERDICTS = tuple(HEADS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the comparison.

    `payments` is the total received or the total paid, whichever is larger. Slacks are
    the least gain over an outside option, after transfers and fees. The last four are
    the audit's verdicts: "proved", "checked" or "estimated" where a property holds, else "fails"
    or "unknown"; individual rationality is against the outside option that the settings name. None
    where there is no rule to audit, or nothing was computed; `assumptions` says what they rest on,
    by verdict. `mechanism` is the rule's settings.
    """

    name: str
    kind: str
    welfare: float
    standard_error: float | None = None
    efficiency: float | None = None
    attainable_share: float | None = None
    contribution: float
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
class Comparison:
    """Baselines, rules and the planner on one round; prints as a table.

    `remarks` are sentences without a period on what bounds decide.
    """

    rows: tuple[Row, ...]
    remarks: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Row:
        """Return a row by name."""
        for row in self.rows:
            if row.name == name:
                return row
        names = ", ".join(row.name for row in self.rows)
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
                    found.setdefault((verdict, each), []).append(row.name)
        heads: dict[str, list[str]] = {}
        for (verdict, each), names in found.items():
            few = ", ".join(names) if len(names) <= FEW else f"{len(names)} rules"
            of = "" if len(names) == len(audited) else f" of {few}"
            heads.setdefault(f"{HEADS[verdict]}{of}", []).append(each)
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
        ...     return Row(name=name, kind="rule", welfare=welfare, deficit=deficit,
        ...                contribution=0.0, payments=0.0, note="")
        >>> rows = row("a", 1.0, 2.0), row("b", float("nan"), 1.0), row("c", 3.0, 4.0)
        >>> table = Comparison(rows)
        >>> [row.name for row in table.sorted_by("welfare").rows]
        ['c', 'a', 'b']
        >>> [row.name for row in table.sorted_by("deficit").rows]
        ['b', 'a', 'c']
        """
        key = numeric_column(column)
        sign = -1.0 if NUMBERS[key] else 1.0

        def place(row: Row) -> tuple[bool, float]:
            value = getattr(row, key)
            known = value is not None and isfinite(value)
            return (not known, sign * _rounded(value) if known else 0.0)

        return replace(self, rows=tuple(sorted(self.rows, key=place)))

    def __str__(self) -> str:
        """Return one line per row: some of the columns, without the notes."""
        header = [
            "rule",
            "welfare",
            "of planner",
            "of attainable",
            "deficit",
            "payments",
            "vs autarky",
        ]
        header += ["budget", "optimum", "potential", "rationality"]
        lines = [header]
        for row in self.rows:
            numbers = [number(getattr(row, key)) for key in SHOWN]
            numbers[1:3] = (number(share(v)) for v in (row.efficiency, row.attainable_share))
            lines.append([row.name, *numbers, *(getattr(row, key) or "–" for key in VERDICTS)])
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join(_line(cells, widths) for cells in lines)


def numeric_column(name: str, said: str = "column") -> str:
    """Return the key of a column that can be sorted by, also by its printed header.

    A `-` counts as `_`. `said` is what the user calls the argument.
    """
    key = PRINTED.get(name, name.replace("-", "_"))
    if key not in NUMBERS:
        headers = {key: header for header, key in reversed(PRINTED.items())}
        known = (f"{k} ({headers[k]})" if k in headers else k for k in NUMBERS)
        raise InvalidInputError(f"`{said}` must be one of {', '.join(known)}, got {name!r:.60}")
    return key


def _rounded(value: float) -> float:
    """Return what is left without rounding errors: nine digits, and nothing below 5e-10."""
    return float(f"{value:.9g}") if abs(value) >= TINY else 0.0


def _line(cells: list[str], widths: list[int]) -> str:
    name, *others = (
        f"{cell:<{width}}" if k == 0 else f"{cell:>{width}}"
        for k, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join([name, *others])
