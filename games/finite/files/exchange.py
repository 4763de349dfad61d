"""Finite games from and to other libraries: nashpy's objects, Gambit's as .nfg text."""

import io
from typing import Any

from coopetition.games.errors import InvalidInputError, UnsupportedGameError, require
from coopetition.games.finite.files.nfg import from_nfg, to_nfg
from coopetition.games.finite.game import FiniteGame


def from_nashpy(game: Any) -> FiniteGame:
    """Make a finite game from a `nashpy.Game`.

    Raises
    ------
    InvalidInputError
        If it is not one.

    Examples
    --------
    >>> import nashpy
    >>> print(from_nashpy(nashpy.Game([[1, -1], [-1, 1]])).payoffs((0, 1)))
    [-1.  1.]
    """
    matrices = getattr(game, "payoff_matrices", None)
    if matrices is None:
        raise InvalidInputError(f"a nashpy.Game is needed, got {type(game).__name__}")
    return FiniteGame(matrices)


def to_nashpy(game: FiniteGame) -> Any:
    """Return a `nashpy.Game`, in floating point and without names.

    Raises
    ------
    UnsupportedGameError
        If there are not two players.

    Examples
    --------
    >>> to_nashpy(FiniteGame([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])).zero_sum
    True
    """
    if len(game.players) != 2:
        raise UnsupportedGameError(f"nashpy's games have 2 players, this has {len(game.players)}")
    import nashpy

    rows, columns = game.to_floats().tensor
    return nashpy.Game(rows, columns)


def from_gambit(game: Any) -> FiniteGame:
    """Make a finite game from a pygambit game, through the text of a .nfg file.

    Raises
    ------
    InvalidInputError
        If it is not one, or its text is not a .nfg file.

    Examples
    --------
    >>> import pygambit  # doctest: +SKIP
    >>> from_gambit(pygambit.read_nfg("pennies.nfg")).players  # doctest: +SKIP
    ('Odd', 'Even')
    """
    if not callable(getattr(game, "to_nfg", None)):
        raise InvalidInputError(f"a pygambit game is needed, got {type(game).__name__}")
    return from_nfg(game.to_nfg())


def to_gambit(game: FiniteGame) -> Any:
    """Return a pygambit game, through the text of a .nfg file: payoffs are exact.

    Raises
    ------
    MissingDependencyError
        If pygambit is not installed.
    InvalidInputError
        If Gambit refuses a name: newer versions want no blanks at its ends, nor two in a row.

    Examples
    --------
    >>> game = FiniteGame([[[1, 0]], [[0, 1]]], ["Odd", "Even"])
    >>> [player.label for player in to_gambit(game).players]  # doctest: +SKIP
    ['Odd', 'Even']
    """
    gambit = require("pygambit", "gambit")
    try:
        return gambit.read_nfg(io.StringIO(to_nfg(game)))
    except ValueError as error:
        raise InvalidInputError(f"Gambit refuses the game: {error}") from error
