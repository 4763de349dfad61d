"""Linear Pigou: everybody is paid, or charged, its marginal effect on all others.

    t_n = τ_n (x_n − anchor_n),      τ_n = Σ_{k≠n} ∂U_k/∂x_n at the target

With the target as the anchor nothing is paid at the target; elsewhere somebody outside pays or
keeps the sum. (Pigou, The Economics of Welfare, 1920.)
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.base import Game
from coopetition.games.errors import InvalidInputError
from coopetition.games.gain import Array
from coopetition.mechanisms.externality import external_prices
from coopetition.mechanisms.promises import needs_round
from coopetition.mechanisms.transfers import SeparableRule


@dataclass(frozen=True, slots=True, eq=False)
class LinearPigou(SeparableRule):
    """The rule of this module: τ (`price`) in money per unit of contribution, and the anchor."""

    price: Array
    anchor: Array

    @property
    def slope(self) -> Array:
        """τ_n."""
        return self.price

    @property
    def bend(self) -> Array:
        """Zeros: the rule is linear."""
        return np.zeros_like(self.price)

    @property
    def leak(self) -> Array:
        """τ_n: nobody among the organizations pays it."""
        return self.price

    @property
    def lump(self) -> float:
        """−τ·anchor."""
        return -float(self.price @ self.anchor)

    def __call__(self, game: Game, profile: Array) -> Array:
        """Return t_n."""
        return self.price * (np.asarray(profile, dtype=float) - self.anchor)


def linear_pigou(game: Game, *, target: ArrayLike, anchor: ArrayLike | None = None) -> LinearPigou:
    """Make the linear Pigou rule for a target profile, usually the planner's.

    Parameters
    ----------
    target : shape (N,)
        The profile to become an equilibrium.
    anchor : scalar or shape (N,), optional
        The contributions at which nothing is paid; default the target.

    Raises
    ------
    UnsupportedGameError
        If the game is not a `CoopetitionRound`.
    InvalidInputError
        If the target is no profile, or the anchor not finite or of another shape.

    Examples
    --------
    >>> from coopetition.games.gain import PowerGain
    >>> from coopetition.games.round import CoopetitionRound
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.35), local_data=[1500, 900],
    ...     max_contribution=4000, value=1000, quadratic_cost=1e-5)
    >>> rule = linear_pigou(game, target=[2000.0, 1000.0])
    >>> rule(game, np.array([2000.0, 1000.0])).tolist()
    [0.0, 0.0]
    """
    z = np.asarray(target, dtype=float)
    price = external_prices(needs_round(game, "linear_pigou"), z)
    try:
        start = np.broadcast_to(np.asarray(z if anchor is None else anchor, dtype=float), z.shape)
    except (TypeError, ValueError):
        start = np.full(z.shape, np.nan)
    if not np.isfinite(start).all():
        raise InvalidInputError(
            f"`anchor` must be a finite number or {z.size} of them, got {anchor!r:.80}"
        )
    return LinearPigou(price, np.array(start))
