"""Weights that fit a game best: Gauss–Newton on their logarithms, the potential eliminated.

On each set S of axes the best φ given weights is Σ c_n w_n u_n / Σ c_n w_n² over n in S, so what is
left depends on weights and Gram matrices only: ‖left‖² = Σ_S tr(C G_S) − (Cw)ᵀ G_S (Cw) / Σ c w².
"""

from itertools import combinations
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from coopetition.games.arrays import Array
from coopetition.games.finite.game import FiniteGame
from coopetition.games.finite.potentials.hodge import change_basis, mean

STEPS = 200
SETTLED = 1e-13  # change of the logarithms of weights
SMALLEST = 1e-4  # weight relative to the largest, both in units of the player's interaction


def grams(game: FiniteGame) -> Array:
    """Return the Gram matrices of all players' payoffs, one per set of at least two players.

    In the bases that begin with the constant, the coefficients that vary along exactly the axes of
    a set S see the weights only through those of S; shape (sets, N, N). The others are left out:
    every weight explains what a player changes for itself alone.
    """
    size = len(game.shape)
    spectra = [change_basis(own - mean(own, n), False) for n, own in enumerate(game.tensor)]
    found = np.zeros((2**size, size, size))
    for n, m in [*combinations(range(size), 2), *((n, n) for n in range(size))]:
        table = spectra[n] * spectra[m]
        for axis in range(size):
            constant = np.take(table, [0], axis)
            table = np.concatenate([constant, table.sum(axis=axis, keepdims=True) - constant], axis)
        found[:, n, m] = found[:, m, n] = table.reshape(-1)
    inside = sets_of(size)
    found = found[np.indices((2,) * size).reshape(size, -1).sum(axis=0) >= 2]
    return found * (inside[:, :, None] & inside[:, None, :])  # without what rounding leaves


def sets_of(size: int) -> NDArray[np.bool_]:
    """Return which players are in each set of at least two; shape (sets, N)."""
    inside = np.indices((2,) * size).reshape(size, -1).T > 0
    return inside[inside.sum(axis=1) >= 2]


def own_norms(game: FiniteGame) -> Array:
    """Return the norm of what each player can change for itself, shape (N,)."""
    return np.array([np.linalg.norm(own - mean(own, n)) for n, own in enumerate(game.tensor)])


def fit_weights(gram: Array, norms: Array, sizes: Array, start: Array) -> Array:
    """Return locally best weights, the best from several starts; the largest is 1."""
    unit = np.maximum(np.sqrt(np.einsum("snn->n", gram)), 1e-6 * norms)
    unit[unit == 0] = 1.0  # this player's payoff never changes: any weight fits
    scaled = gram / np.outer(unit, unit)
    own = np.log(unit)  # logarithms: quotients may be beyond all floats
    starts = [np.log(start) - own, np.zeros_like(unit), -own, _paired(scaled)]
    fits = [_descend(scaled, sizes * (unit / unit.max()) ** 2, logs) for logs in starts]
    logs, _ = min(fits, key=lambda fit: fit[1])
    weights = np.exp(logs) * unit
    return weights / weights.max()


def _paired(gram: Array) -> Array:
    """Return log weights from the ratio of what each two players share, in least squares."""
    size = gram.shape[1]
    inside = sets_of(size)
    rows, values = [np.ones(size)], [0.0]
    for n, m in combinations(range(size), 2):
        shared = gram[inside[:, n] & inside[:, m]].sum(axis=0)
        own, other, both = shared[n, n], shared[m, m], shared[n, m]
        if own > 0 and other > 0 and both > 0:
            trust = both / sqrt(own) / sqrt(other)
            row = np.zeros(size)
            row[n], row[m] = trust, -trust
            rows.append(row)
            values.append(trust * 0.5 * float(np.log(own) - np.log(other)))
    return np.asarray(np.linalg.lstsq(np.array(rows), np.array(values), rcond=None)[0])


def _descend(gram: Array, sizes: Array, logs: Array) -> tuple[Array, tuple[float, float]]:
    """Return the logarithms of weights where damped Gauss–Newton steps settle, and what is left.

    The second number is the size of the last step: it ranks what rounding cannot tell apart.
    """
    floor = 1e-14 * float(np.einsum("snn,n->", gram, sizes))
    logs, damping, size = _clipped(logs), 1e-6, 0.0
    left, slope, model, scale = _expand(gram, sizes, logs)
    for _ in range(STEPS):
        fresh = _clipped(logs + _step(slope, model, scale, damping))
        found, size = _expand(gram, sizes, fresh), float(np.abs(fresh - logs).max())
        if size <= SETTLED or damping > 1e8:
            break
        if found[0] <= left + floor:  # weights of small payoffs still settle below the floor
            logs, (left, slope, model, scale) = fresh, found
            damping /= 10
        else:
            damping = max(10 * damping, 1e-6)
    return logs, (max(left, floor), size)


def _clipped(logs: Array) -> Array:
    """Return logarithms of which the largest is 0 and none is below the smallest weight's."""
    return np.maximum(logs - logs.max(), np.log(SMALLEST))


def _step(slope: Array, model: Array, scale: Array, damping: float) -> Array:
    """Return the damped step of the model; 0 along what it does not see."""
    unit = np.sqrt(np.where(scale > 0, scale, 1.0))
    damped = model / np.outer(unit, unit) + damping * np.eye(unit.size)
    step = -np.linalg.lstsq(damped, slope / unit, rcond=1e-12)[0] / unit
    return np.clip(step, -2.0, 2.0)


# On a set S, with level = Σ c w² and φ = Σ c w u/level, what is left is Σ c ‖u‖² − level ‖φ‖².
# Half its derivative by log w_n is −c_n w_n (⟨u_n, φ⟩ − w_n ‖φ‖²), as φ is the best one (envelope
# theorem). The Gauss–Newton model projects φ out of the residuals √c_n (u_n − w_n φ) (variable
# projection): ‖φ‖² (diag(s) − s sᵀ/level) with s = c w² (`share`).


def _expand(gram: Array, sizes: Array, logs: Array) -> tuple[float, Array, Array, Array]:
    """Return (‖left‖², half its slope, the Gauss–Newton model of its curvature, its scale)."""
    weights, inside = np.exp(logs), sets_of(sizes.size)
    share = inside * (sizes * weights**2)  # (sets, N)
    level = share.sum(axis=1, keepdims=True)
    pull = sizes * weights
    toward = (gram @ pull) / level  # ⟨u_n, φ⟩ on each set
    power = (toward @ pull / level[:, 0])[:, None]  # ‖φ‖² on each set
    left = float((np.einsum("snn,n->s", gram, sizes) - (power * level)[:, 0]).sum())
    slope = -(pull * toward - share * power).sum(axis=0)
    scale = (share * power).sum(axis=0)
    return left, slope, np.diag(scale) - (share / level * power).T @ share, scale
