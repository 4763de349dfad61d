"""No output eats an input: what a command reads, keeps and writes is compared before work starts.

Files are the same if their paths are, once links are followed, or if they are one file on disk
under two names.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from coopetition.games.errors import InvalidInputError
from coopetition.games.text.writing import check_place
from coopetition.studies.scenario.scenario import read_content

_FINITE = (".nfg", ".json", ".csv")  # games that are no scenarios


def refuse_overwriting(outs: Iterable[Path], own: tuple[str, ...] = ()) -> None:
    """Refuse outputs that cannot be written, or are the command's own files or each other.

    Its own files are its arguments, and what the scenario among them names: organizations, ledger,
    program, modules of rules.

    Parameters
    ----------
    outs
        All that the command writes.
    own
        Names of options that are outputs themselves.

    Raises
    ------
    InvalidInputError
        Naming the file.
    """
    context = click.get_current_context(silent=True)
    given = context.params if context else {}
    taken = {mark for file in _inputs(given, own) for mark in _marks(file)}
    written = set[Any]()
    for out in outs:
        marks = _marks(out)
        if taken & marks:
            raise InvalidInputError(
                f"cannot write {out}: this command reads or keeps that file; name another"
            )
        if written & marks:
            raise InvalidInputError(f"cannot write {out} twice: name another file")
        written |= marks
        check_place(out)


def _marks(file: Path) -> set[Any]:
    """Return what two names of one file have in common: the path, and the place on disk."""
    marks: set[Any] = {file.absolute()}
    with suppress(OSError, ValueError, RuntimeError):  # links in a circle, no such name
        marks.add(file.resolve())
        status = file.stat()
        marks.add((status.st_dev, status.st_ino))
    return marks


def _inputs(given: Mapping[str, Any], own: tuple[str, ...]) -> Iterator[Path]:
    """Yield what the arguments of a command name, directly or in a scenario."""
    scenario, game = given.get("scenario"), given.get("game")
    for name, value in given.items():
        if isinstance(value, Path) and name not in own:
            yield value
    if isinstance(game, str):
        yield from _files(game, Path())
        if Path(game).suffix.lower() not in _FINITE:
            scenario = Path(game)
    if isinstance(scenario, Path):
        texts = [*_texts(_content(scenario)), *_texts(given.get("rule"))]
        for text in texts:
            yield from _files(text, scenario.parent)


def _content(path: Path) -> Any:
    """Return what a scenario file says, whatever its ending; a pipe could be read only once."""
    try:
        return read_content(path) if path.is_file() else None
    except (InvalidInputError, OSError, ValueError):
        return None  # said where it is read


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)


def _files(text: str, folder: Path) -> Iterator[Path]:
    """Yield the files that a text may be the name of: its own, or a module's."""
    if "\0" in text or len(text) >= 4096:
        return
    yield folder / text
    module, colon, _ = text.partition(":")
    if colon and all(part.isidentifier() for part in module.split(".")):
        for parts in (module.split("."), [*module.split("."), "__init__"]):
            yield folder.joinpath(*parts).with_suffix(".py")
