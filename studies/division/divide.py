"""Divide a pie by all rules that apply, and say who would have more by leaving."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from hashlib import sha256
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError
from coopetition.games.text.words import did_you_mean
from coopetition.mechanisms.division import (
    CLAIMS,
    VALUES,
    CoreCheck,
    Division,
    LeastCore,
    claims_game,
    core_check,
    equal,
    equal_surplus,
    least_core,
    proportional,
    split_surplus,
    weighted_shapley,
)
from coopetition.output.progress import Progress, silent
from coopetition.output.result import Result
from coopetition.output.table import Column, Table

LARGEST = 20  # players whose coalitions are looked at one by one
SHOWN = 8  # coalitions of a witness in words


@dataclass(frozen=True)
class Pie:
    """What there is to divide: the values of all coalitions, or claims on an estate.

    Parameters
    ----------
    players
        Names; player n is bit n of a coalition.
    values
        v(S) for all 2^N coalitions, of a game.
    claims, estate
        What everybody claims, and what there is; of claims.
    weights
        Of the weighted Shapley value and of bargaining; equal if left out.
    """

    players: tuple[str, ...]
    values: tuple[Fraction, ...] = ()
    claims: tuple[Fraction, ...] = ()
    estate: Fraction = Fraction(0)
    weights: Array | None = None

    @property
    def digest(self) -> str:
        """Name the pie: 16 hexadecimal digits."""
        weights = None if self.weights is None else self.weights.tolist()
        said = (self.players, self.values, self.claims, self.estate, weights)
        return sha256(repr(said).encode()).hexdigest()[:16]

    @cached_property
    def table(self) -> Array:
        """v(S) as floats; of claims v(S) is what is left when all others have theirs."""
        if len(self.players) > LARGEST:
            raise InvalidInputError(
                f"the rule looks at coalitions of at most {LARGEST} players, got "
                f"{len(self.players)}"
            )
        if self.claims:
            return claims_game(np.array(self.claims, dtype=float), float(self.estate))
        return np.array(self.values, dtype=float)

    @cached_property
    def core(self) -> LeastCore:
        """The least core, and whether the core is empty."""
        return least_core(self.table if self.claims else self.values)

    @property
    def total(self) -> float:
        """What is divided: v(N) − v(∅), or the estate."""
        return float(self.estate if self.claims else self.values[-1] - self.values[0])

    @property
    def alone(self) -> Array:
        """What everybody has alone."""
        return np.asarray(self.table[1 << np.arange(len(self.players))] - self.table[0])


Rule = Callable[[Pie], Division]


def _of_table(rule: Callable[..., Division]) -> Rule:
    return lambda pie: rule(pie.table)


def _of_claims(rule: Callable[..., Division]) -> Rule:
    return lambda pie: rule(np.array(pie.claims, dtype=float), float(pie.estate))


def _weighted(pie: Pie) -> Division:
    if pie.weights is None:
        raise InvalidInputError("the rule weighted-shapley needs `--weights`, one per player")
    return weighted_shapley(pie.table, pie.weights)


def _least_core(pie: Pie) -> Division:
    core, note = pie.core, f"largest excess {pie.core.epsilon:.6g}"
    return Division(
        rule="least core", values=core.allocation, how="checked", error=core.gap, note=note
    )


RULES: Mapping[str, Rule] = {
    **{name: _of_table(rule) for name, rule in VALUES.items()},
    "weighted-shapley": _weighted,
    "least-core": _least_core,
    "equal": lambda pie: equal(pie.total, len(pie.players)),
    "proportional": lambda pie: proportional(pie.total, pie.alone),
    "equal-surplus": lambda pie: equal_surplus(pie.total, pie.alone),
    "nash": lambda pie: split_surplus(pie.total, pie.alone, weights=pie.weights),
}
OF_CLAIMS: Mapping[str, Rule] = {name: _of_claims(rule) for name, rule in CLAIMS.items()}


@dataclass(frozen=True)
class Divided(Result):
    """A pie, its divisions by rule, whether each is in the core, and why some rules refused."""

    pie: Pie
    divisions: Mapping[str, Division]
    stable: Mapping[str, CoreCheck]
    refused: Mapping[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, lists and words; coalitions are lists of names."""
        rows = []
        for name, found in self.divisions.items():
            check = self.stable.get(name)
            rows.append(
                {
                    "rule": name,
                    "values": found.values.tolist(),
                    "how": found.how,
                    "error": found.error,
                    "note": found.note,
                    "in_core": check and check.inside,
                    "excess": check and check.excess,
                    "leaving": check and self._leaving(name),
                }
            )
        core = dict(self.pie.core.to_dict()) if self.stable else None
        if core:
            core["weights"] = [[self._names(s), str(w)] for s, w in self.pie.core.weights.items()]
        return {
            "players": list(self.pie.players),
            "total": self.pie.total,
            "claims": [float(claim) for claim in self.pie.claims] or None,
            "divisions": rows,
            "refused": dict(self.refused),
            "core": core,
        }

    def tables(self) -> tuple[Table]:
        """Return one row per rule: amounts, how they are known, who would have more by leaving."""
        what, found = "claims on" if self.pie.claims else "players share", self.divisions.values()
        checks = [self.stable.get(name) for name in self.divisions]
        inside = [check and ("yes" if check.inside else "no") for check in checks]
        leaving = [" + ".join(self._leaving(name)) or None for name in self.divisions]
        return (
            Table(
                f"{len(self.pie.players)} {what} {self.pie.total:g}",
                (
                    Column("rule", "rule", list(self.divisions), kind="name"),
                    *(
                        Column(f"value.{name}", name, [one.values[n] for one in found])
                        for n, name in enumerate(self.pie.players)
                    ),
                    Column("sum", "sum", [one.total for one in found], rank=1),
                    Column("how", "known", [one.how for one in found], kind="text"),
                    Column("in_core", "in the core", inside, kind="text"),
                    Column("leaving", "would leave", leaving, kind="text"),
                ),
            ),
        )

    def long_table(self) -> Table:
        """Return one row per rule and player."""
        pairs = [(rule, n) for rule in self.divisions for n in range(len(self.pie.players))]
        values = [self.divisions[rule].values[n] for rule, n in pairs]
        return Table(
            "Divisions",
            (
                Column("rule", "rule", [rule for rule, _ in pairs], kind="name"),
                Column("organization", "player", [self.pie.players[n] for _, n in pairs]),
                Column("value", "value", values),
            ),
        )

    def __str__(self) -> str:
        """Say which rules do not apply, and whether the core is empty, with the witness."""
        said = [f"{name} does not apply: {why}." for name, why in self.refused.items()]
        if self.stable:
            core = self.pie.core
            shown = list(core.weights.items())[:SHOWN]
            parts = [f"{w} v({' + '.join(self._names(s))})" for s, w in shown]
            parts += ["…"] * (len(core.weights) > SHOWN)
            words = {
                True: f"The core is empty ({core.how}): {' + '.join(parts)} is more than there "
                f"is; in any division some coalition lacks at least {core.lower:.6g}.",
                False: "The core is not empty (checked): the least-core division is in it.",
                None: "Whether the core is empty is undecided.",
            }
            said.append(words[core.empty_core])
        said += [
            f"{name}: {check.note}."
            for name, check in self.stable.items()
            if not (check.inside or check.leaves)
        ]
        return "\n".join(said)

    def _names(self, coalition: Iterable[int]) -> list[str]:
        return [self.pie.players[n] for n in coalition]

    def _leaving(self, rule: str) -> list[str]:
        """Return who gains most by leaving; all, where not everything is divided."""
        check = self.stable.get(rule)
        return self._names(check.coalition) if check and check.leaves else []


def divide(pie: Pie, rules: Sequence[str] = (), *, progress: Progress = silent) -> Divided:
    """Divide a pie by rules, by default by all that apply.

    Raises
    ------
    InvalidInputError
        If a rule is unknown, or was asked for by name and refuses.

    Examples
    --------
    A left glove and two right ones; a pair is worth 1:

    >>> pair = Pie(("left", "right", "other"), tuple(map(Fraction, [0, 0, 0, 1, 0, 1, 0, 1])))
    >>> found = divide(pair, ["shapley", "nucleolus"])
    >>> found.divisions["shapley"].values.round(4).tolist(), found.stable["nucleolus"].inside
    ([0.6667, 0.1667, 0.1667], True)
    """
    known = {**RULES, **OF_CLAIMS} if pie.claims else RULES
    divisions: dict[str, Division] = {}
    refused: dict[str, str] = {}
    chosen = list(rules or (OF_CLAIMS if pie.claims else RULES))
    for k, name in enumerate(chosen):
        progress(f"dividing by {name}", k, len(chosen))
        if name not in known:
            why = f"is unknown{did_you_mean(name, known)}"
            if name in OF_CLAIMS:
                why = "divides claims: give a file with the columns player, claim"
            raise InvalidInputError(f"the rule {name} {why}")
        try:
            divisions[name] = known[name](pie)
        except InvalidInputError as error:
            if rules:
                raise
            if pie.weights is not None or name != "weighted-shapley":
                refused[name] = str(error)
    small = len(pie.players) <= LARGEST
    stable = {name: core_check(pie.table, d.values) for name, d in divisions.items() if small}
    return Divided(pie, divisions, stable, refused)
