"""The sums of the quadrature: over players, nodes t and nodes z, in blocks that fit the cache."""

from collections.abc import Iterator

import numpy as np

from coopetition.games.gain import Array

BLOCK = 1 << 18  # numbers worked on at a time


def log_graded(nodes: int, players: int) -> tuple[Array, Array]:
    """Return Gauss nodes and weights on (0, 1), denser near 0, where products fall like e^(−Nt).

    t = (e^(Lx) − 1)/(e^L − 1) with L = log(1 + N) and Gauss–Legendre in x.
    """
    x, weight = np.polynomial.legendre.leggauss(nodes)
    x, weight = 0.5 * (x + 1.0), 0.5 * weight
    stretch = np.log1p(players)
    return np.expm1(stretch * x) / players, weight * stretch * np.exp(stretch * x) / players


def _blocks(z: Array, width: int) -> Iterator[slice]:
    rows = max(BLOCK // width, 1)
    return (slice(start, start + rows) for start in range(0, z.size, rows))


def singles(
    z: Array, kernel: Array, amounts: Array, grid: tuple[Array, Array], *, apart: bool
) -> Array:
    """Return Σ_z kernel D_i Σ_t weight Π_{j≠i} (1 − t D_j) for every player i.

    With `apart`, less the term (1 − t)^(N−1) in which nobody came before: then the sum exists
    without a base, and it is computed without cancellation.
    """
    t, weight = grid
    found = np.zeros(amounts.size)
    for rows in _blocks(z, t.size * amounts.size):
        drop = -np.expm1(-z[rows, None] * amounts)
        if apart:
            inner = _anybody(z[rows], amounts, t, weight)
        else:
            factor = 1.0 - t[:, None] * drop[:, None, :]
            product = weight * np.multiply.reduce(factor, axis=2)
            np.reciprocal(factor, out=factor)
            inner = np.matmul(product[:, None, :], factor)[:, 0, :]
        found += kernel[rows] @ (drop * inner)
    return found


def _anybody(z: Array, amounts: Array, t: Array, weight: Array) -> Array:
    """Return Σ_t weight [Π_{j≠i} (1 − t D_j) − (1 − t)^(N−1)], shape (Z, N).

    1 − t D = (1 − t)(1 + r), r = t e^(−z a)/(1 − t): the bracket is (1 − t)^(N−1) (e^X − 1), with
    X = Σ_{j≠i} log(1 + r_j).
    """
    rise = np.log1p(np.exp(-z[:, None, None] * amounts) * (t / (1.0 - t))[:, None])
    others = np.maximum(rise.sum(axis=2, keepdims=True) - rise, 0.0)
    none = ((amounts.size - 1) * np.log1p(-t))[:, None]
    small = np.exp(none) * np.expm1(np.minimum(others, 1.0))
    bracket = np.where(others < 1.0, small, np.exp(none + others) - np.exp(none))
    return np.asarray(np.einsum("t,ztn->zn", weight, bracket))


def jointly(
    z: Array,
    kernel: Array,
    amounts: Array,
    price: Array,
    grid: tuple[Array, Array],
    *,
    start: float,
) -> Array:
    """Return the double sum of the game with prices for every player i.

    Σ_z kernel Σ_t weight {p_i [e^(−z r) − e_i Π_i] + D_i Π_i Σ_{j≠i} p_j t e_j/(1 − t D_j)}, where
    r is `start`, which no amount is below.
    """
    t, weight = grid
    found = np.zeros(amounts.size)
    for rows in _blocks(z, t.size * amounts.size):
        burden = z[rows, None] * amounts
        drop, stay = -np.expm1(-burden), np.exp(-burden)
        logs = np.log1p(-t[:, None] * drop[:, None, :])
        others = logs.sum(axis=2, keepdims=True) - logs
        first = np.exp(-z[rows] * start)[:, None, None]
        joined = -first * np.expm1(others - (burden - z[rows, None] * start)[:, None, :])
        came = t[:, None] * (price * stay)[:, None, :] * np.exp(-logs)
        came = came.sum(axis=2, keepdims=True) - came
        term = price * joined + drop[:, None, :] * np.exp(others) * came
        found += np.einsum("z,t,ztn->n", kernel[rows], weight, term)
    return found
