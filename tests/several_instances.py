"""Random games with several aggregates: every draw is a function of its seed."""

import numpy as np

from coopetition.games import CoopetitionRound, GainCurve, SeveralAggregatesGame
from coopetition.games.coopetition.gain import ExponentialGain, LogarithmicGain, PowerGain
from tests.instances import random_gain


def random_several(
    seed: int, kinds: int | None = None, *, linear: float = 0.0, ties: bool = False
) -> SeveralAggregatesGame:
    """Draw 1 to 30 organizations and 1 to 5 kinds, costs near what contributing is worth.

    A share `linear` of the costs has no curvature; with `ties` all are alike but for their data
    and bounds.
    """
    rng = np.random.default_rng(seed)
    n, k = int(rng.integers(1, 31)), kinds or int(rng.integers(1, 6))
    data = rng.uniform(1.0, 1000.0, (n, k))
    quality = rng.uniform(0.05, 1.0, (n, k)) * ((rng.random((n, k)) < 0.7) | (k == 1))
    top, value = rng.uniform(100.0, 2000.0, n), rng.uniform(500.0, 1500.0, n)
    if ties:
        quality[:], value[:] = quality[0], value[0]
    damage = rng.uniform(0.0, 0.5, (n, n)) / n * (1.0 - np.eye(n))
    if ties:
        damage = 0.3 / n * (1.0 - np.eye(n))
    low, high = data.sum(axis=0), data.sum(axis=0) + top @ quality
    gains = [random_gain(rng, a, b) for a, b in zip(low, high, strict=True)]
    slopes = np.array([g.slope(0.5 * (a + b)) for g, a, b in zip(gains, low, high, strict=True)])
    worth = (value - damage @ value) * (quality @ slopes)
    unit = worth * (0.9 if ties else rng.uniform(0.3, 1.3, n))
    quadratic = worth / top * rng.uniform(0.2, 0.6, n) + 1e-9
    return SeveralAggregatesGame(
        gains=gains,
        local_data=data,
        quality=quality,
        max_contribution=top,
        value=value,
        unit_cost=unit,
        quadratic_cost=quadratic * (rng.random(n) >= linear),
        fixed_cost=rng.uniform(0.0, 5.0, n),
        damage=damage,
    )


def heavy_tailed_several(seed: int) -> SeveralAggregatesGame:
    """Draw a game whose parameters span ten decades, with ties, zeros and payments."""
    rng = np.random.default_rng(seed)
    n, k = int(rng.integers(1, 31)), int(rng.integers(1, 6))

    def wide(*shape: int, low: float = -5.0, high: float = 5.0) -> np.ndarray:
        return np.asarray(10.0 ** rng.uniform(low, high, shape))

    data = wide(n, k) * (rng.random((n, k)) < 0.9)
    data[0] += data.sum(axis=0) == 0
    quality = wide(n, k, low=-3.0, high=0.0) * (rng.random((n, k)) < 0.8)
    top, value, unit = wide(n), wide(n), wide(n) * (rng.random(n) < 0.8)
    quadratic = wide(n) * [1.0, rng.random(n) < 0.6, 0.0][seed % 3]
    if rng.random() < 0.3:
        unit -= wide(n) * (rng.random(n) < 0.5)
    if rng.random() < 0.2:
        quality[:], value[:], unit[:] = quality[0], value[0], unit[0]
    reach = data.sum(axis=0) + top @ quality
    gains: list[GainCurve] = []
    for j in range(k):
        one = 10.0 ** rng.uniform(-5.0, 5.0, 3)
        curves: list[GainCurve] = [
            PowerGain(1.0, one[0], float(rng.uniform(0.1, 2.0))),
            ExponentialGain(one[0], float(reach[j] * 10.0 ** rng.uniform(-2.0, 1.0))),
            LogarithmicGain(one[0], 1.0),
            PowerGain(1.0, one[1], 0.5, one[2]),
        ]
        gains.append(curves[int(rng.integers(4))])
    return SeveralAggregatesGame(
        gains=gains,
        local_data=data,
        quality=quality,
        max_contribution=top,
        value=value,
        unit_cost=unit,
        quadratic_cost=quadratic,
    )


def as_round(game: SeveralAggregatesGame) -> CoopetitionRound:
    """Return the round that a game with one kind of data is."""
    assert len(game.gains) == 1
    return CoopetitionRound(
        gain=game.gains[0],
        local_data=game.local_data[:, 0],
        quality=game.quality[:, 0],
        max_contribution=game.max_contribution,
        value=game.value,
        unit_cost=game.unit_cost,
        quadratic_cost=game.quadratic_cost,
        fixed_cost=game.fixed_cost,
        damage=game.damage,
    )
