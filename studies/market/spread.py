"""Numbers that are known with a standard deviation."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError
from coopetition.studies.market.market import firm_numbers


def spread_of(name: str, given: Any, firms: Sequence[str]) -> tuple[Array, Array]:
    """Return N numbers and their standard deviations, of a number, N numbers or (mean, sd).

    A tuple of two is a mean and a standard deviation, each one number or N; a list is N numbers.

    Raises
    ------
    InvalidInputError
        Naming the field.

    Examples
    --------
    >>> [part.tolist() for part in spread_of("wtp", (2.0, 0.1), ["North", "South"])]
    [[2.0, 2.0], [0.1, 0.1]]
    """
    if isinstance(given, tuple):
        if len(given) != 2:
            raise InvalidInputError(f"`{name}` must be (mean, sd), got {given!r:.80}")
        mean, sd = given
        return firm_numbers(name, mean, firms), firm_numbers(f"{name}_sd", sd, firms, zero=True)
    return firm_numbers(name, given, firms), np.zeros(len(firms))


def drawn_positive(mean: Array, sd: Array, rng: np.random.Generator, count: int) -> Array:
    """Draw positive numbers of some means and standard deviations, shape (B, N): lognormal.

    Equal means and deviations move together: they are one number for all.
    """
    spread = np.sqrt(np.log1p((sd / mean) ** 2))
    together = (mean == mean[0]).all() and (sd == sd[0]).all()
    normal = rng.standard_normal((count, 1 if together else mean.size))
    return np.asarray(mean * np.exp(spread * normal - spread**2 / 2))
