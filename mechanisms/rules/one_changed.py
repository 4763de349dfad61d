"""Profiles that differ from one by one organization's contribution, many at a time."""

from collections.abc import Iterator

import numpy as np

from coopetition.games.arrays import Array

CELLS = 2**13  # numbers at a time: few enough for a cache, enough that calls cost little


def one_changed(profile: Array, values: Array) -> Iterator[tuple[Array, Array]]:
    """Yield organizations k, shape (K,), and profiles, shape (..., K, N), where k has its value.

    Parameters
    ----------
    profile, values : shape (..., N)
        What all others have, and what each has when its turn comes.

    Examples
    --------
    >>> for who, profiles in one_changed(np.array([1.0, 2.0]), np.array([8.0, 9.0])):
    ...     print(who.tolist(), profiles.tolist())
    [0, 1] [[8.0, 2.0], [1.0, 9.0]]
    """
    step = max(1, CELLS // max(profile.size, 1))
    for first in range(0, profile.shape[-1], step):
        who = np.arange(first, min(first + step, profile.shape[-1]))
        profiles = np.repeat(profile[..., None, :], who.size, axis=-2)
        profiles[..., np.arange(who.size), who] = values[..., who]
        yield who, profiles
