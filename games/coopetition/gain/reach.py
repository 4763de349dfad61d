"""Whether a gain curve is known and concave where a game can reach."""

import numpy as np

from coopetition.games.coopetition.gain.curve import GainCurve
from coopetition.games.errors import InvalidInputError


def check_known(name: str, gain: GainCurve, low: float, high: float) -> None:
    """Refuse a curve that does not reach from `low` to `high` effective samples."""
    start, end = gain.domain
    if low < start or high > end * (1 + 1e-12):
        raise InvalidInputError(
            f"`{name}` is known for {start:g} to {end:g} effective samples, "
            f"the game needs {low:g} to {high:g}"
        )


def check_concave(name: str, gain: GainCurve, low: float, high: float) -> None:
    """Refuse a curve whose slope rises, or is not finite, on a grid from `low` to `high`."""
    grid = np.unique(np.geomspace(max(low, 1e-9 * high), high, 65)) if high > 0 else np.zeros(1)
    slopes = np.asarray(gain.slope(np.clip(grid, low, high)))
    rises = np.diff(slopes) > 1e-9 * np.abs(slopes[:-1])
    if not np.isfinite(slopes).all() or rises.any():
        where = grid[int(np.argmax(rises))] if rises.any() else grid[0]
        raise InvalidInputError(f"`{name}` must be concave: its slope rises at {where:g} samples")
