"""The conditions of a variational inequality over a box with rows g(x) ≤ 0, in units of the box.

With prices λ ≥ 0, F(x) + ∇g(x)ᵀλ is 0 inside, not negative at lower and not positive at upper
bounds, and λ is 0 where a constraint does not bind. With z = (x, λ) and G(z) = (F + ∇gᵀλ, −g) these
say that the natural residual z − Π(z − G(z)) is 0, Π the projection on box and prices ≥ 0.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from coopetition.games.arrays import Array, Index
from coopetition.games.base import Box
from coopetition.solvers.variational.joint import Joint

CLOSE = 1e-9  # of its interval: a contribution that near to a bound counts as held by it
Field = Callable[[Array], Array]


@dataclass(frozen=True, slots=True)
class Conditions:
    """The conditions in units of the box, and prices in units that make both alike."""

    field: Field
    rows: Joint
    box: Box
    width: Array
    size: float
    reach: Array

    def operator(self, z: Array) -> Array:
        """Return G(z)."""
        x, prices = self.profile(z), z[self.width.size :]
        pull = self.field(x) * self.width / self.size
        return np.concatenate((pull + prices @ self.slope(x), -self.rows.value(x) / self.reach))

    def slope(self, x: Array) -> Array:
        """Return ∇g in these units; shape (K, N)."""
        return np.asarray(self.rows.gradient(x) * self.width / self.reach[:, None])

    def profile(self, z: Array) -> Array:
        """Return the contributions in z; those at an upper bound exactly so."""
        return self.box.project(self.box.lower + self.width * z[: self.width.size])

    def prices(self, z: Array) -> Array:
        """Return the shadow prices in z, money per unit of the constraint."""
        return z[self.width.size :] * self.size / self.reach

    def project(self, z: Array) -> Array:
        """Return Π(z)."""
        ceiling = np.full(z.size, np.inf)
        ceiling[: self.width.size] = (self.box.upper - self.box.lower) / self.width
        return np.clip(z, 0.0, ceiling)

    def residual(self, z: Array) -> float:
        """Return ‖z − Π(z − G(z))‖."""
        return float(np.linalg.norm(z - self.project(z - self.operator(z))))

    def slopes(self, z: Array) -> Array:
        """Return ∂G/∂z."""
        size, x = self.width.size, self.profile(z)
        slope = self.slope(x)
        prices = self.prices(z)

        def pull(at: Array) -> Array:
            return np.asarray(self.field(at) + prices @ self.rows.gradient(at))

        bend = jacobian(pull, self.box, x, np.arange(size))
        bend *= self.width[:, None] * self.width / self.size
        corner = np.zeros((slope.shape[0], slope.shape[0]))
        return np.block([[bend, slope.T], [-slope, corner]])


def jacobian(field: Field, box: Box, x: Array, columns: Index) -> Array:
    """Return ∂F/∂x for some columns by central differences inside the box; shape (N, C)."""
    found = np.zeros((x.size, len(columns)))
    for place, n in enumerate(columns):
        ends = []
        for sign in (1.0, -1.0):
            y = x.copy()
            y[n] += sign * 1e-5 * (box.upper[n] - box.lower[n])
            ends.append(box.project(y))
        apart = ends[0][n] - ends[1][n]
        if apart > 0:
            found[:, place] = (field(ends[0]) - field(ends[1])) / apart
    return found


def mistakes(field: Field, rows: Joint, box: Box, x: Array, prices: Array) -> tuple[float, float]:
    """Return (‖e‖, c): what first-order conditions and complementarity miss at x with prices."""
    pull = field(x) + prices @ rows.gradient(x)
    left = np.where(pull > 0, x - box.lower, box.upper - x)  # the way that payoffs rise, closed
    held = left <= CLOSE * (box.upper - box.lower)
    miss = float(np.linalg.norm(np.where(held, 0.0, pull)))
    loose = float(np.sum(np.where(held, np.abs(pull) * left, 0.0)))
    return miss, loose + float(prices @ np.maximum(-rows.value(x), 0.0))
