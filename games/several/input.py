"""What a game with several aggregates accepts, and what it says of anything else."""

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.errors import InvalidInputError
from coopetition.games.gain import Array, GainCurve
from coopetition.games.round import LARGEST


def numbers(name: str, given: ArrayLike, shape: tuple[int, ...], names: tuple[str, ...]) -> Array:
    """Return an array of finite numbers, refusing what the field's rule forbids."""
    cap = 1.0 if name == "quality" else LARGEST
    low = -LARGEST if name == "unit_cost" else 0.0
    try:
        raw = np.asarray(given)
        if raw.dtype.kind not in "iuf":
            raise TypeError
        array = np.array(np.broadcast_to(raw.astype(float), shape))
    except (TypeError, ValueError):
        size = " × ".join(str(n) for n in shape)
        raise InvalidInputError(
            f"`{name}` must be a number or {size} numbers, got {given!r:.80}"
        ) from None
    bad = ~((array >= low) & (array <= cap))
    if bad.any():
        n = int(np.argmax(bad.reshape(len(names), -1).any(axis=1)))
        rule = f"at most {cap:g}" if low else f"between 0 and {cap:g}"
        raise InvalidInputError(f"`{name}` of {names[n]} must be {rule}, got {array[bad][0]:g}")
    array.flags.writeable = False
    return array


def check_gain(k: int, gain: GainCurve, low: float, high: float) -> None:
    """Refuse a gain that is unknown, infinite or not concave where the game can reach."""
    start, end = gain.domain
    if low < start or high > end * (1 + 1e-12):
        raise InvalidInputError(
            f"`gains[{k}]` is known for {start:g} to {end:g} effective samples, the game needs "
            f"{low:g} to {high:g}"
        )
    if low == 0 and not gain.finite_at_zero:
        raise InvalidInputError(
            f"`gains[{k}]` is infinite without data and `local_data` has none of kind {k}: give "
            "the curve an `offset`, or some organization data"
        )
    grid = np.linspace(low, high, 65)
    slopes = np.asarray(gain.slope(grid))
    rises = np.diff(slopes) > 1e-9 * np.abs(slopes[:-1])
    if not np.isfinite(slopes).all() or rises.any():
        raise InvalidInputError(
            f"`gains[{k}]` must be concave: its slope rises at {grid[int(np.argmax(rises))]:g} "
            "samples"
        )
