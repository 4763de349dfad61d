"""A round's regrets in sixty digits, from its own numbers: shares nothing with the certificates."""

from typing import Any

import mpmath
import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.coopetition.competition import (
    LowRankCompetition,
    MatrixCompetition,
    UniformCompetition,
)
from coopetition.games.coopetition.gain import (
    ExponentialGain,
    LogarithmicGain,
    PowerGain,
    TabulatedGain,
)
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.coopetition.sectors import SectorCompetition

DIGITS = 60


def big(values: Array) -> list[Any]:
    """Return floats as numbers of sixty digits."""
    return [mpmath.mpf(v) for v in np.asarray(values, dtype=float).tolist()]


def rows(competition: Any, size: int) -> list[list[Any]]:
    """Return a competition as rows of exact entries."""
    if isinstance(competition, UniformCompetition):
        level = mpmath.mpf(competition.level)
        return [[mpmath.mpf(0) if n == m else level for m in range(size)] for n in range(size)]
    if isinstance(competition, SectorCompetition):
        kind, levels = competition.sectors, competition.levels.tolist()
        return [
            [mpmath.mpf(0 if n == m else levels[kind[n]][kind[m]]) for m in range(size)]
            for n in range(size)
        ]
    if isinstance(competition, LowRankCompetition):
        left, right = map(lambda f: [big(row) for row in f], (competition.left, competition.right))
        return [
            [mpmath.mpf(0) if n == m else mpmath.fdot(left[n], right[m]) for m in range(size)]
            for n in range(size)
        ]
    assert isinstance(competition, MatrixCompetition)
    matrix = competition.matrix
    dense = matrix if isinstance(matrix, np.ndarray) else matrix.toarray()
    return [big(row) for row in dense]


def curve(gain: Any) -> tuple[Any, Any]:
    """Return P and P′ as functions."""
    if isinstance(gain, PowerGain):
        c, s, e, o = (mpmath.mpf(v) for v in (gain.ceiling, gain.scale, gain.exponent, gain.offset))
        return lambda z: c - s * (z + o) ** -e, lambda z: s * e * (z + o) ** (-e - 1)
    if isinstance(gain, ExponentialGain):
        c, s = mpmath.mpf(gain.ceiling), mpmath.mpf(gain.scale)
        return lambda z: -c * mpmath.expm1(-z / s), lambda z: c / s * mpmath.exp(-z / s)
    if isinstance(gain, LogarithmicGain):
        c, s, o = (mpmath.mpf(v) for v in (gain.ceiling, gain.scale, gain.offset))
        return lambda z: c * mpmath.log((z + o) / s), lambda z: c / (z + o)
    assert isinstance(gain, TabulatedGain)
    knots, slopes = (big(v) for v in (gain.pieces[0], gain.pieces[2]))

    def slope(z: Any) -> Any:
        for k in range(len(knots) - 1):
            if z <= knots[k + 1] and knots[k + 1] > knots[k]:
                share = (z - knots[k]) / (knots[k + 1] - knots[k])
                return (1 - share) * slopes[k] + share * slopes[k + 1]
        return slopes[-1]

    def value(z: Any) -> Any:
        total, at = mpmath.mpf(0), knots[0]
        for knot in [*(k for k in knots if k < z), z]:
            total += (knot - at) * (slope(at) + slope(knot)) / 2
            at = knot
        return total

    return value, slope


def regrets(
    game: CoopetitionRound, profile: Array, rate: Array | None = None, bend: Array | None = None
) -> list[Any]:
    """Return every regret, or where a weight is negative what a grid finds."""
    with mpmath.workdps(DIGITS):
        return _regrets(game, profile, rate, bend)


def _regrets(
    game: CoopetitionRound, profile: Array, rate: Array | None, bend: Array | None
) -> list[Any]:
    size = len(game.players)
    zero = np.zeros(size)
    columns = {
        name: big(getattr(game, name))
        for name in (
            "local_data", "quality", "max_contribution", "value", "unit_cost", "quadratic_cost",
            "skew",
        )
    }  # fmt: skip
    x, data, quality = big(profile), columns["local_data"], columns["quality"]
    value, slope = curve(game.gain)
    damage, rivalry = rows(game.damage, size), rows(game.rivalry, size)
    omega = mpmath.fsum(data) + mpmath.fdot(quality, x)
    own, bow = big(zero if rate is None else rate), big(zero if bend is None else bend)
    found = []
    for n in range(size):
        weight = columns["value"][n] - mpmath.fdot(damage[n], columns["value"])
        stake = columns["value"][n] + mpmath.fsum(rivalry[n])
        skew = mpmath.mpf(game.personal_weight) * columns["skew"][n] * data[n] * stake
        rest = omega - quality[n] * x[n]
        linear, square = own[n] - columns["unit_cost"][n], columns["quadratic_cost"][n] + bow[n]
        top = columns["max_contribution"][n]

        def payoff(y: Any) -> Any:
            personal = skew / (data[n] + y) if skew else 0  # noqa: B023
            shared = weight * value(rest + quality[n] * y)  # noqa: B023
            return shared + linear * y - square * y * y / 2 - personal  # noqa: B023

        def rise(y: Any) -> Any:
            personal = skew / (data[n] + y) ** 2 if skew else 0  # noqa: B023
            pull = weight * quality[n] * slope(rest + quality[n] * y)  # noqa: B023
            return pull + linear - square * y + personal  # noqa: B023

        if weight >= 0:
            best = _peak(rise, top)
            found.append(payoff(best) - payoff(x[n]))
        else:
            grid = [top * k / 400 for k in range(401)]
            found.append(max(payoff(y) for y in grid) - payoff(x[n]))
    return found


def _peak(rise: Any, top: Any) -> Any:
    if top == 0 or rise(mpmath.mpf(0)) <= 0:
        return mpmath.mpf(0)
    if rise(top) >= 0:
        return top
    low, high = mpmath.mpf(0), top
    for _ in range(160):
        middle = (low + high) / 2
        low, high = (middle, high) if rise(middle) > 0 else (low, middle)
    return low
