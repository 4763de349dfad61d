"""A scenario's fees: what they are measured against, and the lump sums made of it."""

from collections.abc import Mapping

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.coopetition.round import RoundFormulas
from coopetition.games.errors import InvalidInputError
from coopetition.games.measured.round import MeasuredGame, TrainingRound
from coopetition.games.unknown import Unknown
from coopetition.mechanisms import FEES
from coopetition.mechanisms.division.result import shares
from coopetition.studies.outside.options import ALWAYS, outside_options
from coopetition.studies.outside.outside import Autarky, RuleMaker
from coopetition.studies.outside.subcoalitions import SubCoalitions, known_subcoalitions
from coopetition.studies.scenario.mechanism_table import POWERS, MechanismSettings

Outside = Mapping[str, Array | Unknown]


def grounds(
    game: TrainingRound,
    make_rule: RuleMaker,
    settings: MechanismSettings,
    alone: Autarky | Unknown | None = None,
    parts: SubCoalitions | Unknown | None = None,
) -> tuple[Outside, SubCoalitions | Unknown | None]:
    """Return the outside options, and the sub-coalitions where the settings ask for them.

    `parts` are sub-coalitions that need not be solved
    again, or why they are not to be solved at all.
    """
    names = dict.fromkeys([*ALWAYS, settings.measured_against])
    names.pop("sub-coalition", None)  # of the table that is solved once
    outside = dict(outside_options(game, make_rule, alone, list(names)))
    if not settings.asks_sub_coalitions:
        return outside, None
    parts = parts or known_subcoalitions(game, make_rule, alone)
    outside["sub-coalition"] = parts if isinstance(parts, Unknown) else parts.option
    return outside, parts


def lump_sums(
    game: TrainingRound,
    settings: MechanismSettings,
    payoffs: Array,
    outside: Outside,
    parts: SubCoalitions | Unknown | None,
) -> Array:
    """Return the fees that the settings' fee rule makes of payoffs after transfers.

    Sub-coalitions have what they have under the same rule made for them, all together what the
    payoffs sum to.
    """
    name, entry = settings.fees, FEES[settings.fees]
    if entry.ground == "nothing":
        return entry.rule(payoffs, np.zeros_like(payoffs))
    if entry.ground == "sub-coalitions":
        asked = "the values of sub-coalitions"
        ground = parts if isinstance(parts, Unknown) or parts is None else parts.values.copy()
    else:
        option = settings.measured_against
        asked, ground = f"the outside option {option}", outside[option]
    if isinstance(ground, Unknown) or ground is None:
        raise InvalidInputError(f"`fees` = {name} needs {asked}; {ground}")
    if entry.ground == "sub-coalitions":
        ground[-1] = ground[0] + payoffs.sum()
    try:
        if entry.weighted:
            return entry.rule(payoffs, ground, powers(game, settings.power))
        return entry.rule(payoffs, ground)
    except InvalidInputError as error:
        raise InvalidInputError(f"`fees` = {name}, against {asked}: {error}") from None


def powers(game: RoundFormulas | MeasuredGame, power: str | tuple[float, ...]) -> Array:
    """Return how a surplus is shared, summing to one: shape (N,), or (B, N) of many rounds."""
    size = game.value.shape[-1]
    if isinstance(power, str) and power not in POWERS:
        raise InvalidInputError(
            f"`power` must be one of {', '.join(POWERS)}, or a number for each organization, "
            f"got {power!r:.60}"
        )
    if not isinstance(power, str):
        return shares("power", power, size)
    column = game.value if power == "value" else np.ones(size)
    if power == "data":
        if isinstance(game, MeasuredGame):
            raise InvalidInputError("`power` = data needs a round that says what data each has")
        column = game.local_data
    if column.ndim == 1:
        return shares("power", column, size)
    column = np.ascontiguousarray(column)
    return np.asarray(column / column.sum(axis=-1, keepdims=True))
