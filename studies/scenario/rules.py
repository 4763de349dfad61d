"""The scenario's rule, for the round or for a part of its organizations."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.errors import (
    InvalidInputError,
    NotConvergedError,
    UnsupportedGameError,
)
from coopetition.games.measured.round import MeasuredGame, TrainingRound
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
from coopetition.studies.outside.outside import RuleMaker
from coopetition.studies.scenario.custom_rules import own_entry
from coopetition.studies.scenario.mechanism_table import MechanismSettings

if TYPE_CHECKING:  # what measures is not needed where nothing is measured
    from coopetition.oracles.gains.skill import Skill

SAYS_NOT = "is given by organization: it does not say what a split or merged organization gets"


def rule_maker(game: TrainingRound, settings: MechanismSettings) -> RuleMaker:
    """Return a function that makes the scenario's rule for the round or a part of it.

    Raises
    ------
    InvalidInputError
        If the rule needs a parameter that is not given, or does not fit the round.
    """
    if settings.rule == "redistribution" and not settings.own:
        return maker_of(game, make_rule(game, settings, None))
    return _maker(game, settings.entry, _parameters(settings))


def make_rule(
    game: TrainingRound, settings: MechanismSettings, target: Array | None
) -> TransferRule:
    """Make the scenario's rule for the whole round, at a target where the rule takes one.

    Raises
    ------
    InvalidInputError
        If the rule needs a parameter that is not given, or does not fit the round.
    """
    return _made(game, settings.entry, _parameters(settings), target)


def _parameters(settings: MechanismSettings) -> dict[str, Any]:
    """Return the rule's parameters that are given."""
    entry = settings.entry
    given = {key: getattr(settings, key) for key in entry.parameters}
    for key in entry.needs:
        if given[key] is None:
            raise InvalidInputError(f"the rule {settings.rule} needs the parameter `{key}`")
    return {key: value for key, value in given.items() if value is not None}


def _made(
    game: TrainingRound, entry: Entry, given: Mapping[str, Any], target: Array | None
) -> TransferRule:
    targeted = {"target": target} if entry.targeted else {}
    try:
        return entry.factory(game, **targeted, **given)
    except UnsupportedGameError as error:
        raise InvalidInputError(str(error)) from None


def _maker(game: TrainingRound, entry: Entry, given: Mapping[str, Any]) -> RuleMaker:
    """Return how to make a rule for a part: for its own optimum, shares in proportion."""
    place = {name: n for n, name in enumerate(game.players)}

    def make(part: TrainingRound) -> TransferRule:
        mine = dict(given)
        if "shares" in mine and not place.keys() >= set(part.players):
            raise InvalidInputError(f"`shares` {SAYS_NOT}")
        if "shares" in mine and len(part.players) < len(place):
            rest = np.array(mine["shares"])[[place[name] for name in part.players]]
            mine["shares"] = rest / rest.sum() if rest.sum() > 0 else None
        target = optimum(part) if entry.targeted else None
        return _made(part, entry, mine, target)

    return make


def optimum(game: TrainingRound) -> Array:
    """Return the planner's optimum, for which targeted rules are made."""
    return solve_planner(game, start=solve(game).profile).raise_if_failed().profile


def refuse_unsupported(game: TrainingRound, who: str, skill: "Skill | None") -> None:
    """Refuse prices of everybody's own gains where what was fitted to them explains nothing.

    Raises
    ------
    NotConvergedError
        Naming who needs prices, and the skill.
    """
    if skill is not None and skill.nothing and isinstance(game, MeasuredGame):
        raise NotConvergedError(
            f"{who} needs prices, which nothing supports: fitted gains predict measured ones no "
            f"better than a constant (skill {skill.value:.2g}); train more profiles, or use no rule"
        )


def newcomers_rule(settings: MechanismSettings) -> RuleMaker:
    """Return how to make the rule for a round with organizations that it has not seen.

    Refused where it has a number for each organization or pair: what newcomers get is not known.
    """
    if settings.shares is not None or not isinstance(settings.intensity, (str, int, float)):
        key = "intensity" if settings.shares is None else "shares"
        raise InvalidInputError(f"`{key}` {SAYS_NOT}")
    targeted = settings.entry.targeted
    return lambda part: make_rule(part, settings, optimum(part) if targeted else None)


def optimal_prices(game: TrainingRound) -> TransferRule:
    """Return the bilateral prices that implement the planner's optimum of a round."""
    return bilateral_prices(game, target=optimum(game))


def maker_of(game: TrainingRound, rule: TransferRule) -> RuleMaker:
    """Return how to make a round's rule for a part of its organizations.

    Redistribution keeps κ and the remaining organizations' intensities; rules for a target are
    made again for the part's own optimum; a custom function is the same formula for all.
    """
    if isinstance(rule, Redistribution):
        place = {name: n for n, name in enumerate(game.players)}

        def restricted(part: TrainingRound) -> TransferRule:
            if not place.keys() >= set(part.players):
                raise InvalidInputError(f"`intensity` {SAYS_NOT}")
            members = np.array([place[name] for name in part.players])
            return Redistribution(rule.rate, rule.intensity.among(members), rule.balanced)

        return restricted
    for entry in RULES.values():
        if type(rule) is entry.kind:
            return _maker(game, entry, {key: getattr(rule, key) for key in entry.parameters})
    inert = isinstance(rule, SeparableRule) and not rule.slope.any() and not rule.bend.any()
    return none if inert else own_entry(rule)[1].factory


def settings_of(game: TrainingRound, rule: Any) -> MechanismSettings:
    """Return settings, of a rule in any form: settings, a name, a made rule, or a custom one.

    Parameters
    ----------
    rule
        None is no rule. A rule of the catalogue, made for this round, is taken as it is, and for a
        part of the round as `maker_of` says; for custom rules see
        `coopetition.studies.scenario.custom_rules`.

    Raises
    ------
    InvalidInputError
        If it is none of that.
    """
    if rule is None or isinstance(rule, MechanismSettings):
        return rule or MechanismSettings()
    if not any(type(rule) is entry.kind for entry in RULES.values()):
        return MechanismSettings.of(rule)
    for_part = maker_of(game, rule)

    def made(part: TrainingRound) -> TransferRule:
        return rule if part.players == game.players else for_part(part)

    name, own = own_entry(rule)
    return MechanismSettings(rule=name, own=replace(own, factory=made))
