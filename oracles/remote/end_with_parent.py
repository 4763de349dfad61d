"""Ends a program's processes soon after whoever started it is gone, however that came."""

import os
import shutil
import subprocess
from contextlib import suppress

GRACE = 2  # seconds in which the program can end by itself


class Guardian:
    """Watch over a process group; made by who started it.

    A killed process cannot end its children, and a training that runs does not look whether anybody
    waits for it. So a shell, which needs a megabyte, waits for the end of a pipe that only we hold
    open, and then kills the group. Where there are no process groups nobody watches.

    Parameters
    ----------
    group
        Number of the process group.

    Examples
    --------
    >>> import subprocess
    >>> sleeper = subprocess.Popen(["sleep", "60"], start_new_session=True)
    >>> guardian = Guardian(sleeper.pid)
    >>> guardian.let_go()          # what a kill does to the pipe
    >>> sleeper.wait(30)
    -9
    >>> guardian.dismiss()
    """

    def __init__(self, group: int) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        shell = shutil.which("sh")
        if shell is None or not hasattr(os, "killpg"):
            return
        script = f"read -r _; sleep {GRACE}; kill -9 -{group}"
        with suppress(OSError):
            self._process = subprocess.Popen(
                [shell, "-c", script],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,  # no Ctrl-C reaches it
            )

    def let_go(self) -> None:
        """Close the pipe, as our death would."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()

    def dismiss(self) -> None:
        """End the watch."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self.let_go()
