"""What a fit misses of profiles that are left out of it, without fitting again.

Where a fit is linear in what it is fitted to, with H from gains to fitted gains, the rows b of one
profile are missed by (I − H_bb)⁻¹ times their residuals when the fit is made without them (Allen,
Technometrics 16, 1974). A ridge and its intercept are linear, so this is exact for them. Other fits
are linearized where they end.
"""

from collections.abc import Sequence

import numpy as np

from coopetition.games.arrays import Array

FLOOR = 0.05  # of I − H: nearer to interpolation a linearization means nothing


def left_out(residuals: Array, hat: Array, groups: Sequence[list[int]], floor: float) -> Array:
    """Return residuals without the profile; shapes (..., T) and (..., T, T) to (..., T).

    Examples
    --------
    >>> gains = np.array([0.0, 3.0, 6.0])  # the hat of a mean is 1/T
    >>> left_out(gains - 3.0, np.full((3, 3), 1 / 3), [[0], [1], [2]], 0.0).round(9).tolist()
    [-4.5, 0.0, 4.5]
    >>> left_out(gains - 3.0, np.full((3, 3), 1 / 3), [[0, 1], [2]], 0.0).round(9).tolist()
    [-6.0, -3.0, 4.5]
    """
    found = residuals / np.maximum(1.0 - np.diagonal(hat, axis1=-2, axis2=-1), floor)
    for rows in groups:
        if len(rows) > 1:
            block = np.eye(len(rows)) - hat[..., np.array(rows)[:, None], rows]
            sizes, axes = np.linalg.eigh(block)
            along = np.einsum("...ij,...i->...j", axes, residuals[..., rows])
            along = along / np.maximum(sizes, floor)
            found[..., rows] = np.einsum("...ij,...j->...i", axes, along)
    return found
