"""Finite games as tables: one row per profile, in CSV or in a dictionary."""

import csv
import io
import itertools
import math
import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np

from coopetition.games.errors import InvalidInputError
from coopetition.games.finite.game import FiniteGame
from coopetition.games.text.reading import other_separator

NUMERAL = re.compile(r"[+-]?(?:[0-9]+/[0-9]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?)")
LARGEST = Fraction(10) ** 300  # below the largest float, so that every number read has a float


def exact_number(text: str, what: str = "a payoff") -> Fraction:
    """Return the number that a text says, exactly: "0.1" is 1/10; sentences call it `what`.

    Examples
    --------
    >>> exact_number("0.1"), exact_number("-2/6"), exact_number("1e-2")
    (Fraction(1, 10), Fraction(-1, 3), Fraction(1, 100))
    """
    if not NUMERAL.fullmatch(text):
        raise InvalidInputError(f"{what} must be like 2, -0.5, 1e-3 or 1/3, got {text!r:.40}")
    try:
        number = Fraction(text)
    except ZeroDivisionError:
        raise InvalidInputError(f"{what} must not divide by zero, got {text!r:.40}") from None
    except ValueError:  # more digits than Python turns into a number
        raise InvalidInputError(f"{what} must have fewer digits, got {text!r:.40}") from None
    if abs(number) > LARGEST:
        raise InvalidInputError(f"{what} must be at most 1e300 in size, got {text!r:.40}")
    return number


def numeral(value: Fraction | float) -> str:
    """Return a fraction as it is, a float as the shortest decimal nearest to it: 1/3, 0.1, 2.0."""
    return str(value) if isinstance(value, Fraction) else repr(float(value))


def as_float(value: Fraction | float) -> float | None:
    """Return a number as a float; None where it is beyond all floats, or none but 0 is near."""
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if found or not value else None


def from_csv(text: str) -> FiniteGame:
    r"""Read a game from CSV: one row per profile, the players' strategies and then their payoffs.

    The first line names the columns: the players, then `payoff ` and the name of each player in
    the same order. Rows stand in any order, each profile once. A payoff is a whole number, a
    decimal or a fraction p/q, and is read as the fraction that it says: 0.1 is 1/10.

    Raises
    ------
    InvalidInputError
        If the text is not such a table: the line and what is wrong with it.

    Examples
    --------
    >>> print(from_csv("A,B,payoff A,payoff B\nx,l,1,0\nx,r,0,1/2\n"))
    finite game: 2 players, 1 × 2, exact
    """
    try:
        reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
        lines = [(reader.line_num, cells) for cells in reader if cells]
    except csv.Error as error:
        raise InvalidInputError(f"not a CSV table: {error}") from None
    header = lines[0][1] if lines else []
    size = len(header) // 2
    players, columns = header[:size], header[size:]
    if not size or columns != [f"payoff {name}" for name in players]:
        raise InvalidInputError(
            "the first line must name the players and then, in the same order, `payoff ` with "
            f"each of their names, got {','.join(header)!r:.80}{other_separator(','.join(header))}"
        )
    rows = []
    for line, cells in lines[1:]:
        where = f"line {line}"
        if len(cells) != 2 * size:
            raise InvalidInputError(f"{where} must have {2 * size} cells, got {len(cells)}")
        try:
            values = tuple(exact_number(cell.strip()) for cell in cells[size:])
        except InvalidInputError as error:
            raise InvalidInputError(f"{where}: {error}") from None
        rows.append((where, tuple(cells[:size]), values))
    tensor, strategies = _tensor(rows)
    return FiniteGame(tensor, players, strategies)


def to_csv(game: FiniteGame) -> str:
    """Return the text of a CSV table that `from_csv` reads as the same game, except for its title.

    Floats are written as the shortest decimals that give them back; they are read as the
    fractions that they say, and `to_floats` of these returns the same floats.

    Examples
    --------
    >>> game = FiniteGame([[[1, 0]], [[0, 0.5]]], ["A", "B"], [["x"], ["l", "r"]])
    >>> to_csv(game).splitlines()
    ['A,B,payoff A,payoff B', 'x,l,1.0,0.0', 'x,r,0.0,0.5']
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*game.players, *(f"payoff {name}" for name in game.players)])
    size = len(game.players)
    rows = np.moveaxis(game.tensor, 0, -1).reshape(-1, size)
    for profile, row in zip(itertools.product(*game.strategies), rows, strict=True):
        writer.writerow([*profile, *map(numeral, row)])
    return out.getvalue()


def _tensor(
    rows: Iterable[tuple[str, tuple[str, ...], tuple[Any, ...]]],
) -> tuple[Any, list[tuple[str, ...]]]:
    """Return the tensor and the strategies of rows (where it stands, profile, payoffs)."""
    found: dict[tuple[str, ...], tuple[Any, ...]] = {}
    size = 0
    for where, profile, values in rows:
        size = size or len(profile)
        if len(profile) != size or len(values) != size:
            raise InvalidInputError(
                f"{where} must have {size} strategies and payoffs, got {len(profile)} and "
                f"{len(values)}"
            )
        if profile in found:
            raise InvalidInputError(f"{where} repeats the profile {', '.join(profile)}")
        found[profile] = values
    if not found:
        raise InvalidInputError("there must be at least one profile")
    strategies = [tuple(dict.fromkeys(own)) for own in zip(*found, strict=True)]
    every = itertools.product(*strategies)
    if len(found) != math.prod(map(len, strategies)):
        missing = next(profile for profile in every if profile not in found)
        raise InvalidInputError(f"the profile {', '.join(missing)} is missing")
    table = np.empty((len(found), size), dtype=object)
    table[:] = [found[profile] for profile in every]
    shape = tuple(map(len, strategies))
    return np.moveaxis(table.reshape(*shape, size), -1, 0), strategies
