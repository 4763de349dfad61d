"""The round in which everybody's own gain was measured.

Organization n contributes x_n ∈ [0, X_n]; m's model is worth G_m(x), which may be another function
for everybody. With value p, cost c_n = a_n x + b_n x²/2 + c0_n, damage ρ and rivalry σ the payoff
is, in money,

    U_n = p_n G_n(x) − c_n(x_n) − Σ_m ρ_nm p_m [G_m(x) − G_m(0, x_−n)] − Σ_m σ_nm (G_m − G_n)
        = Σ_m A_nm G_m(x) − c_n(x_n) + what n cannot influence,
    A_nn = p_n + Σ_m σ_nm,    A_nm = −ρ_nm p_m − σ_nm.

The bracket is what n's contributions bring its rivals; where `counts` is "gains" it is G_m(x):
rivals' whole gains hurt. A is the same, and so is everybody's best response. Where all G_m are one
curve of Σ (D_m + q_m x_m), this is a `CoopetitionRound`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array, Index
from coopetition.games.base import Box, Game
from coopetition.games.checks import number_array
from coopetition.games.coopetition.competition import Competition, DamageCounts, as_competition
from coopetition.games.coopetition.round import CoopetitionRound, column, costs, names_of
from coopetition.games.errors import InvalidInputError, UnsupportedGameError
from coopetition.games.measured.form import GainForm, GameOfGains
from coopetition.games.measured.gains import OwnGains, as_bends, check_gains


@dataclass(frozen=True, eq=False, init=False)
class MeasuredGame(GameOfGains):
    """A training round in which everybody's own gain is a function of all contributions.

    Parameters
    ----------
    gains : function
        Profiles of shape (K, N) to everybody's gain, the same shape, performance units. Where it
        has attributes `gradient` and `bends`, they are taken.
    max_contribution : scalar or shape (N,)
        X, samples.
    value : scalar or shape (N,)
        p, money per unit of gain.
    unit_cost, quadratic_cost, fixed_cost : scalar or shape (N,)
        a, b, c0: money per sample, per sample², and per round.
    damage, rivalry : scalar, matrix (rows = who loses), scipy sparse matrix or `Competition`
        ρ (dimensionless) and σ (money per unit of gain); zero diagonal.
    counts : "contributions" or "gains"
        Whether damage is counted from what a contribution brings rivals, or from their whole gain.
    baseline : scalar or shape (N,)
        What `gains` return where nothing is gained; taken off.
    gradient : function, optional
        Profiles of shape (K, N) to ∂G_m/∂x_n, shape (K, N, N), rows m. Default: differences.
    bends : scalar or shape (N, N), optional
        The user's word on the sign of G_m's curvature in x_n alone: −1 concave, 1 convex, 0 linear,
        rows m. Certificates are then upper bounds that rest on it. Refused where random
        contributions contradict it.
    organizations : names, optional

    Raises
    ------
    InvalidInputError
        Naming the organization and the field, for NaN, negative, infinite or misshapen input, gains
        that are not finite, slopes that are not theirs.

    Examples
    --------
    >>> def gains(x):  # South's rows help North; North's rows hurt South
    ...     north, south = x[..., 0], x[..., 1]
    ...     return np.stack([np.log1p(north + south), np.log1p(south) - 0.1 * north], axis=-1)
    >>> game = MeasuredGame(gains=gains, max_contribution=[3.0, 3.0], value=[10.0, 8.0],
    ...     unit_cost=2.0, damage=0.1, organizations=["North", "South"])
    >>> game.payoffs([1.0, 2.0]).round(4).tolist()
    [11.9429, 3.2958]
    >>> game.form.stakes.tolist()
    [[10.0, -0.8], [-1.0, 8.0]]
    """

    gains: Callable[[Array], Any]
    max_contribution: Array
    value: Array
    unit_cost: Array
    quadratic_cost: Array
    fixed_cost: Array
    damage: Competition
    rivalry: Competition
    counts: DamageCounts
    baseline: Array
    gradient: Callable[[Array], Any] | None
    bends: ArrayLike | None
    organizations: tuple[str, ...]

    def __init__(
        self,
        *,
        gains: Callable[[Array], Any],
        max_contribution: ArrayLike,
        value: ArrayLike,
        unit_cost: ArrayLike = 0.0,
        quadratic_cost: ArrayLike = 0.0,
        fixed_cost: ArrayLike = 0.0,
        damage: Any = 0.0,
        rivalry: Any = 0.0,
        counts: DamageCounts = "contributions",
        baseline: ArrayLike = 0.0,
        gradient: Callable[[Array], Any] | None = None,
        bends: ArrayLike | None = None,
        organizations: Sequence[str] | None = None,
    ) -> None:
        for name, function in (("gains", gains), ("gradient", gradient)):
            if not callable(function) and (function is not None or name == "gains"):
                raise InvalidInputError(f"`{name}` must be a function, got {function!r:.60}")
        if counts not in ("contributions", "gains"):
            raise InvalidInputError(f"`counts` must be contributions or gains, got {counts!r}")
        if organizations is None and (
            np.ndim(max_contribution) != 1 or not np.size(max_contribution)
        ):
            raise InvalidInputError(
                "`max_contribution` must hold one number per organization where none are named, "
                f"got {max_contribution!r:.80}"
            )
        names = names_of(organizations, max_contribution)
        columns = {
            "max_contribution": max_contribution,
            "value": value,
            "unit_cost": unit_cost,
            "quadratic_cost": quadratic_cost,
            "fixed_cost": fixed_cost,
        }
        words = f"a number or {len(names)} numbers"
        fields: dict[str, Any] = {
            **{name: column(name, given, names) for name, given in columns.items()},
            "gains": gains,
            "damage": as_competition(damage, names, "damage", signed=counts == "gains"),
            "rivalry": as_competition(rivalry, names, "rivalry"),
            "counts": counts,
            "baseline": number_array("baseline", baseline, (len(names),), words),
            "gradient": gradient,
            "bends": bends,
            "organizations": names,
        }
        if not np.isfinite(fields["baseline"]).all():
            raise InvalidInputError(f"`baseline` must be finite, got {baseline!r:.80}")
        for name, field in fields.items():
            object.__setattr__(self, name, field)
        check_gains(self.gain)

    @property
    def players(self) -> tuple[str, ...]:
        """The organizations' names."""
        return self.organizations

    @property
    def spaces(self) -> Box:
        """Contributions: [0, max_contribution]."""
        return Box(np.zeros_like(self.max_contribution), self.max_contribution)

    @cached_property
    def gain(self) -> OwnGains:
        """The gains over the baseline, checked at every call."""
        bends = self.bends
        known = getattr(self.gains, "bends", None) if bends is None else bends
        return OwnGains(
            function=self.gains,
            players=self.organizations,
            upper=self.max_contribution,
            baseline=self.baseline,
            gradient=self.gradient or getattr(self.gains, "gradient", None),
            bends=None if known is None else as_bends(known, len(self.organizations)),
            declared=bends is not None,
        )

    @cached_property
    def harm(self) -> Array:
        """ρ_nm p_m, shape (N, N): money that n loses per unit of m's gain that counts."""
        return np.asarray(self.damage.weigh(np.eye(self.value.size)).T * self.value)

    @cached_property
    def form(self) -> GainForm:
        """What organizations can influence of their payoffs."""
        envy = self.rivalry.weigh(np.eye(self.value.size)).T
        stakes = np.diag(self.value + envy.sum(axis=1)) - self.harm - envy
        return GainForm(self.gain, stakes, -self.unit_cost, self.quadratic_cost)

    def gains_at(self, profile: Array) -> Array:
        """Return everybody's gain over the baseline, shape (..., N)."""
        return self.gain(profile)

    def cost(self, profile: Array) -> Array:
        """Return c_n(x_n), shape (..., N), fixed cost included."""
        return costs(profile, self.unit_cost, self.quadratic_cost, self.fixed_cost)

    def payoff_terms(self, profile: ArrayLike) -> tuple[Array, Array, Array, Array]:
        """Return value × gain, −cost, −damage, −rivalry, each of shape (..., N)."""
        x = np.asarray(profile, dtype=float)
        gain = self.gain(x)
        rivalry = self.rivalry.row_sums * gain - self.rivalry.weigh(gain)
        damage = np.zeros_like(gain)
        hurt = np.flatnonzero(self.harm.any(axis=1))
        if hurt.size:
            theirs = gain[..., None, :]
            if self.counts == "contributions":
                theirs = theirs - self.gain(_without(x, hurt))
            damage[..., hurt] = np.einsum("...hm,hm->...h", theirs, self.harm[hurt])
        return self.value * gain, -self.cost(x), -damage, rivalry

    def payoffs(self, profile: ArrayLike) -> Array:
        """Return U_n, money, shape (..., N)."""
        gain, cost, damage, rivalry = self.payoff_terms(profile)
        return gain + cost + damage + rivalry

    def payoff(self, player: int, profile: ArrayLike) -> Array:
        """Return one organization's payoff, shape (..., N) to (...): with few evaluations."""
        x = np.asarray(profile, dtype=float)
        stake, harm = self.form.stakes[player], self.harm[player]
        found = self.gain(x) @ stake - self.cost(x)[..., player]
        if self.counts == "contributions" and harm.any():
            found = found + self.gain(_without(x, np.array([player])))[..., 0, :] @ harm
        return np.asarray(found)

    def payoff_sizes(self, profile: Array) -> Array:
        """Return the largest single term of each payoff, shape (..., N)."""
        return np.max(np.abs(self.payoff_terms(profile)), axis=0)

    def payoff_gradient(self, profile: Array) -> Array:
        """Return ∂U_m/∂x_n at one profile, shape (N, N), rows m."""
        x = np.asarray(profile, dtype=float)
        found = self.form.stakes @ self.gain.slopes(x)
        found -= np.diag(self.unit_cost + self.quadratic_cost * x)
        hurt = np.flatnonzero(self.harm.any(axis=1))
        if self.counts == "contributions" and hurt.size:
            kept = np.einsum("hm,hmn->hn", self.harm[hurt], self.gain.slopes(_without(x, hurt)))
            kept[np.arange(hurt.size), hurt] = 0.0
            found[hurt] += kept
        return np.asarray(found)

    def welfare_gradient(self, profile: Array) -> Array:
        """Return ∂W/∂x_n at one profile, shape (N,)."""
        return np.asarray(self.payoff_gradient(profile).sum(axis=0))

    def replace(self, **fields: Any) -> Self:
        """Return a round with some fields changed, validated again."""
        return replace(self, **fields)


TrainingRound = CoopetitionRound | MeasuredGame  # one curve for all, or everybody's own gain


def one_curve(game: Game, what: str) -> CoopetitionRound:
    """Return a round that has one curve of gains for all.

    Raises
    ------
    UnsupportedGameError
        If it has not, naming what needs one.
    """
    if not isinstance(game, CoopetitionRound):
        raise UnsupportedGameError(
            f"{what} need one curve of gains, a CoopetitionRound, got {type(game).__name__}: solve "
            "it again with other numbers, such as game.replace(damage=0.2)"
        )
    return game


def _without(profiles: Array, who: Index) -> Array:
    """Return profiles in which one organization each contributes nothing, shape (..., H, N)."""
    rows = np.repeat(profiles[..., None, :], who.size, axis=-2)
    rows[..., np.arange(who.size), who] = 0.0
    return rows
