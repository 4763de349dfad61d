"""The scenario's rule, for the round or for a part of its organizations."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from coopetition.games.errors import InvalidInputError, UnsupportedGameError
from coopetition.games.gain import Array
from coopetition.games.round import CoopetitionRound
from coopetition.mechanisms import (
    RULES,
    Entry,
    Redistribution,
    SeparableRule,
    TransferRule,
    bilateral_prices,
    none,
)
from coopetition.solvers import solve, solve_planner
from coopetition.studies.outside import RuleMaker
from coopetition.studies.settings import MechanismSettings


def rule_maker(game: CoopetitionRound, settings: MechanismSettings) -> RuleMaker:
    """Return a function that makes the scenario's rule for the round or a part of it.

    Raises
    ------
    InvalidInputError
        If the rule needs a parameter that is not given, or does not fit the round.
    """
    if settings.rule == "redistribution":
        return maker_of(game, make_rule(game, settings, None))
    return _maker(game, RULES[settings.rule], _parameters(settings))


def make_rule(
    game: CoopetitionRound, settings: MechanismSettings, target: Array | None
) -> TransferRule:
    """Make the scenario's rule for the whole round, at a target where the rule takes one.

    Raises
    ------
    InvalidInputError
        If the rule needs a parameter that is not given, or does not fit the round.
    """
    return _made(game, RULES[settings.rule], _parameters(settings), target)


def _parameters(settings: MechanismSettings) -> dict[str, Any]:
    """Return the rule's parameters that are given."""
    entry = RULES[settings.rule]
    given = {key: getattr(settings, key) for key in entry.parameters}
    for key in entry.needs:
        if given[key] is None:
            raise InvalidInputError(f"the rule {settings.rule} needs the parameter `{key}`")
    return {key: value for key, value in given.items() if value is not None}


def _made(
    game: CoopetitionRound, entry: Entry, given: Mapping[str, Any], target: Array | None
) -> TransferRule:
    targeted = {"target": target} if entry.targeted else {}
    try:
        return entry.factory(game, **targeted, **given)
    except UnsupportedGameError as error:
        raise InvalidInputError(str(error)) from None


def _maker(game: CoopetitionRound, entry: Entry, given: Mapping[str, Any]) -> RuleMaker:
    """Return how to make a rule for a part: for its own optimum, shares in proportion."""
    place = {name: n for n, name in enumerate(game.players)}

    def make(part: CoopetitionRound) -> TransferRule:
        mine = dict(given)
        if "shares" in mine and len(part.players) < len(place):
            rest = np.array(mine["shares"])[[place[name] for name in part.players]]
            mine["shares"] = rest / rest.sum() if rest.sum() > 0 else None
        target = _optimum(part) if entry.targeted else None
        return _made(part, entry, mine, target)

    return make


def _optimum(game: CoopetitionRound) -> Array:
    return solve_planner(game, start=solve(game).profile).raise_if_failed().profile


def optimal_prices(game: CoopetitionRound) -> TransferRule:
    """Return the bilateral prices that implement the planner's optimum of a round."""
    return bilateral_prices(game, target=_optimum(game))


def maker_of(game: CoopetitionRound, rule: TransferRule) -> RuleMaker:
    """Return how to make a round's rule for a part of its organizations.

    Redistribution keeps κ and the remaining organizations' intensities; rules for a target are
    made anew for the part's own optimum; of a rule of the user's own nothing is known.
    """
    if isinstance(rule, Redistribution):
        place = {name: n for n, name in enumerate(game.players)}

        def restricted(part: CoopetitionRound) -> TransferRule:
            members = np.array([place[name] for name in part.players])
            return Redistribution(rule.rate, rule.intensity.among(members), rule.balanced)

        return restricted
    for entry in RULES.values():
        if type(rule) is entry.kind:
            return _maker(game, entry, {key: getattr(rule, key) for key in entry.parameters})

    def unknown(part: CoopetitionRound) -> TransferRule:
        raise InvalidInputError("how this rule treats a part of the coalition is not known")

    inert = isinstance(rule, SeparableRule) and not rule.slope.any() and not rule.bend.any()
    return none if inert else unknown
