"""JSON read strictly: of two values under one key, another reader may take the other one."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from coopetition.games.errors import InvalidInputError
from coopetition.games.text.reading import read_text
from coopetition.games.text.words import told


def unique_keys(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object whose keys differ: the `object_pairs_hook` of every JSON that we read.

    Examples
    --------
    >>> json.loads('{"gain": 1, "gain": 2}', object_pairs_hook=unique_keys)
    Traceback (most recent call last):
    coopetition.games.errors.InvalidInputError: the key 'gain' occurs twice
    """
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise InvalidInputError(f"the key {told(key)} occurs twice")
        found[key] = value
    return found


def read_json(file: Path, *, finite: bool = False) -> Any:
    """Return what a JSON file says.

    Parameters
    ----------
    finite
        Refuse NaN and infinities, which Python's JSON allows, also where nobody reads them.
    """
    text, constant = read_text(file), _no_number if finite else None
    try:
        return json.loads(text, object_pairs_hook=unique_keys, parse_constant=constant)
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"{file} is not JSON: {error}") from None


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is not a number")
