"""All kinds of potential of one game."""

from coopetition.games.finite import FiniteGame, potential_of
from coopetition.games.finite.potentials.potential import KINDS, PotentialAnswer


def potentials_of(game: FiniteGame) -> list[PotentialAnswer]:
    """Return the answers for all kinds, from the strongest to the weakest."""
    return [potential_of(game, kind) for kind in KINDS]
