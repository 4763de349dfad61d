"""Bilateral prices: zero-sum payments under which a chosen profile is an equilibrium.

    t_n = Σ_m (π_nm x_n − π_mn x_m),      Σ_m π_nm = τ_n = Σ_{k≠n} ∂U_k/∂x_n at the target

Everybody pays for the marginal gain that others bring it: π_nm = ∂U_m/∂x_n. Payments sum to zero
pair by pair, at every profile; they are linear, so that potential and concavity are kept; and the
planner's optimum becomes an equilibrium if all w_n ≥ 0, the only one where own terms are strictly
concave. Where an own term is not, prices leave a continuum: then n also pays (η_n/2)(x_n − x_n°)²,
which the others receive in equal parts. With η_n ≥ |w_n| q_n² max|P″| the target stays an
equilibrium even for w_n < 0. At any other interior target τ_n = −∂U_n/∂x_n does the same. Prices
are a rank-one matrix plus the rivalry's, so that everything is O(N) for uniform competition.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array, each
from coopetition.games.base import Game
from coopetition.games.coopetition.competition import Competition
from coopetition.games.coopetition.round import CoopetitionRound, RoundFormulas
from coopetition.games.errors import InvalidInputError, UnsupportedGameError
from coopetition.games.measured.form import GameOfGains
from coopetition.mechanisms.rules.transfers import SeparableRule

# Bilateral contracts: prices and fines between chosen pairs, zero-sum pair by pair.
#
#     t_n = Σ_m (π_nm x_n − π_mn x_m) − φ_n + Σ_m s_mn φ_m,   φ_n = (η_n/2)(x_n − x_n°)²
#
# π_nm is what m pays n for a unit of n's contribution; n's fine φ_n goes to the others by
# the shares s_n. Linear except for the fines, so that potential and concavity are kept. The target
# x° is an equilibrium where Σ_m π_nm is what n's marginal payoff lacks there.


class _Sharpened(SeparableRule):
    """A price for a unit of each contribution, and a fine η_n (x_n − x_n°)²/2, between two each."""

    sharpening: Array
    target: Array

    if TYPE_CHECKING:  # a field of one, a property of the other

        @property
        def price(self) -> Array: ...

    @property
    def slope(self) -> Array:
        """The price + η_n x_n°."""
        return self.price + self.sharpening * self.target

    @property
    def bend(self) -> Array:
        """η_n."""
        return self.sharpening

    @property
    def leak(self) -> Array:
        """Zeros: every payment has a payer and a payee."""
        return np.zeros_like(self.target)


@dataclass(frozen=True, slots=True, eq=False)
class Contracts(_Sharpened):
    """Contracts between pairs: prices π and fines η around a target.

    Parameters
    ----------
    matrix : shape (N, N)
        π, money per unit of contribution; row n is what n receives, by payer; zero diagonal.
    sharpening, target : shape (N,)
        η ≥ 0 and x°.
    shares : shape (N, N)
        s: row n says who receives n's fine; rows sum to 1 where η_n > 0, zero diagonal.
    """

    matrix: Array
    sharpening: Array
    target: Array
    shares: Array

    @property
    def price(self) -> Array:
        """Σ_m π_nm, what n receives for a unit of its contribution, shape (N,)."""
        return np.asarray(self.matrix.sum(axis=1))

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """Who has a contract with whom, n < m."""
        linked = (self.matrix != 0) | ((self.shares > 0) & (self.sharpening[:, None] > 0))
        return [(int(n), int(m)) for n, m in np.argwhere(np.triu(linked | linked.T, 1))]

    def __call__(self, game: Game, profile: Array) -> Array:
        """Return t_n."""
        x = np.asarray(profile, dtype=float)
        fine = 0.5 * self.sharpening * (x - self.target) ** 2
        return self.price * x - x @ self.matrix - fine + fine @ self.shares

    def flows(self, game: Game, profile: Array) -> Array:
        """Return what the row's organization receives from the column's, shape (N, N)."""
        x = np.asarray(profile, dtype=float)
        fine = 0.5 * self.sharpening * (x - self.target) ** 2
        earned = self.matrix * x[:, None] - self.shares * fine[:, None]
        return np.asarray(earned - earned.T)


def contracts(
    price: ArrayLike, partners: ArrayLike, *, target: ArrayLike, sharpening: ArrayLike | None = None
) -> Contracts:
    """Split each organization's price, and its fine, equally among its partners.

    Parameters
    ----------
    price : shape (N,)
        τ_n, what n must receive for a unit of its contribution.
    partners : shape (N, N), booleans
        Who may contract with whom; symmetric.
    target : shape (N,)
        x°.
    sharpening : shape (N,)
        η ≥ 0; by default none.

    Raises
    ------
    InvalidInputError
        If shapes do not fit, or somebody with a price or a fine has no partner.

    Examples
    --------
    >>> chain = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], dtype=bool)
    >>> rule = contracts([0.2, 0.6, 0.0], chain, target=[10.0, 20.0, 30.0])
    >>> rule.matrix.tolist(), rule.pairs
    ([[0.0, 0.2, 0.0], [0.3, 0.0, 0.3], [0.0, 0.0, 0.0]], [(0, 1), (1, 2)])
    """
    tau, z = np.array(price, dtype=float), np.array(target, dtype=float)
    linked = np.array(partners, dtype=bool)
    eta = np.zeros_like(tau) if sharpening is None else np.array(sharpening, dtype=float)
    size = tau.size
    if not tau.shape == z.shape == eta.shape == (size,) or linked.shape != (size, size):
        raise InvalidInputError(
            f"`price`, `target` and `sharpening` must be {size} numbers and `partners` a matrix, "
            f"got shapes {tau.shape}, {z.shape}, {eta.shape} and {linked.shape}"
        )
    if (linked != linked.T).any() or linked.diagonal().any():
        raise InvalidInputError("`partners` must be symmetric, with nobody its own partner")
    count = linked.sum(axis=1)
    lonely = (count == 0) & ((tau != 0) | (eta > 0))
    if lonely.any():
        raise InvalidInputError(
            f"`partners` must give organization {int(np.argmax(lonely))} at least one: its price "
            f"is {tau[np.argmax(lonely)]:g}"
        )
    shares = linked / np.maximum(count, 1)[:, None]
    return Contracts(tau[:, None] * shares, eta, z, shares)


_FAINT = 1e-6  # of a stake's mean curvature: below it sharpening is lost in rounding


@dataclass(frozen=True, slots=True, eq=False)
class BilateralPrices(_Sharpened):
    """π_nm = quality_n marginal_m − rivalry_mn personal_n + extra_n/(N − 1), and sharpening η.

    `price` is τ_n = Σ_m π_nm, what n receives for a unit of its contribution. Arrays have the shape
    (N,), or (B, N) for the rules of many rounds.
    """

    quality: Array
    marginal: Array
    personal: Array
    rivalry: Competition
    price: Array
    extra: Array
    sharpening: Array
    target: Array

    def prices(self) -> Array:
        """Return the matrix π, shape (N, N): row n is what n receives per unit, by payer."""
        size = self.target.size
        own = np.eye(size)
        rivalry = self.rivalry.weigh(own)  # row n, column m: σ_mn
        shared = np.outer(self.quality, self.marginal) - rivalry * self.personal[:, None]
        matrix = shared + (self.extra / max(size - 1, 1))[:, None]
        return np.asarray(matrix * (1.0 - own))

    def __call__(self, game: Game, profile: Array) -> Array:
        """Return t_n."""
        x = np.asarray(profile, dtype=float)
        others = max(self.target.shape[-1] - 1, 1)
        paid = self.marginal * _others(self.quality * x)
        paid = paid - self.rivalry.weigh(self.personal * x) + _others(self.extra * x) / others
        fine = 0.5 * self.sharpening * (x - self.target) ** 2
        return self.price * x - paid - fine + _others(fine) / others

    def flows(self, game: Game, profile: Array) -> Array:
        """Return what the row's organization receives from the column's, shape (N, N)."""
        size = self.target.size
        equal = (1.0 - np.eye(size)) / max(size - 1, 1)
        pairs = Contracts(self.prices(), self.sharpening, self.target, equal)
        return pairs.flows(game, profile)


def _others(values: Array) -> Array:
    """Return what all others have together, shape (..., N)."""
    return np.asarray(values.sum(axis=-1, keepdims=True) - values)


@overload
def bilateral_prices(
    game: CoopetitionRound, *, target: ArrayLike, sharpen: bool = True
) -> BilateralPrices: ...


@overload
def bilateral_prices(
    game: GameOfGains, *, target: ArrayLike, sharpen: bool = True
) -> Contracts: ...


@overload
def bilateral_prices(
    game: Game, *, target: ArrayLike, sharpen: bool = True
) -> BilateralPrices | Contracts: ...


def bilateral_prices(
    game: Game, *, target: ArrayLike, sharpen: bool = True
) -> BilateralPrices | Contracts:
    """Make the bilateral prices that implement a target profile, usually the planner's.

    Where everybody has its own gain they are `Contracts`, made by `marginal_prices`.

    Parameters
    ----------
    target : shape (N,)
        The profile to become an equilibrium.
    sharpen : bool
        Add the quadratic payment where an own term is not strictly concave or w_n < 0.

    Raises
    ------
    UnsupportedGameError
        If the game is no `CoopetitionRound`, and players have no gains of their own.
    InvalidInputError
        If the target is no profile, or leaves no data where the gain's slope is infinite.

    Examples
    --------
    >>> from coopetition import PowerGain
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.35), local_data=[1500, 900],
    ...     max_contribution=4000, value=1000, quadratic_cost=1e-5)
    >>> rule = bilateral_prices(game, target=[2000.0, 1000.0])
    >>> (rule.price + game.marginal_payoffs([2000.0, 1000.0])).round(12).tolist()
    [0.0, 0.0]
    """
    if isinstance(game, GameOfGains):
        from coopetition.mechanisms.rules.marginal_prices import marginal_prices

        return marginal_prices(game, game.checked(target), sharpen)
    if not isinstance(game, CoopetitionRound):
        raise UnsupportedGameError(
            f"bilateral_prices() needs a CoopetitionRound, got {type(game).__name__}"
        )
    z = game.checked(target)
    if not np.isfinite(game.gain.slope(game.form.aggregate(z))):
        raise InvalidInputError("`target` leaves no data, where the gain's slope is infinite")
    return prices_at(game, z, sharpen)


def prices_at(
    rounds: RoundFormulas, target: Array, sharpen: bool = True, effect: Array | None = None
) -> BilateralPrices:
    """Return the prices of one round, or of many, at targets of shape (..., N), unchecked.

    g_m = w_m P′(Ω°) + R_m P′(Ω° − q_m x_m°) is what the model's gain is worth to m at the margin,
    and q_n Σ_{m≠n} g_m − h_n′ Σ_m σ_mn the external effect of n's contribution. The rest of
    n's marginal payoff is taken off its price, so that the target is stationary; nothing at a
    bound where n wants to be. With the external effects given, as the welfare's gradient tells
    them, payments still sum to zero: `extra` is what the parts leave of the price.
    """
    form, z = rounds.form, target
    nothing = np.zeros_like(z)
    personal = rounds.personal_slope(z)
    marginal = form.weight * each(rounds.gain.slope(form.aggregate(z))) + rounds.kept(z)
    shared, owed = rounds.quality * _others(marginal), rounds.loss.column_sums * personal
    price = shared - owed if effect is None else effect
    left = form.marginal(z) + price
    left = np.where(z <= 0, np.maximum(left, 0.0), left)
    left = np.where((z >= form.upper) & (z > 0), np.minimum(left, 0.0), left)
    price = price - left
    extra = -left if effect is None else price - shared + owed
    eta = _sharpening(rounds, z) if sharpen else nothing
    if z.shape[-1] == 1:  # nobody to pay or to be paid by
        marginal = price = extra = eta = nothing
    return BilateralPrices(
        rounds.quality, marginal, personal, rounds.loss, price, extra, eta, target
    )


def _sharpening(rounds: RoundFormulas, z: Array) -> Array:
    """Return η: the natural curvature of n's stake in the model, where its own term has none.

    |w_n| q_n² max|P″| over all that n can contribute. A saturated gain has none that solvers could
    feel: not below a share of the curvature by which n's stake, or its cost, would bend there.
    """
    form = rounds.form
    flat = (form.curvature == 0) & (form.skew == 0)
    needed = (flat | (form.weight < 0)) & (form.upper > 0)
    if not needed.any():
        return np.zeros_like(z)
    rest = form.without(z)
    bend = rounds.gain.steepest(rest, rest + form.quality * form.upper)
    size = np.where(form.weight != 0, np.abs(form.weight), rounds.value)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        natural = size * form.quality**2 * bend
        own = np.maximum(np.abs(form.linear) * form.upper, rounds.value) / form.upper**2
    felt = np.where((natural > 0) & (natural < np.inf), np.maximum(natural, _FAINT * own), own)
    return np.where(needed, felt, 0.0)
