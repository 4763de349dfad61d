"""Textbook games with known answers and their sources: for examples, tests, and for trying out.

Every function returns a `Textbook`: the game, its equilibria, facts and the source. To add one,
write its function and name it here.
"""

from collections.abc import Callable
from typing import Any

from coopetition.games.catalog.congestion import braess, congestion
from coopetition.games.catalog.efforts import coopetitive, effort_game, public_goods, tullock
from coopetition.games.catalog.markets import bertrand, commons, cournot
from coopetition.games.catalog.matrix import (
    battle_of_the_sexes,
    coordination,
    matching_pennies,
    prisoners_dilemma,
    rock_paper_scissors,
    stag_hunt,
)
from coopetition.games.catalog.sharing import data_sharing_duopoly, federated_oligopoly
from coopetition.games.finite.textbook import Textbook

CATALOG: dict[str, Callable[..., Textbook[Any]]] = {
    "battle-of-the-sexes": battle_of_the_sexes,
    "bertrand": bertrand,
    "braess": braess,
    "commons": commons,
    "coopetitive": coopetitive,
    "coordination": coordination,
    "cournot": cournot,
    "data-sharing-duopoly": data_sharing_duopoly,
    "effort-game": effort_game,
    "federated-oligopoly": federated_oligopoly,
    "matching-pennies": matching_pennies,
    "prisoners-dilemma": prisoners_dilemma,
    "public-goods": public_goods,
    "rock-paper-scissors": rock_paper_scissors,
    "stag-hunt": stag_hunt,
    "tullock": tullock,
}

__all__ = [
    "CATALOG",
    "Textbook",
    "battle_of_the_sexes",
    "bertrand",
    "braess",
    "commons",
    "congestion",
    "coopetitive",
    "coordination",
    "cournot",
    "data_sharing_duopoly",
    "effort_game",
    "federated_oligopoly",
    "matching_pennies",
    "prisoners_dilemma",
    "public_goods",
    "rock_paper_scissors",
    "stag_hunt",
    "tullock",
]
