"""Divide what a coalition has: a file's game or claims, the rules that apply, who would leave.

Numbers in files are read exactly: whole numbers, decimals, fractions p/q. The rules work on the
floats nearest to them; that a core is empty is proved for the numbers as they are written.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError
from coopetition.games.finite.files.tables import exact_number
from coopetition.games.text.names import look_alike, say_alike, tidy
from coopetition.games.text.reading import other_separator, read_text
from coopetition.games.text.strict_json import unique_keys
from coopetition.games.text.words import did_you_mean, first_few
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

LARGEST = 20  # players whose coalitions are looked at one by one
GAME, CLAIM = ("coalition", "value"), ("player", "claim")
Row = tuple[str, Any, Fraction]  # where it stands, whose it is, how much
Header = list[str]
Rows = list[list[Any]]


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
        Of the weighted Shapley value and of the bargaining; equal if left out.
    """

    players: tuple[str, ...]
    values: tuple[Fraction, ...] = ()
    claims: tuple[Fraction, ...] = ()
    estate: Fraction = Fraction(0)
    weights: Array | None = None

    @cached_property
    def table(self) -> Array:
        """v(S); claims make a game: v(S) is what is left when all others have their claims."""
        if len(self.players) > LARGEST:
            raise InvalidInputError(
                f"coalitions of at most {LARGEST} players can be looked at, got {len(self.players)}"
            )
        if self.claims:
            return claims_game(np.array(self.claims, dtype=float), float(self.estate))
        return np.array(self.values, dtype=float)

    @cached_property
    def core(self) -> LeastCore:
        """Return the least core, and whether the core is empty."""
        return least_core(self.table if self.claims else self.values)

    @property
    def total(self) -> float:
        """What is divided: v(N) − v(∅), or the estate."""
        return float(self.estate if self.claims else self.values[-1] - self.values[0])

    @property
    def alone(self) -> Array:
        """What everybody has alone."""
        return np.asarray(self.table[1 << np.arange(len(self.players))] - self.table[0])


def _weighted(pie: Pie) -> Division:
    if pie.weights is None:
        raise InvalidInputError("the rule weighted-shapley needs `--weights`, one a player")
    return weighted_shapley(pie.table, pie.weights)


def _least_core(pie: Pie) -> Division:
    found = pie.core
    return Division(
        rule="least core", values=found.allocation, how="checked", error=found.gap,
        note=f"largest excess {found.epsilon:.6g}",
    )  # fmt: skip


def _of_table(rule: Callable[..., Division]) -> Callable[[Pie], Division]:
    return lambda pie: rule(pie.table)


def _of_claims(rule: Callable[..., Division]) -> Callable[[Pie], Division]:
    return lambda pie: rule(np.array(pie.claims, dtype=float), float(pie.estate))


RULES: Mapping[str, Callable[[Pie], Division]] = {
    **{name: _of_table(rule) for name, rule in VALUES.items()},
    "weighted-shapley": _weighted,
    "least-core": _least_core,
    "equal": lambda pie: equal(pie.total, len(pie.players)),
    "proportional": lambda pie: proportional(pie.total, pie.alone),
    "equal-surplus": lambda pie: equal_surplus(pie.total, pie.alone),
    "nash": lambda pie: split_surplus(pie.total, pie.alone, weights=pie.weights),
}
OF_CLAIMS = {name: _of_claims(rule) for name, rule in CLAIMS.items()}


@dataclass(frozen=True)
class Divided:
    """A pie, its divisions by rule, whether each is in the core, and why some rules refused."""

    pie: Pie
    divisions: Mapping[str, Division]
    stable: Mapping[str, CoreCheck]
    refused: Mapping[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, lists and words; coalitions are lists of names."""
        return {
            "players": list(self.pie.players),
            "total": self.pie.total,
            "claims": [float(claim) for claim in self.pie.claims] or None,
            "divisions": [
                {
                    **found.to_dict(),
                    "rule": name,
                    "in_core": self.stable[name].inside if name in self.stable else None,
                    "leaving": self._leaving(name) or None,
                    "excess": self.stable[name].excess if name in self.stable else None,
                }
                for name, found in self.divisions.items()
            ],
            "refused": dict(self.refused),
            "core": self._core(),
        }

    def table(self) -> tuple[Header, Rows]:
        """Return one row a rule: amounts, how they are known, who would have more alone."""
        header = ["rule", *self.pie.players, "sum", "known", "in the core", "would leave"]
        return header, [
            [
                name,
                *found.values.tolist(),
                found.total,
                found.how,
                ("yes" if self.stable[name].inside else "no") if name in self.stable else None,
                " + ".join(self._leaving(name)) or None,
            ]
            for name, found in self.divisions.items()
        ]

    def __str__(self) -> str:
        """Say whether the core is empty, with the witness, and which rules do not apply."""
        said = [f"{name} does not apply: {why}." for name, why in self.refused.items()]
        if self.stable:
            core = self.pie.core
            parts = [
                f"{w} v({' + '.join(self._names(s))})" for s, w in list(core.weights.items())[:8]
            ]
            more = " + …" if len(core.weights) > 8 else ""
            words = {
                True: f"The core is empty ({core.how}): {' + '.join(parts)}{more} is more than "
                f"there is; in any division some coalition lacks at least {core.lower:.6g}",
                False: "The core is not empty (checked): the least-core division is in it",
                None: "Whether the core is empty is undecided",
            }
            said.append(f"{words[core.empty_core]}.")
        return "\n".join(said)

    def _names(self, coalition: Iterable[int]) -> list[str]:
        return [self.pie.players[n] for n in coalition]

    def _leaving(self, rule: str) -> list[str]:
        """Return who has most to gain by leaving, all of them where not everything is divided."""
        found = self.stable.get(rule)
        return [] if found is None or found.inside else self._names(found.coalition)

    def _core(self) -> dict[str, Any] | None:
        if not self.stable:
            return None
        core = self.pie.core
        weights = [[self._names(s), str(w)] for s, w in core.weights.items()]
        return {**core.to_dict(), "weights": weights}


def divide(pie: Pie, rules: Sequence[str] = ()) -> Divided:
    """Divide a pie by rules, by default by all that apply.

    Raises
    ------
    InvalidInputError
        If a rule is unknown, or refuses and was asked for by name.

    Examples
    --------
    A left glove and two right ones; a pair is worth 1:

    >>> pair = Pie(("left", "right", "other"), tuple(map(Fraction, [0, 0, 0, 1, 0, 1, 0, 1])))
    >>> found = divide(pair, ["shapley", "nucleolus"])
    >>> found.divisions["shapley"].values.round(4).tolist(), found.stable["nucleolus"].inside
    ([0.6667, 0.1667, 0.1667], True)
    """
    known = {**RULES, **OF_CLAIMS} if pie.claims else RULES
    default = OF_CLAIMS if pie.claims else RULES
    divisions: dict[str, Division] = {}
    refused: dict[str, str] = {}
    for name in rules or default:
        if name not in known:
            of = "divides claims: give a file with the columns player, claim"
            hint = of if name in OF_CLAIMS else f"is unknown{did_you_mean(name, known)}"
            raise InvalidInputError(f"the rule {name} {hint}")
        try:
            divisions[name] = known[name](pie)
        except InvalidInputError as error:
            if rules:
                raise
            if name != "weighted-shapley":
                refused[name] = str(error)
    small = len(pie.players) <= LARGEST
    stable = {
        name: core_check(pie.table, found.values) for name, found in divisions.items() if small
    }
    return Divided(pie, divisions, stable, refused)


def load_pie(file: Path, *, estate: str | None = None, weights: str | None = None) -> Pie:
    """Read a game (columns coalition, value) or claims (player, claim) from CSV or JSON.

    Members of a coalition are joined by `+`; JSON has a list of objects with the same keys, or
    lists of names. Players are those with a row of their own. The empty coalition may be left
    out: it has 0.

    Parameters
    ----------
    estate
        What there is to divide among claims.
    weights
        Of all players: `A=2,B=1`.

    Raises
    ------
    InvalidInputError
        In one sentence: a coalition that is missing, twice, or of somebody unknown, a number that
        is none, an estate without claims or claims without estate.
    """
    text = read_text(file)
    try:
        columns, rows = (_from_json if file.suffix.lower() == ".json" else _from_csv)(text)
        if columns == GAME:
            if estate is not None:
                raise InvalidInputError("`--estate` goes with claims (columns player, claim)")
            players, values = _game(rows)
            pie = Pie(players, values)
        else:
            if estate is None:
                raise InvalidInputError("claims need `--estate`: what there is to divide")
            whole = exact_number(estate, "`--estate`")
            pie = Pie(*_claims(rows, whole), estate=whole)
    except InvalidInputError as error:
        raise InvalidInputError(f"{file}: {error}") from None
    return pie if weights is None else _with_weights(pie, weights)


def _from_csv(text: str) -> tuple[tuple[str, str], list[Row]]:
    try:
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        lines = [(f"line {reader.line_num}", cells) for cells in reader if any(cells)]
    except csv.Error as error:
        raise InvalidInputError(f"not a CSV table: {error}") from None
    head = [cell.strip() for cell in lines[0][1]] if lines else []
    columns = _columns(head, other_separator(",".join(head)))
    rows = []
    for where, cells in lines[1:]:
        if len(cells) != len(head):
            raise InvalidInputError(f"{where} must have {len(head)} cells, got {len(cells)}")
        whose, amount = (cells[head.index(column)].strip() for column in columns)
        rows.append(_row(where, whose, amount, columns))
    return columns, rows


def _from_json(text: str) -> tuple[tuple[str, str], list[Row]]:
    try:  # numbers stay texts, so that 0.1 is read as 1/10
        content = json.loads(
            text, object_pairs_hook=unique_keys, parse_float=str, parse_int=str, parse_constant=str
        )
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"not JSON: {error}") from None
    if not isinstance(content, list) or not all(isinstance(part, dict) for part in content):
        raise InvalidInputError("the JSON must be a list of objects, one a coalition or player")
    columns = _columns(list(content[0]) if content else [])
    rows = []
    for k, part in enumerate(content):
        if set(part) != set(columns):
            raise InvalidInputError(f"[{k}] must have the keys {' and '.join(columns)}")
        rows.append(_row(f"[{k}]", part[columns[0]], part[columns[1]], columns))
    return columns, rows


def _columns(head: Sequence[str], hint: str = "") -> tuple[str, str]:
    for columns in (GAME, CLAIM):
        if sorted(head) == sorted(columns):
            return columns
    raise InvalidInputError(
        f"the columns must be coalition, value (a game) or player, claim (claims), got "
        f"{', '.join(head) or 'none'!r:.80}{hint}"
    )


def _row(where: str, whose: Any, amount: Any, columns: tuple[str, str]) -> Row:
    if isinstance(whose, str):
        whose = whose.split("+") if columns == GAME else [whose]
    if not isinstance(whose, list) or not all(isinstance(name, str) for name in whose):
        raise InvalidInputError(f"{where}: the {columns[0]} must be names, got {whose!r:.40}")
    if not isinstance(amount, str):
        raise InvalidInputError(f"{where}: the {columns[1]} must be a number, got {amount!r:.40}")
    try:
        number = exact_number(amount.strip(), f"a {columns[1]}")
    except InvalidInputError as error:
        raise InvalidInputError(f"{where}: {error}") from None
    return where, [tidy(name) for name in whose if tidy(name) or len(whose) > 1], number


def _game(rows: Sequence[Row]) -> tuple[tuple[str, ...], tuple[Fraction, ...]]:
    """Return the players and v by coalition."""
    players = _players([members[0] for _, members, _ in rows if len(members) == 1])
    bit = {name: 1 << n for n, name in enumerate(players)}
    found: dict[int, Fraction] = {}
    for where, members, value in rows:
        for name in members:
            if name not in bit:
                raise InvalidInputError(
                    f"{where}: {name!r} is no player: there is no row of {name!r} alone"
                    f"{did_you_mean(name, players)}"
                )
        if len(set(members)) < len(members):
            raise InvalidInputError(f"{where} names a player twice: {' + '.join(members)}")
        mask = sum(bit[name] for name in members)
        if mask in found:
            raise InvalidInputError(f"{where} repeats the coalition {_said(mask, players)}")
        found[mask] = value
    found.setdefault(0, Fraction(0))
    if len(players) > LARGEST:
        raise InvalidInputError(f"a game can have {LARGEST} players at most, got {len(players)}")
    every = range(1 << len(players))
    if missing := [_said(mask, players) for mask in every if mask not in found]:
        verb = "is" if len(missing) == 1 else "are"
        raise InvalidInputError(f"coalitions {verb} missing: {first_few(missing)}")
    return players, tuple(found[mask] for mask in every)


def _claims(
    rows: Sequence[Row], estate: Fraction
) -> tuple[tuple[str, ...], tuple[Fraction, ...], tuple[Fraction, ...]]:
    """Return the players, no values, and the claims."""
    players = _players([name for _, members, _ in rows for name in members])
    if len(players) < len(rows):
        raise InvalidInputError("every row must name a player")
    claims = tuple(claim for _, _, claim in rows)
    for (where, _, _), claim in zip(rows, claims, strict=True):
        if claim < 0:
            raise InvalidInputError(f"{where}: a claim must be at least 0, got {claim}")
    if not 0 <= estate <= sum(claims):
        raise InvalidInputError(
            f"`--estate` must be between 0 and the sum of the claims, {float(sum(claims)):g}, "
            f"got {float(estate):g}"
        )
    return players, (), claims


def _players(names: Sequence[str]) -> tuple[str, ...]:
    if not names:
        raise InvalidInputError("there must be a row for each player alone")
    if pair := look_alike(names):
        raise InvalidInputError(f"names must differ, got {say_alike(*pair)}")
    return tuple(names)


def _said(mask: int, players: Sequence[str]) -> str:
    inside = [name for n, name in enumerate(players) if mask >> n & 1]
    return "+".join(inside) or "of nobody"


def _with_weights(pie: Pie, text: str) -> Pie:
    """Return the pie with weights of all players."""
    given: dict[str, float] = {}
    for part in text.split(","):
        name, equals, weight = (word.strip() for word in part.rpartition("="))
        if not equals or name not in pie.players or name in given:
            why = "is there twice" if name in given else f"is no player: {first_few(pie.players)}"
            why = why if equals else "must be NAME=WEIGHT"
            raise InvalidInputError(f"`--weights`: {(name if equals else part)!r:.40} {why}")
        given[name] = float(exact_number(weight, f"the weight of {name}"))
        if given[name] <= 0:
            raise InvalidInputError(f"`--weights` must be positive, got {weight} for {name}")
    if lacking := [name for name in pie.players if name not in given]:
        raise InvalidInputError(f"`--weights` lacks {first_few(lacking)}")
    weights = np.array([given[name] for name in pie.players])
    return Pie(pie.players, pie.values, pie.claims, pie.estate, weights)
