"""The welfare of profiles that are almost equilibria: a range, where equilibria are known so well.

Nobody plays an equilibrium of the true game, of which a fit is known to some regret only. Profiles
where nobody can gain more than a share of its payoff are all as good an answer, and their welfare
ranges. The range is that of a search, and may be wider.
"""

from dataclasses import dataclass

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.base import Game

OWN = 17  # own contributions that are tried for a regret
TRIED, STEPS, SMALLEST = 24, 40, 1e-3  # candidates at once, rounds, the last step


@dataclass(frozen=True, slots=True)
class WelfareRange:
    """The least and the most that was found."""

    low: float
    high: float


def regret_shares(game: Game, profiles: Array) -> Array:
    """Return the largest regret of anybody as a share of its payoff, (P, N) to (P,)."""
    payoffs = np.asarray(game.payoffs(profiles))
    found, box = np.zeros(len(profiles)), game.spaces
    for n in range(profiles.shape[1]):
        rows = np.repeat(profiles[:, None], OWN, axis=1)
        rows[..., n] = np.linspace(box.lower[n], box.upper[n], OWN)
        gained = game.payoff(n, rows).max(axis=1) - payoffs[:, n]
        found = np.maximum(found, gained / np.maximum(np.abs(payoffs[:, n]), 1e-300))
    return found


def welfare_range(game: Game, equilibrium: Array, regret: float) -> WelfareRange:
    """Search the least and the most welfare where nobody can gain more than a share of its payoff.

    Parameters
    ----------
    equilibrium : shape (N,)
        Where the search starts; it belongs to the range.
    regret
        The share.

    Examples
    --------
    >>> from coopetition.games.coopetition.gain import PowerGain
    >>> from coopetition.games.coopetition.round import CoopetitionRound
    >>> from coopetition.solvers import solve
    >>> game = CoopetitionRound(
    ...     gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0] * 2, max_contribution=20_000.0,
    ...     value=1000.0, unit_cost=0.001, quadratic_cost=2e-6, damage=0.08)
    >>> found = solve(game)
    >>> near = welfare_range(game, found.profile, 0.01)
    >>> near.low < found.welfare < near.high
    True
    """
    return WelfareRange(*(_climbed(game, equilibrium, regret, sign) for sign in (-1.0, 1.0)))


def _climbed(game: Game, start: Array, regret: float, sign: float) -> float:
    rng, box = np.random.default_rng(0), game.spaces
    top, best = box.upper - box.lower, start
    here, step, last = float(game.welfare(start)), 0.1, np.zeros_like(start)
    for _ in range(STEPS):
        moves = rng.standard_normal((TRIED, start.size)) * top * step
        moves[::2] *= rng.random(moves[::2].shape) < 1.5 / start.size  # few at once
        moves[0] = last
        rows = box.project(best + moves)
        worth = np.asarray(game.welfare(rows), dtype=float)
        better = np.flatnonzero(sign * worth > sign * here)
        better = better[regret_shares(game, rows[better]) <= regret]
        if better.size:
            k = int(better[np.argmax(sign * worth[better])])
            last, best, here = rows[k] - best, rows[k], float(worth[k])
            step *= 1.5
        else:
            step *= 0.6
            last = np.zeros_like(start)
        if step < SMALLEST:
            break
    return here
