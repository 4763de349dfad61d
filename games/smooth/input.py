"""What a user passes to a smooth game, checked: bounds, functions, and what these return."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.errors import InvalidInputError
from coopetition.games.gain import Array

Function = Callable[[Array], Any]


def as_bounds(bound: ArrayLike, n: int) -> Array:
    """Return the bounds of player n's numbers, shape (d_n, 2)."""
    try:
        pairs = np.atleast_2d(np.array(bound, dtype=float))
    except (TypeError, ValueError):
        pairs = np.zeros(0)
    legal = pairs.ndim == 2 and pairs.shape[1] == 2 and len(pairs) > 0 and np.isfinite(pairs).all()
    if not legal or (pairs[:, 0] > pairs[:, 1]).any():
        raise InvalidInputError(
            f"`bounds` of player {n + 1} must be (low, high) or a list of such pairs, finite, "
            f"got {bound!r:.60}"
        )
    return pairs


def as_functions(
    name: str, given: Function | Sequence[Function], count: int
) -> tuple[Function, ...]:
    """Return one function for all, or one a player."""
    several = (given,) if callable(given) else tuple(given)
    if len(several) not in (1, count) or not all(map(callable, several)):
        raise InvalidInputError(f"`{name}` must be one function for all or {count}, one a player")
    return several


def as_numbers(name: str, value: Any, shape: tuple[int, ...]) -> Array:
    """Return what a function of the user returned as an array of the shape expected."""
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise InvalidInputError(f"`{name}` must return numbers, got {value!r:.60}") from None
    if array.shape != shape:
        raise InvalidInputError(f"`{name}` must return shape {shape}, got {array.shape}")
    return array
