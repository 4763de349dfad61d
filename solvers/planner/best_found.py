"""The best welfare found where everybody has its own gain: no structure bounds what it misses.

Climbs from several starts at once: one contribution after the other, on a grid over its whole
interval at first, then on ever shorter ones; the ends are polished by L-BFGS.
"""

from dataclasses import replace

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.measured.round import MeasuredGame
from coopetition.games.smooth.climb import climb
from coopetition.games.tolerance import share_of
from coopetition.solvers.measured import distinct
from coopetition.solvers.planner.planner import Optimum

STARTS = 6
POINTS = 17  # on every line
SWEEPS = 7  # a line is half as long each time, from the second on
APART = 0.02  # of the interval: ends that are climbed on their own


def best_found(
    game: MeasuredGame, start: Array | None = None, tol: float | None = None, seed: int = 0
) -> Optimum:
    """Search for the most welfare; never worse than at `start`, the corners and the middle.

    Examples
    --------
    >>> from coopetition.games.measured import SeparableGains
    >>> gains = SeparableGains(np.zeros(2), np.array([[0.2, 0.1], [0.1, 0.3]]), 4.0, np.ones(2))
    >>> game = MeasuredGame(gains=gains, max_contribution=[1.0, 1.0], value=10.0, unit_cost=4)
    >>> print(best_found(game))
    welfare 1.0740987 (best found: 6 climbs)
    """
    box, rng = game.spaces, np.random.default_rng(seed)
    first = np.vstack((box.lower, box.upper, 0.5 * box.upper, box.sample(rng, STARTS - 3)))
    if start is not None:
        first = np.vstack((start, first))
    ends, sweeps = _ascended(game, first)
    order = np.argsort(-game.payoffs(ends).sum(axis=-1), kind="stable")
    tops = distinct(ends[order], game.form, APART)[:3]
    known = np.vstack((first, ends, [_polished(game, end) for end in tops]))
    k = int(np.argmax(game.payoffs(known).sum(axis=-1)))
    return replace(found_best(game, known[k], len(first), tol=tol), iterations=sweeps)


def found_best(
    game: MeasuredGame, profile: Array, climbs: int, source: str = "", tol: float | None = None
) -> Optimum:
    """Return a profile as the best that was found, by `climbs` searches."""
    payoffs = game.payoffs(profile)
    size = np.abs(game.payoff_terms(profile)).sum()
    return Optimum(
        players=game.players,
        profile=profile,
        welfare=float(payoffs.sum()),
        nobody=float(game.payoffs(game.spaces.lower).sum()),
        payoffs=payoffs,
        gap=np.inf,
        tolerance=share_of(float(size)) if tol is None else tol,
        concave=False,
        iterations=0,
        source=source,
        climbs=climbs,
    )


def _ascended(game: MeasuredGame, starts: Array) -> tuple[Array, int]:
    """Climb welfare from several starts, one contribution after the other."""
    x, upper, count = starts.copy(), game.max_contribution, len(starts)
    sweep = 0
    for sweep in range(1, SWEEPS + 1):
        before = x.copy()
        for n in np.flatnonzero(upper > 0):
            reach = upper[n] / 2.0 ** (sweep - 1)
            low, high = np.maximum(x[:, n] - reach, 0.0), np.minimum(x[:, n] + reach, upper[n])
            grid = np.column_stack((np.linspace(low, high, POINTS, axis=-1), x[:, n]))
            rows = np.repeat(x, POINTS + 1, axis=0)
            rows[:, n] = grid.ravel()
            welfare = game.payoffs(rows).sum(axis=-1).reshape(count, -1)
            x[:, n] = grid[np.arange(count), welfare.argmax(axis=1)]
        if sweep > 2 and (np.abs(x - before) <= 1e-3 * upper).all():
            break
    return x, sweep


def _polished(game: MeasuredGame, start: Array) -> Array:
    """Climb on from a profile by L-BFGS, in shares of the box."""
    upper = game.max_contribution
    unit = max(float(np.abs(game.welfare_gradient(start) * upper).max()), 1e-300)

    def downhill(share: Array) -> tuple[float, Array]:
        x = np.clip(share * upper, 0.0, upper)
        welfare = float(game.payoffs(x).sum())
        return -welfare / unit, -game.welfare_gradient(x) * upper / unit

    share = np.divide(start, upper, out=np.zeros_like(upper), where=upper > 0)
    return np.clip(climb(downhill, share, 100).x * upper, 0.0, upper)
