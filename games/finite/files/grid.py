"""A finite game from a continuous one: every player is held to a grid of its contributions."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.base import Game
from coopetition.games.errors import InvalidInputError
from coopetition.games.finite.game import MOST_PLAYERS, FiniteGame

MOST_NUMBERS = 10_000_000  # payoffs in a tensor: 80 MB
CHUNK = 65_536  # profiles evaluated at once


def discretize(game: Game, points: int | Sequence[int | ArrayLike]) -> FiniteGame:
    """Hold every player to finitely many contributions.

    A player's strategies are named by its contributions. An equilibrium of the grid need not be
    near one of the game: the best reply may lie between two points.

    Parameters
    ----------
    points : a number, or one for each player
        How many, at equal distances from the lower end of the interval to the upper (one for a
        player that cannot choose); or the contributions themselves.

    Raises
    ------
    InvalidInputError
        If points leave the interval or repeat, or there would be over ten million payoffs.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> round = CoopetitionRound(gain=PowerGain(1, 2, 0.35), local_data=[1500, 900],
    ...     max_contribution=4000, value=1000, unit_cost=0.001)
    >>> coarse = discretize(round, 3)
    >>> coarse.strategies[0], bool((coarse.payoffs((1, 2)) == round.payoffs([2000, 4000])).all())
    (('0', '2000', '4000'), True)
    """
    size = len(game.players)
    wanted = list(points) if isinstance(points, Sequence | np.ndarray) else [points] * size
    if len(wanted) != size:
        raise InvalidInputError(f"`points` must be one number or {size}, got {len(wanted)}")
    if size > MOST_PLAYERS:
        raise InvalidInputError(f"a finite game has at most {MOST_PLAYERS} players, got {size}")
    shape = tuple(np.size(p) if np.ndim(p) else _count(game, n, p) for n, p in enumerate(wanted))
    if size * math.prod(shape) > MOST_NUMBERS:
        raise InvalidInputError(
            f"`points` makes {size * math.prod(shape):,} payoffs, the limit is {MOST_NUMBERS:,}"
        )
    axes = [_axis(game, n, p if np.ndim(p) else shape[n]) for n, p in enumerate(wanted)]
    tensor = np.empty((size, math.prod(shape)))
    for start in range(0, tensor.shape[1], CHUNK):
        part = np.arange(start, min(start + CHUNK, tensor.shape[1]))
        places = np.unravel_index(part, shape)
        profiles = np.stack([own[at] for own, at in zip(axes, places, strict=True)], axis=-1)
        tensor[:, part] = game.payoffs(profiles).T
    names = [[repr(x).removesuffix(".0") for x in own.tolist()] for own in axes]
    return FiniteGame(tensor.reshape(size, *shape), game.players, names)


def _count(game: Game, n: int, points: object) -> int:
    """Return how many points a number asks for: one where the player cannot choose."""
    if isinstance(points, bool) or not isinstance(points, int | np.integer) or points < 1:
        raise InvalidInputError(f"`points` must be whole numbers from 1, got {points!r:.40}")
    return int(points) if game.spaces.lower[n] < game.spaces.upper[n] else 1


def _axis(game: Game, n: int, points: int | ArrayLike) -> Array:
    """Return a player's contributions."""
    lower, upper = float(game.spaces.lower[n]), float(game.spaces.upper[n])
    if np.ndim(points) == 0:
        values = np.linspace(lower, upper, int(np.asarray(points)))
    else:
        values = np.array(points, dtype=float)
    inside = (values >= lower) & (values <= upper)
    if values.ndim != 1 or not inside.all() or np.unique(values).size != values.size:
        raise InvalidInputError(
            f"the points of {game.players[n]} must be different numbers in "
            f"[{lower:g}, {upper:g}], got {values!r:.80}"
        )
    return values
