"""Two families of gains by organization whose curvature in one contribution has a known sign.

Both count contributions in shares v_n = x_n/unit_n. So best responses to them are exact.
"""

from dataclasses import dataclass

import numpy as np

from coopetition.games.arrays import Array

FLOOR = 0.05  # below it a curve goes on as its tangent: no pole


@dataclass(frozen=True, slots=True, eq=False)
class TransferGains:
    """G_m = level_m + scale_m h(z_m), z_m = 1 + Σ_n weight_mn v_n, h(z) = (1 − z^−e_m)/e_m.

    How much a contribution of n counts for m. h is concave, and goes on as its tangent
    below z = 0.05.

    Parameters
    ----------
    level, scale, exponent : shape (N,)
        Performance units; e is positive.
    weight : shape (N, N), of any sign
    unit : shape (N,)
        Contributions that count as one, for example the largest.

    Examples
    --------
    >>> gains = TransferGains(np.zeros(2), np.ones(2), np.full(2, 0.5),
    ...     np.array([[3.0, 1.0], [0.0, 3.0]]), np.array([100.0, 100.0]))
    >>> gains(np.array([100.0, 0.0])).tolist(), gains.bends.tolist()
    ([1.0, 0.0], [[-1.0, -1.0], [0.0, -1.0]])
    """

    level: Array
    scale: Array
    exponent: Array
    weight: Array
    unit: Array

    def _curve(self, profiles: Array) -> tuple[Array, Array]:
        """Return h and h′ at the organizations' z."""
        z = 1.0 + (profiles / self.unit) @ self.weight.T
        inside = np.maximum(z, FLOOR)
        power = inside**-self.exponent
        slope = power / inside
        return (1.0 - power) / self.exponent + slope * (z - inside), slope

    def __call__(self, profiles: Array) -> Array:
        """Return the gains, shape (..., N)."""
        return self.level + self.scale * self._curve(profiles)[0]

    def gradient(self, profiles: Array) -> Array:
        """Return ∂G_m/∂x_n, shape (..., N, N), rows m."""
        slope = self.scale * self._curve(profiles)[1]
        return np.asarray(slope[..., None] * (self.weight / self.unit))

    @property
    def bends(self) -> Array:
        """The sign of G_m's curvature in x_n, shape (N, N)."""
        return np.where(self.weight != 0, -np.sign(self.scale)[:, None], 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class SeparableGains:
    """G_m = level_m + Σ_n effect_mn log(1 + k v_n)/log(1 + k).

    Parameters
    ----------
    level : shape (N,)
        Performance units.
    effect : shape (N, N), of any sign
        What a whole unit of n brings m.
    steepness : float
        k > 0.
    unit : shape (N,)
        Contributions that count as one, for example the largest.

    Examples
    --------
    >>> gains = SeparableGains(np.zeros(2), np.array([[0.2, 0.1], [-0.1, 0.3]]), 4.0, np.ones(2))
    >>> gains(np.array([1.0, 0.0])).tolist(), gains.bends.tolist()
    ([0.2, -0.1], [[-1.0, -1.0], [1.0, -1.0]])
    """

    level: Array
    effect: Array
    steepness: float
    unit: Array

    def __call__(self, profiles: Array) -> Array:
        """Return the gains, shape (..., N)."""
        grown = np.log1p(self.steepness * profiles / self.unit) / np.log1p(self.steepness)
        return np.asarray(self.level + grown @ self.effect.T)

    def gradient(self, profiles: Array) -> Array:
        """Return ∂G_m/∂x_n, shape (..., N, N), rows m."""
        growth = self.steepness / (self.unit + self.steepness * profiles)
        return np.asarray(growth[..., None, :] / np.log1p(self.steepness) * self.effect)

    @property
    def bends(self) -> Array:
        """The sign of G_m's curvature in x_n, shape (N, N)."""
        return -np.sign(self.effect)
