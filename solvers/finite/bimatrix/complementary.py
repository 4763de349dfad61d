"""Pairs of vertices that leave no strategy without a reason: extreme equilibria."""

from collections.abc import Iterable
from math import inf
from time import monotonic

import numpy as np

from coopetition.solvers.finite.bimatrix.polytope import members

PATIENCE = 256  # vertices between two looks at the clock


def complementary(
    first: Iterable[int], second: Iterable[int], m: int, n: int, deadline: float = inf
) -> tuple[list[tuple[int, int]], bool]:
    """Return pairs of label sets that together hold all labels 0 … m + n − 1; whether all pairs.

    A label is a strategy: a vertex has those that its own player does not use, and the other's
    that are best replies. Sets are bit masks, of at least m labels in `first`, and n in `second`.

    Sets without a surplus pair only with their complement, which is looked up. For the others, a
    long mask per label says which sets of the other side hold it; those of all missing labels are
    intersected.

    Examples
    --------
    >>> complementary([0b0011, 0b0111], [0b1100, 0b1001], 2, 2)
    ([(3, 12), (7, 12), (7, 9)], True)
    """
    one, two = list(first), list(second)
    there, everything = set(two), (1 << m + n) - 1
    surplus = [mask for mask in two if mask.bit_count() > n]
    degenerate = bool(surplus) or any(mask.bit_count() > m for mask in one)
    pools = [(some, _holders(some, m + n) if degenerate else []) for some in (surplus, two)]
    found: list[tuple[int, int]] = []
    for count, mask in enumerate(one):
        if not count % PATIENCE and monotonic() > deadline:
            return found, False
        missing = everything ^ mask
        simple = mask.bit_count() == m
        if simple and missing in there:
            found.append((mask, missing))
        pool, holders = pools[0 if simple else 1]
        both = (1 << len(pool)) - 1
        for label in members(missing):
            if not both:
                break
            both &= holders[label]
        found += [(mask, pool[k]) for k in members(both)]
    return found, True


def _holders(masks: list[int], labels: int) -> list[int]:
    """Return for each label which of the masks hold it, as a bit mask of their numbers."""
    found = []
    for label in range(labels):
        holds = np.fromiter((mask >> label & 1 for mask in masks), dtype=bool, count=len(masks))
        found.append(int.from_bytes(np.packbits(holds, bitorder="little").tobytes(), "little"))
    return found
