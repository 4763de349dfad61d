"""Groves–Ledyard: prices for the external effect, and a fine for leaving the common mean.

    d = x − x°,  μ_n and σ²_n: mean and variance of the others' d (divisor N − 2)
    t_n = τ_n x_n − mean_{m≠n} τ_m x_m − (γ/2) [(N−1)/N (d_n − μ_n)² − σ²_n]

The fines sum to zero for N ≥ 3. (Groves and Ledyard, Optimal allocation of public goods,
Econometrica 45, 1977.) There messages are free and their mean finds the price; contributions are
not free, so that deviations are taken from the target and the prices τ belong to it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.aggregate import AggregativeGame
from coopetition.games.base import Game
from coopetition.games.gain import Array, positive
from coopetition.mechanisms.externality import external_prices
from coopetition.mechanisms.promises import PotentialRule, needs_round, positive_weights, weighted


@dataclass(frozen=True, slots=True, eq=False)
class GrovesLedyard(PotentialRule):
    """The rule of this module: τ (`price`), x° (`target`) and γ (`rate`)."""

    price: Array
    target: Array
    rate: float

    def weights(self, game: Game) -> Array | None:
        """Return the game's own weights where all who can move have the same positive one."""
        weights = positive_weights(game)
        if weights is None or not isinstance(game, AggregativeGame):
            return None
        moving = weights[game.form.upper > 0]
        alike = moving.size == 0 or np.ptp(moving) <= 1e-12 * moving.max()
        return weights if alike else None

    def potential(self, game: Game, profile: Array) -> Array:
        """Return Φ + [τ·x − (γ/2) Σ (d_n − mean d)²]/w, for the common weight w."""
        base, weights = weighted(game)
        d = profile - self.target
        fine = 0.5 * self.rate * ((d - d.mean(axis=-1, keepdims=True)) ** 2).sum(axis=-1)
        common = float(weights[base.form.upper > 0].max(initial=0.0)) or 1.0
        return np.asarray(base.potential(profile) + (profile @ self.price - fine) / common)

    def __call__(self, game: Game, profile: Array) -> Array:
        """Return t_n."""
        x = np.asarray(profile, dtype=float)
        others = x.shape[-1] - 1
        d, paid = x - self.target, self.price * x
        mean = (d.sum(axis=-1, keepdims=True) - d) / others
        square = ((d**2).sum(axis=-1, keepdims=True) - d**2) / others
        variance = (square - mean**2) * others / (others - 1)
        fine = 0.5 * self.rate * (others / (others + 1) * (d - mean) ** 2 - variance)
        return np.asarray(paid - (paid.sum(axis=-1, keepdims=True) - paid) / others - fine)


def groves_ledyard(game: Game, *, target: ArrayLike, rate: float | None = None) -> GrovesLedyard:
    """Make the Groves–Ledyard rule for a target profile, usually the planner's.

    Parameters
    ----------
    target : shape (N,)
        The profile to become an equilibrium.
    rate : float, optional
        γ > 0, money per squared unit; by default a deviation by the mean bound costs the mean
        price.

    Raises
    ------
    UnsupportedGameError
        If the game is not a `CoopetitionRound` of at least three organizations.
    InvalidInputError
        If the target is no profile, or γ not positive.

    Examples
    --------
    >>> from coopetition.games.gain import PowerGain
    >>> from coopetition.games.round import CoopetitionRound
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.5), local_data=[400, 500, 600],
    ...     max_contribution=4000, value=[900, 300, 500])
    >>> rule = groves_ledyard(game, target=[300.0, 200.0, 100.0], rate=0.01)
    >>> bool(abs(rule(game, np.array([0.0, 700.0, 50.0])).sum()) < 1e-9)
    True
    """
    round_ = needs_round(game, "groves_ledyard", least=3)
    price = external_prices(round_, target)
    if rate is None:
        rate = float(np.abs(price).mean() / max(round_.max_contribution.mean(), 1e-300)) or 1e-12
    positive("rate", rate)
    return GrovesLedyard(price, round_.checked(target), float(rate))
