"""TradeFL-style game: how much of its data an organization trains on, and how fast.

Organization n chooses a fraction d_n ∈ [d_min, 1] of its D_n samples and one of finitely many CPU
frequencies f_n; training must end in time: cycles_n d_n D_n / f_n + communication time ≤ deadline.
With Ω = Σ d_m D_m and contributions z_n = d_n D_n + θ f_n its payoff is, in money,

    U_n = p_n P(Ω) − ε_n cycles_n f_n² d_n D_n − c0_n − Σ_m ρ_nm p_m [P(d) − P(0, d_−n)] + t_n,
    t_n = κ Σ_m ρ_nm (z_n − z_m)    (balanced: κ Σ_m (ρ_nm z_n − ρ_mn z_m)).

So U_n = w_n P(Ω) + s_n(d_n, f_n) + what n cannot influence, with w_n = p_n − Σ_m ρ_nm p_m, and
Φ = P + Σ s_m/w_m is a weighted potential where all w_n > 0. The game follows the abstract of Yuan
et al., TradeFL: A Trading Mechanism for Cross-Silo Federated Learning, ICDCS 2023; the equations
are our reading.
"""

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array, Index
from coopetition.games.coopetition.aggregate import AggregateForm
from coopetition.games.errors import UnsupportedGameError
from coopetition.games.tradefl.checks import checked_profile
from coopetition.games.tradefl.input import TradeFLInput


class TradeFLGame(TradeFLInput):
    """Organizations choose a data fraction and a CPU frequency level; see the module's formulas.

    A profile is `fractions` and `levels` (indices of `frequencies`), both of shape (..., N).

    Parameters
    ----------
    gain : GainCurve
        P, in performance units; concave.
    local_data : shape (N,)
        D, samples; positive. In the other columns a scalar holds for all.
    frequencies : shape (L,) or (N, L)
        The levels, in any unit: common to all, or one row per organization.
    value : scalar or shape (N,)
        p, money per unit of gain.
    least_fraction : scalar or shape (N,)
        d_min ∈ [0, 1].
    cycles : scalar or shape (N,)
        Cycles per sample; cycles over frequency is a time.
    deadline, communication_time : scalar or shape (N,)
        Times; the deadline may be infinite.
    energy_cost, fixed_cost : scalar or shape (N,)
        ε, money per cycle and squared frequency; c0, money per round.
    damage : scalar, matrix (rows = who loses), scipy sparse matrix or `Competition`
        ρ, dimensionless; zero diagonal.
    transfer_rate, compute_worth : float
        κ, money per unit of contribution; θ ≥ 0, samples that a unit of frequency counts for.
    balanced : bool
        Which transfer; the first sums to zero only if row sums of ρ equal its column sums.
    organizations : names, optional

    Raises
    ------
    InvalidInputError
        Naming the organization and the field; also where no level meets the deadline.

    Examples
    --------
    >>> from coopetition import PowerGain
    >>> game = TradeFLGame(
    ...     gain=PowerGain(1.0, 2.0, 0.35), local_data=[3000, 2000], value=1000, damage=0.1,
    ...     frequencies=[1.0, 2.0], cycles=0.01, deadline=25.0, energy_cost=0.4,
    ...     least_fraction=0.1, organizations=["North", "South"])
    >>> game.limits.round(3).tolist()
    [[0.833, 1.0], [1.0, 1.0]]
    >>> game.payoffs([0.5, 0.5], [0, 1]).round(2).tolist()
    [859.76, 852.12]
    """

    def checked(self, fractions: ArrayLike, levels: ArrayLike) -> tuple[Array, Index]:
        """Return one profile as arrays of shape (N,).

        Raises
        ------
        InvalidInputError
            Naming the organization whose level misses the deadline or whose fraction is outside.
        """
        ranges = (self.frequencies, self.least_fraction, self.limits)
        return checked_profile(fractions, levels, ranges, self.players)

    def effective_data(self, fractions: Array) -> Array:
        """Return Ω; shape (..., N) to (...)."""
        return fractions @ self.local_data

    def own(self, fractions: Array, levels: Index) -> Array:
        """Return s_n, money, shape (..., N)."""
        samples = fractions * self.local_data
        return samples * self.at(self.rates, levels) + self.at(self.perks, levels)

    def transfers(self, fractions: ArrayLike, levels: ArrayLike) -> Array:
        """Return t_n, money received, shape (..., N)."""
        d, chosen = np.asarray(fractions, dtype=float), np.asarray(levels)
        given = d * self.local_data + self.compute_worth * self.at(self.frequencies, chosen)
        paid = self.damage.spread(given) if self.balanced else self.damage.weigh(given)
        return self.reward * given - self.transfer_rate * paid

    def payoff_terms(self, fractions: ArrayLike, levels: ArrayLike) -> tuple[Array, ...]:
        """Return value × gain, −cost, −damage and the transfer, each of shape (..., N)."""
        d, chosen = np.asarray(fractions, dtype=float), np.asarray(levels)
        omega = self.effective_data(d)[..., None]
        shared = self.gain.value(omega)
        harmed = self.harm > 0
        others = np.where(harmed, self.floor.sum() - self.floor, 0.0)  # at least, up to rounding
        without = np.maximum(omega - np.where(harmed, d * self.local_data, 0.0), others)
        damage = self.harm * (self.gain.value(without) - shared)
        cost = d * self.local_data * self.at(self.energy, chosen) + self.fixed_cost
        return self.value * shared, -cost, damage, self.transfers(d, chosen)

    def payoffs(self, fractions: ArrayLike, levels: ArrayLike) -> Array:
        """Return U_n, money; fractions and levels of shape (..., N), result of the same shape."""
        return np.asarray(sum(self.payoff_terms(fractions, levels)))

    def reach(self, fractions: ArrayLike, levels: ArrayLike) -> Array:
        """Return what each can move of its payoff by itself at a profile, shape (N,).

        As `AggregateForm.reach` over all fractions that some level allows, with what its level
        costs and brings.
        """
        d, chosen = np.asarray(fractions, dtype=float), np.asarray(levels)
        most = np.where(self.feasible, self.limits, 0.0).max(axis=1) * self.local_data
        omega, base = float(self.effective_data(d)), float(self.floor.sum())
        slope = float(self.gain.slope(omega))
        slope = slope if np.isfinite(slope) else 0.0
        all_ = float(self.gain.rise(omega, max(most.sum() - omega, 0.0))) + slope * (omega - base)
        shared = np.minimum(slope * np.maximum(most - self.floor, 0.0), all_)
        return np.abs(self.pull) * shared + np.abs(self.own(d, chosen))

    def check_weights(self, who: str) -> None:
        """Refuse the game where some weight is not positive.

        Raises
        ------
        UnsupportedGameError
            Naming an organization: the game then has no potential with positive weights.
        """
        if (self.weights <= 0).any():
            n = int(np.argmin(self.weights))
            raise UnsupportedGameError(
                f"{who} needs positive weights, that of {self.players[n]} is {self.weights[n]:g}: "
                f"a unit of gain is worth {self.value[n]:g} to it and costs it {self.harm[n]:g} by "
                "competition"
            )

    def potential(self, fractions: ArrayLike, levels: ArrayLike) -> Array:
        """Return Φ = P + Σ s_m/w_m, for profiles of shape (..., N) an array of shape (...).

        Raises
        ------
        UnsupportedGameError
            If some weight is not positive.
        """
        self.check_weights("potential()")
        d, chosen = np.asarray(fractions, dtype=float), np.asarray(levels)
        own = self.own(d, chosen) / self.weights
        return np.asarray(self.gain.value(self.effective_data(d)) + own.sum(axis=-1))

    def potential_scale(self, fractions: Array, levels: Index) -> float:
        """Return the sum of the absolute terms of Φ, the unit of its tolerances."""
        own = np.abs(self.own(fractions, levels)) / self.weights
        return float(np.abs(self.gain.value(self.effective_data(fractions))) + own.sum())

    def form(self, levels: Index) -> AggregateForm:
        """Return the game for fixed levels, in samples above the least, as aggregate form."""
        none = np.zeros(len(self.players))
        return AggregateForm(
            gain=self.gain,
            base=float(self.floor.sum()),
            weight=self.weights,
            quality=np.ones_like(none),
            upper=np.maximum(self.at(self.limits, levels) * self.local_data - self.floor, 0.0),
            linear=self.at(self.rates, levels),
            curvature=none,
            skew=none,
            data=none,
        )
