"""How far a long job is: what is being done, how many of how many steps, and the time left.

What may take long has a parameter `progress`: a function that is told, before the first step and
after others, what is being done, how many steps are done, and how many there are, None where
nobody knows. By default nobody is told; `print` is such a function, and so is a `ProgressBar`.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from math import ceil
from threading import RLock, Timer
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple, Self

from coopetition.games.text.words import visible

if TYPE_CHECKING:
    from rich.live import Live
    from rich.spinner import Spinner
    from rich.table import Table

Progress = Callable[[str, int, int | None], None]

PATIENCE = 2.0  # seconds in which nothing is drawn: short jobs flash nothing
BAR = 30  # columns, at most
LATEST = 16  # reports that time left is told by: answers out of a ledger cost nothing, others do


def silent(what: str, done: int, total: int | None) -> None:
    """Tell nobody."""


def within(progress: Progress, where: str) -> Progress:
    """Return a progress that also says of what larger job this is a part.

    Examples
    --------
    >>> within(print, "round 2 of 9")("measuring gains", 3, 40)
    round 2 of 9: measuring gains 3 40
    """
    return lambda what, done, total: progress(f"{where}: {what}", done, total)


class Report(NamedTuple):
    """The latest that was told, and when how many steps were done, the oldest first."""

    what: str
    done: int
    total: int | None
    marks: tuple[tuple[float, int], ...]

    def next(self, what: str, done: int, total: int | None, now: float) -> "Report":
        """Return the next report; other steps, or fewer done, are those of another job."""
        same = total == self.total and done >= self.done
        marks = self.marks if same else ()
        if not marks or done > marks[-1][1]:
            marks = (*marks, (now, done))[-LATEST:]
        return Report(what, done, total, marks)

    def left(self, now: float) -> float | None:
        """Return the seconds left if the other steps take as long as these.

        A step that takes longer than the others counts as if it ended now. None before a step is
        done, and when the time is up and the job is not.

        Examples
        --------
        >>> report = Report("trainings", 0, 10, ((0.0, 0),))
        >>> report.left(60.0) is None
        True
        >>> report.next("trainings", 2, 10, 60.0).left(70.0)
        230.0
        """
        if self.total is None or len(self.marks) < 2:
            return None
        (start, first), (_, before), (last, done) = self.marks[0], *self.marks[-2:]
        several = done - before  # steps that are done together
        overdue = (now - start) / (done - first + several)
        each = max((last - start) / (done - first), overdue)
        left = each * (self.total - done) - min(now - last, each * several)
        return left if left > 0 else None


class ProgressBar:
    """A progress that draws one line on standard error, if that is a terminal.

    From the third second on: a bar with a count and the time left, or where the number of steps is
    not known, the time so far. The line is taken off when the job is done.

    Examples
    --------
    >>> with ProgressBar() as progress:
    ...     progress("solving cells", 3, 100)
    """

    def __init__(self) -> None:
        self._lock = RLock()  # of `_timer` and `_live`
        self._timer: Timer | None = None
        self._live: Live | None = None
        self._report = Report("", 0, None, ())
        self._began = 0.0

    def __call__(self, what: str, done: int, total: int | None) -> None:
        """Take what is drawn next."""
        self._report = self._report.next(what, done, total, monotonic())

    def __enter__(self) -> Self:
        """Begin to wait."""
        self._began = monotonic()
        if sys.stderr is not None and sys.stderr.isatty():
            self._wait()
        return self

    def __exit__(self, *_: object) -> None:
        """Take the line off for good."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = None
            self._erase()

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """Take the line off while something else is written; it comes back after some seconds."""
        with self._lock:
            if self._erase():
                self._wait()
            yield

    def _wait(self) -> None:
        self._timer = Timer(PATIENCE, self._show)
        self._timer.daemon = True
        self._timer.start()

    def _show(self) -> None:
        with self._lock:
            if self._timer is None or self._live is not None:
                return
            from rich.console import Console
            from rich.live import Live
            from rich.spinner import Spinner

            # A file of its own: what the command writes to standard error loses control characters.
            stream = open(sys.stderr.fileno(), "w", encoding="utf-8", closefd=False)
            self._live = Live(
                get_renderable=partial(self._line, Spinner("dots")),
                console=Console(file=stream),
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            with suppress(OSError):  # a terminal that was closed
                self._live.start(refresh=True)
                self._live.console.show_cursor()  # who is killed cannot bring it back

    def _erase(self) -> bool:
        """Take the line off; whether there was one."""
        if (live := self._live) is None:
            return False
        with suppress(OSError):
            live.stop()
        self._live = None
        return True

    def _line(self, spinner: "Spinner") -> "Table":
        """Draw the latest report. It waits for no lock: who stops the drawing holds it."""
        from rich.progress_bar import ProgressBar as Drawn
        from rich.table import Table
        from rich.text import Text

        report, now, live = self._report, monotonic(), self._live
        width = BAR
        if live is not None:
            with suppress(OSError):  # as wide as the terminal is by now
                live.console.width = os.get_terminal_size(live.console.file.fileno()).columns
            width = live.console.width
        left = report.left(now)
        words = [f"{report.done:,} of {report.total:,}" if report.total else f"{report.done:,}"]
        words = words if report.done or report.total else []
        words += [f"{_clock(now - self._began)} so far" if left is None else f"{_clock(left)} left"]
        text = Text("  ".join([*words, visible(report.what)]), no_wrap=True, overflow="ellipsis")
        line = Table.grid(padding=(0, 1))
        room = min(BAR, width - text.cell_len - 2)
        if report.total and room > 0:
            line.add_row(Drawn(total=report.total, completed=report.done, width=room), text)
        else:
            line.add_row(spinner, text)
        return line


def _clock(seconds: float) -> str:
    """Return hours, minutes and seconds."""
    minutes, rest = divmod(ceil(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"
