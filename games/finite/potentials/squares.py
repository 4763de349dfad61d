"""Squares: two players, two strategies each, the others fixed. Where potentials fail.

For a square with corners a (both low) and b (both high) a player's *mixed difference* is
u(a) − u(b_n, a_m) − u(a_n, b_m) + u(b). A w-weighted potential makes the mixed differences of the
two players proportional to their weights; an exact one makes them equal, so that the payoff
changes around the square sum to zero (Monderer and Shapley 1996).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, product
from math import prod
from typing import Any

import numpy as np

from coopetition.games.finite.game import FiniteGame, Profile, Tensor

BLOCK = 1 << 16  # numbers a piece: a few such pieces fit the second-level cache
Index = tuple[slice, ...]


@dataclass(frozen=True, slots=True)
class Square:
    """Two players n, m who switch from `start` to the strategies `to`."""

    players: tuple[int, int]
    start: Profile
    to: tuple[int, int]

    @property
    def corners(self) -> tuple[Profile, Profile, Profile, Profile]:
        """The four profiles in cyclic order: start, n switched, both switched, m switched."""
        (n, m), (x, y), a = self.players, self.to, self.start
        one, other = switched(a, n, x), switched(a, m, y)
        return a, one, switched(one, m, y), other

    def mixed(self, game: FiniteGame) -> tuple[Any, Any]:
        """Return the mixed differences of the two players' payoffs."""
        a, b, c, d = self.corners
        first, second = (
            own[a] - own[b] + own[c] - own[d] for own in (game.tensor[p] for p in self.players)
        )
        return first, second

    def gap(self, game: FiniteGame) -> Any:
        """Return the sum of the payoff changes around the cycle of the four corners."""
        first, second = self.mixed(game)
        return second - first


def switched(profile: Profile, player: int, strategy: int) -> Profile:
    """Return a profile with another strategy of one player."""
    return (*profile[:player], strategy, *profile[player + 1 :])


def blocks(shape: Profile, keep: tuple[int, ...]) -> Iterator[Index]:
    """Yield indices that cut a tensor into pieces that fit the cache, the axes `keep` whole."""
    size = prod(shape)
    cuts: list[list[slice]] = []
    for axis, length in enumerate(shape):
        step = length
        if axis not in keep and size > BLOCK:
            rest = size // length
            step = min(length, max(1, BLOCK // rest))
            size = rest * step
        cuts.append([slice(i, i + step) for i in range(0, length, step)])
    yield from product(*cuts)


def first_of(values: Tensor, axis: int) -> Tensor:
    """Return the part of a tensor where one player uses its first strategy."""
    return values[(slice(None),) * axis + (slice(0, 1),)]


def farthest(values: Tensor) -> tuple[Any, Profile]:
    """Return the largest absolute value and where it is."""
    high, low = int(values.argmax()), int(values.argmin())
    flat = values.reshape(-1)
    place = high if flat[high] >= -flat[low] else low
    return abs(flat[place]), tuple(map(int, np.unravel_index(place, values.shape)))


def widest_square(game: FiniteGame) -> Square | None:
    """Return a square whose gap is at least a quarter of the largest.

    Only squares that start from the first strategies of both players are looked at, N(N − 1)/2
    passes over one player's payoffs. That loses at most the factor 4: with g(x, y) the gap of the
    square from the first strategies to (x, y), the gap of the square from (x, y) to (x', y') is
    g(x', y') − g(x, y') − g(x', y) + g(x, y) up to sign, since mixed differences of one tensor add
    in this way; so no gap exceeds 4 max |g|.
    """
    best: tuple[Any, Square | None] = (0, None)
    for n, m in combinations(range(len(game.players)), 2):
        found, gap = widest_of_pair(game, n, m)
        if gap > best[0]:
            best = gap, found
    return best[1]


def widest_of_pair(game: FiniteGame, n: int, m: int) -> tuple[Square, Any]:
    """Return the square from the first strategies of two players with the largest gap."""
    best: tuple[Any, Profile] = (-1, ())
    for index in blocks(game.shape, (n, m)):
        gaps = game.tensor[m][index] - game.tensor[n][index]
        gaps = gaps - first_of(gaps, n)
        gaps = gaps - first_of(gaps, m)
        size, place = farthest(gaps)
        if size > best[0]:
            best = size, tuple(p + cut.start for p, cut in zip(place, index, strict=True))
    size, end = best
    start = tuple(0 if p in (n, m) else a for p, a in enumerate(end))
    return Square((n, m), start, (end[n], end[m])), size
