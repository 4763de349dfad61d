"""Bilateral contracts: prices and fines between chosen pairs, zero-sum pair by pair.

    t_n = Σ_m (π_nm x_n − π_mn x_m) − φ_n + Σ_m s_mn φ_m,   φ_n = (η_n/2)(x_n − x_n°)²

π_nm is what m pays n for a unit of n's contribution; n's fine φ_n goes to the others by the shares
s_n. Linear but for the fines, so that potential and concavity are kept. The target x° is an
equilibrium where Σ_m π_nm is what n's marginal payoff lacks there.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.base import Game
from coopetition.games.errors import InvalidInputError
from coopetition.games.gain import Array
from coopetition.mechanisms.transfers import SeparableRule


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
