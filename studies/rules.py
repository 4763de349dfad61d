"""The scenario's rule, for the round or for a part of its organizations."""

import numpy as np

from coopetition.games.errors import InvalidInputError
from coopetition.games.round import CoopetitionRound
from coopetition.mechanisms import (
    BilateralPrices,
    Redistribution,
    SeparableRule,
    TransferRule,
    bilateral_prices,
    none,
    redistribution,
)
from coopetition.solvers import solve, solve_planner
from coopetition.studies.outside import RuleMaker
from coopetition.studies.settings import MechanismSettings


def rule_maker(game: CoopetitionRound, settings: MechanismSettings) -> RuleMaker:
    """Return a function that makes the scenario's rule for the round or a part of it.

    Raises
    ------
    InvalidInputError
        If redistribution has no rate.
    """
    if settings.rule == "redistribution":
        if settings.rate is None:
            raise InvalidInputError("the rule redistribution needs a `rate`")
        whole = redistribution(
            game, rate=settings.rate, balanced=settings.balanced, intensity=settings.intensity
        )
        return maker_of(game, whole)
    return optimal_prices if settings.rule == "bilateral-prices" else none


def optimal_prices(game: CoopetitionRound) -> TransferRule:
    """Return the bilateral prices that implement the planner's optimum of a round."""
    best = solve_planner(game, start=solve(game).profile).raise_if_failed()
    return bilateral_prices(game, target=best.profile)


def maker_of(game: CoopetitionRound, rule: TransferRule) -> RuleMaker:
    """Return how to make a round's rule for a part of its organizations.

    Redistribution keeps κ and the remaining organizations' intensities; bilateral prices are made
    anew for the part's own optimum; of a rule of the user's own nothing is known.
    """
    if isinstance(rule, BilateralPrices):
        return optimal_prices
    if isinstance(rule, Redistribution):
        place = {name: n for n, name in enumerate(game.players)}

        def restricted(part: CoopetitionRound) -> TransferRule:
            members = np.array([place[name] for name in part.players])
            return Redistribution(rule.rate, rule.intensity.among(members), rule.balanced)

        return restricted

    def unknown(part: CoopetitionRound) -> TransferRule:
        raise InvalidInputError("how this rule treats a part of the coalition is not known")

    inert = isinstance(rule, SeparableRule) and not rule.slope.any() and not rule.bend.any()
    return none if inert else unknown
