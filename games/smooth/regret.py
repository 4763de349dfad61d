"""One player's best answer in a smooth game, and what it could gain at most.

Answers are searched: one number on grids, several by climbs from the best of random points and
corners. That finds a lower bound of the regret. Where the user declares that each payoff is concave
in the player's own block the answer of one number is the zero of its slope, and
U_n(y, x_−n) ≤ U_n(x) + ∇_n U_n(x)·(y − x) bounds the regret from above. The bound is as good as
that word, and as the gradient.
"""

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.base import Box
from coopetition.games.search import best_deviation
from coopetition.games.smooth.climb import climb
from coopetition.games.smooth.game import SmoothGame

POINTS = 64  # random points, times the size of the block
CLIMBS = 5


def block_response(
    game: SmoothGame, player: int, profile: Array, box: Box, *, points: int = POINTS, seed: int = 0
) -> tuple[Array, float]:
    """Return (block, payoff) of the best answer found; NaN where a payoff met is not finite.

    Climbs start from the present block and the best of random points, corners and middle.

    Examples
    --------
    >>> game = SmoothGame(payoffs=[lambda x: -(x[0] - 1) ** 2 - (x[1] - x[0]) ** 2],
    ...     bounds=[[(0, 3), (0, 3)]])
    >>> block_response(game, 0, np.zeros(2), game.spaces)[0].round(6).tolist()
    [1.0, 1.0]
    """
    block = game.blocks[player]
    low, high = box.lower[block], box.upper[block]
    now, size = profile[block], low.size
    if size == 1 and game.own_concave:
        return _stationary(game, player, profile, box)
    if game.single:
        number, value = best_deviation(game, player, profile, float(low[0]), float(high[0]))
        return np.array([number]), value
    drawn = np.random.default_rng(seed).uniform(low, high, (points * size, size))
    starts = np.vstack([now, low, high, 0.5 * (low + high), drawn])
    batch = np.repeat(profile[None], len(starts), axis=0)
    batch[:, block] = starts
    payoffs = game.payoff(player, batch)
    if not np.isfinite(payoffs).all():
        return now.copy(), np.nan
    order = np.argsort(-payoffs[1:], kind="stable")[: CLIMBS - 1] + 1
    best, where = float(payoffs[0]), now.copy()
    for k in (0, *order):
        y = _climb(game, player, profile, starts[k], box)
        trial = profile.copy()
        trial[block] = y
        for candidate, value in ((y, float(game.payoff(player, trial))), (starts[k], payoffs[k])):
            if value > best:
                best, where = float(value), candidate.copy()
    return where, best


def _stationary(game: SmoothGame, player: int, profile: Array, box: Box) -> tuple[Array, float]:
    """Return the best answer where a payoff is concave in one number: where its slope is 0."""
    from scipy.optimize import brentq

    block, x = game.blocks[player], profile.copy()
    low, high = float(box.lower[block][0]), float(box.upper[block][0])

    def slope(number: float) -> float:
        x[block] = number
        found = float(game.own_slope(player, x)[0][0])
        if np.isnan(found):
            raise FloatingPointError
        return float(np.clip(found, -1e300, 1e300))

    try:
        if slope(low) <= 0:
            answer = low
        elif slope(high) >= 0:
            answer = high
        else:
            answer = float(brentq(slope, low, high, xtol=1e-15 * (high - low)))
    except FloatingPointError:
        return profile[block].copy(), np.nan
    x[block] = answer
    rows = np.stack((profile, x))
    here, there = game.payoff(player, rows)
    if not np.isfinite(here + there):
        return profile[block].copy(), np.nan
    return (x[block], float(there)) if there > here else (profile[block].copy(), float(here))


def _climb(game: SmoothGame, player: int, profile: Array, start: Array, box: Box) -> Array:
    """Climb one player's payoff from a block by L-BFGS-B, in shares of the box."""
    block = game.blocks[player]
    low, width = box.lower[block], (box.upper - box.lower)[block]
    x = profile.copy()
    x[block] = start
    unit = max(float(np.abs(game.own_slope(player, x)[0] * width).max(initial=0.0)), 1e-300)

    def downhill(share: Array) -> tuple[float, Array]:
        x[block] = np.clip(low + share * width, low, box.upper[block])
        slope, _ = game.own_slope(player, x)
        value = float(game.payoff(player, x))
        if not (np.isfinite(value) and np.isfinite(slope).all()):
            return 1e12, np.zeros_like(share)
        return -value / unit, -slope * width / unit

    share = np.divide(start - low, width, out=np.zeros_like(width), where=width > 0)
    found = climb(downhill, share, 200)
    return np.clip(low + found.x * width, low, box.upper[block])


def regret_of_blocks(
    game: SmoothGame, profile: Array, box: Box, tolerance: Array
) -> tuple[Array, Array, Array, str]:
    """Return (regret, deviation, its gain, method); regret and gain of shape (N,).

    With declared own-concavity the regret is the first-order bound, taken at the answer found
    where that is tighter; otherwise it is what the search found.
    """
    here = game.payoffs(profile)
    regret, gained, where = np.zeros(here.size), np.zeros(here.size), profile.copy()
    bounds = np.full(here.size, np.inf)
    if game.own_concave:
        bounds = _first_order(game, profile, box, *game.own_slopes(profile))
    for n, block in enumerate(game.blocks):
        if bounds[n] <= tolerance[n]:
            regret[n] = bounds[n]
            continue
        where[block], best = block_response(game, n, profile, box)
        gained[n] = best - here[n]
        regret[n] = max(gained[n], 0.0) if np.isfinite(gained[n]) else np.nan
        if game.own_concave:
            moved = profile.copy()
            moved[block] = where[block]
            slope, error = np.zeros(moved.size), np.zeros(moved.size)
            slope[block], error[block] = game.own_slope(n, moved)
            beyond = _first_order(game, moved, box, slope, error)[n]
            regret[n] = min(bounds[n], regret[n] + beyond)
    if not game.own_concave:
        return regret, where, gained, f"searched {POINTS} points per number and {CLIMBS} climbs"
    how = "" if game.gradients else ", slopes by finite differences"
    return regret, where, gained, f"first-order bound, own-concavity declared{how}"


def _first_order(game: SmoothGame, x: Array, box: Box, slope: Array, error: Array) -> Array:
    """Return max ∇_n U_n(x)·(y − x) over everybody's box, the slopes' errors added; shape (N,)."""
    up, down = box.upper - x, x - box.lower
    rise = np.maximum(np.maximum(slope * up, -slope * down), 0.0) + error * np.maximum(up, down)
    return np.add.reduceat(rise, [block.start for block in game.blocks])
