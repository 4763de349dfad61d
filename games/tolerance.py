"""What still counts as nothing: one share, of what each can move itself.

A regret is small or large beside what its player has in its own hands, not beside what a rival
values the model at, nor beside costs that are fixed. So everybody has a tolerance of its own,

    1e-9 × `Game.reach(profile)`,

in money: the same verdict in every unit of money and of data, whoever else takes part. For a
player who can move nothing it is 0. Certificates by slopes are exact to far less; where payoffs
are known as numbers only, `Game.reach` counts in what their rounding may be.
"""

import math
from typing import TYPE_CHECKING, overload

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError

if TYPE_CHECKING:
    from coopetition.games.base import Game

SHARE = 1e-9
ROUNDING = 1e-12  # of payoffs that are compared as numbers
SMALLEST = float(np.finfo(float).tiny)


def tolerances(game: "Game", profile: Array, tol: float | None = None) -> Array:
    """Return how much each player may gain at what still counts as an equilibrium, shape (N,).

    Parameters
    ----------
    tol : payoff units, optional
        The user's own, for everybody.

    Raises
    ------
    InvalidInputError
        If `tol` is not a finite number of at least 0.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.35), local_data=[1500, 900],
    ...     value=[1e11, 1000], max_contribution=[4000, 4000], unit_cost=0.001)
    >>> tolerances(game, game.spaces.lower).round(9).tolist()
    [5.267079621, 5.3e-08]
    >>> tolerances(game, game.spaces.lower, 0.5).tolist()
    [0.5, 0.5]
    """
    tol = checked_tolerance(tol)
    if tol is not None:
        return np.full(len(game.players), float(tol))
    return share_of(np.asarray(game.reach(profile)))


@overload
def share_of(scale: float) -> float: ...


@overload
def share_of(scale: Array) -> Array: ...


def share_of(scale: float | Array) -> float | Array:
    """Return the default tolerance of terms of some size: 1e-9 of it."""
    return SHARE * scale


def rounding(*terms: Array | float) -> Array:
    """Return what a difference of such terms may be by rounding alone, of their common shape.

    Below the smallest normal float rounding is no share of a number.
    """
    return np.asarray(ROUNDING * sum(np.abs(term) for term in terms) + SMALLEST)


def checked_tolerance(tol: float | None, name: str = "tol") -> float | None:
    """Return a tolerance, refusing what is not a finite number of at least 0."""
    if tol is None:
        return None
    number = isinstance(tol, (int, float, np.number)) and not isinstance(tol, bool)
    if not (number and tol >= 0):
        raise InvalidInputError(f"`{name}` must be at least 0, got {tol!r}")
    if not math.isfinite(tol):
        raise InvalidInputError(f"`{name}` must be finite, got {tol!r}")
    return tol + 0.0  # -0 is 0
