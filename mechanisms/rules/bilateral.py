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

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.base import Game
from coopetition.games.coopetition.competition import Competition
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError, UnsupportedGameError
from coopetition.mechanisms.rules.transfers import SeparableRule

# Bilateral contracts: prices and fines between chosen pairs, zero-sum pair by pair.
#
#     t_n = Σ_m (π_nm x_n − π_mn x_m) − φ_n + Σ_m s_mn φ_m,   φ_n = (η_n/2)(x_n − x_n°)²
#
# π_nm is what m pays n for a unit of n's contribution; n's fine φ_n goes to the others by
# the shares s_n. Linear but for the fines, so that potential and concavity are kept. The target x°
# is an equilibrium where Σ_m π_nm is what n's marginal payoff lacks there.


@dataclass(frozen=True, slots=True, eq=False)
class Contracts(SeparableRule):
    """The rule of this module.

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
    def slope(self) -> Array:
        """Σ_m π_nm + η_n x_n°."""
        return self.price + self.sharpening * self.target

    @property
    def bend(self) -> Array:
        """η_n."""
        return self.sharpening

    @property
    def leak(self) -> Array:
        """Zeros: every payment has a payer and a payee."""
        return np.zeros_like(self.target)

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


def contracts(
    price: ArrayLike,
    partners: ArrayLike,
    *,
    target: ArrayLike,
    sharpening: ArrayLike | None = None,
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
class BilateralPrices(SeparableRule):
    """π_nm = quality_n marginal_m − rivalry_mn personal_n + extra_n/(N − 1), and sharpening η."""

    quality: Array
    marginal: Array
    personal: Array
    rivalry: Competition
    extra: Array
    sharpening: Array
    target: Array

    @property
    def price(self) -> Array:
        """τ_n, what n receives for a unit of its contribution, shape (N,)."""
        shared = self.quality * (self.marginal.sum() - self.marginal)
        return shared - self.rivalry.column_sums * self.personal + self.extra

    @property
    def slope(self) -> Array:
        """τ_n + η_n x_n°."""
        return self.price + self.sharpening * self.target

    @property
    def bend(self) -> Array:
        """η_n."""
        return self.sharpening

    @property
    def leak(self) -> Array:
        """Zeros: every payment has a payer and a payee."""
        return np.zeros_like(self.target)

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
        others = max(self.target.size - 1, 1)
        brought = self.quality * x
        paid = self.marginal * (brought.sum(axis=-1, keepdims=True) - brought)
        paid = paid - self.rivalry.weigh(self.personal * x)
        spread = self.extra * x
        fine = 0.5 * self.sharpening * (x - self.target) ** 2
        paid = paid + (spread.sum(axis=-1, keepdims=True) - spread) / others
        received = (fine.sum(axis=-1, keepdims=True) - fine) / others
        return self.price * x - paid - fine + received


def bilateral_prices(game: Game, *, target: ArrayLike, sharpen: bool = True) -> BilateralPrices:
    """Make the bilateral prices that implement a target profile, usually the planner's.

    Parameters
    ----------
    target : shape (N,)
        The profile to become an equilibrium.
    sharpen : bool
        Add the quadratic payment where an own term is not strictly concave or w_n < 0.

    Raises
    ------
    UnsupportedGameError
        If the game is not a `CoopetitionRound`.
    InvalidInputError
        If the target is no profile, or leaves no data where the gain's slope is infinite.

    Examples
    --------
    >>> from coopetition.games.coopetition.gain import PowerGain
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.35), local_data=[1500, 900],
    ...     max_contribution=4000, value=1000, quadratic_cost=1e-5)
    >>> rule = bilateral_prices(game, target=[2000.0, 1000.0])
    >>> (rule.price + game.marginal_payoffs([2000.0, 1000.0])).round(12).tolist()
    [0.0, 0.0]
    """
    if not isinstance(game, CoopetitionRound):
        raise UnsupportedGameError(
            f"bilateral_prices() needs a CoopetitionRound, got {type(game).__name__}"
        )
    z = game.checked(target)
    omega = game.form.aggregate(z)
    if not np.isfinite(game.gain.slope(omega)):
        raise InvalidInputError("`target` leaves no data, where the gain's slope is infinite")
    without = np.maximum(omega - game.quality * z, game.form.base)
    kept = np.zeros_like(z)
    if game.harm.any():  # then the round has data, and all slopes are finite
        kept = game.harm * game.gain.slope(without)
    total = game.local_data + z
    personal = np.divide(
        game.personal_scale, total**2, out=np.zeros_like(total), where=game.personal_scale > 0
    )
    rule = BilateralPrices(
        quality=game.quality,
        marginal=game.form.weight * game.gain.slope(omega) + kept,
        personal=personal,
        rivalry=game.rivalry,
        extra=np.zeros_like(z),
        sharpening=_sharpening(game, z) if sharpen else np.zeros_like(z),
        target=z,
    )
    return _aligned(game, rule)


def _aligned(game: CoopetitionRound, rule: BilateralPrices) -> BilateralPrices:
    """Add to each price what makes the target stationary; nothing alone, or at a willing bound."""
    z = rule.target
    left = game.marginal_payoffs(z) + rule.price
    left = np.where(z <= 0, np.maximum(left, 0.0), left)
    left = np.where((z >= game.max_contribution) & (z > 0), np.minimum(left, 0.0), left)
    alone = z.size == 1
    nothing = np.zeros_like(z)
    return BilateralPrices(
        quality=rule.quality,
        marginal=nothing if alone else rule.marginal,
        personal=rule.personal,
        rivalry=rule.rivalry,
        extra=nothing if alone else -left,
        sharpening=nothing if alone else rule.sharpening,
        target=z,
    )


def _sharpening(game: CoopetitionRound, z: Array) -> Array:
    """Return η: the natural curvature of n's stake in the model, where its own term has none.

    A saturated gain has none that solvers could feel: not below a share of the curvature by which
    n's stake, or its cost, would bend over all that it can contribute.
    """
    form = game.form
    flat = (form.curvature == 0) & (form.skew == 0)
    needed = (flat | (form.weight < 0)) & (form.upper > 0)
    eta = np.zeros_like(z)
    omega = float(form.aggregate(z))
    for n in np.flatnonzero(needed):
        rest = max(omega - float(form.quality[n] * z[n]), form.base)
        bend = float(form.gain.steepest(rest, rest + float(form.quality[n] * form.upper[n])))
        size = abs(float(form.weight[n])) if form.weight[n] else float(game.value[n])
        natural = size * float(form.quality[n]) ** 2 * bend
        top = float(form.upper[n])
        own = max(float(abs(form.linear[n])) * top, float(game.value[n])) / top**2
        eta[n] = max(natural, _FAINT * own) if 0 < natural < np.inf else own
    return eta
