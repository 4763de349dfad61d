"""Partial Pigou: a part of everybody's stake is exchanged for a stake in the welfare.

    t_n = α (w̄_n W(x) − U_n(x)),      v_n = (1 − α) U_n + α w̄_n W,      w̄ = w / mean of w

A w-weighted potential game stays one: Φ′ = (1 − α) mean(w) Φ + α W with weights w̄. Weights are
known up to scale only; here their mean is 1, so that equal weights give α (W − U_n), which breaks
the potential where weights differ.
"""

from dataclasses import dataclass

import numpy as np

from coopetition.games.base import Game
from coopetition.games.errors import InvalidInputError
from coopetition.games.gain import Array, finite
from coopetition.games.round import CoopetitionRound
from coopetition.mechanisms.groves import welfare
from coopetition.mechanisms.promises import PotentialRule, weighted


@dataclass(frozen=True, slots=True, eq=False)
class PartialPigou(PotentialRule):
    """The rule of this module: α (`alpha`), w̄ (`share`) and the mean of w (`unit`)."""

    alpha: float
    share: Array
    unit: float

    def weights(self, game: Game) -> Array:
        """Return w̄."""
        return self.share

    def potential(self, game: Game, profile: Array) -> Array:
        """Return (1 − α) mean(w) Φ + α W."""
        own = (1.0 - self.alpha) * self.unit * weighted(game)[0].potential(profile)
        return np.asarray(own + self.alpha * welfare(game, profile))

    def gradient(self, game: Game, profile: Array) -> Array | None:
        """Return the potential's gradient where it is known."""
        if not isinstance(game, CoopetitionRound):
            return None
        own = (1.0 - self.alpha) * self.unit * game.potential_gradient(profile)
        return np.asarray(own + self.alpha * game.welfare_gradient(profile))

    def __call__(self, game: Game, profile: Array) -> Array:
        """Return t_n."""
        payoffs = game.payoffs(profile)
        total = payoffs.sum(axis=-1, keepdims=True)
        return np.asarray(self.alpha * (self.share * total - payoffs))


def partial_pigou(game: Game, *, alpha: float) -> PartialPigou:
    """Make the partial Pigou rule.

    Parameters
    ----------
    alpha : float in [0, 1]
        α: 0 is no rule, 1 leaves nothing but the welfare's stake.

    Raises
    ------
    InvalidInputError
        If α is not in [0, 1].
    UnsupportedGameError
        If the game has no weighted potential with positive weights.

    Examples
    --------
    >>> from coopetition.games.gain import PowerGain
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.5), local_data=[400, 500],
    ...     max_contribution=4000, value=[1500, 500])
    >>> partial_pigou(game, alpha=0.5)(game, np.zeros(2)).round(9).tolist()
    [700.0, 233.333333333]
    """
    finite("alpha", alpha)
    if not 0 <= alpha <= 1:
        raise InvalidInputError(f"`alpha` must be in [0, 1], got {alpha!r}")
    base, weights = weighted(game)
    moving = base.form.upper > 0
    unit = float(weights[moving].mean()) if moving.any() else 1.0
    return PartialPigou(float(alpha), np.where(moving, weights / unit, 1.0), unit)
