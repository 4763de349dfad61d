"""Gains to which everybody's contribution adds a term of its own.

    G_m = A_m + Σ_n β_mn log(1 + k v_n)/log(1 + k),    v_n = x_n/unit_n.

Given k this is a linear regression. k and the ridge on β are those, the same for everybody, that
predict left-out profiles best.
"""

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.measured.families import SeparableGains
from coopetition.oracles.surrogates.gain_table import GainTable
from coopetition.oracles.surrogates.left_out import left_out

STEEPNESS = (1.0, 4.0, 15.0, 60.0)  # from nearly linear to nearly all from the first rows
RIDGES = (1e-9, 1e-4, 1e-3, 3e-3, 1e-2, 3e-2)  # per profile; the first is next to none
_TINY = 1e-12


def fit_separable(
    table: GainTable,
    steepness: tuple[float, ...] = STEEPNESS,
    ridges: tuple[float, ...] = RIDGES,
) -> tuple[SeparableGains, Array]:
    """Fit the family; return it, and what it misses of left-out profiles, shape (T, N).

    The misses are exact: k and ridge are kept, effects and levels are as without the profile.
    """
    (count, size), gains, least = table.profiles.shape, table.scaled, np.inf
    for k in steepness:
        grown = np.log1p(k * table.parts) / np.log1p(k)
        center = grown.mean(axis=0)
        features = grown - center
        for ridge in ridges:
            penalty = ridge * count * np.eye(size)
            solved = np.linalg.solve(features.T @ features + penalty, features.T)
            effect, hat = solved @ gains, features @ solved + 1.0 / count
            residuals = (gains - features @ effect).T
            misses = left_out(residuals, hat, table.groups, _TINY)
            if (error := float(np.mean(misses**2))) < least:
                least, best = error, (k, center, effect * table.spread, misses.T * table.spread)
    k, center, effect, missed = best
    return SeparableGains(table.level - center @ effect, effect.T, k, table.unit), missed
