"""Values that are checked before anything is done with them, in one sentence each."""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError
from coopetition.games.text.words import told


def finite(name: str, value: float) -> None:
    """Refuse a parameter that is not a finite number."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise InvalidInputError(f"`{name}` must be a number, got {value!r}")
    if not math.isfinite(value):
        raise InvalidInputError(f"`{name}` must be finite, got {value!r}")


def positive(name: str, value: float, *, zero: bool = False) -> None:
    """Refuse a parameter that is not a finite positive number."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise InvalidInputError(f"`{name}` must be a number, got {value!r}")
    if not math.isfinite(value) or value < 0 or (value == 0 and not zero):
        rule = "finite and at least 0" if zero else "finite and positive"
        raise InvalidInputError(f"`{name}` must be {rule}, got {value!r}")


def whole(name: str, value: Any, least: int = 0) -> int:
    """Return an integer of at least some bound, refusing anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise InvalidInputError(
            f"`{name}` must be an integer of at least {least}, got {told(value)}"
        )
    return int(value)


def number_array(name: str, given: ArrayLike, shape: tuple[int, ...], words: str) -> Array:
    """Return numbers, or one for all, as an array; `words` say what they must be."""
    try:
        raw = np.asarray(given)
        if raw.dtype.kind not in "iuf":
            raise TypeError
        return np.array(np.broadcast_to(raw.astype(float), shape))
    except (TypeError, ValueError):
        raise InvalidInputError(f"`{name}` must be {words}, got {given!r:.80}") from None
