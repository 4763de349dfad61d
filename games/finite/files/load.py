"""Games from files and from modules: one function for every way to name a game."""

import importlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from coopetition.games.base import Game
from coopetition.games.errors import InvalidInputError
from coopetition.games.finite.files.json_text import from_json, to_json
from coopetition.games.finite.files.nfg import from_nfg, to_nfg
from coopetition.games.finite.files.tables import from_csv, to_csv
from coopetition.games.finite.game import FiniteGame
from coopetition.games.finite.textbook import Textbook
from coopetition.games.symbolic.game import SymbolicGame
from coopetition.games.text.reading import read_text
from coopetition.games.text.writing import write_whole

READERS: dict[str, Callable[[str], FiniteGame]] = {
    ".nfg": from_nfg,
    ".json": from_json,
    ".csv": from_csv,
}
WRITERS: dict[str, Callable[[FiniteGame], str]] = {".nfg": to_nfg, ".json": to_json, ".csv": to_csv}
ENDINGS = ", ".join(READERS)
AnyGame = FiniteGame | SymbolicGame | Game


def load_game(source: str | Path) -> AnyGame:
    """Load a game from a .nfg, .json or .csv file, or from `module:attribute`.

    The attribute is a game, or a function without arguments that returns one, such as those of
    `coopetition.games.catalog`; the module is looked for in the working directory too, and
    importing it runs its code.

    Raises
    ------
    InvalidInputError
        In one sentence that names the file or module.

    Examples
    --------
    >>> load_game("game.txt")
    Traceback (most recent call last):
    coopetition.games.errors.InvalidInputError: a game is a file that ends in .nfg, .json, .csv,
    or module:attribute, got 'game.txt'
    """
    reader = READERS.get(Path(source).suffix.lower())
    if reader is None:
        return _imported(str(source))
    text = read_text(source)
    try:
        return reader(text)
    except InvalidInputError as error:
        raise InvalidInputError(f"{source}: {error}") from None


def save_game(game: FiniteGame, path: str | Path) -> None:
    """Write a game to a .nfg, .json or .csv file.

    Raises
    ------
    InvalidInputError
        If the name ends differently, or the file cannot be written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> game = FiniteGame([[[2, 0], [3, 1]], [[2, 3], [0, 1]]], ["Ann", "Bob"])
    >>> with TemporaryDirectory() as folder:
    ...     save_game(game, Path(folder, "game.nfg"))
    ...     load_game(str(Path(folder, "game.nfg"))).players
    ('Ann', 'Bob')
    """
    writer = WRITERS.get(Path(path).suffix.lower())
    if writer is None:
        raise InvalidInputError(f"a game's file must end in {ENDINGS}, got {str(path)!r:.80}")
    if not Path(path).parent.is_dir():
        raise InvalidInputError(f"cannot write {path}: there is no such folder")
    text = writer(game)
    try:
        write_whole(path, lambda part: part.write_text(text, encoding="utf-8", newline="\n"))
    except UnicodeEncodeError as error:
        raise InvalidInputError(f"cannot write {path}: a name is not a text: {error}") from None


def _imported(source: str) -> AnyGame:
    """Return the game that `module:attribute` names."""
    module, colon, attribute = source.partition(":")
    if not (colon and attribute and all(part.isidentifier() for part in module.split("."))):
        raise InvalidInputError(
            f"a game is a file that ends in {ENDINGS}, or module:attribute, got {source!r:.80}"
        )
    found = _guarded(source, lambda: _attribute(module, attribute))
    if callable(found) and not isinstance(found, AnyGame):
        found = _guarded(source, found)
    found = found.game if isinstance(found, Textbook) else found
    if not isinstance(found, AnyGame):
        raise InvalidInputError(
            f"{source} must be a FiniteGame, a SymbolicGame, a Game, or a function that returns "
            f"one, got {type(found).__name__}"
        )
    return found


def _attribute(module: str, attribute: str) -> Any:
    here = os.getcwd()
    sys.path.insert(0, here)
    try:
        found = importlib.import_module(module)
    finally:
        if here in sys.path:
            sys.path.remove(here)
    for name in attribute.split("."):
        found = getattr(found, name)
    return found


def _guarded(source: str, call: Callable[[], Any]) -> Any:
    """Run somebody else's code; whatever it raises becomes one sentence."""
    try:
        return call()
    except (Exception, SystemExit) as error:
        said = " ".join(f"{type(error).__name__}: {error}".split())
        raise InvalidInputError(f"cannot load {source}: {said:.200}") from error
