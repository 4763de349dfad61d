"""Standard streams that do not fail: the exit code is the verb's, whatever becomes of its words.

Text that a stream cannot take is dropped, and the first failure is kept, for `main` to judge: a
reader that went away wanted no more, a disk that is full lost the answer. Text goes out in UTF-8,
and without control characters, wherever it came from. What is drawn of the progress stands aside.
"""

import io
import logging
import os
import select
import sys
import threading
import warnings
from typing import Any

from coopetition._starting import open_streams
from coopetition.games.text.words import visible
from coopetition.output.progress import ProgressBar

progress = ProgressBar()  # of the verb that runs


class Sink(io.FileIO):
    """An open file that drops what it cannot take."""

    fault: OSError | None = None

    def write(self, data: Any) -> int:
        """Write, or keep why not."""
        if self.fault is None:
            try:
                while (count := super().write(data)) is None:  # a full pipe that does not block
                    select.select([], [self], [])
                return count
            except OSError as error:
                self.fault = error
        return memoryview(data).nbytes


class PlainText(io.TextIOWrapper):
    """A text stream in UTF-8 without control characters."""

    def __init__(self, sink: Any, **options: Any) -> None:
        """Write to a sink."""
        buffer = io.BufferedWriter(sink)
        super().__init__(buffer, encoding="utf-8", errors="backslashreplace", **options)

    def write(self, text: str) -> int:
        """Write what can be seen."""
        with progress.hidden():
            super().write(visible(text))
        return len(text)


def connect() -> Sink | None:
    """Make this process's standard streams ones that do not fail; return standard output's sink.

    Streams that somebody else put in their place stay. Standard error gets a number of its own:
    what libraries and worker processes write to number 2 is dropped, unless it is wanted.
    """
    open_streams()
    if sys.stderr is sys.__stderr__ and _is_file(sys.stderr):
        sys.stderr = PlainText(Sink(os.dup(2), "wb"), line_buffering=True)
        if not wanted():
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 2)
            os.close(nowhere)
    if sys.stdout is not sys.__stdout__ or not _is_file(sys.stdout):
        return None
    sink = Sink(1, "wb", closefd=False)
    sys.stdout = PlainText(sink, line_buffering=sink.isatty())
    return sink


def _is_file(stream: Any) -> bool:
    """Whether a stream is closed or writes bytes, as all do but the consoles of Windows."""
    buffer = getattr(stream, "buffer", None)
    return stream is None or isinstance(getattr(buffer, "raw", buffer), io.FileIO)


def wanted() -> bool:
    """Whether the user asked for all that there is to say."""
    return bool(os.environ.get("COOPETITION_TRACEBACK"))


def quiet_libraries() -> None:
    """Let libraries say nothing, unless it is wanted: what matters of it is in our sentences."""
    if wanted():
        return
    warnings.showwarning = _drop
    sys.unraisablehook = threading.excepthook = _drop
    logging.disable(logging.CRITICAL)


def _drop(*_: Any, **__: Any) -> None:
    """Say nothing."""
