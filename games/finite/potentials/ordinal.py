"""Ordinal, generalized ordinal and best-response potentials, by graphs of profiles.

A profile points to another if one player may change so without loss (a tie, both ways) or with
gain (strict). There is a potential exactly where no cycle contains a strict change; it is the level
of a profile in the order that the strict changes give. Which changes count:

- ordinal: all of them (Voorneveld and Norde, Games and Economic Behavior 19, 1997);
- generalized ordinal: the strict ones (Monderer and Shapley 1996);
- best-response: those to a best reply (Voorneveld, Economics Letters 66, 2000).
"""

from dataclasses import dataclass
from math import prod
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from coopetition.games.finite.game import FiniteGame, Profile, Tensor
from coopetition.games.finite.tolerance import Slack

OrderKind = Literal["ordinal", "generalized-ordinal", "best-response"]
Integers = NDArray[np.int64]
TRIES = 8  # strict changes from which a short cycle is looked for


@dataclass(frozen=True, slots=True)
class Edges:
    """Changes from profile `tail` to profile `head`, by number; `strict` where the player gains."""

    tail: Integers
    head: Integers
    strict: NDArray[np.bool_]


def search_order(
    game: FiniteGame, kind: OrderKind, slack: Slack
) -> tuple[bool | None, Tensor | None, tuple[Profile, ...]]:
    """Return (holds, potential, cycle) of a kind.

    Payoffs of one player, against one choice of the others, that are closer than they may be off
    count as ties, and so do chains of such payoffs. Where that changes an order, the payoffs are
    also taken literally; `holds` is None where the two answers differ.
    """
    rough = [ranks(own, n, slack) for n, own in enumerate(game.tensor)]
    levels, cycle = decide(rough, kind)
    if not game.exact:
        fine = [ranks(own, n) for n, own in enumerate(game.tensor)]
        if any((a != b).any() for a, b in zip(rough, fine, strict=True)):
            literal, _ = decide(fine, kind)
            if (literal is None) != (levels is None):
                return None, None, ()
    return levels is not None, levels, cycle


def ranks(own: Tensor, axis: int, slack: Slack | None = None) -> Integers:
    """Return a player's order of its strategies against every choice of the others; ties equal.

    Two floats may be off by the share `slack.tol` of the larger one, or of the range of the line
    where that is smaller; and by the rounding of the player's largest payoff. Without `slack` they
    are compared literally.
    """
    order = np.argsort(own, axis=axis, kind="stable")
    ranked = np.take_along_axis(own, order, axis)
    lower = (slice(None),) * axis
    low, high = ranked[(*lower, slice(-1))], ranked[(*lower, slice(1, None))]
    off: Any = 0
    if slack is not None and not slack.game.exact:
        spread = ranked[(*lower, slice(-1, None))] - ranked[(*lower, slice(1))]
        largest = np.maximum(np.abs(low), np.abs(high))
        off = np.maximum(slack.tol * np.minimum(spread, largest), slack.least[axis])
    jumps = high - low > off
    classes = np.zeros(own.shape, dtype=np.int64)
    np.cumsum(jumps.astype(np.int64), axis=axis, out=classes[(*lower, slice(1, None))])
    found = np.empty_like(classes)
    np.put_along_axis(found, order, classes, axis)
    return found


def decide(orders: list[Integers], kind: OrderKind) -> tuple[Integers | None, tuple[Profile, ...]]:
    """Return the levels of all profiles, or None and a cycle with a strict change."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    shape, size = orders[0].shape, prod(orders[0].shape)
    edges = edges_of(orders, kind)
    weights = np.ones(edges.tail.size, dtype=np.int8)
    graph = csr_array((weights, (edges.tail, edges.head)), shape=(size, size))
    count, found = connected_components(graph, directed=True, connection="strong")
    label = found.astype(np.int64)
    wrong = np.flatnonzero(edges.strict & (label[edges.tail] == label[edges.head]))
    if wrong.size:
        chosen = wrong[:: max(1, wrong.size // TRIES)][:TRIES]
        cycles = [_cycle(graph, int(edges.tail[e]), int(edges.head[e])) for e in chosen]
        shortest = min(cycles, key=len)
        return None, tuple(tuple(map(int, np.unravel_index(p, shape))) for p in shortest)
    tail, head = label[edges.tail[edges.strict]], label[edges.head[edges.strict]]
    return levels_of(tail, head, count)[label].reshape(shape), ()


def edges_of(orders: list[Integers], kind: OrderKind) -> Edges:
    """Return enough changes for their paths to be those of all changes that count."""
    numbers = np.arange(prod(orders[0].shape)).reshape(orders[0].shape)
    tails, heads, strict = [], [], []
    for n, own in enumerate(orders):
        line = np.moveaxis(own, n, -1).reshape(-1, own.shape[n])
        place = np.moveaxis(numbers, n, -1).reshape(line.shape)
        order = np.argsort(line, axis=1, kind="stable")
        line, place = (np.take_along_axis(v, order, 1) for v in (line, place))
        for i, j in _pairs(own.shape[n], kind):
            x, y = line[:, i], line[:, j]
            ties = (x == y) & (kind != "generalized-ordinal")
            gains = (x + 1 == y) if kind == "generalized-ordinal" else x < y
            if kind == "best-response":
                ties &= y == line[:, -1]
            for where, gained in ((ties, False), (gains, True)):
                tails.append(place[where, i])
                heads.append(place[where, j])
                if not gained:
                    tails.append(place[where, j])
                    heads.append(place[where, i])
                strict.append(np.full(int(where.sum()) * (1 if gained else 2), gained))
    empty = np.empty(0, dtype=np.int64)
    return Edges(
        np.concatenate([empty, *tails]),
        np.concatenate([empty, *heads]),
        np.concatenate([empty.astype(bool), *strict]),
    )


def _pairs(count: int, kind: OrderKind) -> list[tuple[int, int]]:
    """Return the places in a sorted line that are to be compared, lower first."""
    if kind == "ordinal":
        return [(i, i + 1) for i in range(count - 1)]
    if kind == "best-response":
        return [(i, count - 1) for i in range(count - 1)]
    return [(i, j) for j in range(count) for i in range(j)]


def _cycle(graph: Any, start: int, then: int) -> list[int]:
    """Return the cycle that goes from `start` to `then` and the shortest way back."""
    from scipy.sparse.csgraph import breadth_first_order

    _, before = breadth_first_order(graph, then, directed=True, return_predecessors=True)
    way = [start]
    while way[-1] != then:
        way.append(int(before[way[-1]]))
    return [way[0], *reversed(way[1:])]


def levels_of(tail: Integers, head: Integers, count: int) -> Integers:
    """Return for each node of a graph without cycles the length of the longest path to it."""
    order = np.argsort(tail, kind="stable")
    after = head[order]
    start = np.searchsorted(tail[order], np.arange(count + 1))
    waiting = np.bincount(head, minlength=count)
    level = np.zeros(count, dtype=np.int64)
    now, step = np.flatnonzero(waiting == 0), 0
    while now.size:
        level[now] = step
        sizes = start[now + 1] - start[now]
        offsets = np.repeat(start[now] - np.cumsum(sizes) + sizes, sizes)
        reached, times = np.unique(after[offsets + np.arange(sizes.sum())], return_counts=True)
        waiting[reached] -= times
        now, step = reached[waiting[reached] == 0], step + 1
    return level
