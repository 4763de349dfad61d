"""Redistribution that implements the optimum: the symmetric intensity that fits everybody.

    ρ*_nm = (τ_n + τ_m)/(N − 2) − Στ/((N − 1)(N − 2)),      κ = 1,  N ≥ 3

Each row sums to τ_n, n's external effect at the target, so that t_n = Σ_m ρ*_nm (x_n − x_m) is a
redistribution rule under which the target is an equilibrium. Entries may be negative; a symmetric
intensity without negative entries exists iff all τ ≥ 0 and 2 max τ ≤ Στ.
"""

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.base import Game
from coopetition.games.competition import MatrixCompetition
from coopetition.games.gain import Array
from coopetition.mechanisms.externality import external_prices
from coopetition.mechanisms.promises import needs_round
from coopetition.mechanisms.redistribution import Redistribution


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
        If the game is not a `CoopetitionRound` of at least three organizations.
    InvalidInputError
        If the target is no profile.

    Examples
    --------
    >>> from coopetition.games.gain import PowerGain
    >>> from coopetition.games.round import CoopetitionRound
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.35), local_data=[1500, 900, 100],
    ...     max_contribution=4000, value=1000, quadratic_cost=1e-5)
    >>> rule = symmetric_redistribution(game, target=[900.0, 800.0, 700.0])
    >>> bool((rule.slope + game.marginal_payoffs([900.0, 800.0, 700.0]) < 1e-12).all())
    True
    """
    prices = external_prices(needs_round(game, "symmetric_redistribution", least=3), target)
    return Redistribution(1.0, MatrixCompetition(symmetric_intensity(prices)), True)
