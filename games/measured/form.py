"""Games in which everybody's own gain counts for everybody.

For player n, up to terms that n cannot influence,

    U_n = Σ_m stake_nm G_m(x) + linear_n x_n − curvature_n x_n²/2.

Unlike a round with one curve such a game has no potential in general: Σ_m stake_nm G_m is another
function for everybody.
"""

from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array, Index
from coopetition.games.base import OWN, Box, Game
from coopetition.games.measured.best_response import bounded_responses
from coopetition.games.measured.gains import OwnGains


@dataclass(frozen=True, eq=False)
class GainForm:
    """What players can influence of their payoffs; see the module's formula.

    Parameters
    ----------
    gains : OwnGains
    stakes : shape (N, N)
        Money per unit of everybody's gain; row n is what n has at stake.
    linear, curvature : shape (N,)
        Money per unit of the own contribution, and per unit²; no curvature is negative.
    """

    gains: OwnGains
    stakes: Array
    linear: Array
    curvature: Array

    @property
    def upper(self) -> Array:
        """The largest contributions, shape (N,)."""
        return self.gains.upper

    def own(self, profiles: Array, who: Index | int) -> Array:
        """Return what one player each can influence of its payoff; (R, N) and (R,) to (R,)."""
        y = profiles[np.arange(len(profiles)), who]
        worth = np.einsum("rm,rm->r", self.gains(profiles), np.atleast_2d(self.stakes[who]))
        return np.asarray(worth + y * (self.linear[who] - 0.5 * self.curvature[who] * y))

    def marginal(self, profiles: Array) -> Array:
        """Return ∂U_n/∂x_n, shape (..., N)."""
        worth = np.einsum("nm,...mn->...n", self.stakes, self.gains.slopes(profiles))
        return np.asarray(worth + self.linear - self.curvature * profiles)


class GameOfGains(Game):
    """A game with a gain form; regrets and ranges follow from it. Abstract."""

    @property
    @abstractmethod
    def form(self) -> GainForm:
        """What players can influence of their payoffs."""

    @abstractmethod
    def payoff_gradient(self, profile: Array) -> Array:
        """Return ∂U_m/∂x_n at one profile, shape (N, N), rows m."""

    def marginal_payoffs(self, profile: ArrayLike) -> Array:
        """Return ∂U_n/∂x_n, shape (..., N): money per unit of contribution."""
        return self.form.marginal(np.asarray(profile, dtype=float))

    def own_range(self, profile: Array) -> Array:
        """Return how far each payoff ranges over the own contributions, as `Game.own_range`."""
        found: Array = self._own_ranges(np.asarray(profile, dtype=float)[None])[0]
        return found

    def typical_range(self) -> Array:
        """Return the median of that on three random profiles, shape (N,); drawn once."""
        return self._typical_range

    @cached_property
    def _typical_range(self) -> Array:
        drawn = self.spaces.sample(np.random.default_rng(0), 3)
        return np.asarray(np.median(self._own_ranges(drawn), axis=0))

    def _own_ranges(self, profiles: Array) -> Array:
        count, size = profiles.shape
        who = np.tile(np.repeat(np.arange(size), OWN), count)
        rows = np.repeat(profiles, size * OWN, axis=0)
        at = np.linspace(np.zeros(size), self.form.upper, OWN).T.ravel()
        rows[np.arange(who.size), who] = np.tile(at, count)
        worth = self.form.own(rows, who).reshape(count, size, OWN)
        return np.asarray(np.ptp(worth, axis=-1) + 1e-3 * np.abs(self.payoffs(profiles)))

    def regret_bounds(
        self, profile: Array, box: Box, tolerance: Array
    ) -> tuple[Array, Array, Array, str] | None:
        """Bound every regret by branch and bound where all signs of curvature are known."""
        if self.form.gains.bends is None:
            return None
        slack = 0.125 * tolerance
        where, gained, bound = bounded_responses(self.form, profile, box, slack)
        how = ", signs of curvature declared" if self.form.gains.declared else ""
        return np.maximum(bound, 0.0), where, gained, f"branch and bound{how}"
