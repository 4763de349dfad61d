"""Deviations of any game, searched on its payoffs alone: knows nothing of how they arise."""

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.base import Box, Game

POINTS = 65
REFINEMENTS = 8


def payoff_along(game: Game, player: int, profile: Array, values: Array) -> Array:
    """Return one player's payoff at several own contributions, the others' fixed; shape (K,)."""
    batch = np.repeat(profile[None], values.size, axis=0)
    batch[:, player] = values
    return game.payoff(player, batch)


def best_deviation(
    game: Game, player: int, profile: Array, low: float, high: float
) -> tuple[float, float]:
    """Return (contribution, payoff) of the best found in [low, high].

    A grid of 65 points, then eight times a grid eight times as fine around its best point: the
    global maximum where the payoff has no peak narrower than the first grid. A payoff that is not
    a finite number anywhere on the way makes the answer NaN.
    """
    left, right = low, high
    best_y, best = float(profile[player]), -np.inf
    for step in range(REFINEMENTS):
        values = np.linspace(left, right, POINTS if step == 0 else 17)
        if step == 0:
            values = np.append(values, profile[player])
        payoffs = payoff_along(game, player, profile, values)
        if not np.isfinite(payoffs).all():
            return best_y, np.nan
        k = int(np.argmax(payoffs))
        if payoffs[k] > best:
            best_y, best = float(values[k]), float(payoffs[k])
        width = (right - left) / (len(values) - 1)
        left, right = max(low, best_y - width), min(high, best_y + width)
        if not right > left:
            break
    return best_y, best


def search_deviations(game: Game, profile: Array, box: Box) -> tuple[Array, Array, Array, int]:
    """Return (regret found, deviation, its gain, points per player) for every player.

    A regret found by search is a lower bound of the true one: "checked", never "proved".
    NaN payoffs give NaN regrets, so that they never certify.
    """
    here = np.asarray(game.payoffs(profile), dtype=float)
    where, gained = profile.copy(), np.zeros_like(profile)
    for n in range(profile.size):
        y, value = best_deviation(game, n, profile, float(box.lower[n]), float(box.upper[n]))
        where[n], gained[n] = y, value - here[n]
    gained[~np.isfinite(gained)] = np.nan
    return np.maximum(gained, 0.0), where, gained, POINTS + 1 + 17 * (REFINEMENTS - 1)
