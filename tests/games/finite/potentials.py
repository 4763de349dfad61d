"""Games with known potentials, and slow independent checks of potentials and witnesses."""

from collections.abc import Mapping
from itertools import combinations, product
from typing import Any, NamedTuple

import numpy as np

from coopetition.games.finite.game import FiniteGame, Profile, Tensor

PRISONERS = FiniteGame([[[1, 9], [0, 6]], [[1, 0], [9, 6]]])  # Monderer and Shapley's first
PENNIES = FiniteGame([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
ROCK = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
ROCK_PAPER_SCISSORS = FiniteGame([ROCK, -ROCK])


class Hidden(NamedTuple):
    """A weighted potential game and how it was made."""

    game: FiniteGame
    weights: np.ndarray[Any, Any]
    components: set[frozenset[int]]


def line(shape: Profile, axes: set[int]) -> tuple[int, ...]:
    """Return the shape of a tensor that varies along some axes only."""
    return tuple(k if n in axes else 1 for n, k in enumerate(shape))


def hidden(seed: int, *, blocks: int = 1, smallest: int = 2, decades: float = 0.0) -> Hidden:
    """Draw u_n = w_n (φ + own_n(a_n) + rest_n(a_−n)), φ a sum over blocks of players."""
    rng = np.random.default_rng((11, seed, blocks, smallest))
    size = int(rng.integers(2, 7))
    shape = tuple(int(k) for k in rng.integers(smallest, 6 if size < 5 else 4, size))
    weights = 10 ** rng.uniform(-1.5, 1.5, size) * 10.0 ** (decades * rng.integers(-1, 2, size))
    label = rng.integers(blocks, size=size)
    phi, components = np.zeros(shape), {frozenset([n]) for n in range(size)}
    for block in range(blocks):
        members = {n for n in range(size) if label[n] == block and shape[n] > 1}
        phi = phi + rng.normal(size=line(shape, members))
        components -= {frozenset([n]) for n in members}
        components |= {frozenset(members)} - {frozenset()}
    everybody = set(range(size))
    payoffs = [
        weights[n]
        * (phi + rng.normal(size=line(shape, {n})) + rng.normal(size=line(shape, everybody - {n})))
        for n in range(size)
    ]
    return Hidden(FiniteGame(np.stack(payoffs)), weights, components)


def congestion(rng: np.random.Generator) -> tuple[FiniteGame, Tensor]:
    """Draw a congestion game and Rosenthal's potential: costs of resources by their users."""
    players, resources = int(rng.integers(2, 5)), 4
    cost = rng.integers(0, 20, (resources, players + 1)).astype(float)
    bundles = [
        [s for s in (rng.random((3, resources)) < 0.5)][: int(rng.integers(1, 4))]
        for _ in range(players)
    ]
    shape = tuple(map(len, bundles))
    payoff, potential = np.zeros((players, *shape)), np.zeros(shape)
    for a in product(*map(range, shape)):
        chosen = np.array([bundles[n][a[n]] for n in range(players)])
        users = chosen.sum(axis=0)
        for n in range(players):
            payoff[(n, *a)] = -sum(cost[r, users[r]] for r in range(resources) if chosen[n, r])
        potential[a] = -sum(cost[r, 1 : users[r] + 1].sum() for r in range(resources))
    return FiniteGame(payoff), potential


def misfit(game: FiniteGame, potential: Tensor, weights: Tensor) -> Any:
    """Return the largest |Δu_n − w_n Δφ|, each relative to the player's payoff range."""
    found = []
    for n, own in enumerate(game.tensor):
        left = own - weights[n] * potential
        found.append((left.max(axis=n) - left.min(axis=n)).max() / (game.ranges[n] or 1))
    return max(found)


def largest_gap(game: FiniteGame) -> Any:
    """Return the largest gap of all 4-cycles, one by one."""
    best: Any = 0
    for n, m in combinations(range(len(game.shape)), 2):
        for a in product(*map(range, game.shape)):
            for x, y in product(range(a[n]), range(a[m])):
                b, c, d = list(a), list(a), list(a)
                b[n], d[m] = x, y
                c[n], c[m] = x, y
                u, v = game.tensor[n], game.tensor[m]
                gap = u[tuple(b)] - u[a] + v[tuple(c)] - v[tuple(b)]
                gap += u[tuple(d)] - u[tuple(c)] + v[a] - v[tuple(d)]
                best = max(best, abs(gap))
    return best


def check_squares(game: FiniteGame, witness: Mapping[str, Any]) -> None:
    """Recompute a witness of squares from its names; assert that it excludes a potential."""
    product_of_ratios: Any = 1
    here = None
    ratios = []
    for square in witness["squares"]:
        corners = [
            tuple(own.index(name) for own, name in zip(game.strategies, corner, strict=True))
            for corner in square["corners"]
        ]
        n, m = (game.players.index(name) for name in square["players"])
        changes = [
            [p for p in range(len(a)) if a[p] != b[p]]
            for a, b in zip(corners, corners[1:] + corners[:1], strict=True)
        ]
        assert changes == [[n], [m], [n], [m]]
        x, y = (sum(s * game.tensor[p][c] for s, c in zip((1, -1, 1, -1), corners, strict=True))
                for p in (n, m))  # fmt: skip
        ratios.append((n, m, x, y))
    if witness["reason"] == "gap":
        (_, _, x, y) = ratios[0]
        assert x != y
    elif witness["reason"] in ("sign", "one-sided"):
        (_, _, x, y) = ratios[0]
        limit = 0 if game.exact else 1e-12 * max(abs(x), abs(y))
        assert x * y < 0 or min(abs(x), abs(y)) <= limit
    else:
        assert witness["reason"] == "ratios"
        assert len(ratios) >= 2
        (n, here, x, y), *rest = ratios
        product_of_ratios = x / y  # w_n/w_m; then back from n to m along the others
        start = n
        for n, m, x, y in rest:
            assert start in (n, m)
            other, ratio = (m, x / y) if start == n else (n, y / x)
            product_of_ratios, start = product_of_ratios / ratio, other
        assert start == here
        assert abs(product_of_ratios - 1) > (0 if game.exact else 1e-12)


def least_changes(game: FiniteGame) -> Tensor:
    """Return each player's smallest payoff change, all of which differ from 0."""
    found = []
    for n, own in enumerate(game.tensor):
        ranked = np.diff(np.sort(own, axis=n), axis=n)
        found.append(ranked.min() if ranked.size else game.ranges[n])
    return np.array(found)
