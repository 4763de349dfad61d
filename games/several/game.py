"""Games with several aggregates: one contribution feeds K kinds of data, each with its own gain.

Kinds are label classes, quality tiers, modalities. A unit that n contributes brings q_nk effective
samples of kind k, so that Ω_k = Σ_m (D_mk + q_mk x_m), and with P(x) = Σ_k P_k(Ω_k), in money,

    U_n = p_n P(x) − c_n(x_n) − R_n [P(x) − P(0, x_−n)],   R_n = Σ_m ρ_nm p_m

the coopetition round's payoff, whose single gain is replaced by the sum. Where all weights
w_n = p_n − R_n are positive, Φ = P − Σ c_m/w_m is a weighted potential.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.base import Box, PotentialGame
from coopetition.games.competition import Competition, as_competition
from coopetition.games.errors import InvalidInputError, UnsupportedGameError
from coopetition.games.gain import Array, GainCurve
from coopetition.games.round import names_of
from coopetition.games.several.input import check_gain, numbers
from coopetition.games.several.regret import regrets_of_several


@dataclass(frozen=True, eq=False, init=False)
class SeveralAggregatesGame(PotentialGame):
    """A round in which one contribution feeds K aggregates, each with a gain of its own.

    Parameters
    ----------
    gains : K gain curves
        P_k, in performance units; they add up.
    local_data : shape (N, K)
        D, real samples of each kind.
    quality : scalar or shape (N, K)
        q in [0, 1], effective real samples of each kind per synthetic sample.
    max_contribution, value : scalar or shape (N,)
        X, samples; p, money per unit of gain.
    unit_cost, quadratic_cost, fixed_cost : scalar or shape (N,)
        a, b, c0: money per sample, per sample², and per round. a < 0 is a payment.
    damage : scalar, matrix (rows = who loses), scipy sparse matrix or `Competition`
        ρ, dimensionless; zero diagonal.
    organizations : names, optional

    Raises
    ------
    InvalidInputError
        Naming the field and the organization, for NaN, infinite, negative or misshapen input, or a
        gain that is infinite, unknown or not concave where the game can reach.

    Examples
    --------
    >>> from coopetition.games.gain import PowerGain
    >>> game = SeveralAggregatesGame(
    ...     gains=[PowerGain(1.0, 2.0, 0.35), PowerGain(0.5, 1.0, 0.5)], value=1000.0,
    ...     local_data=[[900.0, 100.0], [400.0, 400.0]], quality=[[0.9, 0.1], [0.5, 0.5]],
    ...     max_contribution=5000.0, unit_cost=0.001, quadratic_cost=2e-6, damage=0.1)
    >>> game.aggregates([1000.0, 0.0]).tolist(), game.weights.tolist()
    ([2200.0, 600.0], [900.0, 900.0])
    >>> game.payoffs([1000.0, 0.0]).round(2).tolist()
    [1318.79, 1323.91]
    """

    gains: tuple[GainCurve, ...]
    local_data: Array
    quality: Array
    max_contribution: Array
    value: Array
    unit_cost: Array
    quadratic_cost: Array
    fixed_cost: Array
    damage: Competition
    organizations: tuple[str, ...]

    def __init__(
        self,
        *,
        gains: Sequence[GainCurve],
        local_data: ArrayLike,
        max_contribution: ArrayLike,
        value: ArrayLike,
        quality: ArrayLike = 1.0,
        unit_cost: ArrayLike = 0.0,
        quadratic_cost: ArrayLike = 0.0,
        fixed_cost: ArrayLike = 0.0,
        damage: Any = 0.0,
        organizations: Sequence[str] | None = None,
    ) -> None:
        curves = tuple(gains) if isinstance(gains, Sequence) else ()
        if not curves or not all(isinstance(gain, GainCurve) for gain in curves):
            raise InvalidInputError(f"`gains` must be one GainCurve or more, got {gains!r:.80}")
        if np.ndim(local_data) != 2 or np.shape(local_data)[0] == 0:
            raise InvalidInputError(
                f"`local_data` must be a table of organizations and {len(curves)} kinds of data, "
                f"got {local_data!r:.80}"
            )
        names = names_of(organizations, np.zeros(len(np.asarray(local_data))))
        table, column = (len(names), len(curves)), (len(names),)
        fields: dict[str, Any] = {"gains": curves, "organizations": names}
        for name, given, shape in (
            ("local_data", local_data, table),
            ("quality", quality, table),
            ("max_contribution", max_contribution, column),
            ("value", value, column),
            ("unit_cost", unit_cost, column),
            ("quadratic_cost", quadratic_cost, column),
            ("fixed_cost", fixed_cost, column),
        ):
            fields[name] = numbers(name, given, shape, names)
        fields["damage"] = as_competition(damage, names, "damage")
        for name, field in fields.items():
            object.__setattr__(self, name, field)
        reach = self.base + self.max_contribution @ self.quality
        for k, gain in enumerate(curves):
            check_gain(k, gain, float(self.base[k]), float(reach[k]))

    @property
    def players(self) -> tuple[str, ...]:
        """The organizations' names."""
        return self.organizations

    @property
    def spaces(self) -> Box:
        """Contributions: [0, max_contribution]."""
        return Box(np.zeros_like(self.max_contribution), self.max_contribution)

    @cached_property
    def harm(self) -> Array:
        """R_n = Σ_m ρ_nm p_m: money that n loses per unit of gain that its contribution brings."""
        return self.damage.weigh(self.value)

    @cached_property
    def weights(self) -> Array:
        """The weights w = p − R, shape (N,), of any sign."""
        return self.value - self.harm

    @cached_property
    def base(self) -> Array:
        """Σ_n D_nk: the aggregates where nobody contributes, shape (K,)."""
        return np.asarray(self.local_data.sum(axis=0))

    def aggregates(self, profile: ArrayLike) -> Array:
        """Return Ω, effective samples of each kind; shape (..., N) to (..., K)."""
        return self.base + np.asarray(profile, dtype=float) @ self.quality

    def slopes(self, aggregates: Array) -> Array:
        """Return P_k′(Ω_k), shape as `aggregates`."""
        each = [gain.slope(aggregates[..., k]) for k, gain in enumerate(self.gains)]
        return np.stack(each, axis=-1)

    def gain(self, aggregates: Array) -> Array:
        """Return Σ_k P_k(Ω_k), shape (..., K) to (...)."""
        each = [gain.value(aggregates[..., k]) for k, gain in enumerate(self.gains)]
        return np.asarray(np.sum(each, axis=0))

    def payoff_terms(self, profile: ArrayLike) -> tuple[Array, Array, Array]:
        """Return value × gain, −cost, −damage, each of shape (..., N)."""
        x = np.asarray(profile, dtype=float)
        omega = self.aggregates(x)
        shared = self.gain(omega)[..., None]
        damage = np.zeros_like(x)
        if self.harm.any():
            for k, gain in enumerate(self.gains):  # kind by kind: no table of the size of q
                without = np.maximum(omega[..., k, None] - self.quality[:, k] * x, self.base[k])
                damage += gain.value(without)
            damage = self.harm * (damage - shared)
        return self.value * shared, self.own(x) - self.fixed_cost, damage

    def payoffs(self, profile: ArrayLike) -> Array:
        """Return U_n, money, shape (..., N)."""
        gain, cost, damage = self.payoff_terms(profile)
        return gain + cost + damage

    def reach(self, profile: Array) -> Array:
        """Return what each player can move of its payoff by itself at a profile, shape (N,).

        As `AggregateForm.reach`, kind by kind.
        """
        x, found = np.asarray(profile, dtype=float), np.zeros(len(self.players))
        omega, end = self.aggregates(x), self.aggregates(self.max_contribution)
        for k, gain in enumerate(self.gains):
            slope = float(gain.slope(omega[k]))
            slope = slope if np.isfinite(slope) else 0.0
            most = float(gain.rise(omega[k], max(end[k] - omega[k], 0.0)))
            most += slope * (omega[k] - self.base[k])
            found += np.minimum(slope * self.quality[:, k] * self.max_contribution, most)
        own = x * (np.abs(self.unit_cost) + 0.5 * self.quadratic_cost * x)
        return np.abs(self.weights) * found + own

    def payoff_sizes(self, profile: Array) -> Array:
        """Return the largest single term of each payoff, shape (N,)."""
        return np.max(np.abs(self.payoff_terms(profile)), axis=0)

    def payoff_scale(self, profile: Array) -> float:
        """Return the largest single term in any payoff, or a typical one where all vanish."""
        return float(self.payoff_sizes(profile).max()) or self.typical_payoff()

    def own(self, profile: Array) -> Array:
        """Return −(a x + b x²/2): the part of the payoff that is the organization's alone."""
        return -profile * (self.unit_cost + 0.5 * self.quadratic_cost * profile)

    def marginal_payoffs(self, profile: ArrayLike) -> Array:
        """Return ∂U_n/∂x_n, shape (..., N): money per unit of contribution."""
        x = np.asarray(profile, dtype=float)
        pull = self.slopes(self.aggregates(x)) @ self.quality.T
        return self.weights * pull - self.unit_cost - self.quadratic_cost * x

    @property
    def has_potential(self) -> bool:
        """Whether everybody who can move has a positive weight."""
        return bool((self.weights[self.max_contribution > 0] > 0).all())

    def potential(self, profile: ArrayLike) -> Array:
        """Return the weighted potential Φ; shape (..., N) to (...).

        Raises
        ------
        UnsupportedGameError
            If somebody who can move has a weight that is not positive.
        """
        if not self.has_potential:
            raise UnsupportedGameError(
                "a weight is not positive: the game has no potential of this form; solve() treats "
                "it by other means"
            )
        x = np.asarray(profile, dtype=float)
        moving = self.max_contribution > 0
        own = np.where(moving, self.own(x) / np.where(moving, self.weights, 1.0), 0.0)
        return self.gain(self.aggregates(x)) + own.sum(axis=-1)

    def potential_gradient(self, profile: ArrayLike) -> Array:
        """Return ∇Φ, shape (..., N); zero for those who cannot move."""
        weight = np.where(self.max_contribution > 0, self.weights, np.inf)
        return self.marginal_payoffs(profile) / weight

    def regret_bounds(
        self, profile: Array, box: Box, tolerance: Array
    ) -> tuple[Array, Array, Array, str] | None:
        """Return (regret bound, deviation, its gain, how), or None where nothing is bounded."""
        return regrets_of_several(self, profile, box, tolerance)
