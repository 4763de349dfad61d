"""Best responses and certificates of a TradeFL-style game, exact for any sign of the weights.

Given what the others bring, n's payoff at a fixed level is w_n P(rest + D_n d) + a linear term in
d. For w_n ≥ 0 that is concave: the best fraction is (P′⁻¹(−rate/w_n) − rest)/D_n, clipped, and what
lies beyond it is bounded by the slope there. For w_n < 0 it is convex: an end is best. The best
level is the best of finitely many.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.certificate import Certificate, Deviation, worst_of
from coopetition.games.tolerance import checked_tolerance, share_of
from coopetition.games.tradefl.game import TradeFLGame


@dataclass(frozen=True, slots=True)
class LevelDeviation(Deviation):
    """A deviation to a fraction (`contribution`) at a level of some frequency."""

    contribution: float
    level: int = 0
    frequency: float = 0.0

    def __str__(self) -> str:
        """Say it in one sentence."""
        return (
            f"{self.player} gains {self.gain:.6g} by training on {self.contribution:.6g} of its "
            f"data at frequency {self.frequency:.6g}"
        )


def level_responses(game: TradeFLGame, n: int, rest: float) -> tuple[Array, Array, Array]:
    """Return n's best answer at each level when the others bring `rest` samples.

    Returns
    -------
    (fractions, values, slack) : each of shape (L,)
        The best fraction (NaN at a level that misses the deadline), U_n there up to what n cannot
        influence (−∞), and a bound of what any other fraction at that level has more.
    """
    count = game.frequencies.shape[1]
    fractions, values, slack = np.full(count, np.nan), np.full(count, -np.inf), np.zeros(count)
    pull, data, low = float(game.pull[n]), float(game.local_data[n]), float(game.least_fraction[n])
    for level in np.flatnonzero(game.feasible[n]):
        rate, high = float(game.rates[n, level]), float(game.limits[n, level])
        if pull < 0:
            tried = np.array([low, high])
        elif pull == 0 or rate >= 0:
            tried = np.array([high if rate > 0 or pull > 0 else low])
        else:
            target = (game.gain.inverse_slope(-rate / pull) - rest) / data
            tried = np.array([min(max(target, low), high)])
        value = shared_part(game, n, rest, tried) + rate * data * tried
        best = int(np.argmax(value))
        fractions[level] = y = float(tried[best])
        values[level] = value[best] + game.perks[n, level]
        if pull >= 0:
            slope = data * (pull * float(game.gain.slope(rest + data * y)) + rate)
            slack[level] = max(slope * (high - y), slope * (low - y), 0.0)
    return fractions, values, slack


def shared_part(game: TradeFLGame, n: int, rest: float, fractions: Array) -> Array:
    """Return w_n P at some fractions of n's, less that at its largest: no digit is lost to P."""
    data = game.local_data[n]
    top = game.limits[n, game.feasible[n]].max()
    lost = game.gain.rise(rest + data * fractions, data * (top - fractions))
    return np.asarray(-game.pull[n] * lost if game.pull[n] else np.zeros_like(fractions))


def rest_of(game: TradeFLGame, fractions: Array, n: int) -> float:
    """Return the samples that all but n bring."""
    others = np.delete(fractions * game.local_data, n)
    return float(others.sum())


def certify_tradefl(
    game: TradeFLGame, fractions: ArrayLike, levels: ArrayLike, *, tol: float | None = None
) -> Certificate:
    """Bound every organization's regret at a profile: no other fraction or level gains more.

    Parameters
    ----------
    fractions, levels : shape (N,)
    tol : payoff units
        The largest regret that still counts as an equilibrium; default 1e-9 of what each can
        move itself.

    Raises
    ------
    InvalidInputError
        If the profile is not allowed, or the tolerance negative or not finite.

    Examples
    --------
    >>> from coopetition import PowerGain
    >>> game = TradeFLGame(
    ...     gain=PowerGain(1.0, 2.0, 0.35), local_data=[3000, 2000], value=1000, damage=0.1,
    ...     frequencies=[1.0, 2.0], cycles=0.01, deadline=25.0, energy_cost=0.4,
    ...     least_fraction=0.1, organizations=["North", "South"])
    >>> print(certify_tradefl(game, [0.1, 0.1], [0, 0]).deviation)
    North gains 82.3546 by training on 0.833333 of its data at frequency 1
    """
    d, chosen = game.checked(fractions, levels)
    tol = checked_tolerance(tol)
    tolerance = share_of(game.reach(d, chosen)) if tol is None else np.full(d.size, float(tol))
    regret, most = np.zeros(d.size), np.zeros(d.size)
    better: list[LevelDeviation] = []
    own = game.own(d, chosen)
    for n, player in enumerate(game.players):
        rest = rest_of(game, d, n)
        answers, values, slack = level_responses(game, n, rest)
        here = shared_part(game, n, rest, d[n]) + own[n]
        gained = values - here
        regret[n] = max(float((gained + slack).max()), 0.0)
        best = int(np.argmax(gained))
        where, f = float(answers[best]), float(game.frequencies[n, best])
        most[n] = gained[best]
        better.append(LevelDeviation(player, where, most[n], level=best, frequency=f))
    worst = worst_of(most, tolerance)
    found = better[worst] if most[worst] > 0 else None
    method = "best fraction at every level, concavity bound"
    return Certificate(game.players, regret, tolerance, "checked", method, found, True)
