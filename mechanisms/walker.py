"""Walker: everybody sells its data to all, and buys the level at a price the others name.

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

from coopetition.games.base import Game
from coopetition.games.gain import Array, positive
from coopetition.mechanisms.externality import external_prices
from coopetition.mechanisms.promises import needs_round


@dataclass(frozen=True, slots=True, eq=False)
class Walker:
    """The rule of this module: `seller` π, `prices` π − τ/q, `quality` q, x°, and γ (`rate`)."""

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
        If the game is not a `CoopetitionRound` of at least three organizations.
    InvalidInputError
        If the target is no profile, or γ not positive.

    Examples
    --------
    >>> from coopetition.games.gain import PowerGain
    >>> from coopetition.games.round import CoopetitionRound
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.5), local_data=[400, 500, 600],
    ...     max_contribution=4000, value=[900, 300, 500])
    >>> rule = walker(game, target=[300.0, 200.0, 100.0])
    >>> bool(abs(rule(game, np.array([0.0, 700.0, 50.0])).sum()) < 1e-9)
    True
    """
    round_ = needs_round(game, "walker", least=3)
    z = round_.checked(target)
    each = external_prices(round_, z) / round_.quality
    seller = float(each.sum()) / (z.size - 1)
    if rate is None:
        reach = float(round_.quality @ round_.max_contribution)
        rate = abs(seller) / max(reach, 1e-300) or 1e-12
    positive("rate", rate)
    return Walker(seller, seller - each, round_.quality, z, float(rate))
