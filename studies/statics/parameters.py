"""The parameters that comparative statics can vary, by name: one number each.

`value`, and any other column of the round, is the number of all where all have the same, else a
common factor, 1 today; `value:North` is North's own. `damage` and `rivalry` likewise, with
`damage:North:South` for what North loses to South; `damage.level` is an amount added to every
pair. `personal_weight`, `gain.exponent` and so on are what they say, `rate` the rule's, and
`settings.NAME` a setting of a rule of one's own.
"""

from collections.abc import Callable
from dataclasses import dataclass, is_dataclass, replace
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.coopetition.competition import Competition, UniformCompetition
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError
from coopetition.solvers.sensitivity.change import Change
from coopetition.studies.statics.competition import SumCompetition, single

COLUMNS = (
    "value",
    "unit_cost",
    "quadratic_cost",
    "fixed_cost",
    "local_data",
    "quality",
    "max_contribution",
    "skew",
)
MATRICES = ("damage", "rivalry")
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
    """

    name: str
    unit: str
    value: float
    at: Callable[[float], State]
    change: Callable[[Array], Change]
    least: float = 0.0


def parameter(name: str, game: CoopetitionRound, rule: Any) -> Parameter:
    """Return a parameter by its name.

    Raises
    ------
    InvalidInputError
        If the round or the rule has no such parameter.

    Examples
    --------
    >>> from coopetition.games.coopetition.gain import PowerGain
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.35), local_data=[1500, 900],
    ...     max_contribution=4000, value=[1000, 800], organizations=["North", "South"])
    >>> [parameter(name, game, None).value for name in ("value", "value:South", "gain.scale")]
    [1.0, 800.0, 2.0]
    """
    head, _, rest = name.partition(":")
    field, _, key = head.partition(".")
    if field in MATRICES and rest and not key:
        return _entry(name, game, rule, field, rest)
    if field in MATRICES and not rest and key in ("", "level", "factor"):
        return _matrix(name, game, rule, field, key)
    if head in COLUMNS:
        return _column(name, game, rule, head, rest)
    if name == "personal_weight":
        return _weight(name, game, rule)
    known = game.gain.slope_partials(max(float(game.local_data.sum()), 1.0))
    if field == "gain" and key in known and not rest and is_dataclass(game.gain):
        curve: Any = game.gain
        found = _scalar(
            name,
            float(getattr(curve, key)),
            lambda v: (game.replace(gain=replace(curve, **{key: v})), rule),
            Change(gain={key: 1.0}),
        )
        return replace(found, least=-np.inf) if curve.parameters[key] == "any" else found
    if name == "rate" and rule is not None and hasattr(rule, "rate"):
        return _rate(game, rule)
    raise InvalidInputError(
        f"no parameter {name!r} here: try {', '.join((*COLUMNS, *MATRICES))}, personal_weight, "
        + "".join(f"gain.{each}, " for each in known)
        + "rate of a rule that has one, settings.NAME of one of your own; value:NAME is one "
        "organization's"
    )


def _scalar(name: str, value: float, at: Callable[[float], State], change: Change) -> Parameter:
    return Parameter(name=name, unit="level", value=value, at=at, change=lambda _: change)


def _weight(name: str, game: CoopetitionRound, rule: Any) -> Parameter:
    return _scalar(
        name,
        game.personal_weight,
        lambda v: (game.replace(personal_weight=v), rule),
        Change(personal_weight=1.0),
    )


def _index(name: str, who: str, game: CoopetitionRound) -> int:
    if who not in game.players:
        raise InvalidInputError(f"`{name}` names no organization of the round: {who!r}")
    return game.players.index(who)


def _column(name: str, game: CoopetitionRound, rule: Any, field: str, who: str) -> Parameter:
    """Return one organization's number, the number of all, or a common factor."""
    column: Array = getattr(game, field)
    if who:
        n = _index(name, who, game)
        unit = np.zeros_like(column)
        unit[n] = 1.0

        def one(v: float) -> State:
            return game.replace(**{field: np.where(unit > 0, v, column)}), rule

        return _scalar(name, float(column[n]), one, Change(**{field: unit}))  # type: ignore[arg-type]
    if (column == column[0]).all():
        every = Change(**{field: np.ones_like(column)})  # type: ignore[arg-type]
        return _scalar(name, float(column[0]), lambda v: (game.replace(**{field: v}), rule), every)
    scaled = Change(**{field: column})  # type: ignore[arg-type]
    return Parameter(
        name=name,
        unit="factor",
        value=1.0,
        at=lambda v: (game.replace(**{field: v * column}), rule),
        change=lambda _: scaled,
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


def _entry(name: str, game: CoopetitionRound, rule: Any, field: str, pair: str) -> Parameter:
    """Return one entry, of who loses by whom it loses to."""
    splits = [(pair[:k], pair[k + 1 :]) for k, letter in enumerate(pair) if letter == ":"]
    players = set(game.players)
    found = [(a, b) for a, b in splits if a in players and b in players and a != b]
    if not found:
        raise InvalidInputError(f"`{name}` must be {field}:LOSER:RIVAL, two of the organizations")
    n, m = (_index(name, who, game) for who in found[0])
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


def _rate(game: CoopetitionRound, rule: Any) -> Parameter:
    """Return the rate of a rule whose payments are proportional to it, or affine in it."""

    def change(x: Array) -> Change:
        none, one = replace(rule, rate=0.0), replace(rule, rate=1.0)
        return Change(
            slope=one.slope - none.slope,
            bend=one.bend - none.bend,
            transfer=one(game, x) - none(game, x),
        )

    return Parameter(
        name="rate",
        unit="level",
        value=float(rule.rate),
        at=lambda v: (game, replace(rule, rate=v)),
        change=change,
        least=-np.inf,
    )
