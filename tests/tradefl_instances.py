"""Random TradeFL-style games, and their maximum by enumeration of all levels."""

from itertools import product

import numpy as np
from scipy.optimize import brentq

from coopetition.games.arrays import Array, Index
from coopetition.games.tradefl.game import TradeFLGame
from tests.instances import random_gain


def random_tradefl(seed: int, players: int | None = None, levels: int | None = None) -> TradeFLGame:
    """Draw a game of 1 to 4 organizations and levels: all families, tight deadlines, ties."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 5)) if players is None else players
    count = int(rng.integers(1, 5)) if levels is None else levels
    data = rng.uniform(200.0, 4000.0, n)
    least = rng.uniform(0.01, 0.2, n)
    if rng.random() < 0.15:
        least[rng.integers(n)] = 1.0
    ties = rng.random() < 0.25  # identical organizations
    if ties:
        data[:], least[:] = data[0], least[0]
    gain = random_gain(rng, float(least @ data), float(data.sum()))
    frequencies = rng.uniform(0.6, 1.8, (n, count))
    value = rng.uniform(500.0, 1500.0, n)
    damage = rng.uniform(0.0, 0.95 / max(n - 1, 1), (n, n)) * (1.0 - np.eye(n))
    damage *= (value.min() / value.max()) * float(rng.integers(2))
    middle = float(gain.slope(0.4 * data.sum()))
    cost = rng.uniform(0.1, 0.7, n) * value.mean() * middle
    cost /= frequencies.mean(axis=1) ** 2
    if ties:
        value[:], cost[:], frequencies[:] = value[0], cost[0], frequencies[0]
        damage = 0.4 / n * (1.0 - np.eye(n))
    deadline = rng.uniform(0.4, 1.3, n) * data / frequencies.max(axis=1)
    pause = rng.uniform(0.0, 5.0, n)
    if ties:
        deadline[:], pause[:] = deadline[0], pause[0]
    rate = float(rng.choice([-0.3, 0.0, 0.3, 0.6])) * value.mean() * middle
    return TradeFLGame(
        gain=gain,
        local_data=data,
        least_fraction=least,
        frequencies=frequencies,
        deadline=pause + np.maximum(deadline, 1.01 * data * least / frequencies.max(axis=1)),
        communication_time=pause,
        energy_cost=cost,
        fixed_cost=rng.uniform(0.0, 5.0, n),
        value=value,
        damage=damage,
        transfer_rate=rate,
        compute_worth=float(rng.choice([0.0, 300.0])),
        balanced=bool(rng.integers(2)),
    )


def best_fractions(game: TradeFLGame, levels: Index) -> tuple[Array, float]:
    """Maximize Φ at fixed levels: data are taken in order of their rate, piece by piece of Ω."""
    rates = game.at(game.rates, levels) / game.weights
    room = (game.at(game.limits, levels) - game.least_fraction) * game.local_data
    brought = game.least_fraction * game.local_data
    for n in np.argsort(-rates, kind="stable"):
        start = float(brought.sum())

        def margin(more: float, start: float = start, n: int = int(n)) -> float:
            return float(game.gain.slope(start + more)) + float(rates[n])

        top = float(room[n])
        if top <= 0 or margin(0.0) <= 0:
            continue
        full = margin(top) >= 0
        brought[n] += top if full else brentq(margin, 0.0, top, xtol=1e-12 * start, rtol=1e-14)
        if not full:
            break
    fractions = np.minimum(brought / game.local_data, game.at(game.limits, levels))
    return fractions, float(game.potential(fractions, levels))


def enumerate_levels(game: TradeFLGame) -> dict[tuple[int, ...], float]:
    """Return the highest potential for each choice of levels that meet the deadlines."""
    allowed = [np.flatnonzero(row).tolist() for row in game.feasible]
    return {chosen: best_fractions(game, np.array(chosen))[1] for chosen in product(*allowed)}
