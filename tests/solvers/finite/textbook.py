"""Games with known equilibria, and slow searches that share nothing with the fast ones."""

from itertools import combinations, product

import numpy as np

from coopetition.games.finite import FiniteGame

PENNIES = FiniteGame([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]], title="matching pennies")
BATTLE = FiniteGame(
    [[[2, 0], [0, 1]], [[1, 0], [0, 2]]], ["A", "B"], [("ball", "opera")] * 2, title="battle"
)
PRISONERS = FiniteGame([[[3, 0], [5, 1]], [[3, 5], [0, 1]]], ["A", "B"], [("c", "d")] * 2)
STAG = FiniteGame([[[4, 0], [3, 3]], [[4, 3], [0, 3]]], strategies=[("stag", "hare")] * 2)
# von Stengel, in Nisan et al., Algorithmic Game Theory (2007), (3.3): three equilibria.
STENGEL = FiniteGame([[[3, 3], [2, 5], [0, 6]], [[3, 2], [2, 6], [3, 1]]])
ROCK = [[0, -1, 1], [1, 0, -1], [-1, 1, 0]]
PAPER = FiniteGame([ROCK, (-np.array(ROCK)).tolist()], title="rock, paper, scissors")


def random_game(shape: tuple[int, ...], seed: int, values: int = 0) -> FiniteGame:
    """Return a game with payoffs drawn from [0, 1], or from 0 … values − 1 so that many tie."""
    rng = np.random.default_rng(seed)
    size = (len(shape), *shape)
    return FiniteGame(rng.integers(values, size=size) if values else rng.random(size))


def brute_pure(game: FiniteGame, epsilon: float = 0.0) -> list[tuple[int, ...]]:
    """Return pure equilibria by trying every change of every player at every profile."""
    found = []
    for profile in product(*map(range, game.shape)):
        stays = True
        for n, count in enumerate(game.shape):
            for other in range(count):
                changed = (*profile[:n], other, *profile[n + 1 :])
                stays &= bool(game.tensor[n][changed] - game.tensor[n][profile] <= epsilon)
        if stays:
            found.append(profile)
    return found


def brute_mixed(game: FiniteGame) -> list[np.ndarray]:
    """Return equilibria of a generic two-player game by supports of equal size, as one vector."""
    (a, b), (m, n) = game.tensor, game.shape
    found = []
    for size in range(1, min(m, n) + 1):
        for rows in combinations(range(m), size):
            for columns in combinations(range(n), size):
                here = np.ix_(rows, columns)
                y, x = _even(a[here]), _even(b[here].T)
                if x is None or y is None:
                    continue
                whole = np.zeros(m), np.zeros(n)
                whole[0][list(rows)], whole[1][list(columns)] = x, y
                if (game.mixed_regret(whole) < 1e-9).all():
                    found.append(np.concatenate(whole))
    return found


def _even(payoffs: np.ndarray) -> np.ndarray | None:
    """Return the mixture of columns that makes all rows worth the same, if it is one."""
    size = len(payoffs)
    system = np.block([[payoffs, -np.ones((size, 1))], [np.ones((1, size)), np.zeros((1, 1))]])
    try:
        solution = np.linalg.solve(system, np.append(np.zeros(size), 1.0))[:-1]
    except np.linalg.LinAlgError:
        return None
    return solution if (solution >= 0).all() else None
