"""Fixed shares of the net pool: all payoffs are put together and divided by agreed shares.

    v_n = s_n W(x),      t_n = s_n W(x) − U_n(x)

A partnership: zero-sum, the planner's optimum is an equilibrium, W a potential with weights s. It
needs everybody's costs to be known and shared.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.base import Game
from coopetition.games.gain import Array
from coopetition.games.round import CoopetitionRound
from coopetition.mechanisms.groves import welfare
from coopetition.mechanisms.promises import PotentialRule, shares_of


@dataclass(frozen=True, slots=True, eq=False)
class PoolShares(PotentialRule):
    """The rule of this module, with shares s, shape (N,)."""

    shares: Array

    def weights(self, game: Game) -> Array:
        """Return s."""
        return self.shares

    def potential(self, game: Game, profile: Array) -> Array:
        """Return W."""
        return welfare(game, profile)

    def gradient(self, game: Game, profile: Array) -> Array | None:
        """Return ∇W where it is known."""
        return game.welfare_gradient(profile) if isinstance(game, CoopetitionRound) else None

    def __call__(self, game: Game, profile: Array) -> Array:
        """Return t_n."""
        payoffs = game.payoffs(profile)
        return np.asarray(self.shares * payoffs.sum(axis=-1, keepdims=True) - payoffs)


def pool_shares(game: Game, *, shares: ArrayLike | None = None) -> PoolShares:
    """Make the rule that divides the sum of all payoffs.

    Parameters
    ----------
    shares : shape (N,), optional
        s, positive, summing to 1; default equal.

    Raises
    ------
    InvalidInputError
        If the shares are not such numbers.

    Examples
    --------
    >>> from coopetition.games.gain import PowerGain
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.5), local_data=[400, 500],
    ...     max_contribution=4000, value=[900, 300])
    >>> pool_shares(game, shares=[0.75, 0.25])(game, np.zeros(2)).round(9).tolist()
    [0.0, 0.0]
    """
    return PoolShares(shares_of(game, shares, zero=False))
