"""Groves payments on contributions: what an organization keeps is everybody's welfare.

    t_n = W(x) − U_n(x) + h_n(x_−n),      v_n = W(x) + h_n(x_−n)

so that W itself is an exact potential (all weights become 1) and the planner's optimum an
equilibrium (Groves, Incentives in teams, Econometrica 41, 1973). `full_pigou` has h = 0,
`marginal_contribution` h_n = −W(0, x_−n); `balanced_pigou` leaks as little as this form allows.
"""

from abc import abstractmethod
from dataclasses import dataclass
from functools import cache
from math import comb

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.base import Game
from coopetition.games.errors import UnsupportedGameError
from coopetition.games.measured.round import TrainingRound
from coopetition.mechanisms.rules.one_changed import one_changed
from coopetition.mechanisms.rules.promises import PotentialRule


def welfare(game: Game, profile: Array) -> Array:
    """Return W = Σ U_n, shape (..., N) to (...)."""
    return np.asarray(game.payoffs(profile).sum(axis=-1))


class WelfarePotential(PotentialRule):
    """A rule whose induced game has W as its potential."""

    def potential(self, game: Game, profile: Array) -> Array:
        """Return W."""
        return welfare(game, profile)

    def gradient(self, game: Game, profile: Array) -> Array | None:
        """Return ∇W where it is known."""
        return game.welfare_gradient(profile) if isinstance(game, TrainingRound) else None


@dataclass(frozen=True, slots=True)
class OnWelfare(WelfarePotential):
    """A rule whose induced game has W as its potential, all weights 1."""

    @abstractmethod
    def charge(self, game: Game, profile: Array) -> Array:
        """Return h_n(x_−n), shape (..., N)."""

    def weights(self, game: Game) -> Array:
        """Return ones."""
        return np.ones(len(game.players))

    def __call__(self, game: Game, profile: Array) -> Array:
        """Return W − U_n + h_n."""
        x = np.asarray(profile, dtype=float)
        payoffs = game.payoffs(x)
        total = payoffs.sum(axis=-1, keepdims=True)
        return np.asarray(total - payoffs + self.charge(game, x))


@dataclass(frozen=True, slots=True)
class FullPigou(OnWelfare):
    """h = 0: everybody is given what the others earn."""

    def charge(self, game: Game, profile: Array) -> Array:
        """Return zeros."""
        return np.zeros_like(profile)


@dataclass(frozen=True, slots=True)
class MarginalContribution(OnWelfare):
    """h_n = −W(0, x_−n): everybody keeps what its contribution adds."""

    def charge(self, game: Game, profile: Array) -> Array:
        """Return −W without each one's contribution."""
        charges = np.empty_like(profile)
        least = np.broadcast_to(game.spaces.lower, profile.shape)
        for who, without in one_changed(profile, least):
            charges[..., who] = -welfare(game, without)
        return charges


def full_pigou(game: Game) -> FullPigou:
    """Make the rule that gives everybody what the others earn.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.5), local_data=[400, 500],
    ...     max_contribution=4000, value=[1000, 100])
    >>> full_pigou(game)(game, np.zeros(2)).round(3).tolist()  # each receives the other's payoff
    [93.333, 933.333]
    """
    return FullPigou()


def marginal_contribution(game: Game) -> MarginalContribution:
    """Make the rule under which everybody keeps W(x) − W(0, x_−n).

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.5), local_data=[400, 500],
    ...     max_contribution=4000, value=1000)
    >>> (marginal_contribution(game)(game, np.zeros(2)) + game.payoffs(np.zeros(2))).tolist()
    [0.0, 0.0]
    """
    return MarginalContribution()


# Balanced Pigou: Groves payments that leak as little as their form allows.
#
#     h_n = −(N−1) Σ_{S∌n} W_S/(N − |S|),      W_S = Σ_{T⊆S} (−1)^{|S|−|T|} W(x_T, 0)
#
# The Möbius terms W_S say what the contributions of S bring only together; each is charged to the
# N − |S| organizations outside S. All transfers sum to (N − 1) W_{1..N}: zero iff W has no
# interaction of all N (Groves and Loeb, Incentives and public inputs, J. Public Econ. 4, 1975).


MOST = 8  # organizations: it takes 2^N welfares per profile


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
        If there are more than 8 players: it takes 2^N welfares per profile.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.5), local_data=[400, 500, 0],
    ...     max_contribution=4000, value=1000)
    >>> bool(abs(balanced_pigou(game)(game, np.array([300.0, 200.0, 0.0])).sum()) < 1e-9)
    True
    """
    if len(game.players) > MOST:
        raise UnsupportedGameError(
            f"balanced_pigou() takes 2^N welfares per profile: at most {MOST} organizations, "
            f"got {len(game.players)}"
        )
    return BalancedPigou()
