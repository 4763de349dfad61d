"""Who would move where: the graph of unilateral improvements, its sinks and its cycles.

A profile points to another where one player, changing alone, gains. Sinks are the pure Nash
equilibria. Without a cycle every sequence of improvements ends (the finite improvement property:
there is a generalized ordinal potential, and conversely; Monderer and Shapley, Potential games,
Games and Economic Behavior 14, 1996, Lemma 2.5). Components that are strongly connected and never
left, but hold several profiles, are where better replies go round for ever.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coopetition.games.errors import InvalidInputError
from coopetition.games.finite.game import FiniteGame, Profile

MOST_EDGES = 30_000_000  # two profiles that differ in one strategy have one edge at most


@dataclass(frozen=True, eq=False)
class ImprovementGraph:
    """The improvements of a game, as a sparse matrix over profiles.

    `edges[i, j]` is one more than the number of the player who gains by going from profile i to
    profile j; profiles are counted as `numpy.ravel_multi_index` does.
    """

    shape: Profile
    edges: Any  # scipy.sparse.csr_array of whole numbers, (profiles, profiles)
    best: bool

    def profile(self, index: int) -> Profile:
        """Return the profile with a number."""
        return tuple(int(a) for a in np.unravel_index(index, self.shape))

    def moves(self, profile: Sequence[int]) -> list[tuple[int, Profile]]:
        """Return who improves from a profile, from 0, and where to."""
        row = self.edges[[int(np.ravel_multi_index(tuple(profile), self.shape))]].tocoo()
        return [
            (int(player) - 1, self.profile(int(to)))
            for to, player in zip(row.coords[1], row.data, strict=True)
        ]

    @cached_property
    def sinks(self) -> list[Profile]:
        """The profiles that nobody leaves: all pure Nash equilibria."""
        return self._profiles(np.flatnonzero(np.diff(self.edges.indptr) == 0))

    @cached_property
    def labels(self) -> NDArray[np.int32]:
        """The number of each profile's strongly connected component."""
        from scipy.sparse.csgraph import connected_components

        return connected_components(self.edges, directed=True, connection="strong")[1]

    @property
    def acyclic(self) -> bool:
        """Whether no sequence of these moves returns to where it was."""
        return int(self.labels.max()) + 1 == self.labels.size

    @property
    def weakly_acyclic(self) -> bool:
        """Whether from every profile some sequence of these moves ends at a sink."""
        return not self.traps

    @cached_property
    def components(self) -> list[list[Profile]]:
        """The strongly connected components of several profiles, largest first."""
        return [self._profiles(part) for part in self._parts(np.bincount(self.labels) > 1)]

    @cached_property
    def traps(self) -> list[list[Profile]]:
        """Those components that no move leaves: from there no sequence ends."""
        start = np.repeat(self.labels, np.diff(self.edges.indptr))
        several = np.bincount(self.labels) > 1
        several[start[start != self.labels[self.edges.indices]]] = False
        return [self._profiles(part) for part in self._parts(several)]

    def cycle(self) -> list[Profile] | None:
        """Return profiles that improvements go round, the last leading to the first, if any."""
        several = np.bincount(self.labels) > 1
        if not several.any():
            return None
        # Every profile of the component points to another of it: walk until one comes again.
        place = int(np.argmax(several[self.labels]))
        seen: dict[int, int] = {}
        while place not in seen:
            seen[place] = len(seen)
            to = self.edges.indices[self.edges.indptr[place] : self.edges.indptr[place + 1]]
            place = int(to[self.labels[to] == self.labels[place]][0])
        return [self.profile(index) for index in list(seen)[seen[place] :]]

    def _profiles(self, indices: NDArray[Any]) -> list[Profile]:
        places = np.unravel_index(indices, self.shape)
        return list(zip(*(own.tolist() for own in places), strict=True))

    def _parts(self, wanted: NDArray[np.bool_]) -> list[NDArray[Any]]:
        """Return the profiles of the components wanted, the largest component first."""
        members = np.flatnonzero(wanted[self.labels])
        order = members[np.argsort(self.labels[members], kind="stable")]
        cuts = np.flatnonzero(np.diff(self.labels[order])) + 1
        parts = np.split(order, cuts) if order.size else []
        return sorted(parts, key=len, reverse=True)


def improvement_graph(
    game: FiniteGame, *, best: bool = False, tolerance: float = 0.0
) -> ImprovementGraph:
    """Return the graph of unilateral improvements, or of best replies only.

    Parameters
    ----------
    best
        Only moves to a strategy that is best against the others.
    tolerance
        What a player must gain more than, in payoff units: rounding in payoffs makes spurious
        improvements.

    Raises
    ------
    InvalidInputError
        If there may be over thirty million moves, or the tolerance is negative.

    Examples
    --------
    >>> pennies = FiniteGame([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
    >>> graph = improvement_graph(pennies)
    >>> graph.sinks, graph.cycle()
    ([], [(0, 0), (0, 1), (1, 1), (1, 0)])
    """
    from scipy.sparse import csr_array

    if not tolerance >= 0.0:
        raise InvalidInputError(f"`tolerance` must be 0 or more, got {tolerance!r}")
    shape, count = game.shape, math.prod(game.shape)
    most = sum(count * (k - 1) // 2 for k in shape)
    if most > MOST_EDGES:
        raise InvalidInputError(
            f"the game may have {most:,} improvements, the limit is {MOST_EDGES:,}"
        )
    start, end, player = [], [], []
    numbers = np.arange(count, dtype=np.int32).reshape(shape)
    for n, k in enumerate(shape):
        lines = np.moveaxis(game.tensor[n], n, 0)
        places = np.moveaxis(numbers, n, 0)
        top = lines.max(axis=0)
        for b in range(k):
            gains = lines[b] - lines > tolerance
            if best:
                gains = gains & (lines[b] == top)
            start.append(places[gains])
            end.append(np.broadcast_to(places[b], gains.shape)[gains])
            player.append(np.full(start[-1].size, n + 1, dtype=np.int8))
    data, rows, columns = map(np.concatenate, (player, start, end))
    edges = csr_array((data, (rows, columns)), shape=(count, count))
    return ImprovementGraph(shape, edges, best)
