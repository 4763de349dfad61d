"""Groves payments on contributions: what an organization keeps is everybody's welfare.

    t_n = W(x) − U_n(x) + h_n(x_−n),      v_n = W(x) + h_n(x_−n)

so that W itself is an exact potential (all weights become 1) and the planner's optimum an
equilibrium (Groves, Incentives in teams, Econometrica 41, 1973). `full_pigou` has h = 0,
`marginal_contribution` h_n = −W(0, x_−n); `balanced_pigou` is in a module of its own.
"""

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np

from coopetition.games.base import Game
from coopetition.games.gain import Array
from coopetition.games.round import CoopetitionRound
from coopetition.mechanisms.promises import PotentialRule


def welfare(game: Game, profile: Array) -> Array:
    """Return W = Σ U_n, shape (..., N) to (...)."""
    return np.asarray(game.payoffs(profile).sum(axis=-1))


@dataclass(frozen=True, slots=True)
class OnWelfare(PotentialRule):
    """A rule whose induced game has W as its potential, all weights 1."""

    @abstractmethod
    def charge(self, game: Game, profile: Array) -> Array:
        """Return h_n(x_−n), shape (..., N)."""

    def weights(self, game: Game) -> Array:
        """Return ones."""
        return np.ones(len(game.players))

    def potential(self, game: Game, profile: Array) -> Array:
        """Return W."""
        return welfare(game, profile)

    def gradient(self, game: Game, profile: Array) -> Array | None:
        """Return ∇W where it is known."""
        return game.welfare_gradient(profile) if isinstance(game, CoopetitionRound) else None

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
        for n in range(profile.shape[-1]):
            without = profile.copy()
            without[..., n] = game.spaces.lower[n]
            charges[..., n] = -welfare(game, without)
        return charges


def full_pigou(game: Game) -> FullPigou:
    """Make the rule that gives everybody what the others earn.

    Examples
    --------
    >>> from coopetition.games.gain import PowerGain
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
    >>> from coopetition.games.gain import PowerGain
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.5), local_data=[400, 500],
    ...     max_contribution=4000, value=1000)
    >>> (marginal_contribution(game)(game, np.zeros(2)) + game.payoffs(np.zeros(2))).tolist()
    [0.0, 0.0]
    """
    return MarginalContribution()
