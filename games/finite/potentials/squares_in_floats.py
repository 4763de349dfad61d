"""Every square of a game of floats, judged by its own payoffs: what one tolerance for all hides."""

from collections.abc import Iterator
from itertools import combinations, product
from math import comb, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coopetition.games.finite.game import FiniteGame, Tensor
from coopetition.games.finite.potentials.squares import Square
from coopetition.games.finite.tolerance import Slack, room

MOST_SQUARES = 1 << 24  # a second or two
CHUNK = 1 << 17  # squares looked at together
TINY = float(np.finfo(float).tiny)
SURE = 1e100  # rank of what is beyond doubt
Integers = NDArray[np.intp]
Pairs = tuple[Integers, Integers]  # two strategies each


def contradicting_square(game: FiniteGame, weights: Tensor, slack: Slack) -> Square | None:
    """Return the square that contradicts the weights most, if one does.

    With x and y the mixed differences of the two players, |x/w_n − y/w_m| may not exceed what x
    and y may be off by the payoffs of that square; squares that do so beyond doubt come first.
    Looked at are all squares; where there are more than `MOST_SQUARES`, those of strategies that
    follow on each other from small payoffs to large ones, whose mixed differences sum to all
    others; and none where these are too many too.
    """
    every = count_squares(game) <= MOST_SQUARES
    if game.exact or not (every or _count_neighbors(game) <= MOST_SQUARES):
        return None
    best: tuple[float, Square | None] = (0.0, None)
    for n, m in combinations(range(len(game.shape)), 2):
        pairs = [_pairs(game, p, (n, m), every) for p in (n, m)]
        if all(len(one) for one, _ in pairs):
            best = max(
                best, _worst(game, (n, m), pairs, weights, slack), key=lambda found: found[0]
            )
    return best[1]


def count_squares(game: FiniteGame) -> int:
    """Return how many squares there are: two players, two strategies each, the others fixed."""
    shape = game.shape
    return sum(
        comb(shape[n], 2) * comb(shape[m], 2) * (prod(shape) // (shape[n] * shape[m]))
        for n, m in combinations(range(len(shape)), 2)
    )


def _count_neighbors(game: FiniteGame) -> int:
    size = len(game.shape)
    return size * (size - 1) // 2 * prod(game.shape)  # a bound


def _pairs(game: FiniteGame, player: int, both: tuple[int, int], every: bool) -> Pairs:
    """Return pairs of a player's strategies: all, or neighbors by the size of payoffs."""
    if every:
        one, other = np.triu_indices(game.shape[player], 1)
        return one, other
    others = tuple(p for p in range(len(game.shape)) if p != player)
    sizes = [np.abs(game.tensor[p]).max(axis=others) for p in both]
    order = np.argsort(np.maximum(*(own / (own.max() or 1.0) for own in sizes)), kind="stable")
    return order[:-1], order[1:]


def _worst(
    game: FiniteGame, players: tuple[int, int], pairs: list[Pairs], weights: Tensor, slack: Slack
) -> tuple[float, Square | None]:
    """Return the worst square of two players and its rank, 0 where none contradicts the weights.

    The rank is the gap relative to what is allowed, and above all others beyond doubt.
    """
    n, m = players
    others = tuple(k for p, k in enumerate(game.shape) if p not in players)
    # The first axis is the one who moves: mixed differences are the same from both sides.
    one, two = (
        np.moveaxis(game.tensor[p], (p, q), (0, 1)).reshape(game.shape[p], game.shape[q], -1)
        for p, q in (players, players[::-1])
    )
    doubt = 2 * (slack.least[n] / weights[n] + slack.least[m] / weights[m])
    best: tuple[float, tuple[int, ...]] = (0.0, ())
    for first, second, rest in _pieces(pairs, one.shape[2]):
        x, off_x = _mixed(one[..., rest], first, second, slack.tol)
        y, off_y = _mixed(two[..., rest], second, first, slack.tol)
        gap = np.abs(x / weights[n] - y.swapaxes(0, 1) / weights[m])
        allowed = 2 * (off_x / weights[n] + off_y.swapaxes(0, 1) / weights[m])
        excess = np.where(gap > allowed, gap / np.maximum(allowed, TINY), 0.0)
        if excess.any():
            excess[gap > np.maximum(allowed, doubt)] += SURE
        place = int(excess.argmax())
        if excess.flat[place] > best[0]:
            i, j, r = np.unravel_index(place, excess.shape)
            here = first[0][i], first[1][i], second[0][j], second[1][j], rest.start + r
            best = float(excess.flat[place]), tuple(map(int, here))
    if not best[1]:
        return 0.0, None
    a, b, c, d, flat = best[1]
    fixed = iter(map(int, np.unravel_index(flat, others)) if others else ())
    moving = {n: a, m: c}
    start = tuple(moving[p] if p in moving else next(fixed) for p in range(len(game.shape)))
    return best[0], Square(players, start, (b, d))


def _pieces(pairs: list[Pairs], rest: int) -> Iterator[tuple[Pairs, Pairs, slice]]:
    """Yield parts of the pairs of both players, and of what the others do."""
    (a, b), (c, d) = pairs
    wide = max(1, CHUNK // len(c))
    deep = max(1, CHUNK // (min(wide, len(a)) * len(c)))
    for i, r in product(range(0, len(a), wide), range(0, rest, deep)):
        yield (a[i : i + wide], b[i : i + wide]), (c, d), slice(r, min(r + deep, rest))


def _mixed(own: Tensor, moves: Pairs, others: Pairs, tol: float) -> tuple[Any, Any]:
    """Return mixed differences, and what a change may be off; shape (moves, others, rest)."""
    (a, b), (c, d) = moves, others
    change, size = own[a] - own[b], np.maximum(np.abs(own[a]), np.abs(own[b]))
    changes = np.maximum(np.abs(change[:, c]), np.abs(change[:, d]))
    sizes = np.maximum(size[:, c], size[:, d])
    return change[:, c] - change[:, d], room(changes, sizes, tol)
