"""Pigou's price for external effects: linear around a target, or a part of everybody's stake.

Linear Pigou: everybody is paid, or charged, its marginal effect on all others.

    t_n = τ_n (x_n − anchor_n),      τ_n = Σ_{k≠n} ∂U_k/∂x_n at the target

With the target as the anchor nothing is paid at the target; elsewhere somebody outside pays or
keeps the sum. (Pigou, The Economics of Welfare, 1920.)
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.base import Game
from coopetition.games.checks import finite
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms.rules.groves import welfare
from coopetition.mechanisms.rules.promises import PotentialRule, needs_round, weighted
from coopetition.mechanisms.rules.transfers import SeparableRule, external_prices

# Partial Pigou: a part of everybody's stake is exchanged for a stake in the welfare.
#
#     t_n = α (w̄_n W(x) − U_n(x)),      v_n = (1 − α) U_n + α w̄_n W,      w̄ = w / mean of w
#
# A w-weighted potential game stays one: Φ′ = (1 − α) mean(w) Φ + α W with weights w̄. Weights are
# known up to scale only; here their mean is 1, so that equal weights give α (W − U_n), which breaks
# the potential where weights differ.


@dataclass(frozen=True, slots=True, eq=False)
class PartialPigou(PotentialRule):
    """Partial Pigou: α (`alpha`), w̄ (`share`) and the mean of w (`unit`)."""

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
    >>> from coopetition import PowerGain
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


@dataclass(frozen=True, slots=True, eq=False)
class LinearPigou(SeparableRule):
    """Linear Pigou: τ (`price`) in money per unit of contribution, and the anchor."""

    price: Array
    anchor: Array

    @property
    def slope(self) -> Array:
        """τ_n."""
        return self.price

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
        If the game is no `CoopetitionRound` or `MeasuredGame`.
    InvalidInputError
        If the target is no profile, or the anchor not finite or of another shape.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
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
