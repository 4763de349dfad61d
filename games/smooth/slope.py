"""Slopes of a function known by its values: five points, twice, the difference as error estimate.

The points stay in the box: centered where there is room, shifted inwards at a bound. Both
estimates are of fourth order in the step; the second has half of it.
"""

from collections.abc import Callable

import numpy as np

from coopetition.games.base import Box
from coopetition.games.gain import Array

STEP = 5e-4  # of the interval's width
_EPS = float(np.finfo(float).eps)


def _weights(shift: int) -> Array:
    """Return the weights of f at shift − 2, …, shift + 2 steps that give f′(0) times the step."""
    nodes = np.arange(-2, 3) + shift
    powers = nodes[None, :].astype(float) ** np.arange(5)[:, None]
    return np.linalg.solve(powers, np.array([0.0, 1.0, 0.0, 0.0, 0.0]))


def slopes_along(
    value: Callable[[Array], Array], x: Array, box: Box, block: slice
) -> tuple[Array, Array]:
    """Return the slopes of a function in some coordinates, and error estimates; shape (k,).

    `value` takes profiles of shape (K, d) to shape (K,). A coordinate that cannot move has slope
    0. The error is the difference between two steps plus what rounding can do: an estimate, not a
    bound.

    Examples
    --------
    >>> box = Box(np.zeros(2), np.ones(2))
    >>> slope, error = slopes_along(lambda x: x[:, 0] ** 3 * x[:, 1], np.ones(2), box, slice(0, 2))
    >>> slope.round(9).tolist(), bool((error < 1e-9).all())
    ([3.0, 1.0], True)
    """
    index = np.arange(x.size)[block]
    slope, error = np.zeros(index.size), np.zeros(index.size)
    for k, i in enumerate(index):
        low, high = float(box.lower[i]), float(box.upper[i])
        if not high > low:
            continue
        step = STEP * (high - low)
        left = int(np.floor((x[i] - low) / step + 1e-9))
        right = int(np.floor((high - x[i]) / step + 1e-9))
        shift = max(0, 2 - left) - max(0, 2 - right)
        offsets = (np.arange(-2, 3) + shift)[None, :] * np.array([[step], [0.5 * step]])
        batch = np.repeat(x[None], 10, axis=0)
        batch[:, i] = np.clip(x[i] + offsets.ravel(), low, high)
        values = np.asarray(value(batch)).reshape(2, 5)
        weights = _weights(shift)
        rough, fine = values @ weights / np.array([step, 0.5 * step])
        rounding = _EPS * np.abs(values).max() * np.abs(weights).sum() / (0.5 * step)
        slope[k], error[k] = fine, abs(fine - rough) / 8.0 + rounding
    return slope, error
