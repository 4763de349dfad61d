"""The rules of Walker, and of Groves and Ledyard: in equilibrium they implement the target.

Walker: everybody sells its data to all, and buys the level at a price the others name.

    Q = Σ q_m x_m,  d = q (x − x°),  π = Σ (τ_m/q_m)/(N − 1)
    t_n = π q_n x_n − [π − τ_n/q_n + γ (d_{n+1} − d_{n+2})] Q,      indices cyclic, N ≥ 3

Lindahl's prices π − τ_n/q_n (for damage-free rounds w_n P′) sum to the seller's price π, the cyclic
parts to zero: balanced at every profile. Nobody's own contribution moves its own price. (Walker, A
simple incentive compatible scheme for attaining Lindahl allocations, Econometrica 49, 1981.) There
messages are free and the cyclic part alone finds every price; contributions are not free, so that
deviations from the target take their place and the prices belong to it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.base import Game
from coopetition.games.checks import positive
from coopetition.games.coopetition.aggregate import AggregativeGame
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.mechanisms.rules.promises import (
    PotentialRule,
    needs_round,
    positive_weights,
    weighted,
)
from coopetition.mechanisms.rules.transfers import external_prices

# Groves–Ledyard: prices for the external effect, and a fine for leaving the common mean.
#
#     d = x − x°,  μ_n and σ²_n: mean and variance of the others' d (divisor N − 2)
#     t_n = τ_n x_n − mean_{m≠n} τ_m x_m − (γ/2) [(N−1)/N (d_n − μ_n)² − σ²_n]
#
# The fines sum to zero for N ≥ 3. (Groves and Ledyard, Optimal allocation of public goods,
# Econometrica 45, 1977.) There messages are free and their mean finds the price; contributions are
# not free, so that deviations are taken from the target and the prices τ belong to it.


@dataclass(frozen=True, slots=True, eq=False)
class GrovesLedyard(PotentialRule):
    """The rule of Groves and Ledyard: τ (`price`), x° (`target`) and γ (`rate`)."""

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
        If the game is no `CoopetitionRound` or `MeasuredGame` of at least three organizations.
    InvalidInputError
        If the target is no profile, or γ not positive.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
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


@dataclass(frozen=True, slots=True, eq=False)
class Walker:
    """Walker's rule: `seller` π, `prices` π − τ/q, `quality` q, x°, and γ (`rate`)."""

    seller: float
    prices: Array
    quality: Array
    target: Array
    rate: float

    def __call__(self, game: Game, profile: Array) -> Array:
        """Return t_n."""
        x = np.asarray(profile, dtype=float)
        level = (x @ self.quality)[..., None]
        d = self.quality * (x - self.target)
        cyclic = np.roll(d, -1, axis=-1) - np.roll(d, -2, axis=-1)
        return np.asarray(
            self.seller * self.quality * x - (self.prices + self.rate * cyclic) * level
        )


def walker(game: Game, *, target: ArrayLike, rate: float | None = None) -> Walker:
    """Make the Walker rule for a target profile, usually the planner's.

    Parameters
    ----------
    target : shape (N,)
        The profile to become an equilibrium.
    rate : float, optional
        γ > 0, money per squared effective sample; by default as large a deviation as all bounds
        together moves a price by the seller's.

    Raises
    ------
    UnsupportedGameError
        If the game is no `CoopetitionRound` or `MeasuredGame` of at least three organizations.
    InvalidInputError
        If the target is no profile, or γ not positive.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.5), local_data=[400, 500, 600],
    ...     max_contribution=4000, value=[900, 300, 500])
    >>> rule = walker(game, target=[300.0, 200.0, 100.0])
    >>> bool(abs(rule(game, np.array([0.0, 700.0, 50.0])).sum()) < 1e-9)
    True
    """
    round_ = needs_round(game, "walker", least=3)
    z = round_.checked(target)
    quality = round_.quality if isinstance(round_, CoopetitionRound) else np.ones_like(z)
    each = external_prices(round_, z) / quality
    seller = float(each.sum()) / (z.size - 1)
    if rate is None:
        reach = float(quality @ round_.max_contribution)
        rate = abs(seller) / max(reach, 1e-300) or 1e-12
    positive("rate", rate)
    return Walker(seller, seller - each, quality, z, float(rate))
