"""One curve for all, as the least that everybody's own gains must beat."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError
from coopetition.oracles.gains.fit import fit_gain
from coopetition.oracles.gains.measure import Measurements, alike
from coopetition.oracles.gains.skill import Skill, skill_left_out


def common_curve_skill(
    profiles: Array,
    gains: Array,
    local_data: Array,
    organizations: Sequence[str],
    noise: Array | None = None,
    source: str = "",
) -> Skill:
    """Return what one curve of effective data explains of the organization that it knows worst.

    It is fitted to mean gains, without each profile in turn, and asked for everybody's gain there.

    Parameters
    ----------
    profiles, gains : shape (T, N)
        Contributions, and everybody's mean gain.
    local_data : shape (N,)
        Rows that are in training anyway.
    noise, source : shape (N,)
        As in `FittedGains`.

    Examples
    --------
    >>> x = np.random.default_rng(0).uniform(0.0, 100.0, (12, 2))
    >>> same = np.repeat(1.0 - 2.0 / (20.0 + x.sum(axis=1, keepdims=True)) ** 0.5, 2, axis=1)
    >>> data, names = np.array([10.0, 10.0]), ("North", "South")
    >>> common_curve_skill(x, same, data, names).verdict
    'explains most'
    >>> common_curve_skill(x, same + [-0.2, 0.2], data, names).verdict
    'no better than a constant'
    """
    means = Measurements(profiles, gains.mean(axis=1)[:, None])
    try:
        curve = fit_gain(means, local_data)
    except InvalidInputError as error:
        return Skill(None, str(error), "one curve for all")
    predicted = means.means - curve.held_out_misses[curve.family]
    groups, noises = alike(map(tuple, profiles.tolist())), np.zeros(len(organizations))
    noises = noises if noise is None else noise
    found = [
        replace(
            skill_left_out(own, own - predicted, groups, float(variance), source),
            what=f"one {curve.family} curve for all, asked for the gains of {name},",
        )
        for own, variance, name in zip(gains.T, noises, organizations, strict=True)
    ]
    return min(found, key=lambda one: -np.inf if one.value is None else one.value)
