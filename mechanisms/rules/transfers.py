"""What a transfer rule is, and the promise that keeps a potential game one.

A rule is a callable value: `rule(game, profile)` returns what each organization receives (positive)
or pays (negative), for profiles of shape (..., N) an array of the same shape. A *separable* rule
promises t_n = f_n(x_n) + g_n(x_−n) with f_n(x) = slope_n x − bend_n x²/2. It keeps every
w-weighted potential game w-weighted, with Φ′ = Φ + Σ f_n/w_n: the g_n are no part of anybody's
incentives. Only then does `redistribute` return a potential game.
"""

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.base import Game
from coopetition.games.coopetition.aggregate import AggregateForm, AggregativeGame
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError
from coopetition.games.measured.form import GainForm, GameOfGains
from coopetition.games.measured.round import TrainingRound
from coopetition.mechanisms.rules.promises import AggregativeRule


class TransferRule(Protocol):
    """Anything that maps a game and a profile to transfers."""

    def __call__(self, game: Game, profile: Array, /) -> Array:
        """Return what each player receives, shape as `profile`."""
        ...


@runtime_checkable
class PairwiseRule(TransferRule, Protocol):
    """A rule that says who pays whom."""

    def flows(self, game: Game, profile: Array, /) -> Array:
        """Return what the row's organization receives from the column's at one profile.

        Shape (N, N), antisymmetric. What is left of the transfers beside its row sums comes from
        outside.
        """
        ...


class SeparableRule(AggregativeRule):
    """A rule with a quadratic own part: t_n = slope_n x_n − bend_n x_n²/2 + g_n(x_−n)."""

    @property
    @abstractmethod
    def slope(self) -> Array:
        """The own part's slope at 0, shape (N,): money per unit of contribution."""

    @property
    def bend(self) -> Array:
        """The own part's curvature, shape (N,), ≥ 0: zeros unless a rule says otherwise."""
        return np.zeros_like(self.slope)

    @property
    @abstractmethod
    def leak(self) -> Array:
        """What all receive together per unit of each contribution, shape (N,).

        The rule's formula promises Σ_n t_n(x) = lump + leak · x at every profile; zeros mean that
        it is zero-sum by construction.
        """

    @property
    def lump(self) -> float:
        """What all receive together where nobody contributes: 0 unless a rule says otherwise."""
        return 0.0

    def form(self, game: AggregativeGame) -> AggregateForm:
        """Return the game's form with the own part added to the own terms: the same weights."""
        form = game.form
        return replace(form, linear=form.linear + self.slope, curvature=form.curvature + self.bend)

    def gain_form(self, game: GameOfGains) -> GainForm:
        """Return the form of everybody's own gains with the own part added to the own terms."""
        form = game.form
        return replace(form, linear=form.linear + self.slope, curvature=form.curvature + self.bend)


@dataclass(frozen=True, slots=True)
class NoTransfer(SeparableRule):
    """The rule that pays nothing: the baseline of every comparison."""

    size: int

    @property
    def slope(self) -> Array:
        """Zeros."""
        return np.zeros(self.size)

    @property
    def leak(self) -> Array:
        """Zeros."""
        return np.zeros(self.size)

    def __call__(self, game: Game, profile: Array) -> Array:
        """Return zeros."""
        return np.zeros_like(profile)


def none(game: Game) -> NoTransfer:
    """Make the rule without transfers.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> game = CoopetitionRound(
    ...     gain=PowerGain(1, 2, 0.35), local_data=[1500, 900], max_contribution=4000, value=1000)
    >>> none(game)(game, np.array([10.0, 20.0])).tolist()
    [0.0, 0.0]
    """
    return NoTransfer(len(game.players))


def external_prices(game: TrainingRound, target: ArrayLike) -> Array:
    """Return the price per unit of contribution that makes a target stationary for everybody.

    At the planner's optimum that is τ_n = Σ_{k≠n} ∂U_k/∂x_n; at any other target it is
    τ_n = −∂U_n/∂x_n where the contribution is interior, and the nearest to the external effect
    that keeps n at its bound elsewhere. Shape (N,), money per unit.
    """
    z = game.checked(target)
    if isinstance(game, CoopetitionRound) and not np.isfinite(
        game.gain.slope(game.form.aggregate(z))
    ):
        raise InvalidInputError("`target` leaves no data, where the gain's slope is infinite")
    marginal, social = game.marginal_payoffs(z), game.welfare_gradient(z)
    left = np.where(z <= 0, np.maximum(social, 0.0), social)
    top = (z >= game.max_contribution) & (z > 0)
    left = np.where(top, np.minimum(left, 0.0), left)
    return np.asarray(social - marginal - left)
