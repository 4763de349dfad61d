"""The coopetition round: how much each organization contributes to the shared model.

Organization n generates x_n ∈ [0, X_n] synthetic samples of quality q_n next to its D_n real ones.
With Ω = Σ (D_m + q_m x_m) and G_n = P(Ω) + h_n(x_n), its payoff is, in money,

    U_n = p_n G_n − c_n(x_n) − Σ_m ρ_nm p_m [P(x) − P(0, x_−n)] − Σ_m σ_nm (G_m − G_n)

damage counted from what n's own contribution brings its rivals; with `counts` = "gains" their whole
gains hurt, Σ_m ρ_nm p_m G_m: no incentive changes, but payoffs, welfare and outside options do.

*value* p, *cost* c_n = a_n x + b_n x²/2 + c0_n, *damage* ρ (the profit that rivals draw from n's
contribution, as far as it hurts n), *rivalry* σ (what n loses where a rival's gain exceeds its own)
and *personal gain* h_n = −B δ_n D_n/(D_n + x_n) (synthetic samples wash out the skew δ_n of n's
labels). The round is a weighted potential game with w_n = p_n − Σ_m ρ_nm p_m where all w_n > 0.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array, each, fraction
from coopetition.games.base import Box
from coopetition.games.checks import number_array, positive
from coopetition.games.coopetition.aggregate import AggregateForm, AggregativeGame
from coopetition.games.coopetition.columns import COLUMNS, LARGEST
from coopetition.games.coopetition.competition import (
    Competition,
    DamageCounts,
    LossToRivals,
    as_competition,
)
from coopetition.games.coopetition.gain import GainCurve
from coopetition.games.coopetition.gain.curve import check_concave, check_known
from coopetition.games.errors import InvalidInputError, UnsupportedGameError
from coopetition.games.text.names import look_alike, say_alike, tidy


def column(name: str, value: ArrayLike, players: tuple[str, ...]) -> Array:
    """Return one number per organization, refusing what the field's rule forbids."""
    words = f"a number or {len(players)} numbers"
    array = number_array(name, value, (len(players),), words) + 0.0  # -0 is 0
    bad = ~COLUMNS[name].allows(array)
    if bad.any():
        n = int(np.argmax(bad))
        large = LARGEST < array[n] < np.inf
        rule = f"at most {LARGEST:g}" if large else COLUMNS[name].range
        raise InvalidInputError(f"`{name}` of {players[n]} must be {rule}, got {array[n]:g}")
    array.flags.writeable = False
    return array


def costs(profile: Array, unit: Array, quadratic: Array, fixed: Array) -> Array:
    """Return a x + b x²/2 + c0, shape (..., N)."""
    return np.asarray(profile * (unit + 0.5 * quadratic * profile) + fixed)


def names_of(organizations: Sequence[str] | None, local_data: ArrayLike) -> tuple[str, ...]:
    """Return distinct names, made up where none are given."""
    if organizations is None:
        shape = np.shape(local_data)
        if len(shape) != 1 or shape[0] == 0:
            raise InvalidInputError(
                f"`local_data` must hold one number per organization, at least one, got "
                f"{local_data!r}"
            )
        return tuple(f"organization {n + 1}" for n in range(shape[0]))
    names = () if isinstance(organizations, str) else tuple(organizations)
    if not names:
        raise InvalidInputError("`organizations` must name at least one, got none")
    for name in names:
        if not isinstance(name, str) or not tidy(name):
            raise InvalidInputError(f"`organizations` must hold non-empty names, got {name!r}")
    if alike := look_alike(names):
        raise InvalidInputError(
            f"`organizations` must have distinct names, got {say_alike(*alike)}"
        )
    return names


@dataclass(frozen=True, eq=False, kw_only=True)
class RoundFormulas:
    """What follows from a round's numbers of shape (N,), or from those of many, shape (B, N).

    Then `gain` has one curve per row, `personal_weight` the shape (B, 1), and `damage` and
    `rivalry` multiply rows.
    """

    gain: GainCurve
    local_data: Array
    max_contribution: Array
    value: Array
    unit_cost: Array
    quadratic_cost: Array
    fixed_cost: Array
    quality: Array
    skew: Array
    personal_weight: Any
    damage: Competition
    rivalry: Competition
    counts: DamageCounts = "contributions"

    @cached_property
    def harm(self) -> Array:
        """R_n = Σ_m ρ_nm p_m: money that n loses per unit of gain that its contribution brings."""
        return self.damage.weigh(self.value)

    @cached_property
    def harmed(self) -> bool:
        """Whether the gains of others are anything to anybody."""
        return bool(self.harm.any())

    @cached_property
    def spared(self) -> Array:
        """What n is spared per unit of gain that is missing where it contributes nothing: R_n.

        0 where rivals' whole gains hurt.
        """
        return self.harm if self.counts == "contributions" else np.zeros_like(self.harm)

    @cached_property
    def loss(self) -> Competition:
        """What each loses for a unit of each rival's personal gain, money."""
        if self.counts == "contributions" or not self.harmed:
            return self.rivalry
        return LossToRivals(self.damage, self.value, self.rivalry)

    @cached_property
    def rivalry_sums(self) -> Array:
        """Σ_m σ_nm: what n loses where all its rivals' gains exceed its own by one."""
        return self.rivalry.row_sums

    @cached_property
    def stake(self) -> Array:
        """p_n + Σ_m σ_nm: money per unit of its own personal gain."""
        return self.value + self.rivalry_sums

    @cached_property
    def social_stake(self) -> Array:
        """Money per unit of n's personal gain, to all together.

        p_n + Σ_m σ_nm − Σ_m σ_mn, less Σ_m ρ_mn p_n where rivals' whole gains hurt.
        """
        return self.stake - self.loss.column_sums

    @cached_property
    def personal_scale(self) -> Array:
        """B δ_n D_n, so that h_n(x) = −personal_scale/(D_n + x)."""
        return np.asarray(self.personal_weight * self.skew * self.local_data)

    @cached_property
    def form(self) -> AggregateForm:
        """The game in aggregate form."""
        base = self.local_data.sum(axis=-1)
        return AggregateForm(
            gain=self.gain,
            base=base if np.ndim(base) else float(base),  # plain floats are faster
            weight=self.value - self.harm,
            quality=self.quality,
            upper=self.max_contribution,
            linear=-self.unit_cost,
            curvature=self.quadratic_cost,
            skew=self.personal_scale * self.stake,
            data=self.local_data,
        )

    def personal_gain(self, profile: Array) -> Array:
        """Return h_n(x_n), shape (..., N); 0 for an organization without data."""
        return -fraction(self.personal_scale, self.local_data + profile, 1)

    def personal_slope(self, profile: Array) -> Array:
        """Return h_n′(x_n), shape (..., N)."""
        return fraction(self.personal_scale, self.local_data + profile, 2)

    def gains_at(self, profile: Array) -> Array:
        """Return everybody's gain P(Ω) + h_n(x_n), shape (..., N)."""
        return each(self.gain.value(self.form.aggregate(profile))) + self.personal_gain(profile)

    def cost(self, profile: Array) -> Array:
        """Return c_n(x_n), shape (..., N), fixed cost included."""
        return costs(profile, self.unit_cost, self.quadratic_cost, self.fixed_cost)

    def payoff_terms(self, profile: ArrayLike) -> tuple[Array, Array, Array, Array]:
        """Return value × gain, −cost, −damage, −rivalry, each of shape (..., N)."""
        x = np.asarray(profile, dtype=float)
        omega = each(self.form.aggregate(x))
        gain = shared = self.gain.value(omega)
        damage = rivalry = np.zeros(x.shape)
        if self.harmed and self.counts == "gains":
            damage = -self.harm * shared
        elif self.harmed:
            without = np.maximum(omega - self.quality * x, each(self.form.base))
            change = self.gain.value(without) - shared
            damage = np.where(self.harm > 0, self.harm * change, 0.0)
        if self.form.personal:
            personal = self.personal_gain(x)
            gain = shared + personal
            rivalry = self.rivalry_sums * personal - self.rivalry.weigh(personal)
            if self.counts == "gains":
                damage = damage - self.damage.weigh(self.value * personal)
        return self.value * gain, -self.cost(x), damage, rivalry

    def payoffs(self, profile: ArrayLike) -> Array:
        """Return U_n, money, shape (..., N)."""
        gain, cost, damage, rivalry = self.payoff_terms(profile)
        return gain + cost + damage + rivalry

    def payoff_sizes(self, profile: Array) -> Array:
        """Return the largest single term of each payoff, shape (..., N)."""
        return np.max(np.abs(self.payoff_terms(profile)), axis=0)

    def welfare_sizes(self, profile: Array) -> Array:
        """Return the sum of the absolute terms of the welfare, shape (...)."""
        return np.sum([np.abs(term).sum(axis=-1) for term in self.payoff_terms(profile)], axis=0)

    def kept(self, profile: Array) -> Array:
        """Return R_n P′(Ω − q_n x_n): what a sample of all others saves n of damage."""
        if not self.spared.any():
            return np.zeros_like(profile)
        slope = self.gain.slope(self.form.without(profile))  # may be infinite without data
        return np.where(self.spared > 0, self.spared * slope, 0.0)

    def welfare_gradient(self, profile: Array) -> Array:
        """Return ∂W/∂x_n, shape (..., N): the marginal payoff plus what it does to all others."""
        worth = self.value.sum(axis=-1) - self.harm.sum(axis=-1)
        shared = each(worth * self.gain.slope(self.form.aggregate(profile)))
        kept = self.kept(profile)
        others = kept.sum(axis=-1, keepdims=True) - kept
        marginal_cost = self.unit_cost + self.quadratic_cost * profile
        own = self.social_stake * self.personal_slope(profile)
        return np.asarray(self.quality * (shared + others) + own - marginal_cost)


@dataclass(frozen=True, eq=False, init=False)
class CoopetitionRound(RoundFormulas, AggregativeGame):
    """One training round among competing organizations.

    Parameters
    ----------
    gain : GainCurve
        P, in performance units; concave.
    local_data, max_contribution : shape (N,)
        D and X, samples; a scalar is for all.
    value : scalar or shape (N,)
        p, money per unit of gain.
    unit_cost, quadratic_cost, fixed_cost : scalar or shape (N,)
        a, b, c0: money per sample, per sample², and per round.
    quality : scalar or shape (N,)
        q ∈ (0, 1], effective real samples per synthetic one.
    skew : scalar or shape (N,)
        δ ∈ [0, 2], L1 distance of the organization's label law from the coalition's.
    personal_weight : float
        B, performance units per unit of skew.
    damage, rivalry : scalar, matrix (rows = who loses), scipy sparse matrix or `Competition`
        ρ (dimensionless) and σ (money per unit of gain); zero diagonal.
    counts : "contributions" or "gains"
        Whether damage is counted from what a contribution brings rivals, or from their whole
        gain, as markets do. Damage may be negative, a help, where gains count.
    organizations : names, optional

    Raises
    ------
    InvalidInputError
        Naming the organization and the field, for NaN, negative, infinite or misshapen input, a
        gain that is not concave, or one that is infinite at no data.

    Examples
    --------
    >>> from coopetition import PowerGain
    >>> game = CoopetitionRound(
    ...     gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0] * 6, max_contribution=20_000.0,
    ...     value=1000.0, unit_cost=0.001, quadratic_cost=2e-6, damage=0.08)
    >>> game.weights.round(1).tolist()
    [600.0, 600.0, 600.0, 600.0, 600.0, 600.0]
    >>> game.payoffs([270.51] * 6).round(3).tolist()[:2]
    [921.419, 921.419]
    """

    organizations: tuple[str, ...]

    def __init__(
        self,
        *,
        gain: GainCurve,
        local_data: ArrayLike,
        max_contribution: ArrayLike,
        value: ArrayLike,
        unit_cost: ArrayLike = 0.0,
        quadratic_cost: ArrayLike = 0.0,
        fixed_cost: ArrayLike = 0.0,
        quality: ArrayLike = 1.0,
        skew: ArrayLike = 0.0,
        personal_weight: float = 0.0,
        damage: Any = 0.0,
        rivalry: Any = 0.0,
        counts: DamageCounts = "contributions",
        organizations: Sequence[str] | None = None,
    ) -> None:
        if counts not in ("contributions", "gains"):
            raise InvalidInputError(f"`counts` must be contributions or gains, got {counts!r:.40}")
        if not isinstance(gain, GainCurve):
            raise InvalidInputError(f"`gain` must be a GainCurve, got {gain!r}")
        positive("personal_weight", personal_weight, zero=True)
        names = names_of(organizations, local_data)
        fields: dict[str, Any] = {"gain": gain, "organizations": names}
        columns = {
            "local_data": local_data,
            "max_contribution": max_contribution,
            "value": value,
            "unit_cost": unit_cost,
            "quadratic_cost": quadratic_cost,
            "fixed_cost": fixed_cost,
            "quality": quality,
            "skew": skew,
        }
        fields |= {name: column(name, given, names) for name, given in columns.items()}
        fields["personal_weight"] = float(personal_weight)
        fields["counts"] = counts
        fields["damage"] = as_competition(damage, names, "damage", signed=counts == "gains")
        fields["rivalry"] = as_competition(rivalry, names, "rivalry")
        for name, value_ in fields.items():
            object.__setattr__(self, name, value_)
        _check_gain(self)

    @property
    def players(self) -> tuple[str, ...]:
        """The organizations' names."""
        return self.organizations

    @property
    def spaces(self) -> Box:
        """Contributions: [0, max_contribution]."""
        return Box(np.zeros_like(self.max_contribution), self.max_contribution)

    def welfare_scale(self, profile: Array) -> float:
        """Return the sum of the absolute terms of the welfare."""
        return float(self.welfare_sizes(profile))

    def replace(self, **fields: Any) -> Self:
        """Return a round with some fields changed, validated again.

        Examples
        --------
        >>> from coopetition import PowerGain
        >>> game = CoopetitionRound(
        ...     gain=PowerGain(1, 2, 0.35), local_data=[1500, 900], max_contribution=10, value=1)
        >>> game.replace(damage=0.5).weights.tolist()
        [0.5, 0.5]
        """
        return replace(self, **fields)

    def among(self, members: ArrayLike) -> Self:
        """Return the round among some organizations only (indices), the others gone."""
        index = np.asarray(members, dtype=int)
        return self.replace(
            organizations=tuple(self.organizations[n] for n in index),
            damage=self.damage.among(index),
            rivalry=self.rivalry.among(index),
            **{name: getattr(self, name)[index] for name in COLUMNS},
        )


def refuse_beyond(game: CoopetitionRound, known: Collection[str], what: str) -> None:
    """Refuse a round with a number that some formulas do not know, unless it is at its default."""
    for name in COLUMNS.keys() - set(known):
        if (getattr(game, name) != (COLUMNS[name].default or 0.0)).any():
            raise UnsupportedGameError(f"{what} do not know the number `{name}` of an organization")


def _check_gain(game: CoopetitionRound) -> None:
    """Refuse a gain that is unknown, infinite or not concave where the round can reach."""
    low = float(game.local_data.sum())
    high = low + float(game.quality @ game.max_contribution)
    if not np.isfinite(high):
        raise InvalidInputError("`local_data` and `max_contribution` must have a finite sum")
    check_known("gain", game.gain, low, high)
    bare = low == 0 and not game.gain.finite_at_zero
    if bare and (high == 0 or game.harm.any() or not game.value.all()):
        raise InvalidInputError(
            "`gain` is infinite without data and `local_data` is 0 everywhere: "
            "give the curve an `offset`, or some organization data"
        )
    check_concave("gain", game.gain, low, high)
