"""Weights of players from squares: a forest of ratios, and squares that contradict it."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any, Literal

import numpy as np

from coopetition.games.finite.game import FiniteGame, Profile, Tensor
from coopetition.games.finite.potentials.squares import Square, farthest, first_of
from coopetition.games.finite.tolerance import Slack

Reading = Literal["ratio", "sign", "one-sided", "nothing"]
BASES = 4  # profiles of the others at which squares are looked for
CLEAR = 1e5  # strength that fixes a ratio to many digits: no need to look further


@dataclass(frozen=True, slots=True)
class Edge:
    """A square and what it says about the weights of its players n, m.

    `low` and `high` bound w_n/w_m; `strength` is how far the mixed differences stand out of
    what payoffs may be off (any positive number in exact arithmetic).
    """

    square: Square
    reading: Reading
    ratio: Any = None
    low: Any = None
    high: Any = None
    strength: Any = 0

    @property
    def players(self) -> tuple[int, int]:
        """The two players."""
        return self.square.players

    def turned(self, player: int) -> tuple[int, Any, Any, Any]:
        """Return (other, w_player/w_other, its bounds)."""
        n, m = self.players
        if player == n:
            return m, self.ratio, self.low, self.high
        return n, 1 / self.ratio, 1 / self.high, 1 / self.low


def read(game: FiniteGame, square: Square, slack: Slack) -> Edge:
    """Return what a square says.

    A mixed difference is off by at most twice what its changes are; nothing is read from one that
    is not larger. That one is zero is only said of one within rounding, since small weights might
    explain more.
    """
    x, y = square.mixed(game)
    one, other = (2 * off for off in slack.doubt(square))
    strengths = _stands_out(x, one), _stands_out(y, other)
    if abs(x) > one and abs(y) > other:
        if (x > 0) != (y > 0):
            return Edge(square, "sign", strength=min(strengths))
        low = (abs(x) - one) / (abs(y) + other)
        high = (abs(x) + one) / (abs(y) - other)
        return Edge(square, "ratio", x / y, low, high, min(strengths))
    flat = [bool(abs(v) <= off) for v, off in zip((x, y), slack.zero(square), strict=True)]
    clear = max(strengths) > (0 if game.exact else 2) and flat[strengths.index(min(strengths))]
    return Edge(square, "one-sided" if clear else "nothing", strength=max(strengths))


def _stands_out(value: Any, limit: Any) -> Any:
    return abs(value) / limit if limit else abs(value)


def strongest_edges(game: FiniteGame, slack: Slack) -> list[Edge]:
    """Return a clear square for each pair of players, strongest first, where one was seen.

    Seen are the squares from the first strategies of both, the others at one of a few profiles.
    """
    edges = []
    for n, m in combinations(range(len(game.shape)), 2):
        if game.shape[n] == 1 or game.shape[m] == 1:
            continue
        best = None
        for square in _candidates(game, n, m, slack.most):
            edge = read(game, square, slack)
            if edge.reading == "ratio" and (best is None or edge.strength > best.strength):
                best = edge
                if game.exact or edge.strength > CLEAR:
                    break
        if best is not None:
            edges.append(best)
    return sorted(edges, key=lambda e: e.strength, reverse=True)


def _bases(shape: Profile) -> Iterator[Profile]:
    yield (0,) * len(shape)
    yield tuple(k - 1 for k in shape)
    rng = np.random.default_rng(0)
    for _ in range(BASES - 2):
        yield tuple(int(rng.integers(k)) for k in shape)


def _candidates(game: FiniteGame, n: int, m: int, slack: Tensor) -> Iterator[Square]:
    """Yield the square of each table of the two players whose smaller difference is largest."""
    for base in _bases(game.shape):
        table = tuple(slice(None) if p in (n, m) else a for p, a in enumerate(base))
        sizes = []
        for p in (n, m):
            mixed = game.tensor[p][table]
            mixed = mixed - first_of(mixed, 0)
            mixed = mixed - first_of(mixed, 1)
            sizes.append(abs(mixed) / (slack[p] or 1))
        _, (x, y) = farthest(np.minimum(*sizes))
        yield Square((n, m), tuple(0 if p in (n, m) else a for p, a in enumerate(base)), (x, y))


@dataclass(frozen=True, slots=True)
class Forest:
    """Edges without a cycle; they fix the weights up to one factor per component."""

    size: int
    exact: bool
    edges: tuple[Edge, ...] = ()

    def weights(self) -> tuple[Tensor, tuple[tuple[int, ...], ...]]:
        """Return weights, 1 for the first player of each component, and the components."""
        one: Any = Fraction(1) if self.exact else 1.0
        weights = np.array([one] * self.size, dtype=object if self.exact else float)
        components: list[tuple[int, ...]] = []
        for first in range(self.size):
            if not any(first in players for players in components):
                reached = self._from(first)
                components.append(tuple(sorted(reached)))
                for p, path in reached.items():
                    for edge, start in path:
                        weights[p] /= edge.turned(start)[1]
        return weights, tuple(components)

    def path(self, start: int, end: int) -> list[tuple[Edge, int]] | None:
        """Return the edges from one player to another, each with the player where it begins."""
        return self._from(start).get(end)

    def _from(self, start: int) -> dict[int, list[tuple[Edge, int]]]:
        reached: dict[int, list[tuple[Edge, int]]] = {start: []}
        todo = [start]
        while todo:
            here = todo.pop()
            for edge in self.edges:
                if here in edge.players and (other := edge.turned(here)[0]) not in reached:
                    reached[other] = [*reached[here], (edge, here)]
                    todo.append(other)
        return reached

    def plus(self, edge: Edge) -> "Forest":
        """Return the forest with an edge between two components."""
        return Forest(self.size, self.exact, (*self.edges, edge))

    def swapped(self, old: Edge, new: Edge) -> "Forest":
        """Return the forest with an edge in another's place."""
        rest = tuple(edge for edge in self.edges if edge is not old)
        return Forest(self.size, self.exact, (*rest, new))


def spanning_forest(game: FiniteGame, slack: Slack) -> Forest:
    """Return the strongest edges that form no cycle."""
    forest = Forest(len(game.shape), game.exact)
    for edge in strongest_edges(game, slack):
        if forest.path(*edge.players) is None:
            forest = forest.plus(edge)
    return forest


def contradicts(edge: Edge, path: list[tuple[Edge, int]]) -> bool:
    """Whether the ratio of a square's players cannot be that along a path, whatever is off."""
    low = high = 1
    for step, start in path:
        _, _, least, most = step.turned(start)
        low, high = low * least, high * most
    return bool(edge.low > high or edge.high < low)
