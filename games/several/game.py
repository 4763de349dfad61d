"""Games with several aggregates: one contribution feeds K kinds of data, each with its own gain.

Kinds are label classes, quality tiers, modalities. A unit that n contributes brings q_nk effective
samples of kind k, so that Ω_k = Σ_m (D_mk + q_mk x_m), and with P(x) = Σ_k P_k(Ω_k), in money,

    U_n = p_n P(x) − c_n(x_n) − R_n [P(x) − P(0, x_−n)],   R_n = Σ_m ρ_nm p_m

the coopetition round's payoff, whose single gain is replaced by the sum. Where all weights
w_n = p_n − R_n are positive, Φ = P − Σ c_m/w_m is a weighted potential.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.base import Box, PotentialGame
from coopetition.games.checks import number_array
from coopetition.games.coopetition.best_response import first_order
from coopetition.games.coopetition.columns import LARGEST
from coopetition.games.coopetition.competition import Competition, as_competition
from coopetition.games.coopetition.gain import GainCurve
from coopetition.games.coopetition.gain.curve import check_concave, check_known
from coopetition.games.coopetition.round import names_of
from coopetition.games.errors import InvalidInputError, UnsupportedGameError


def numbers(name: str, given: ArrayLike, shape: tuple[int, ...], names: tuple[str, ...]) -> Array:
    """Return an array of finite numbers, refusing what the field's rule forbids."""
    cap = 1.0 if name == "quality" else LARGEST
    low = -LARGEST if name == "unit_cost" else 0.0
    size = " × ".join(str(n) for n in shape)
    array = number_array(name, given, shape, f"a number or {size} numbers")
    bad = ~((array >= low) & (array <= cap))
    if bad.any():
        n = int(np.argmax(bad.reshape(len(names), -1).any(axis=1)))
        rule = f"at most {cap:g}" if low else f"between 0 and {cap:g}"
        raise InvalidInputError(f"`{name}` of {names[n]} must be {rule}, got {array[bad][0]:g}")
    array.flags.writeable = False
    return array


def check_gain(k: int, gain: GainCurve, low: float, high: float) -> None:
    """Refuse a gain that is unknown, infinite or not concave where the game can reach."""
    check_known(f"gains[{k}]", gain, low, high)
    if low == 0 and not gain.finite_at_zero:
        raise InvalidInputError(
            f"`gains[{k}]` is infinite without data and `local_data` has none of kind {k}: give "
            "the curve an `offset`, or some organization data"
        )
    check_concave(f"gains[{k}]", gain, low, high)


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
    >>> from coopetition import PowerGain
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


# Bounds of regrets by the slopes of payoffs.
#
# Where w_n ≥ 0 a payoff is concave in the player's own contribution and lies below its tangents.
# Where w_n < 0 the shared part is convex: its slope is least with nothing and largest with all that
# the player could contribute, which settles a dominant 0 but not every profile.


OwnPayoff = Callable[[Array], Array]


def concave_regrets(
    slope: OwnPayoff, gained: OwnPayoff, x: Array, box: Box, tolerance: Array
) -> tuple[Array, Array, Array]:
    """Return (regret bound, deviation, its gain) for each player, shape (N,).

    Where the tangent at x does not settle it, each slope is bisected; the tangent at the bracket's
    lower end bounds what lies between its ends.

    Parameters
    ----------
    slope, gained : functions of y, shape (N,)
        ∂U_n/∂x_n and U_n − U_n(x) at (y_n, x_−n), each player alone moving to y_n.

    Examples
    --------
    >>> box = Box(np.zeros(2), np.array([10.0, 1.0]))
    >>> bound, where, gained = concave_regrets(
    ...     lambda y: 2 * (3 - y), lambda y: 9 - (y - 3) ** 2, np.zeros(2), box, np.zeros(2))
    >>> bound.round(9).tolist(), where.round(9).tolist(), gained.round(9).tolist()
    ([9.0, 5.0], [3.0, 1.0], [9.0, 5.0])
    """
    bound = first_order(slope(x), x, box)
    if (bound <= tolerance).all():
        return bound, x, np.zeros_like(x)
    low, high = box.lower.copy(), box.upper.copy()
    for end in (low, high):  # an end that is a best response closes the bracket
        rise = slope(end)
        low, high = np.where(rise >= 0, end, low), np.where(rise <= 0, end, high)
        high = np.maximum(low, high)
    for _ in range(100):
        middle = low + 0.5 * (high - low)
        if not ((middle > low) & (middle < high)).any():
            break
        rise = slope(middle)
        low, high = np.where(rise >= 0, middle, low), np.where(rise <= 0, middle, high)
    gain = np.where(low == x, 0.0, gained(low))
    with np.errstate(invalid="ignore"):
        tangent = np.where(low == x, 0.0, slope(x) * (low - x))
        beyond = np.where(high > low, np.maximum(slope(low), 0.0) * (high - low), 0.0)
    near = np.maximum(np.fmin(gain, tangent), 0.0)  # the tangent where values are their rounding
    return np.fmin(bound, near + beyond), low, gain


def regrets_of_several(
    game: "SeveralAggregatesGame", x: Array, box: Box, tolerance: Array
) -> tuple[Array, Array, Array, str] | None:
    """Return (regret bound, deviation, its gain, how), or None where nothing is bounded."""

    def slope(y: Array) -> Array:
        own = game.unit_cost + game.quadratic_cost * y
        return game.weights * _slope_alone(game, x, y) - own

    def gained(y: Array) -> Array:
        own = (x - y) * (game.unit_cost + 0.5 * game.quadratic_cost * (x + y))
        return game.weights * _change_alone(game, x, y) + own

    bound, where, gain = concave_regrets(slope, gained, x, box, tolerance)
    negative = (game.weights < 0) & (box.upper > box.lower)
    if not negative.any():
        return bound, where, gain, "concavity bound"
    up = game.weights * _slope_alone(game, x, box.upper) - game.unit_cost
    down = game.weights * _slope_alone(game, x, box.lower) - game.unit_cost
    rise = np.maximum(up, 0.0) * (box.upper - x)
    fall = np.maximum(game.quadratic_cost * x - down, 0.0) * (x - box.lower)
    bound = np.where(negative, np.maximum(rise, fall), bound)
    if (bound > tolerance)[negative].any():
        return None
    where, gain = np.where(negative, x, where), np.where(negative, 0.0, gain)
    return bound, where, gain, "concavity bound, dominance where a weight is negative"


def _slope_alone(game: "SeveralAggregatesGame", x: Array, y: Array) -> Array:
    """Return Σ_k q_nk P_k′ where n alone changes from x_n to y_n, shape (N,)."""
    omega, found = game.aggregates(x), np.zeros_like(x)
    for k, gain in enumerate(game.gains):  # kind by kind: no table of the size of q
        there = omega[k] + game.quality[:, k] * (y - x)
        found += game.quality[:, k] * gain.slope(np.maximum(there, game.base[k]))
    return found


def _change_alone(game: "SeveralAggregatesGame", x: Array, y: Array) -> Array:
    """Return Σ_k P_k there less Σ_k P_k here where n alone changes from x_n to y_n."""
    omega, found = game.aggregates(x), np.zeros_like(x)
    for k, gain in enumerate(game.gains):
        there = omega[k] + game.quality[:, k] * (y - x)
        found += gain.rise(omega[k], np.maximum(there, game.base[k]) - omega[k])
    return found
