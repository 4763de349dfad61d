"""Files written whole: beside their place first, then moved there, so that none is half written."""

import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from coopetition.games.errors import InvalidInputError

Found = TypeVar("Found")


def write_whole(path: str | Path, fill: Callable[[Path], Found]) -> Found:
    """Let `fill` write a file beside `path`, then move it there; return what `fill` returns.

    Whatever goes wrong, on a full disk too, a file that was there before stays as it was.

    Raises
    ------
    InvalidInputError
        If the file cannot be written.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = write_whole(f"{folder}/new/a.txt", lambda part: part.write_text("all of it"))
    ...     written, [file.name for file in Path(folder, "new").iterdir()]
    (9, ['a.txt'])
    """
    file = Path(path)
    part = file.with_name(f".{secrets.token_hex(4)}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        found = fill(part)
        part.replace(file)
    except OSError as error:
        raise InvalidInputError(f"cannot write {file}: {error.strerror or error}") from None
    finally:
        if part.parent.is_dir():
            part.unlink(missing_ok=True)
    return found


def check_place(path: str | Path) -> None:
    """Refuse a place where no file can be written, before there is anything to write.

    Raises
    ------
    InvalidInputError
        Saying what stands in the way.

    Examples
    --------
    >>> check_place("/dev/null/a.txt")
    Traceback (most recent call last):
    coopetition.games.errors.InvalidInputError: cannot write /dev/null/a.txt: /dev/null is not a
    folder
    """
    file = Path(path)
    try:
        if file.is_dir():
            raise InvalidInputError(f"cannot write {file}: it is a folder")
        above = next(folder for folder in file.absolute().parents if folder.exists())
        if not above.is_dir():
            raise InvalidInputError(f"cannot write {file}: {above} is not a folder")
        for name in file.absolute().relative_to(above).parts:
            (above / name).exists()  # raises where a name is too long
        tempfile.TemporaryFile(dir=above).close()
    except InvalidInputError:
        raise
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise InvalidInputError(f"cannot write {str(file)!r:.100}: {why}") from None
