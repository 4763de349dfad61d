"""Gains that are a curve of weighted contributions: how much a row of n counts for m.

    G_m = A_m + s_m h_e(1 + Σ_n w_mn v_n),    h_e(z) = (1 − z^−e)/e,    v_n = x_n/unit_n.

The 1 stands for the rows that are in anyway: those and the offset of a curve are not told apart.
A weak ridge draws w toward a flat one, the same for all, and e toward that of the one flat curve
which fits everybody best; and A, the gain where nobody contributes, toward the mean of all, for
steep curves could say anything there where it was not trained. Each organization is a problem of
nonlinear least squares.
"""

import numpy as np
from scipy.optimize import least_squares

from coopetition.games.arrays import Array
from coopetition.games.measured.families import FLOOR as LOWEST
from coopetition.games.measured.families import TransferGains
from coopetition.oracles.surrogates.gain_table import GainTable
from coopetition.oracles.surrogates.left_out import FLOOR, left_out

RIDGE = 1e-4  # per profile, in units of the gains' variance
_EXPONENTS = (0.05, 3.0)  # bounds: nearly a logarithm, nearly a step
_LEAST, _MOST = -0.9, 100.0  # bounds of weights, the first over N: at v = 1 no pole is reached
_LEVEL = 10.0  # times how strongly scales are drawn to 0, levels are drawn to the mean
_TYPICAL, _WIDE = np.log(0.5), 0.7  # logarithm of the exponent, and how far it usually is from it
STEPS = 25  # enough for what is measured; where nothing is noise more would still help a little


def fit_transfer(
    table: GainTable, ridge: float = RIDGE, steps: int = STEPS
) -> tuple[TransferGains, Array]:
    """Fit the family; return it, and what it misses of left-out profiles, shape (T, N).

    The misses are linearized at the fit.
    """
    (count, size), gains = table.profiles.shape, table.scaled
    exponent, weight = _flat_curve(table.parts, gains)
    found, misses = np.empty((size, size + 3)), np.empty_like(gains)
    for m in range(size):
        found[m], misses[:, m] = _fit_one(
            table, gains[:, m], exponent, weight, ridge * count, steps
        )
    transfer = TransferGains(
        level=table.level + found[:, 0] * table.spread,
        scale=found[:, 1] * table.spread,
        exponent=np.exp(found[:, 2]),
        weight=found[:, 3:],
        unit=table.unit,
    )
    return transfer, misses * table.spread


def _curve(z: Array, exponent: Array | float) -> tuple[Array, Array, Array]:
    """Return h, ∂h/∂z and ∂h/∂e; below the lowest z the tangent."""
    inside = np.maximum(z, LOWEST)
    log, power = np.log(inside), inside**-exponent
    slope, below = power / inside, z - inside
    by_exponent = (power * (1.0 + exponent * log) - 1.0) / exponent**2 - slope * log * below
    return (1.0 - power) / exponent + slope * below, slope, by_exponent


def _flat_curve(parts: Array, gains: Array) -> tuple[float, float]:
    """Return exponent and weight of the curve of Σ v_n that fits everybody best, on a grid."""
    exponents, weights = np.geomspace(*_EXPONENTS, 12), np.geomspace(0.2, 60.0, 16)
    z = 1.0 + weights[:, None] * parts.sum(axis=1)
    h = _curve(z[None], exponents[:, None, None])[0]
    h = h - h.mean(axis=-1, keepdims=True)
    size = np.maximum((h**2).sum(axis=-1), np.finfo(float).tiny)
    explained = ((h @ gains) ** 2).sum(axis=-1) / size
    far = (0.3 * (np.log(exponents) - _TYPICAL) / _WIDE) ** 2
    e, w = np.unravel_index(np.argmax(explained - far[:, None]), explained.shape)
    return float(exponents[e]), float(weights[w])


def _fit_one(
    table: GainTable, gains: Array, exponent: float, weight: float, ridge: float, steps: int
) -> tuple[Array, Array]:
    """Return one organization's level, scale, log exponent, weights; and its left-out misses."""
    parts, (count, size) = table.parts, table.profiles.shape
    unit = weight + 0.1
    pull = (
        np.sqrt(ridge)
        * np.r_[_LEVEL * count**-0.5, count**-0.5, 1.0 / _WIDE, np.full(size, 1.0 / unit)]
    )
    center = np.r_[0.0, 0.0, np.log(exponent), np.full(size, weight)]

    def residuals(at: Array) -> Array:
        h = _curve(1.0 + parts @ at[3:], np.exp(at[2]))[0]
        return np.r_[at[0] + at[1] * h - gains, pull * (at - center)]

    def slopes(at: Array) -> Array:
        h, by_z, by_exponent = _curve(1.0 + parts @ at[3:], np.exp(at[2]))
        own = [np.ones(count), h, at[1] * by_exponent * np.exp(at[2])]
        return np.vstack([np.column_stack([*own, (at[1] * by_z)[:, None] * parts]), np.diag(pull)])

    h = _curve(1.0 + parts.sum(axis=1) * weight, exponent)[0]
    apart = h - h.mean()
    scale = float(apart @ gains) / max(float(apart @ apart), np.finfo(float).tiny)
    low, high = np.full(size + 3, -np.inf), np.full(size + 3, np.inf)
    (low[2], high[2]), low[3:], high[3:] = np.log(_EXPONENTS), _LEAST / size, _MOST
    found = least_squares(
        residuals,
        np.clip(np.r_[-scale * h.mean(), scale, center[2:]], low + 1e-9, high - 1e-9),
        slopes,
        bounds=(low, high),
        max_nfev=steps,
        x_scale=np.r_[1.0, 1.0, 1.0, np.full(size, unit)],
    )
    jacobian = slopes(found.x)
    normal = jacobian.T @ jacobian + 1e-9 * np.eye(size + 3)
    hat = jacobian[:count] @ np.linalg.solve(normal, jacobian[:count].T)
    missed = left_out(-residuals(found.x)[:count], hat, table.groups, FLOOR)
    return found.x, missed
