"""What statics differentiate: the rule in force, and parameters that take it along."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms import Mechanism, TransferRule
from coopetition.mechanisms.rules.transfers import NoTransfer
from coopetition.solvers.sensitivity.change import Change
from coopetition.studies.scenario.mechanism_table import MechanismSettings
from coopetition.studies.scenario.rules import make_rule, optimum
from coopetition.studies.statics.parameters import Parameter, State, parameter

RATE = "mechanism.rate"
SETTINGS = "mechanism.settings."
STEP = 1e-4  # of a parameter, for what a rule's numbers do


def rule_in_force(
    game: CoopetitionRound,
    rule: MechanismSettings | TransferRule | Mechanism | None,
    target: Array | None = None,
) -> TransferRule | None:
    """Return the rule in force, None for no transfers; by default made for the optimum."""
    made: Any = rule
    if isinstance(rule, MechanismSettings):
        if target is None and rule.entry.targeted:
            target = optimum(game)
        made = make_rule(game, rule, target)
    if isinstance(made, Mechanism):
        made = made.rule
    return None if made is None or isinstance(made, NoTransfer) else made


def is_setting(name: str) -> bool:
    """Whether a parameter is a setting of a custom rule."""
    return name.startswith(SETTINGS)


def named_parameter(
    name: str, game: CoopetitionRound, own: Any, settings: MechanismSettings | None
) -> Parameter:
    """Return a parameter by its name, also a setting of a custom rule."""
    if not (is_setting(name) and settings is not None and settings.own):
        given = settings.settings if settings else {}
        return parameter(name, game, own, [f"{SETTINGS}{key}" for key in given])
    key = name.removeprefix(SETTINGS)
    value = settings.settings.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        known = ", ".join(settings.settings) or "none"
        raise InvalidInputError(
            f"no number {key!r:.40} in [mechanism.settings]: it must be given there to be varied, "
            f"the settings are: {known}"
        )
    return Parameter(
        name=name,
        unit="level",
        value=float(value),
        at=lambda v: (game, rule_in_force(game, settings.with_settings(**{key: v}))),
        change=lambda _: Change(),
        least=-np.inf,
    )


def made_anew(one: Parameter, settings: MechanismSettings, scale: float) -> Parameter:
    """Return a parameter that takes the rule along: made again for each changed round."""
    return renewed(one, lambda state: (state[0], rule_in_force(state[0], settings)), scale)


def renewed(one: Parameter, remade: Callable[[State], State], scale: float) -> Parameter:
    """Return a parameter with what it does to the rule's numbers, by differences."""

    def at(value: float) -> State:
        return remade(one.at(value))

    def change(x: Array, value: float = one.value) -> Change:
        step = STEP * scale
        try:
            (above, rule), (below, other), width = at(value + step), at(value - step), 2 * step
        except InvalidInputError:  # at the end of what the parameter may be
            (above, rule), (below, other), width = at(value + step), at(value), step
        return replace(
            one.change(x),
            slope=(rule.slope - other.slope) / width,
            bend=(rule.bend - other.bend) / width,
            transfer=(rule(above, x) - other(below, x)) / width,
        )

    return replace(one, at=at, change=change)
