"""Aggregative games: all that ties the players together is one number, the effective data Ω.

Every such game is, for player n and up to terms that n cannot influence,

    U_n = w_n P(Ω) + linear_n x_n − curvature_n x_n²/2 − skew_n / (data_n + x_n),
    Ω = base + Σ quality_m x_m,

so that Φ = P + Σ own_m / w_m is a weighted potential with weights w (all positive). If all w are
negative, −P + Σ own_m / |w_m| is one, with weights |w|. With signs mixed there is none.
"""

from abc import abstractmethod
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array, Index, each, fraction, weighted
from coopetition.games.base import PotentialGame
from coopetition.games.coopetition.gain import GainCurve
from coopetition.games.errors import UnsupportedGameError


@dataclass(frozen=True, eq=False)
class AggregateForm:
    """The arrays behind an aggregative game, each of shape (N,); see the module's formula.

    Or behind B of them: then arrays have the shape (B, N), `base` (B,), `gain` one curve per row.
    `weight` may have any sign; `quality` is positive; `curvature`, `skew` and `data` are
    non-negative, so that every own term is concave.
    """

    gain: GainCurve
    base: Any  # a float, or one number per row
    weight: Array
    quality: Array
    upper: Array
    linear: Array
    curvature: Array
    skew: Array
    data: Array

    @cached_property
    def pull(self) -> Array:
        """w·q: what a unit of gain slope is worth to each player per unit of contribution."""
        return self.weight * self.quality

    @cached_property
    def personal(self) -> bool:
        """Whether any player has a personal gain (skew)."""
        return bool(self.skew.any())

    @cached_property
    def flat(self) -> bool:
        """Whether some player who can move has an own term that is not strictly concave."""
        return bool(((self.curvature == 0) & (self.skew == 0) & (self.upper > 0)).any())

    @cached_property
    def concave(self) -> bool:
        """Whether the payoff of everybody who can move is concave in its contribution: w ≥ 0."""
        return bool(((self.weight >= 0) | (self.upper == 0)).all())

    def aggregate(self, profile: Array) -> Any:
        """Return Ω; shape (..., N) to (...)."""
        return self.base + weighted(profile, self.quality)

    def without(self, profile: Array) -> Array:
        """Return Ω without each player's own contribution, shape (..., N)."""
        return np.maximum(each(self.aggregate(profile)) - self.quality * profile, each(self.base))

    def own(self, profile: Array) -> Array:
        """Return the own terms, shape as `profile`."""
        value = profile * (self.linear - 0.5 * self.curvature * profile)
        return value + self.personal_term(profile) if self.personal else value

    def personal_term(self, profile: Array) -> Array:
        """Return −skew/(data + x), 0 where a player has no skew."""
        return -fraction(self.skew, self.data + profile, 1)

    def own_slope(self, profile: Array) -> Array:
        """Return the derivative of the own terms."""
        slope = self.linear - self.curvature * profile
        return slope + fraction(self.skew, self.data + profile, 2) if self.personal else slope

    def own_bend(self, profile: Array) -> Array:
        """Return minus the second derivative of the own terms, ≥ 0."""
        if not self.personal:
            return np.broadcast_to(self.curvature, profile.shape)
        return self.curvature + 2.0 * fraction(self.skew, self.data + profile, 3)

    def attraction(self, slope: Array) -> Array:
        """Return w·q·P′ for slopes of shape (..., N) or (..., 1); 0 where w = 0, even at P′ = ∞."""
        if np.isfinite(slope).all():
            return self.pull * slope
        with np.errstate(invalid="ignore"):
            return np.where(self.pull == 0, 0.0, self.pull * slope)

    def marginal(self, profile: Array) -> Array:
        """Return ∂U_n/∂x_n, shape (..., N)."""
        slope = each(self.gain.slope(self.aggregate(profile)))
        return self.attraction(slope) + self.own_slope(profile)

    def regret(self, profile: Array) -> Array:
        """Bound each regret where w ≥ 0, by the payoff's concavity: max(m⁺(X − x), m⁻ x)."""
        slope = self.marginal(profile)
        return np.maximum(slope * (self.upper - profile), -slope * profile)  # NaN stays NaN

    def terms(self, profile: Array) -> Array:
        """Return the sum of absolute terms of each marginal payoff: its rounding unit."""
        pull = np.abs(self.attraction(each(self.gain.slope(self.aggregate(profile)))))
        own = np.abs(self.linear) + self.curvature * profile
        return pull + own + fraction(self.skew, self.data + profile, 2)

    def own_change(self, x: Array, y: Array) -> Array:
        """Return own(y) − own(x), factored so that it vanishes with y − x."""
        rise = self.linear - 0.5 * self.curvature * (x + y)
        if self.personal:
            rise += fraction(self.skew, (self.data + x) * (self.data + y), 1)
        return (y - x) * rise

    def own_rise(self, profile: Array) -> Array:
        """Return own(y) − own(0), shape as `profile`; where own(0) is −∞, own(y)."""
        value = profile * (self.linear - 0.5 * self.curvature * profile)
        if self.personal:
            with np.errstate(divide="ignore", invalid="ignore"):
                washed = self.skew * (profile / self.data) / (self.data + profile)
                washed = np.where(self.data > 0, washed, -self.skew / profile)
            value += np.where(self.skew > 0, washed, 0.0)
        return value

    def reach(self, profile: Array) -> Array:
        """Return what each player can move of its payoff by itself at a profile, shape (..., N).

        |w| times what its interval is worth at the present slope of P, but at most what P changes
        between nobody's and everybody's contributions; and its own terms: what it spends and
        receives at present, and what skew its whole interval can wash out.
        """
        omega, top = self.aggregate(profile), self.aggregate(self.upper)
        slope: Any = self.gain.slope_pair(omega)[0]
        if not (known := np.isfinite(slope)).all():  # ∞: nobody has data, the payoff is −∞
            slope = np.where(known, slope, 0.0)
        most = self.gain.rise(omega, np.maximum(top - omega, 0.0)) + slope * (omega - self.base)
        found = np.minimum(each(slope) * self.quality * self.upper, each(most))
        found *= np.abs(self.weight)
        found += profile * (np.abs(self.linear) + 0.5 * self.curvature * profile)
        if self.personal:
            here, end = self.data + profile, self.data + self.upper
            with np.errstate(divide="ignore", invalid="ignore"):
                washed = self.skew / here * ((self.upper - profile) / end + profile / here)
            found += np.where(self.skew > 0, washed, 0.0)
        return found

    def among(self, members: Index, base: float) -> "AggregateForm":
        """Return the form of some players, at another base."""
        names = ("weight", "quality", "upper", "linear", "curvature", "skew", "data")
        return replace(self, base=base, **{name: getattr(self, name)[members] for name in names})


class AggregativeGame(PotentialGame):
    """A game with an aggregate form; potential and slopes follow from it. Abstract."""

    @property
    @abstractmethod
    def form(self) -> AggregateForm:
        """The game in aggregate form."""

    @property
    def weights(self) -> Array:
        """The weights w, shape (N,), of any sign; positive where the game has a potential."""
        return self.form.weight

    @property
    def has_potential(self) -> bool:
        """Whether all players who can move have weights of one sign, none zero."""
        moving = self.form.weight[self.form.upper > 0]
        return bool((moving > 0).all() or (moving < 0).all())

    def potential(self, profile: ArrayLike) -> Array:
        """Return the weighted potential Φ, up to a constant; shape (..., N) to (...).

        Raises
        ------
        UnsupportedGameError
            If weights of players who can move are zero or of mixed sign: there is none.
        """
        form, x = self.form, np.asarray(profile, dtype=float)
        if not self.has_potential:
            raise UnsupportedGameError(
                "weights of mixed sign or zero: the game has no weighted potential with "
                "positive weights; solve() treats it by other means"
            )
        moving = form.upper > 0
        weight = np.where(moving, np.abs(form.weight), 1.0)
        own = np.where(moving, form.own(x) / weight, 0.0)
        sign = -1.0 if (form.weight[moving] < 0).any() else 1.0
        return sign * form.gain.value(form.aggregate(x)) + own.sum(axis=-1)

    def reach(self, profile: Array) -> Array:
        """Return what each player can move of its payoff by itself at a profile, shape (N,)."""
        return self.form.reach(np.asarray(profile, dtype=float))

    def marginal_payoffs(self, profile: ArrayLike) -> Array:
        """Return ∂U_n/∂x_n, shape (..., N): money per unit of contribution."""
        return self.form.marginal(np.asarray(profile, dtype=float))

    def potential_gradient(self, profile: ArrayLike) -> Array:
        """Return ∇Φ, shape (..., N); zero for players who cannot move."""
        weight = np.where(self.form.upper > 0, np.abs(self.form.weight), np.inf)
        return self.marginal_payoffs(profile) / weight
