"""Files written whole: beside their place first, then moved there, so that none is half written."""

import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from coopetition.games.errors import InvalidInputError

Written = TypeVar("Written")


def write_whole(path: str | Path, fill: Callable[[Path], Written]) -> Written:
    """Let `fill` write a file beside `path`, then move it there; return what `fill` returns.

    Whatever goes wrong, on a full disk too, a file that was there before stays as it was. A link
    stays a link. A pipe, or anything else that is not a file, is written to directly.
    """
    place = Path(path)
    try:
        if _is_stream(place):
            return fill(place)
        file = Path(os.path.realpath(place))
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_name(f".{secrets.token_hex(4)}.part")
        try:
            found = fill(part)
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise InvalidInputError(f"cannot write {place}: {error.strerror or error}") from None
    return found


def check_place(path: str | Path) -> None:
    """Refuse a place where no file can be written, before there is anything to write."""
    place = Path(path)
    try:
        if place.is_dir():
            raise InvalidInputError(f"cannot write {place}: it is a folder")
        if _is_stream(place):
            return
        file = Path(os.path.realpath(place))
        above = next(folder for folder in file.parents if os.path.lexists(folder))
        if not above.is_dir():
            raise InvalidInputError(f"cannot write {place}: {above} is not a folder")
        for name in file.relative_to(above).parts:
            (above / name).exists()  # raises where a name is too long
        tempfile.TemporaryFile(dir=above).close()
    except InvalidInputError:
        raise
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise InvalidInputError(f"cannot write {str(place)!r:.100}: {why}") from None


def _is_stream(place: Path) -> bool:
    """Whether something is there that cannot be moved away: a pipe, a device."""
    return place.exists() and not place.is_file() and not place.is_dir()
