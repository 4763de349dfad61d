"""Random coalition games and slow, direct formulas that the tests of divisions share."""

from itertools import permutations
from math import factorial

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from coopetition.games.arrays import Array

GLOVES = np.array([0.0, 0, 0, 1, 0, 1, 0, 1])  # player 0 has the left glove, 1 and 2 right ones


def tables(low: int, high: int, size: float = 100.0) -> st.SearchStrategy[Array]:
    """Tables of low to high players."""
    values = st.floats(-size, size, allow_subnormal=False)
    return st.integers(low, high).flatmap(lambda n: arrays(np.float64, 1 << n, elements=values))


def players_of(table: Array) -> int:
    return table.size.bit_length() - 1


def vote(quota: float, seats: list[float]) -> Array:
    """Return the table of a weighted vote."""
    total = [
        sum(s for n, s in enumerate(seats) if mask >> n & 1) for mask in range(1 << len(seats))
    ]
    return np.array([float(t >= quota) for t in total])


def by_orders(table: Array) -> Array:
    """Shapley by all N! orders."""
    n = players_of(table)
    found = np.zeros(n)
    for order in permutations(range(n)):
        mask = 0
        for player in order:
            found[player] += table[mask | 1 << player] - table[mask]
            mask |= 1 << player
    return found / factorial(n)


def by_subsets(table: Array, banzhaf: bool = False) -> Array:
    """Shapley or Banzhaf by the sum over coalitions without the player."""
    n = players_of(table)
    found = np.zeros(n)
    for player in range(n):
        for mask in range(1 << n):
            if mask >> player & 1:
                continue
            s = mask.bit_count()
            weight = factorial(s) * factorial(n - s - 1) / factorial(n)
            weight = 0.5 ** (n - 1) if banzhaf else weight
            found[player] += weight * (table[mask | 1 << player] - table[mask])
    return found
