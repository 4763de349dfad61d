"""Redistribution: whoever contributes more is paid by those who lose less.

Published form (TradeFL, Yuan et al., ICDCS 2023):  t_n = κ Σ_m ρ_nm (x_n − x_m)
Balanced form:                                      t_n = κ Σ_m (ρ_nm x_n − ρ_mn x_m)

In its authors' contract, with data d of size s, computing power f and a deposit paid in before,
reward_i = deposit_i + Σ_j [(d_i s_i + γ f_i) − (d_j s_j + γ f_j)]: what a deposit returns with is
the published form at x = d s + γ f, where κ ρ_nm = 1 for every pair.

Both keep the potential for any ρ, and give everybody the same incentive κ Σ_m ρ_nm. The published
form sums to zero at every profile only if each row sum of ρ equals its column sum; the balanced
one always does. For symmetric ρ they are the same.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.base import Game
from coopetition.games.checks import finite
from coopetition.games.coopetition.competition import Competition, MatrixCompetition, as_competition
from coopetition.games.errors import InvalidInputError
from coopetition.games.measured.round import TrainingRound
from coopetition.mechanisms.rules.promises import needs_round
from coopetition.mechanisms.rules.transfers import SeparableRule, external_prices


@dataclass(frozen=True, slots=True, eq=False)
class Redistribution(SeparableRule):
    """Redistribution with κ (`rate`), in money per unit of contribution, and ρ (`intensity`).

    Of many rounds the rate has the shape (B, 1), and the intensity multiplies rows.
    """

    rate: float | Array
    intensity: Competition
    balanced: bool

    @property
    def slope(self) -> Array:
        """κ Σ_m ρ_nm."""
        return np.asarray(self.rate * self.intensity.row_sums)

    @property
    def leak(self) -> Array:
        """κ (row sum − column sum) of ρ for the published form, zeros for the balanced one."""
        if self.balanced:
            return np.zeros(self.intensity.size)
        return self.rate * (self.intensity.row_sums - self.intensity.column_sums)

    def __call__(self, game: Game, profile: Array) -> Array:
        """Return t_n."""
        x = np.asarray(profile, dtype=float)
        paid = self.intensity.spread(x) if self.balanced else self.intensity.weigh(x)
        return np.asarray(self.slope * x - self.rate * paid)

    def flows(self, game: Game, profile: Array) -> Array:
        """Return what the row's organization receives from the column's, shape (N, N).

        Of the published form, that leaves `leak` of each contribution to somebody outside.
        """
        x, own = np.asarray(profile, dtype=float), np.eye(self.intensity.size)
        rho = self.intensity.spread(own) if self.balanced else self.intensity.weigh(own)
        earned = self.rate * rho * x[:, None]
        return np.asarray(earned - earned.T)


def redistribution(
    game: Game, *, rate: float, balanced: bool = True, intensity: Any = "damage"
) -> Redistribution:
    """Make the redistribution rule.

    Parameters
    ----------
    rate : float
        κ, money per unit of contribution.
    balanced : bool
        True: always zero-sum; False: the published form.
    intensity : "damage", "rivalry", scalar or matrix
        ρ of the rule: the game's damage, its rivalry scaled to a mean of 1, or another one, of
        any sign.

    Raises
    ------
    InvalidInputError
        If the rate is not finite, or the intensity has a wrong size or a non-finite entry.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.35), local_data=[1500, 900],
    ...     max_contribution=4000, value=1000, damage=0.1)
    >>> redistribution(game, rate=0.5)(game, np.array([300.0, 100.0])).tolist()
    [10.0, -10.0]
    """
    finite("rate", rate)
    return Redistribution(float(rate), _intensity(game, intensity), balanced)


def _intensity(game: Game, intensity: Any) -> Competition:
    if not isinstance(intensity, str):
        return as_competition(intensity, game.players, "intensity", signed=True)
    if intensity not in ("damage", "rivalry"):
        raise InvalidInputError(
            f"`intensity` must be damage, rivalry, a number or a matrix, got {intensity!r}"
        )
    if not isinstance(game, TrainingRound):
        raise InvalidInputError(f"`intensity` {intensity!r} needs a round of organizations")
    if intensity == "damage":
        return game.damage
    if not game.rivalry.row_sums.any():
        raise InvalidInputError("`intensity` cannot be rivalry where the round has none")
    return scaled_to_one(game.rivalry)


def scaled_to_one(rivalry: Competition) -> Competition:
    """Return a rivalry, or those of many rows, scaled to a mean of 1 over all pairs."""
    size = rivalry.size
    mean = rivalry.row_sums.sum(axis=-1) / max(size * (size - 1), 1)
    return rivalry.scaled(1.0 / mean)


# Redistribution that implements the optimum: the symmetric intensity that fits everybody.
#
#     ρ*_nm = (τ_n + τ_m)/(N − 2) − Στ/((N − 1)(N − 2)),      κ = 1,  N ≥ 3
#
# Each row sums to τ_n, n's external effect at the target, so that t_n = Σ_m ρ*_nm (x_n − x_m) is a
# redistribution rule under which the target is an equilibrium. Entries may be negative; a symmetric
# intensity without negative entries exists iff all τ ≥ 0 and 2 max τ ≤ Στ.


def symmetric_intensity(prices: ArrayLike) -> Array:
    """Return ρ*, shape (N, N): symmetric, zero diagonal, row n sums to prices_n; N ≥ 3.

    Examples
    --------
    >>> symmetric_intensity([1.0, 2.0, 3.0]).tolist()
    [[0.0, 0.0, 1.0], [0.0, 0.0, 2.0], [1.0, 2.0, 0.0]]
    """
    tau = np.asarray(prices, dtype=float)
    size = tau.size
    rho = (tau[:, None] + tau) / (size - 2) - tau.sum() / ((size - 1) * (size - 2))
    return np.asarray(np.where(np.eye(size, dtype=bool), 0.0, rho))


def symmetric_redistribution(game: Game, *, target: ArrayLike) -> Redistribution:
    """Make the redistribution rule with κ = 1 that implements a target, usually the planner's.

    Raises
    ------
    UnsupportedGameError
        If the game is no `CoopetitionRound` or `MeasuredGame` of at least three organizations.
    InvalidInputError
        If the target is no profile.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.35), local_data=[1500, 900, 100],
    ...     max_contribution=4000, value=1000, quadratic_cost=1e-5)
    >>> rule = symmetric_redistribution(game, target=[900.0, 800.0, 700.0])
    >>> bool((rule.slope + game.marginal_payoffs([900.0, 800.0, 700.0]) < 1e-12).all())
    True
    """
    prices = external_prices(needs_round(game, "symmetric_redistribution", least=3), target)
    return Redistribution(1.0, MatrixCompetition(symmetric_intensity(prices)), True)
