"""Count where measured gains break submodularity: more contributions making another worth more."""

import numpy as np

from coopetition.oracles.measure import Measurements


def submodular_pairs(data: Measurements) -> tuple[int, int]:
    """Count pairs with join and meet among the profiles, and those that break submodularity.

    A pair breaks it if the mean gains have g(x) + g(y) < g(x ∨ y) + g(x ∧ y).

    Examples
    --------
    >>> square = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
    >>> submodular_pairs(Measurements(square, [[0.0], [1.0], [1.0], [3.0]]))
    (1, 1)
    """
    rows, means = data.profiles, data.means
    place = {tuple(x): k for k, x in enumerate(rows.tolist())}
    slack, count, bad = 1e-9 * float(np.ptp(means)), 0, 0
    for i in range(len(rows)):
        for j in range(i):
            join = place.get(tuple(np.maximum(rows[i], rows[j]).tolist()))
            meet = place.get(tuple(np.minimum(rows[i], rows[j]).tolist()))
            if join is None or meet is None or join in (i, j):
                continue
            count += 1
            bad += bool(means[join] + means[meet] - means[i] - means[j] > slack)
    return count, bad
