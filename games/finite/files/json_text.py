"""Finite games as JSON: strict about keys, shapes and numbers; exact in both directions."""

import difflib
import json
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from coopetition.games.errors import InvalidInputError
from coopetition.games.finite.files.tables import exact_number
from coopetition.games.finite.game import MOST_PLAYERS, FiniteGame
from coopetition.games.text.reading import unique_keys
from coopetition.games.text.words import encodable

KEYS = ("title", "players", "strategies", "payoffs")


@dataclass(frozen=True, slots=True)
class _Decimal:
    """A number with a decimal point or an exponent, as it is written."""

    text: str

    def __repr__(self) -> str:
        return self.text


def from_json(text: str) -> FiniteGame:
    """Read a game from JSON: an object with `payoffs`, nested lists as `FiniteGame.tensor` has.

    `players`, `strategies` and `title` may be left out. A payoff is a number, or a text as "1/3",
    and is read as the fraction that it says: 0.1 is 1/10, the game is exact.

    Raises
    ------
    InvalidInputError
        If the text is not such an object: the key, the place in it and what should be there.

    Examples
    --------
    >>> game = from_json('{"players": ["A", "B"], "payoffs": [[[1, "1/3"]], [[0, 0.2]]]}')
    >>> game.payoffs((0, 1)).tolist()
    [Fraction(1, 3), Fraction(1, 5)]
    """
    content = _content(text)
    title = content.get("title", "")
    if not isinstance(title, str) or not encodable(title):
        raise InvalidInputError(f"`title` must be a text, got {title!r:.40}")
    players = _names("players", content.get("players", []))
    strategies = content.get("strategies", [])
    if not isinstance(strategies, list):
        raise InvalidInputError(f"`strategies` must be one list per player, got {strategies!r:.40}")
    lists = [_names(f"strategies[{n}]", own) for n, own in enumerate(strategies)]
    shape = _shape(content["payoffs"])
    flat: list[Fraction] = []
    _collect(content["payoffs"], shape, "payoffs", flat)
    values = np.empty(len(flat), dtype=object)
    values[:] = flat
    return FiniteGame(values.reshape(shape), players, lists, title=title)


def to_json(game: FiniteGame) -> str:
    """Return the text of a JSON object that `from_json` reads as the same game.

    Floats are written as the shortest decimals that give them back; they are read as the
    fractions that they say, and `to_floats` of these returns the same floats.

    Examples
    --------
    >>> print(to_json(FiniteGame([[[1, 0.5]], [[0, 2]]], ["A", "B"])))
    {"title": "", "players": ["A", "B"], "strategies": [["1"], ["1", "2"]],
     "payoffs": [[[1.0, 0.5]], [[0.0, 2.0]]]}
    """
    head = {"title": game.title, "players": game.players, "strategies": game.strategies}
    whole = json.dumps(head, ensure_ascii=False)[:-1]
    body = json.dumps(game.tensor.tolist(), default=_plain)
    return f'{whole},\n "payoffs": {body}}}\n'


def _content(text: str) -> dict[str, Any]:
    """Return the object of known keys that a JSON text holds."""
    try:
        content = json.loads(
            text, object_pairs_hook=unique_keys, parse_float=_Decimal, parse_constant=_Decimal
        )
    except RecursionError:
        raise InvalidInputError("the JSON is nested too deeply") from None
    except InvalidInputError:
        raise
    except ValueError as error:
        raise InvalidInputError(f"not JSON: {error}") from None
    if not isinstance(content, dict):
        raise InvalidInputError(f"the JSON must be an object, got {content!r:.40}")
    for key in content:
        if key not in KEYS:
            close = difflib.get_close_matches(key, KEYS, 1)
            hint = f"did you mean `{close[0]}`?" if close else f"known: {', '.join(KEYS)}"
            raise InvalidInputError(f"unknown key `{key:.40}`: {hint}")
    if "payoffs" not in content:
        raise InvalidInputError("the key `payoffs` is missing")
    return content


def _plain(value: Fraction) -> int | str:
    return int(value) if value.denominator == 1 else str(value)


def _names(key: str, value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise InvalidInputError(f"`{key}` must be a list of names, got {value!r:.60}")
    if not all(map(encodable, value)):
        raise InvalidInputError(f"`{key}` must be names in Unicode, got {value!a:.60}")
    return value


def _shape(payoffs: Any) -> tuple[int, ...]:
    """Return how long the lists are at each depth, by the first of each."""
    shape, nested = [], payoffs
    while isinstance(nested, list):
        shape.append(len(nested))
        nested = nested[0] if nested else None
    if len(shape) < 2 or shape[0] != len(shape) - 1 or 0 in shape or shape[0] > MOST_PLAYERS:
        raise InvalidInputError(
            "`payoffs` must be one list per player, nested as deep as there are players (at most "
            f"{MOST_PLAYERS}), got lists of {tuple(shape)}"
        )
    return tuple(shape)


def _collect(part: Any, shape: tuple[int, ...], where: str, flat: list[Fraction]) -> None:
    """Append the numbers of nested lists, or name the place that does not have the right form."""
    if shape:
        if not isinstance(part, list) or len(part) != shape[0]:
            raise InvalidInputError(f"`{where}` must be a list of {shape[0]}, got {part!r:.40}")
        for n, item in enumerate(part):
            _collect(item, shape[1:], f"{where}[{n}]", flat)
        return
    if isinstance(part, bool) or not isinstance(part, int | str | _Decimal):
        raise InvalidInputError(f"`{where}` must be a number or a fraction, got {part!r:.40}")
    try:
        flat.append(exact_number(part.text if isinstance(part, _Decimal) else str(part)))
    except InvalidInputError as error:
        raise InvalidInputError(f"`{where}`: {error}") from None
