"""Deviation from average: whoever contributes more than the others do is rewarded.

    t_n = β (x_n − mean of the others' x)

Zero-sum, pair by pair, at every profile, and linear. One β for all implements the optimum only
where all external effects are alike; for U_n = v(X) − x_n it is β = 1 − 1/N. (Falkinger, Efficient
private provision of public goods by rewarding deviations from average, J. Public Econ. 62, 1996.)
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.base import Game
from coopetition.games.checks import finite
from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms.rules.promises import needs_round
from coopetition.mechanisms.rules.transfers import SeparableRule, external_prices


@dataclass(frozen=True, slots=True, eq=False)
class DeviationFromAverage(SeparableRule):
    """Deviation from average with β (`rate`), in money per unit of contribution."""

    rate: float
    size: int

    @property
    def slope(self) -> Array:
        """β for everybody; nothing for one alone."""
        return np.full(self.size, self.rate if self.size > 1 else 0.0)

    @property
    def leak(self) -> Array:
        """Zeros: what one is above the average others are below."""
        return np.zeros(self.size)

    def __call__(self, game: Game, profile: Array) -> Array:
        """Return t_n."""
        x = np.asarray(profile, dtype=float)
        if self.size == 1:
            return np.zeros_like(x)
        others = (x.sum(axis=-1, keepdims=True) - x) / (self.size - 1)
        return self.rate * (x - others)

    def flows(self, game: Game, profile: Array) -> Array:
        """Return what the row's organization receives from the column's, shape (N, N)."""
        x = np.asarray(profile, dtype=float)
        return np.asarray(self.rate * (x[:, None] - x) / max(self.size - 1, 1))


def deviation_from_average(
    game: Game, *, target: ArrayLike | None = None, rate: float | None = None
) -> DeviationFromAverage:
    """Make the rule that rewards deviations from the average.

    Parameters
    ----------
    target : shape (N,), optional
        Where no rate is given: β is the mean external effect of the interior contributions there.
    rate : float, optional
        β, money per unit of contribution.

    Raises
    ------
    InvalidInputError
        If the rate is not finite, or neither a rate nor a target is given.
    UnsupportedGameError
        If a target is given and the game is no `CoopetitionRound` or `MeasuredGame`.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.35), local_data=[1500, 900, 100],
    ...     max_contribution=4000, value=1000)
    >>> deviation_from_average(game, rate=0.5)(game, np.array([300.0, 100.0, 200.0])).tolist()
    [75.0, -75.0, 0.0]
    """
    if rate is None:
        if target is None:
            raise InvalidInputError("`rate` or `target` must be given")
        round_ = needs_round(game, "deviation_from_average")
        x = round_.checked(target)
        price = external_prices(round_, x)
        inside = (x > 0) & (x < round_.max_contribution)
        rate = float(price[inside].mean() if inside.any() else price.mean())
    finite("rate", rate)
    return DeviationFromAverage(float(rate), len(game.players))
