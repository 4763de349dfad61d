"""Which files a command reads or keeps, so that none of them is overwritten by an output."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from coopetition.games.errors import InvalidInputError
from coopetition.studies.scenario import read_content


def refuse_overwriting(outs: tuple[Path, ...], own: tuple[str, ...] = ()) -> None:
    """Refuse outputs that are the command's own files: arguments, or what a scenario names.

    `own` are the names of options that are outputs themselves.

    Raises
    ------
    InvalidInputError
        Naming the file.
    """
    context = click.get_current_context(silent=True)
    arguments: dict[str, Any] = context.params if context else {}
    given = [v for name, v in arguments.items() if isinstance(v, Path) and name not in own]
    if isinstance(arguments.get("game"), str):
        given.append(Path(arguments["game"]))
    files = [*given, *(named for path in given for named in _named(path))]
    taken = {os.path.realpath(file) for file in files}  # a loop of links is its own place
    for out in outs:
        if os.path.realpath(out) in taken:
            raise InvalidInputError(
                f"cannot write {out}: this command reads or keeps that file; name another"
            )


def _named(path: Path) -> Iterator[Path]:
    """Yield files that a scenario names: any of its texts may be one."""
    if path.suffix.lower() != ".toml" or not path.is_file():  # a pipe is read once
        return
    try:
        content = read_content(path)
    except InvalidInputError:
        return  # said where it is read
    for text in _texts(content):
        if "\0" not in text and len(text) < 4096:
            yield path.parent / text


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)
