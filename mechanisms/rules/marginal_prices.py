"""Bilateral prices where everybody has its own gain: π_nm = ∂U_m/∂x_n at the target.

What n's contribution does to each other's payoff at the margin is what that one pays for a unit of
it, or is paid. Where n's payoff is not concave enough for the target to be its best response, n is
fined (η_n/2)(x_n − x_n°)², which the others receive in equal parts, with η_n from

    U_n(y, x°_−n) − U_n(x°) + τ_n (y − x_n°) ≤ (η_n/2)(y − x_n°)²    on a grid of y.
"""

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.measured.form import GainForm, GameOfGains
from coopetition.mechanisms.rules.bilateral import Contracts

_POINTS = 129  # contributions of its own at which a player is looked at
_SPARE = 1.25  # of the fine that the grid asks for
_FAINT = 1e-3  # of the largest curvature met: less holds nobody at the target
_FELT = 0.1  # of it, where a fine must hold somebody whose payoff is flat


def marginal_prices(game: GameOfGains, target: Array, sharpen: bool = True) -> Contracts:
    """Return the prices under which everybody's marginal payoff vanishes at a target.

    The rest of n's marginal payoff, 0 at the planner's profile, is taken off its prices in equal
    parts; nothing at a bound where n wants to be.

    Examples
    --------
    >>> from coopetition.games.measured import MeasuredGame, SeparableGains
    >>> gains = SeparableGains(np.zeros(2), np.array([[0.2, 0.1], [-0.1, 0.3]]), 4.0, np.ones(2))
    >>> game = MeasuredGame(gains=gains, max_contribution=[1.0, 1.0], value=10.0, unit_cost=1.5)
    >>> rule = marginal_prices(game, np.array([0.25, 0.75]))
    >>> (rule.price + game.marginal_payoffs([0.25, 0.75])).round(12).tolist()
    [0.0, 0.0]
    """
    size, top = target.size, game.spaces.upper
    slopes = game.payoff_gradient(target)  # row m, column n: ∂U_m/∂x_n
    left = slopes.sum(axis=0)
    left = np.where(target <= 0, np.maximum(left, 0.0), left)
    left = np.where((target >= top) & (target > 0), np.minimum(left, 0.0), left)
    others = (1.0 - np.eye(size)) / max(size - 1, 1)
    matrix = slopes.T * (1.0 - np.eye(size)) - left[:, None] * others
    fine = np.zeros(size)
    if sharpen and size > 1:
        price = matrix.sum(axis=1)
        fine = np.array([_fine(game.form, target, n, price[n]) for n in range(size)])
    return Contracts(matrix, fine, target, others)


def _fine(form: GainForm, target: Array, player: int, price: float) -> float:
    """Return η of a player: 0 where its payoff at the price is concave enough by itself."""
    top, z = float(form.upper[player]), float(target[player])
    if top == 0:
        return 0.0
    y = np.linspace(0.0, top, _POINTS)
    rows = np.repeat(target[None], _POINTS + 1, axis=0)
    rows[:-1, player] = y
    worth = form.own(rows, player)
    bend = float(np.abs(np.diff(worth[:-1], 2)).max()) / (y[1] - y[0]) ** 2
    away = np.abs(y - z) > 1e-3 * top
    gained = worth[:-1] - worth[-1] + price * (y - z)
    needed = float((2.0 * gained[away] / (y[away] - z) ** 2).max())
    return max(_SPARE * needed, _FELT * bend) if needed > -_FAINT * bend else 0.0
