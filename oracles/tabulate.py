"""Turn measured gains into a tabulated curve, assuming no family but a concave, rising one."""

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.errors import InvalidInputError
from coopetition.games.tabulated import TabulatedGain
from coopetition.oracles.measure import Measurements


def tabulate_gain(
    measurements: Measurements, local_data: ArrayLike, quality: ArrayLike = 1.0
) -> TabulatedGain:
    """Return the concave, non-decreasing curve nearest to the mean gains in least squares.

    The regression is a sum of ramps min(Ω, t) with non-negative weights, t at the measured Ω.
    Only the ends and the points at which it bends are tabulated, and the curve between them is
    rounded off by `TabulatedGain`.

    Parameters
    ----------
    measurements
        Gains of at least 3 distinct Ω = Σ (D_n + q_n x_n).
    local_data : shape (N,)
        Real samples D_n.
    quality : scalar or shape (N,)
        Quality q_n.

    Raises
    ------
    InvalidInputError
        If there are less than 3 distinct Ω, or the gains do not rise.

    Examples
    --------
    >>> data = Measurements([[0.0], [1.0], [2.0], [3.0]], [[0.0], [4.0], [3.0], [5.0]])
    >>> curve = tabulate_gain(data, [0.0])
    >>> curve.data, [round(gain, 6) + 0.0 for gain in curve.gains]
    ((0.0, 1.0, 3.0), [0.0, 3.5, 4.5])
    """
    from scipy.optimize import nnls

    every = measurements.effective_data(local_data, quality)
    omega, first = np.unique(np.round(every / every.max(), 12), return_index=True)
    if omega.size < 3:
        raise InvalidInputError(f"a table needs at least 3 distinct effective data: {omega.size}")
    u = every / every.max()
    ramps = np.minimum(u[:, None], omega[1:])
    level = np.ones((u.size, 1))
    weights, _ = nnls(np.hstack([level, -level, ramps]), measurements.means)
    slopes = weights[2:]
    rise = slopes @ (omega[1:] - omega[0])
    if not rise > 1e-12 * np.abs(measurements.means).max():
        raise InvalidInputError("the measured gains do not rise with effective data")
    bends = np.flatnonzero(slopes[:-1] > 1e-9 * slopes.sum()) + 1
    straight = not bends.size
    inner = [omega.size // 2] if straight else bends
    knots = np.concatenate(([0], inner, [omega.size - 1]))
    gains = weights[0] - weights[1] + np.minimum(omega[knots, None], omega[1:]) @ slopes
    if straight:  # a table needs three points, and rounding must not bend a line upwards
        gains[1] += 1e-9 * rise
    return TabulatedGain(every[first][knots], gains)
