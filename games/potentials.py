"""One door to potential analysis: finite, symbolic and continuous games."""

from dataclasses import replace

from coopetition.games.base import Game
from coopetition.games.errors import InvalidInputError, UnsupportedGameError
from coopetition.games.finite.game import FiniteGame
from coopetition.games.finite.potentials.potential import Kind, PotentialAnswer
from coopetition.games.finite.potentials.potential import potential_of as potential_of_finite
from coopetition.games.measured.form import GameOfGains
from coopetition.games.smooth.potential import SmoothPotential, potential_of_smooth
from coopetition.games.symbolic.game import SymbolicGame
from coopetition.games.symbolic.potential import potential_of_symbolic


def potential_of(
    game: FiniteGame | SymbolicGame | Game, kind: Kind = "weighted"
) -> PotentialAnswer | SmoothPotential:
    """Say whether a game is a potential game: the potential and its weights, or a witness.

    Finite games go to `games.finite.potential_of`, expressions to `potential_of_symbolic`, other
    games on boxes to `potential_of_smooth`; these take more options.

    Parameters
    ----------
    kind : "exact", "weighted", or for finite games "ordinal", "generalized-ordinal",
        "best-response"

    Raises
    ------
    UnsupportedGameError
        If it is not a game, or the kind is for finite games only.
    InvalidInputError
        If there is no such kind.

    Examples
    --------
    >>> from coopetition.games.catalog import cournot, matching_pennies
    >>> print(potential_of(matching_pennies().game).witness)
    square even heads → tails, odd heads → tails: mixed differences 4 and -4
    the mixed differences differ in sign: no positive weights fit
    >>> potential_of(cournot().game).weights.round(9).tolist()
    [1.0, 1.0, 1.0]
    """
    if isinstance(game, FiniteGame):
        return potential_of_finite(game, kind)
    if not isinstance(game, SymbolicGame | Game):
        raise UnsupportedGameError(f"potential_of() needs a game, got {type(game).__name__}")
    check_kind(kind)
    if isinstance(game, SymbolicGame):
        found: SmoothPotential = potential_of_symbolic(game)
    else:
        found = potential_of_smooth(game)
    if isinstance(game, GameOfGains) and found.holds:
        why = "all four-cycles that were drawn close, but gains of one's own promise no potential"
        found = replace(found, holds=None, weights=None, potential=None, reason=why)
    if kind == "exact" and found.holds and found.kind != "exact":
        return replace(found, kind="exact", holds=False, reason="the weights are not equal")
    return found


def check_kind(kind: Kind) -> None:
    """Refuse a kind of potential that only finite games can have."""
    if kind not in ("exact", "weighted"):
        raise InvalidInputError(
            f"the kind {kind!r} is for finite games: `discretize` the game, or ask for weighted"
        )
