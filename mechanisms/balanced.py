"""Balanced Pigou: Groves payments that leak as little as their form allows.

    h_n = −(N−1) Σ_{S∌n} W_S/(N − |S|),      W_S = Σ_{T⊆S} (−1)^{|S|−|T|} W(x_T, 0)

The Möbius terms W_S say what the contributions of S bring only together; each is charged to the
N − |S| organizations outside S. All transfers sum to (N − 1) W_{1..N}: zero iff W has no
interaction of all N (Groves and Loeb, Incentives and public inputs, J. Public Econ. 4, 1975).
"""

from dataclasses import dataclass
from functools import cache
from math import comb

import numpy as np

from coopetition.games.base import Game
from coopetition.games.errors import UnsupportedGameError
from coopetition.games.gain import Array
from coopetition.mechanisms.groves import OnWelfare, welfare

MOST = 8  # organizations: a profile takes 2^N welfares


@cache
def _spread(size: int) -> Array:
    """Return A with h_n = Σ_T A[T, n] W(x_T, 0): minus (N−1)/(N−|S|) W_S, summed over S ∌ n."""
    sets = (np.arange(2**size)[:, None] >> np.arange(size)) & 1
    count = sets.sum(axis=1)
    matrix = np.zeros((2**size, size))
    for inner, members in enumerate(sets):
        for n in np.flatnonzero(members == 0):
            rest = size - 1 - int(count[inner])  # S = T and any of the others but n
            terms = (
                comb(rest, k) * (-1.0) ** k * (size - 1) / (size - int(count[inner]) - k)
                for k in range(rest + 1)
            )
            matrix[inner, n] = -sum(terms)
    return matrix


@dataclass(frozen=True, slots=True)
class BalancedPigou(OnWelfare):
    """h_n from the Möbius terms of W: as balanced as W allows."""

    def charge(self, game: Game, profile: Array) -> Array:
        """Return −(N−1) Σ_{S∌n} W_S/(N − |S|)."""
        size = profile.shape[-1]
        sets = ((np.arange(2**size)[:, None] >> np.arange(size)) & 1).astype(bool)
        part = np.where(sets, profile[..., None, :], game.spaces.lower)
        return np.asarray(welfare(game, part) @ _spread(size))


def balanced_pigou(game: Game) -> BalancedPigou:
    """Make the Groves payments that leak least by their form: (N − 1) times W's N-way interaction.

    Raises
    ------
    UnsupportedGameError
        If there are more than 8 players: a profile takes 2^N welfares.

    Examples
    --------
    >>> from coopetition.games.gain import PowerGain
    >>> from coopetition.games.round import CoopetitionRound
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.5), local_data=[400, 500, 0],
    ...     max_contribution=4000, value=1000)
    >>> bool(abs(balanced_pigou(game)(game, np.array([300.0, 200.0, 0.0])).sum()) < 1e-9)
    True
    """
    if len(game.players) > MOST:
        raise UnsupportedGameError(
            f"balanced_pigou() takes 2^N welfares a profile: at most {MOST} organizations, "
            f"got {len(game.players)}"
        )
    return BalancedPigou()
