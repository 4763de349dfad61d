"""Gains that are a power law in all rows, times what the mixture of organizations does.

    G_m = C_m − exp(η_m),    η_m = a_m + b_m log R + Σ_n c_mn φ(share_n),
    R = Σ_n (D_n + x_n),     share_n = (D_n + x_n)/R,     φ the square root, or share_n itself.

Federated averaging weights by these shares. Gains are bounded by C_m: a planner is not sent where
no loss can go. C_m, the ridge and φ (the same for everybody) are those that predict left-out
profiles best, on the gains' own scale.
"""

from dataclasses import dataclass

import numpy as np

from coopetition.games.arrays import Array
from coopetition.oracles.surrogates.gain_table import GainTable
from coopetition.oracles.surrogates.left_out import FLOOR, left_out

TOPS = (
    0.1,
    0.3,
    1.0,
    3.0,
)  # C_m over the largest gain, in units of range; the last is nearly linear
RIDGES = (3e-4, 3e-3, 3e-2, 0.3)  # per profile
_STEPS, _HALVINGS = 12, 10
_CLOSE = 1e-3  # to its ceiling a gain has no logarithm
_LARGEST = 20.0  # η in a fit, where gains are of size 1
_SMALL = 1e-9  # share, below which the square root's slope is no longer followed


@dataclass(frozen=True, slots=True, eq=False)
class ShareGains:
    """A power law in all rows times a mixture's effect; see the module's formula.

    Parameters
    ----------
    ceiling, constant, power : shape (N,)
        C, performance units; a; b, by which log R counts.
    effect : shape (N, N)
        c_mn, of any sign: positive where n's share hurts m.
    local_data : shape (N,)
        D, rows that are in anyway.
    root : bool
        Whether φ is the square root.

    Examples
    --------
    >>> gains = ShareGains(np.ones(2), np.zeros(2), np.full(2, -0.5), np.zeros((2, 2)),
    ...     np.full(2, 2.0), root=True)
    >>> gains(np.array([[0.0, 0.0], [5.0, 7.0]])).tolist()
    [[0.5, 0.5], [0.75, 0.75]]
    """

    ceiling: Array
    constant: Array
    power: Array
    effect: Array
    local_data: Array
    root: bool

    def _below(self, profiles: Array) -> tuple[Array, Array, Array]:
        """Return exp(η), shares and R."""
        rows = self.local_data + profiles
        total = rows.sum(axis=-1, keepdims=True)
        share = rows / total
        mixed = (np.sqrt(share) if self.root else share) @ self.effect.T
        return np.exp(self.constant + self.power * np.log(total) + mixed), share, total

    def __call__(self, profiles: Array) -> Array:
        """Return the gains, shape (..., N)."""
        return np.asarray(self.ceiling - self._below(profiles)[0])

    def gradient(self, profiles: Array) -> Array:
        """Return ∂G_m/∂x_n, shape (..., N, N), rows m."""
        below, share, total = self._below(profiles)
        steep = 0.5 / np.sqrt(np.maximum(share, _SMALL)) if self.root else np.ones_like(share)
        by_share = self.effect * steep[..., None, :]  # of η_m; R is not yet counted
        common = self.power - (by_share * share[..., None, :]).sum(axis=-1)
        return -below[..., None] * (common[..., None] + by_share) / total[..., None]


def fit_shares(
    table: GainTable, tops: tuple[float, ...] = TOPS, ridges: tuple[float, ...] = RIDGES
) -> tuple[ShareGains, Array]:
    """Fit the family; return it, and what it misses of left-out profiles, shape (T, N).

    The misses are linearized at the fit; ceiling, ridge and φ are kept.
    """
    fits = [_fit_all(table, root, tops, ridges) for root in (True, False)]
    gains, missed = min(fits, key=lambda fit: float(np.sum((fit[1] / table.spread) ** 2)))
    return gains, missed


def _fit_all(
    table: GainTable, root: bool, tops: tuple[float, ...], ridges: tuple[float, ...]
) -> tuple[ShareGains, Array]:
    """Fit all ceilings and ridges at once, and choose for each organization; φ is given."""
    count, size = table.profiles.shape
    rows = table.local_data + table.profiles
    total = rows.sum(axis=1, keepdims=True)
    plain = np.hstack([np.log(total), np.sqrt(rows / total) if root else rows / total])
    middle, width = plain.mean(axis=0), plain.std(axis=0)
    width = np.where(width > 1e-9, width, np.inf)  # what never varies has no effect
    features = np.column_stack([np.ones(count), (plain - middle) / width])
    y = table.scaled.T[:, None, None]  # (N, tops, ridges, T)
    ceiling = y.max(axis=-1) + np.array(tops)[:, None] * np.ptp(y, axis=-1)
    y, ceiling, ridge = np.broadcast_arrays(y, ceiling[..., None], np.array(ridges)[:, None])
    shape = (size, len(tops) * len(ridges))
    y, ceiling, ridge = (each.reshape(-1, each.shape[-1]) for each in (y, ceiling, ridge))
    free = np.r_[0.0, np.ones(size + 1)]
    found, missed = _gauss_newton(features, y, ceiling[:, :1], ridge[:, :1] * count * free, table)
    errors = (missed**2).mean(axis=1).reshape(shape)
    chosen = np.arange(size) * shape[1] + errors.argmin(axis=1)
    slopes = found[chosen, 1:] / width
    spread = table.spread
    gains = ShareGains(
        ceiling=table.level + spread * ceiling[chosen, 0],
        constant=found[chosen, 0] - slopes @ middle + np.log(spread),
        power=slopes[:, 0],
        effect=slopes[:, 1:],
        local_data=table.local_data,
        root=root,
    )
    return gains, missed[chosen].T * spread


def _gauss_newton(
    features: Array, y: Array, ceiling: Array, penalty: Array, table: GainTable
) -> tuple[Array, Array]:
    """Fit y ≈ C − exp(features b) with a ridge, for many (y, C, ridge); shapes (B, ...).

    The start is the regression of log(C − y), weighted by (C − y)²: the errors of logarithms are
    then those of gains.

    Returns
    -------
    (coefficients, missed)
        Shapes (B, K) and (B, T).
    """
    eye = 1e-9 * np.eye(features.shape[1])
    ridge = penalty[:, None, :] * np.eye(features.shape[1]) + eye

    def below(b: Array) -> Array:
        return np.exp(np.minimum(b @ features.T, _LARGEST))

    def cost(b: Array) -> Array:
        return ((ceiling - below(b) - y) ** 2).sum(axis=1) + (penalty * b**2).sum(axis=1)

    def normal(weights: Array) -> Array:
        return np.einsum("bt,ti,tj->bij", weights, features, features, optimize=True) + ridge

    def solved(weights: Array, right: Array) -> Array:
        return np.asarray(np.linalg.solve(normal(weights), right[..., None])[..., 0])

    left = np.maximum(ceiling - y, _CLOSE)
    b = solved(left**2, (left**2 * np.log(left)) @ features)
    now = cost(b)
    for _ in range(_STEPS):
        q = below(b)
        slope = (-q * (ceiling - q - y)) @ features + penalty * b
        step = solved(q**2, slope)
        length = np.ones((len(b), 1))
        for _ in range(_HALVINGS):
            worse = cost(b - length * step) > now
            if not worse.any():
                break
            length[worse] *= 0.5
        length[cost(b - length * step) > now] = 0.0
        b = b - length * step
        before, now = now, cost(b)
        if (before - now <= 1e-12 * before).all():
            break
    q = below(b)
    jacobian = q[..., None] * features
    hat = jacobian @ np.linalg.solve(normal(q**2), np.swapaxes(jacobian, 1, 2))
    return b, left_out(y - ceiling + q, hat, table.groups, FLOOR)
