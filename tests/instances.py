"""Random games that tests and benchmarks share: every draw is a function of its seed."""

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.base import Game
from coopetition.games.coopetition.aggregate import AggregateForm
from coopetition.games.coopetition.gain import (
    ExponentialGain,
    GainCurve,
    LogarithmicGain,
    PowerGain,
    TabulatedGain,
)
from coopetition.games.coopetition.round import CoopetitionRound

SYMMETRIC = CoopetitionRound(
    gain=PowerGain(1.0, 2.0, 0.35),
    local_data=[1500.0] * 6,
    max_contribution=20_000.0,
    value=1000.0,
    unit_cost=0.001,
    quadratic_cost=2e-6,
    damage=0.08,
)


def payoff_scale(game: Game, profile: Array) -> float:
    """Return the largest term in any payoff at a profile, or a typical payoff where all are 0."""
    size = float(game.payoff_sizes(profile).max(initial=0.0))
    drawn = game.spaces.sample(np.random.default_rng(0), 9)
    return size or float(np.median(np.abs(game.payoffs(drawn)).max(axis=-1, initial=0.0)))


def random_gain(rng: np.random.Generator, low: float, high: float) -> GainCurve:
    """Draw a curve of any family whose slope matters between low and high samples."""
    reach = max(high, 1.0)
    kind = rng.integers(5)
    if kind == 0:
        exponent = float(rng.uniform(0.1, 1.5))
        offset = 0.0 if low > 0 else 0.01 * reach
        return PowerGain(1.0, float(0.5 * reach**exponent), exponent, offset)
    if kind == 1:
        return PowerGain(
            0.9, float(rng.uniform(0.1, 2.0)), 0.4, float(rng.uniform(0.1, 0.5) * reach)
        )
    if kind == 2:
        return ExponentialGain(float(rng.uniform(0.5, 2.0)), float(rng.uniform(0.2, 2.0) * reach))
    if kind == 3:
        return LogarithmicGain(0.2, 10.0, 0.0 if low > 0 else 0.05 * reach)
    data = np.linspace(0.0, 1.2 * reach, int(rng.integers(4, 9)))
    return TabulatedGain(data, 1.0 - np.exp(-2.0 * data / reach))


def random_round(seed: int, players: int | None = None, positive: bool = False) -> CoopetitionRound:
    """Draw a round of 1 to 30 organizations: all families, zero and linear costs, ties, bounds."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 31)) if players is None else players
    data = rng.uniform(0.0, 3000.0, n) * (rng.random(n) < 0.9)
    top = rng.uniform(10.0, 5000.0, n) * (rng.random(n) < 0.95)
    if rng.random() < 0.2:
        top *= 1e-3
    top[0] += 1.0
    quality = rng.uniform(0.2, 1.0, n)
    ties = rng.random() < 0.25  # identical organizations but for their data and bounds
    if ties:
        quality[:] = quality[0]
    low = float(data.sum())
    high = low + float(quality @ top)
    gain = random_gain(rng, low, high)
    value = rng.uniform(500.0, 1500.0, n)
    slope = float(gain.slope(0.5 * (low + high)))
    unit = rng.uniform(0.0, 1.5, n) * 1000.0 * slope
    quadratic = rng.uniform(0.0, 2.0, n) * 1000.0 * slope / (top + 10.0)
    style = rng.integers(4)
    if style == 1:
        unit *= 0.0
    if style == 2:
        quadratic *= 0.0
    if style == 3:
        quadratic *= rng.random(n) < 0.5
    if ties:
        value[:], unit[:], quadratic[:] = value[0], unit[0], 0.0
    level = 0.5 / n if positive else float(rng.choice([0.0, 0.5, 1.0])) / n
    damage = rng.uniform(0.0, level, (n, n)) * (1.0 - np.eye(n))
    if ties:
        damage = 0.5 * level * (1.0 - np.eye(n))
    rivalry = rng.uniform(0.0, 200.0 / n, (n, n)) * (1.0 - np.eye(n)) * rng.integers(2)
    return CoopetitionRound(
        gain=gain,
        local_data=data,
        max_contribution=top,
        value=value,
        unit_cost=unit,
        quadratic_cost=quadratic,
        fixed_cost=rng.uniform(0.0, 5.0, n),
        quality=quality,
        skew=rng.uniform(0.0, 2.0, n),
        personal_weight=0.05 * float(rng.integers(2)),
        damage=damage,
        rivalry=rivalry,
    )


def heavy_tailed_form(seed: int) -> AggregateForm:
    """Draw an aggregate form whose parameters span ten decades, with ties, zeros and subsidies."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 31))

    def wide(low: float = -5.0, high: float = 5.0) -> np.ndarray:
        return np.asarray(10.0 ** rng.uniform(low, high, n))

    data, top, quality = wide() * (rng.random(n) < 0.9), wide(), wide(-3.0, 0.0)
    weight, linear, curvature = wide(), -wide() * (rng.random(n) < 0.8), wide()
    curvature *= [1.0, rng.random(n) < 0.6, 0.0][seed % 3]
    if rng.random() < 0.3:  # payments for contributions
        linear += wide() * (rng.random(n) < 0.5)
    skew = wide() * (rng.random(n) < 0.4) * (data > 0) * float(rng.random() < 0.5)
    if rng.random() < 0.2:
        linear[:], weight[:], quality[:] = linear[0], weight[0], quality[0]
    base = float(data.sum()) or 1.0
    reach = base + float(quality @ top)
    one = [float(10.0 ** rng.uniform(-5.0, 5.0)) for _ in range(3)]
    curves: list[GainCurve] = [
        PowerGain(1.0, one[0], float(rng.uniform(0.1, 2.0))),
        ExponentialGain(one[0], reach * float(10.0 ** rng.uniform(-2.0, 1.0))),
        LogarithmicGain(one[0], 1.0),
        PowerGain(1.0, one[1], 0.5, one[2]),
    ]
    gain = curves[int(rng.integers(4))]
    return AggregateForm(gain, base, weight, quality, top, linear, curvature, skew, data)
