"""Expected externality at the target: paid for what one does to the others if they keep to it.

    f_n(y) = Σ_{k≠n} U_k(y, x°_−n),      t_n = f_n(x_n) − mean_{m≠n} f_m(x_m)

The shape of d'Aspremont and Gérard-Varet (Incentives and incomplete information, J. Public Econ.
11, 1979) with the target in place of an expectation. If the others keep to x°, n maximizes
W(y, x°_−n): the planner's optimum is an equilibrium without any concavity. Separable and zero-sum.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.base import Game
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.mechanisms.rules.one_changed import one_changed
from coopetition.mechanisms.rules.promises import PotentialRule, positive_weights, weighted


@dataclass(frozen=True, slots=True, eq=False)
class ExpectedExternality(PotentialRule):
    """Expected externality at a target x°, shape (N,)."""

    target: Array

    def effects(self, game: Game, profile: Array) -> Array:
        """Return f_n(x_n), shape (..., N)."""
        effects = np.empty_like(profile)
        target = np.broadcast_to(self.target, profile.shape)
        for who, at in one_changed(target, profile):
            payoffs = game.payoffs(at)
            effects[..., who] = payoffs.sum(axis=-1) - payoffs[..., np.arange(who.size), who]
        return effects

    def weights(self, game: Game) -> Array | None:
        """Return the game's own weights where they are positive."""
        return positive_weights(game)

    def potential(self, game: Game, profile: Array) -> Array:
        """Return Φ + Σ f_n/w_n."""
        base, weights = weighted(game)
        own = self.effects(game, profile) / weights
        return np.asarray(base.potential(profile) + own.sum(axis=-1))

    def gradient(self, game: Game, profile: Array) -> Array | None:
        """Return the potential's gradient where it is known."""
        if not isinstance(game, CoopetitionRound):
            return None
        slopes = np.empty_like(profile)
        for who, at in one_changed(self.target, profile):
            outer = game.welfare_gradient(at) - game.marginal_payoffs(at)
            slopes[who] = outer[np.arange(who.size), who]
        return np.asarray(game.potential_gradient(profile) + slopes / weighted(game)[1])

    def __call__(self, game: Game, profile: Array) -> Array:
        """Return t_n; nothing for one alone."""
        x = np.asarray(profile, dtype=float)
        if x.shape[-1] == 1:
            return np.zeros_like(x)
        effects = self.effects(game, x)
        total = effects.sum(axis=-1, keepdims=True)
        return np.asarray(effects - (total - effects) / (x.shape[-1] - 1))

    def flows(self, game: Game, profile: Array) -> Array:
        """Return what the row's organization receives from the column's, shape (N, N)."""
        effects = self.effects(game, np.asarray(profile, dtype=float))
        return np.asarray((effects[:, None] - effects) / max(effects.size - 1, 1))


def expected_externality(game: Game, *, target: ArrayLike) -> ExpectedExternality:
    """Make the expected-externality rule for a target profile, usually the planner's.

    Raises
    ------
    InvalidInputError
        If the target is no profile.

    Examples
    --------
    >>> from coopetition import PowerGain
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.5), local_data=[400, 500],
    ...     max_contribution=4000, value=[900, 300])
    >>> rule = expected_externality(game, target=[0.0, 0.0])
    >>> rule(game, np.zeros(2)).round(9).tolist()  # what one does to the other, minus the reverse
    [-560.0, 560.0]
    """
    return ExpectedExternality(game.checked(target))
