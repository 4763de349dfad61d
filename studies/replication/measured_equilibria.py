"""Equilibria on measured gains themselves: no curve, contributions on a lattice.

With the seeds fixed, the measured gain P is a function of the profile, whatever its shape; the
payoffs are w_n P(x) + s_n(x_n) + terms of the others, so that best responses raise the potential
P + Σ s_n/w_n while all w_n > 0 (Monderer, Shapley, Potential games, GEB 1996) and must stop.
"""

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import NotConvergedError, UnsupportedGameError
from coopetition.oracles import measure
from coopetition.oracles.protocol.oracle import UtilityOracle

_SWEEPS = 50


class MeasuredGain:
    """The mean gain of profiles over fixed seeds; each profile is trained once."""

    def __init__(self, oracle: UtilityOracle, seeds: range) -> None:
        self._oracle, self._seeds = oracle, seeds
        self._known: dict[tuple[float, ...], float] = {}

    def __call__(self, profiles: Array) -> Array:
        """Return the gain of each profile, shape (K,)."""
        keys = [tuple(row) for row in np.asarray(profiles, dtype=float).tolist()]
        missing = [key for key in dict.fromkeys(keys) if key not in self._known]
        if missing:
            means = measure(self._oracle, missing, self._seeds).means
            self._known |= dict(zip(missing, means.tolist(), strict=True))
        return np.array([self._known[key] for key in keys])


def direct_equilibrium(
    game: CoopetitionRound, slope: Array, gain: MeasuredGain, start: Array, step: float
) -> Array:
    """Return the profile where best responses stop, shape (N,).

    Parameters
    ----------
    game
        Its curve is not used.
    slope : shape (N,)
        What a linear rule pays for one more sample, money.
    gain
        The measured gain.
    start : shape (N,)
        Where they begin, on the lattice.
    step
        Contributions are multiples of it, as far as the bounds go.
    """
    weight = game.value - game.harm
    if not (weight > 0).all():
        raise UnsupportedGameError("best responses may cycle: an organization's weight is negative")
    size, x, still = weight.size, start.copy(), 0
    for k in range(_SWEEPS * size):
        n = k % size
        choices = np.arange(0.0, game.max_contribution[n] + 1e-9, step)
        rows = np.tile(x, (choices.size, 1))
        rows[:, n] = choices
        own = game.stake * game.personal_gain(rows) - game.cost(rows) + slope * rows
        payoff = weight[n] * gain(rows) + own[:, n]
        now = int(np.flatnonzero(choices == x[n])[0])
        best = int(np.argmax(payoff))
        if payoff[best] <= payoff[now] + 1e-9 * np.abs(payoff).max():
            best = now
        still = still + 1 if best == now else 1
        x[n] = choices[best]
        if still > size:
            return x
    raise NotConvergedError(f"best responses did not stop in {_SWEEPS} sweeps")
