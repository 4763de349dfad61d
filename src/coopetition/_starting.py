"""What the command needs before its imports: open streams, and a Ctrl-C that ends quietly.

Until the verb that was asked for is imported, an interruption ends the process with
exit code 130; and a standard stream that was closed is open on nothing, so that no file, a ledger
say, is opened in its place and takes the answer in. A program that imports the package is left
alone.
"""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

Handler = Callable[[int, FrameType | None], object]  # `typing` would take a while to import


def is_command(words: list[str]) -> bool:
    """Whether a process, by its words, is `coopetition …` or `python -m coopetition …`.

    Examples
    --------
    >>> is_command(["python", "-m", "coopetition", "solve"])
    True
    >>> is_command(["python", "mine.py", "coopetition"])
    False
    >>> is_command(["python", "-m", "pytest", "-m", "coopetition"])
    False
    """
    module = words[words.index("-m") + 1 :][:1] if "-m" in words else []
    scripts = [os.path.basename(word).removesuffix(".exe") for word in words[:2]]
    return module == ["coopetition"] or "coopetition" in scripts


def leave(*_: object) -> None:
    """End at once, as interrupted."""
    with suppress(OSError, AttributeError):  # standard error need not be number 2, nor be there
        os.write(sys.stderr.fileno(), b"coopetition: interrupted\n")
    os._exit(130)


def open_streams() -> None:
    """Open the standard streams that are closed on nothing.

    What is written to a standard output that was closed still fails: it is open for reading only.
    """
    for stream, mode in enumerate((os.O_RDONLY, os.O_RDONLY, os.O_WRONLY)):
        try:
            os.fstat(stream)
        except OSError:  # the lowest number that is free is this one
            os.set_inheritable(os.open(os.devnull, mode), True)


def change_interrupt(old: Handler, new: Handler) -> None:
    """Handle Ctrl-C again, unless others handle it: `nohup` and `&` have it ignored."""
    with suppress(ValueError):  # not the main thread
        if signal.getsignal(signal.SIGINT) is old:
            signal.signal(signal.SIGINT, new)


if is_command(sys.orig_argv):
    open_streams()
    change_interrupt(signal.default_int_handler, leave)
