"""The parameters that comparative statics can vary, by their dotted paths: one number each.

`organization.*.value`, and any other number of organizations, is the number of all where all have
the same, else a common factor, 1 today; `organization.North.value` is North's own.
`competition.damage` and `competition.rivalry` likewise, with `competition.damage.North.South` for
what North loses to South; `competition.damage.level` is an amount added to every pair,
`competition.damage.factor` a factor also where all pairs are alike. `personal_gain.weight`,
`gain.exponent` and so on are what they say, `mechanism.rate` is the rule's, and
`mechanism.settings.NAME` a setting of a custom rule.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from itertools import permutations
from typing import Any

import numpy as np

from coopetition.games.arrays import Array, Index
from coopetition.games.coopetition.columns import COLUMNS
from coopetition.games.coopetition.competition import (
    Competition,
    MatrixCompetition,
    UniformCompetition,
)
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError
from coopetition.solvers.sensitivity.change import Change
from coopetition.studies.scenario.parameters import ALL, MATRICES, pair_of, unknown

SMALL = 20  # organizations whose pairs are suggested
State = tuple[CoopetitionRound, Any]  # a rule, None for no transfers


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parameter:
    """One number that can vary.

    Parameters
    ----------
    name, unit
        As asked; "level", or "factor" for a common factor.
    value
        Today.
    at
        The round and the rule where the parameter has another value.
    change
        The direction in which they move, at a profile.
    least
        The parameter's lower bound.
    exact
        Whether `change` knows it; else effects are differences.
    """

    name: str
    unit: str
    value: float
    at: Callable[[float], State]
    change: Callable[[Array], Change]
    least: float = 0.0
    exact: bool = True


def parameter(name: str, game: CoopetitionRound, rule: Any, more: Sequence[str] = ()) -> Parameter:
    """Return a parameter by its name; `more` are paths that an error may suggest besides.

    Raises
    ------
    InvalidInputError
        If the round or the rule has no such parameter.
    """
    table, _, rest = name.partition(".")
    if table == "organization":
        who, _, column = rest.rpartition(".")
        if column in COLUMNS and (who == ALL or who in game.players):
            return _column(name, game, rule, column, who)
    field, _, which = rest.partition(".")
    if table == "competition" and field in MATRICES:
        if which in ("", "level", "factor"):
            return _matrix(name, game, rule, field, which)
        if found := pair_of(which, game.players):
            return _entry(name, game, rule, field, *found)
    if name == "personal_gain.weight":
        return _weight(name, game, rule)
    known = game.gain.slope_partials(max(float(game.local_data.sum()), 1.0))
    if table == "gain" and rest in known and is_dataclass(game.gain):
        curve: Any = game.gain
        scalar = _scalar(
            name,
            float(getattr(curve, rest)),
            lambda v: (game.replace(gain=replace(curve, **{rest: v})), rule),
            Change(gain={rest: 1.0}),
        )
        signed = curve.parameters[rest] == "any"
        return replace(scalar, least=-np.inf) if signed else scalar
    if name == "mechanism.rate" and rule is not None and hasattr(rule, "rate"):
        return _rate(name, game, rule)
    raise unknown(name, [*_paths(game, rule), *more], "cannot differentiate by")


def _paths(game: CoopetitionRound, rule: Any) -> list[str]:
    """Return the parameters that this round and rule have."""
    matrices = [f"competition.{field}" for field in MATRICES]
    columns = [f"organization.{who}.{key}" for key in COLUMNS for who in (ALL, *game.players)]
    known = game.gain.slope_partials(max(float(game.local_data.sum()), 1.0))
    return [
        *matrices,
        *(f"{one}.{which}" for one in matrices for which in ("level", "factor")),
        *(f"{one}.{a}.{b}" for one in matrices for a, b in permutations(game.players[:SMALL], 2)),
        *columns,
        "personal_gain.weight",
        *(f"gain.{key}" for key in known),
        *["mechanism.rate"] * hasattr(rule, "rate"),
    ]


def _scalar(name: str, value: float, at: Callable[[float], State], change: Change) -> Parameter:
    return Parameter(name=name, unit="level", value=value, at=at, change=lambda _: change)


def _weight(name: str, game: CoopetitionRound, rule: Any) -> Parameter:
    return _scalar(
        name,
        game.personal_weight,
        lambda v: (game.replace(personal_weight=v), rule),
        Change(personal_weight=1.0),
    )


def _column(name: str, game: CoopetitionRound, rule: Any, field: str, who: str) -> Parameter:
    """Return one organization's number, the number of all, or a common factor."""
    column: Array = getattr(game, field)

    exact = field in {one.name for one in fields(Change)}

    def moving(by: Array) -> Change:
        numbers: dict[str, Any] = {field: by} if exact else {}
        return Change(**numbers)

    if who != ALL:
        unit = np.array([float(who == player) for player in game.players])

        def one(v: float) -> State:
            return game.replace(**{field: np.where(unit > 0, v, column)}), rule

        return replace(_scalar(name, float(column[unit > 0][0]), one, moving(unit)), exact=exact)
    if (column == column[0]).all():
        every = moving(np.ones_like(column))
        scalar = _scalar(
            name, float(column[0]), lambda v: (game.replace(**{field: v}), rule), every
        )
        return replace(scalar, exact=exact)
    return Parameter(
        name=name,
        unit="factor",
        value=1.0,
        at=lambda v: (game.replace(**{field: v * column}), rule),
        change=lambda _: moving(column),
        exact=exact,
    )


def _matrix(name: str, game: CoopetitionRound, rule: Any, field: str, key: str) -> Parameter:
    """Return a level or a common factor of damage or rivalry."""
    matrix: Competition = getattr(game, field)
    size = len(game.players)
    uniform = matrix.level if isinstance(matrix, UniformCompetition) else None
    if key != "factor" and uniform is not None:
        unit = Change(**{field: UniformCompetition(1.0, size)})  # type: ignore[arg-type]
        return _scalar(name, uniform, lambda v: (game.replace(**{field: v}), rule), unit)

    def least(v: float) -> float:
        if not v >= 0:
            raise InvalidInputError(f"`{name}` must be at least 0, got {v:g}")
        return v

    if key == "level":
        more = Change(**{field: UniformCompetition(1.0, size)})  # type: ignore[arg-type]
        return _scalar(
            name,
            0.0,
            lambda v: (
                game.replace(**{field: SumCompetition(matrix, UniformCompetition(least(v), size))}),
                rule,
            ),
            more,
        )
    own = Change(**{field: matrix})  # type: ignore[arg-type]
    return Parameter(
        name=name,
        unit="factor",
        value=1.0,
        at=lambda v: (game.replace(**{field: matrix.scaled(least(v))}), rule),
        change=lambda _: own,
    )


def _entry(name: str, game: CoopetitionRound, rule: Any, field: str, n: int, m: int) -> Parameter:
    """Return one entry: what n loses to m."""
    matrix: Competition = getattr(game, field)
    only = single(matrix.size, n, m)
    rival = np.zeros(matrix.size)
    rival[m] = 1.0
    today = float(matrix.weigh(rival)[n])

    def at(v: float) -> State:
        if not v >= 0:
            raise InvalidInputError(f"`{name}` must be at least 0, got {v:g}")
        return game.replace(**{field: SumCompetition(matrix, only.scaled(v - today))}), rule

    return _scalar(name, today, at, Change(**{field: only}))  # type: ignore[arg-type]


def _rate(name: str, game: CoopetitionRound, rule: Any) -> Parameter:
    """Return the rate of a rule whose payments are proportional to it, or affine in it."""

    def change(x: Array) -> Change:
        none, one = replace(rule, rate=0.0), replace(rule, rate=1.0)
        return Change(
            slope=one.slope - none.slope,
            bend=one.bend - none.bend,
            transfer=one(game, x) - none(game, x),
        )

    return Parameter(
        name=name,
        unit="level",
        value=float(rule.rate),
        at=lambda v: (game, replace(rule, rate=v)),
        change=change,
        least=-np.inf,
    )


@dataclass(frozen=True, slots=True, eq=False)
class SumCompetition(Competition):
    """Two competitions at once."""

    first: Competition
    second: Competition

    @property
    def size(self) -> int:
        """The number of organizations N."""
        return self.first.size

    def weigh(self, values: Array) -> Array:
        """Return C @ values."""
        return self.first.weigh(values) + self.second.weigh(values)

    def spread(self, values: Array) -> Array:
        """Return Cᵀ @ values."""
        return self.first.spread(values) + self.second.spread(values)

    def among(self, members: Index) -> Competition:
        """Return the competition among `members` only."""
        return SumCompetition(self.first.among(members), self.second.among(members))

    def scaled(self, factor: float) -> Competition:
        """Return factor · C."""
        return SumCompetition(self.first.scaled(factor), self.second.scaled(factor))


def single(size: int, loser: int, rival: int) -> Competition:
    """Return the competition of one pair: 1 for what the loser loses to the rival."""
    from scipy import sparse

    return MatrixCompetition(sparse.csr_array(([1.0], ([loser], [rival])), shape=(size, size)))
