"""Shares of the pool of all payoffs, or of the revenue.

Sharing revenue: what the model earns is put together and divided; costs stay private.

    R(x) = Σ_m p_m G_m(x)     (value × gain of all, personal gain included)
    t_n = s_n(x) R(x) − p_n G_n(x)

*Fixed shares* s_n: balanced, but whoever bears a cost alone and gets a part of what it brings
contributes too little (Holmström, Moral hazard in teams, Bell J. Econ. 13, 1982). *In proportion*
to contributions, s_n = x_n/X: balanced, but a fight for the share. Losses by competition (damage,
rivalry) stay where they are, with the costs.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.base import Game
from coopetition.games.coopetition.aggregate import AggregateForm, AggregativeGame
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.measured.form import GainForm, GameOfGains
from coopetition.mechanisms.rules.groves import WelfarePotential
from coopetition.mechanisms.rules.promises import AggregativeRule, needs_round, shares_of

# Fixed shares of the net pool: all payoffs are put together and divided by agreed shares.
#
#     v_n = s_n W(x),      t_n = s_n W(x) − U_n(x)
#
# A partnership: zero-sum, the planner's optimum is an equilibrium, W a potential with weights s. It
# needs everybody's costs to be known and shared.


@dataclass(frozen=True, slots=True, eq=False)
class PoolShares(WelfarePotential):
    """Fixed shares s of the net pool, shape (N,)."""

    shares: Array

    def weights(self, game: Game) -> Array:
        """Return s."""
        return self.shares

    def __call__(self, game: Game, profile: Array) -> Array:
        """Return t_n."""
        payoffs = game.payoffs(profile)
        return np.asarray(self.shares * payoffs.sum(axis=-1, keepdims=True) - payoffs)


def pool_shares(game: Game, *, shares: ArrayLike | None = None) -> PoolShares:
    """Make the rule that divides the sum of all payoffs.

    Parameters
    ----------
    shares : shape (N,), optional
        s, positive, summing to 1; default equal.

    Raises
    ------
    InvalidInputError
        If the shares are not such numbers.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.5), local_data=[400, 500],
    ...     max_contribution=4000, value=[900, 300])
    >>> pool_shares(game, shares=[0.75, 0.25])(game, np.zeros(2)).round(9).tolist()
    [0.0, 0.0]
    """
    return PoolShares(shares_of(game, shares, zero=False))


@dataclass(frozen=True, slots=True, eq=False)
class RevenueShares(AggregativeRule):
    """Fixed shares s of revenue, shape (N,)."""

    shares: Array

    def form(self, game: AggregativeGame) -> AggregateForm:
        """Return the form with weights s_n Σp − Σ_m ρ_nm p_m, and stakes s_n p_n in h_n."""
        assert isinstance(game, CoopetitionRound)  # `needs_round`, at the transfers
        base = game
        stake = self.shares * base.value + base.rivalry.row_sums
        return replace(
            base.form,
            weight=self.shares * base.value.sum() - base.harm,
            skew=base.personal_scale * stake,
        )

    def gain_form(self, game: GameOfGains) -> GainForm:
        """Return the form with s_n p_m at stake in everybody's gain instead of p_n in the own."""
        value = needs_round(game, "revenue_shares").value
        stakes = game.form.stakes + np.outer(self.shares, value) - np.diag(value)
        return replace(game.form, stakes=stakes)

    def __call__(self, game: Game, profile: Array) -> Array:
        """Return t_n."""
        revenue = needs_round(game, "revenue_shares").payoff_terms(profile)[0]
        return np.asarray(self.shares * revenue.sum(axis=-1, keepdims=True) - revenue)


@dataclass(frozen=True, slots=True)
class Proportional:
    """Revenue in proportion to contributions; equal parts where nobody contributes."""

    def __call__(self, game: Game, profile: Array) -> Array:
        """Return t_n."""
        x = np.asarray(profile, dtype=float)
        revenue = needs_round(game, "proportional").payoff_terms(x)[0]
        total = x.sum(axis=-1, keepdims=True)
        share = np.full_like(x, 1.0 / x.shape[-1])
        np.divide(x, total, out=share, where=total > 0)
        return np.asarray(share * revenue.sum(axis=-1, keepdims=True) - revenue)


def revenue_shares(game: Game, *, shares: ArrayLike | None = None) -> RevenueShares:
    """Make the rule that divides revenue by fixed shares.

    Parameters
    ----------
    shares : shape (N,), optional
        s, non-negative, summing to 1; default equal.

    Raises
    ------
    UnsupportedGameError
        If the game is no `CoopetitionRound` or `MeasuredGame`.
    InvalidInputError
        If the shares are not such numbers.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.5), local_data=[400, 500],
    ...     max_contribution=4000, value=[900, 300])
    >>> revenue_shares(game)(game, np.zeros(2)).round(9).tolist()
    [-280.0, 280.0]
    """
    needs_round(game, "revenue_shares")
    return RevenueShares(shares_of(game, shares, zero=True))


def proportional(game: Game) -> Proportional:
    """Make the rule that divides revenue in proportion to contributions.

    Raises
    ------
    UnsupportedGameError
        If the game is no `CoopetitionRound` or `MeasuredGame`.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, ExponentialGain
    >>> game = CoopetitionRound(gain=ExponentialGain(1, 1), local_data=[400, 500],
    ...     max_contribution=4000, value=[900, 300])
    >>> proportional(game)(game, np.array([30.0, 10.0])).round(9).tolist()
    [0.0, 0.0]
    """
    needs_round(game, "proportional")
    return Proportional()
