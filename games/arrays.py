"""Arrays of numbers, of positions, of yes and no: the names that all signatures use.

Formulas are written once for shapes (..., N): one game has (N,), many have (B, N).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]


def weighted(values: Array, weights: Array) -> Array:
    """Return Σ_n weights_n values_n, shape (..., N) to (...); weights per player, or per row."""
    if weights.ndim == 1:
        return values @ weights
    return np.asarray((weights * values).sum(axis=-1))


def each(numbers: ArrayLike) -> Array:
    """Return one number per game as one that all its players share: (...) to (..., 1)."""
    return np.asarray(numbers)[..., None]


def fraction(part: Array, whole: Array, power: int) -> Array:
    """Return part / whole^power, shape (..., N); 0 where there is no part."""
    found = np.zeros_like(whole)
    if part.any():
        np.divide(part, whole if power == 1 else whole**power, out=found, where=part != 0)
    return found
