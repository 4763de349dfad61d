"""What counts as equal in floating point: every comparison is judged by the numbers in it.

Games of fractions have no tolerance. In floats a difference may be off by a share (by default 1e-9)
of the payoff changes that are compared, and at least by the rounding of those payoffs, however
little they change. So one large payoff hides nothing elsewhere, and what a player gets whatever it
does changes no answer. A larger difference counts only beyond the rounding of the player's largest
payoff, which may have left it: in between the answer is "undecided".
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from coopetition.games.errors import InvalidInputError
from coopetition.games.finite.game import FiniteGame, Tensor
from coopetition.games.finite.potentials.squares import Square, blocks
from coopetition.games.tolerance import SHARE

TOLERANCE = SHARE  # of the payoff changes that are compared
ROUNDING = 64 * float(np.finfo(float).eps)  # of sums of a few payoffs, relative to the largest
LARGEST = 1e140  # payoff whose square is a number, with room for sums


def room(changes: Any, sizes: Any, tol: float) -> Any:
    """Return what differences of floats may be off, given the changes and payoffs compared."""
    return np.maximum(tol * changes, ROUNDING * sizes)


@dataclass(frozen=True, slots=True, eq=False)
class Slack:
    """What payoff changes of each player may be off, (N,).

    `most` is that of the comparison of its largest payoff with its smallest: no comparison allows
    more. `least` is the rounding of its largest payoff: differences below it show nothing.
    """

    game: FiniteGame
    tol: float
    most: Tensor
    least: Tensor

    def allowed(self, square: Square) -> tuple[Any, Any]:
        """Return what changes of a square's two players may be off, by its own payoffs."""
        if self.game.exact:
            return 0, 0
        (c, s), (d, t) = compared(self.game, square)
        return room(c, s, self.tol), room(d, t, self.tol)

    def doubt(self, square: Square) -> tuple[Any, Any]:
        """Return what is beyond doubt where changes are off by more."""
        n, m = square.players
        one, other = self.allowed(square)
        return max(one, self.least[n]), max(other, self.least[m])

    def zero(self, square: Square) -> tuple[Any, Any]:
        """Return up to where mixed differences of a square are zero: what rounding leaves of it.

        Negative where a player's changes are so small beside its payoffs that none can be told.
        """
        if self.game.exact:
            return 0, 0
        one, other = (_zero(*own) for own in compared(self.game, square))
        return one, other


def _zero(change: Any, size: Any) -> Any:
    if ROUNDING * size <= TOLERANCE * change:
        return 2 * ROUNDING * size
    return -1 if change else 0


def slack_of(game: FiniteGame, tol: float) -> Slack:
    """Return what payoff changes may be off in a game: nothing in exact arithmetic."""
    if game.exact:
        nothing = np.array([0] * len(game.players), dtype=object)
        return Slack(game, tol, nothing, nothing)
    ends = [[(own[i].max(), own[i].min()) for i in blocks(game.shape, ())] for own in game.tensor]
    top = np.array([max(high for high, _ in own) for own in ends])
    low = np.array([min(low for _, low in own) for own in ends])
    largest = np.maximum(np.abs(top), np.abs(low))
    if largest.max() > LARGEST:
        raise InvalidInputError(f"payoffs must not exceed {LARGEST:g} in size; divide them first")
    return Slack(game, tol, room(top - low, largest, tol), ROUNDING * largest)


def compared(game: FiniteGame, square: Square) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Return the largest own change, and the largest payoff, of each player of a square."""
    a, b, c, d = square.corners
    found = []
    for own, moves in zip(
        (game.tensor[p] for p in square.players), (((a, b), (d, c)), ((a, d), (b, c))), strict=True
    ):
        change = max(abs(own[one] - own[other]) for one, other in moves)
        found.append((change, max(abs(own[at]) for at in (a, b, c, d))))
    return found[0], found[1]
