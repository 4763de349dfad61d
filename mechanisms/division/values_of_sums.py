"""Shapley and Banzhaf values of v(S) = G(base + Σ_{n∈S} a_n) for any number of players.

If G′ is completely monotone, G′(y) = ∫ z k(z) e^(−zy) dz with k ≥ 0 (Bernstein 1928), then

    φ_i = ∫_0^1 dt ∫_0^∞ k(z) e^(−z base) D_i Π_{j≠i} (1 − t D_j) dz,      D_j = 1 − e^(−z a_j)

as every player joins before i with probability t, independently (Owen's multilinear extension,
Management Science 18, 1972), so that the expectation factorizes [derived]. t = 1/2 instead of the
integral gives Banzhaf. With prices, v(S) = p(S) G(base + Σ a), there is one more term:

    φ_i = p_i G(base + r) + ∫∫ k e^(−z base) { p_i [e^(−z r) − e^(−z a_i) Π_i]
                                               + D_i Π_i Σ_{j≠i} p_j t e^(−z a_j)/(1 − t D_j) }

for any r ≤ min a that makes it finite: 0, or min a where G(base) is infinite. The kernels: power
s z^(e−1)/Γ(e), logarithmic ceiling/z, both damped by e^(−z offset); exponential one point
z = 1/scale of mass ceiling. The identity is proved; its quadrature is checked only, by a second
resolution and by what values must sum to.
"""

from collections.abc import Iterator
from math import lgamma, log

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.checks import positive
from coopetition.games.coopetition.gain import GainCurve
from coopetition.games.errors import NotConvergedError, UnsupportedGameError
from coopetition.mechanisms.division.result import Division
from coopetition.mechanisms.division.sum_game import SumGame

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


RESOLUTIONS = ((0.25, 24), (0.125, 48), (0.0625, 96), (0.03125, 192))  # step in log z, nodes in t


def shapley_of_sum(game: SumGame, *, tol: float = 1e-10) -> Division:
    """Return the Shapley value by quadrature, O(N) per node.

    Parameters
    ----------
    tol : float
        Of two resolutions' largest difference, relative to the mean absolute value times N.

    Raises
    ------
    UnsupportedGameError
        If the slope of the curve is not known to be completely monotone.
    NotConvergedError
        If two resolutions differ by more, or the values miss what they must sum to.
    InvalidInputError
        If a value of the game is not finite.

    Examples
    --------
    >>> from coopetition import PowerGain
    >>> game = SumGame(PowerGain(1, 2, 0.35), [1500.0] * 100, base=500.0)
    >>> pie = game.gain.value(150_500) - game.gain.value(500)
    >>> bool(abs(shapley_of_sum(game).values - pie / 100).max() < 1e-15)
    True
    """
    return _converged(game, "shapley", tol)


def banzhaf_of_sum(game: SumGame, *, tol: float = 1e-10) -> Division:
    """Return the raw Banzhaf value by quadrature. Raises as `shapley_of_sum`.

    Examples
    --------
    >>> from coopetition import LogarithmicGain
    >>> game = SumGame(LogarithmicGain(1.0, 1.0), [1.0, 3.0], base=1.0)
    >>> banzhaf_of_sum(game).values.round(10).tolist()  # means of ln 2, ln(5/4) and ln 4, ln(5/2)
    [0.4581453659, 1.1512925465]
    """
    return _converged(game, "banzhaf", tol)


def _converged(game: SumGame, rule: str, tol: float) -> Division:
    amounts, price = game.checked()
    positive("tol", tol)
    before: Array | None = None
    difference = np.inf
    for step, nodes in RESOLUTIONS:
        t, weight = log_graded(nodes, amounts.size)
        if rule == "banzhaf":
            t, weight = np.array([0.5]), np.array([1.0])
        found = _integrated(game, amounts, price, step, (t, weight))
        size = float(np.abs(found).sum())
        if before is not None:
            difference = float(np.abs(found - before).max())
            if difference <= tol * size:
                break
        before = found
    missed, rounding = _missed(game, found, amounts)
    gap = missed if rule == "shapley" else 0.0
    if not (difference <= tol * size and gap <= max(tol * size, rounding)):
        raise NotConvergedError(
            f"{rule}_of_sum: two resolutions differ by {difference:.3g} and the sum misses by "
            f"{gap:.3g}, above tolerance {tol * size:.3g}: estimate by permutations instead"
        )
    note = f"two resolutions of the quadrature, step {step:g} and {t.size} nodes"
    return Division(rule=rule, values=found, how="checked", error=max(difference, gap), note=note)


def _missed(game: SumGame, found: Array, amounts: Array) -> tuple[float, float]:
    """Return by how much the values miss v(N) − v(∅), and the rounding of that difference."""
    ends = game(np.array([np.zeros(amounts.size), np.ones(amounts.size)], dtype=bool))
    return abs(float(found.sum() - (ends[1] - ends[0]))), 1e-14 * float(np.abs(ends).sum())


def _integrated(
    game: SumGame, amounts: Array, price: Array | None, step: float, grid: tuple[Array, Array]
) -> Array:
    apart = game.empty is not None
    known = bool(np.isfinite(game.gain.value(game.base)))
    smallest = float(amounts.min()) if apart or not known else 0.0
    z, kernel = _kernel(game.gain, game.base, smallest, float(amounts.sum()), step)
    if price is not None:
        fixed = price * float(game.gain.value(game.base + smallest))
        return fixed + jointly(z, kernel, amounts, price, grid, start=smallest)
    found = singles(z, kernel, amounts, grid, apart=apart)
    if game.empty is not None:
        chance = float(grid[1] @ (1.0 - grid[0]) ** (amounts.size - 1))
        found += chance * (game.gain.value(game.base + amounts) - game.empty)
    return found


def _kernel(
    gain: GainCurve, base: float, smallest: float, total: float, step: float
) -> tuple[Array, Array]:
    """Return nodes z and weights k(z) e^(−z base) dz, by the trapezoid rule in x.

    z = exp(x − e^(−(x − x0))) decays doubly exponentially to the left, e^(−z base) to the right;
    dz = z (1 + e^(−(x − x0))) dx. (Takahasi and Mori, Publ. RIMS 9, 1974.)
    """
    mixture = gain.mixture
    if mixture is None:
        raise UnsupportedGameError(
            "`gain` must be a power, exponential or logarithmic curve, whose slope is completely "
            f"monotone, got {type(gain).__name__}: estimate by permutations, or use a table"
        )
    if mixture.rate is not None:
        z = np.array([mixture.rate])
        return z, mixture.mass * np.exp(-z * base)
    shift, exponent, scale = base + mixture.offset, mixture.exponent, mixture.mass
    left = -log(shift + total) if shift + total > 0 else 0.0
    end = log((60.0 + 4.0 * exponent) / (shift + smallest))
    count = int(np.ceil((end - left + 4.2) / step))
    x = end - step * np.arange(count)
    u = x - np.exp(left - x)
    size = log(scale) - (lgamma(exponent) if exponent else 0.0)
    z = np.exp(u)
    density = np.exp(size + exponent * u - z * shift) * (1.0 + np.exp(left - x))
    return z, step * density
