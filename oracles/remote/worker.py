"""One running program that answers JSON lines, each matched to its question by a number.

Whatever it does, we hold a few of its lines at most, and wait for it no longer than was said.
"""

import io
import os
import queue
import shutil
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from coopetition.games.errors import OracleError
from coopetition.games.text.words import one_line
from coopetition.oracles.remote.json_fields import quote
from coopetition.oracles.remote.wire import LIMIT, dumps, loads

GRACE = 2  # seconds in which the program can end by itself


class Guardian:
    """Watch over a process group; made by whoever started it.

    A killed process cannot end its children, and a training that runs does not look whether anybody
    waits for it. So a shell, which needs a megabyte, waits for the end of a pipe that only we hold
    open, and then kills the group. Without process groups nobody watches.

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


PATIENCE = 5.0  # seconds that a program gets to end by itself
_TAIL = 5  # lines of standard error that an error quotes
_AHEAD = 2  # lines that may wait to be read: a program that writes on and on has to wait for us
_CHUNK = 2**16  # bytes that are read at once


class Worker:
    """Run one program. Each pipe has a thread, so that no full pipe can block us.

    Parameters
    ----------
    command, cwd, env
        As in `coopetition.oracles.remote.process.ProcessOracle`.

    Raises
    ------
    OracleError
        If the program cannot be started.
    """

    def __init__(
        self, command: list[str], cwd: str | Path | None, env: Mapping[str, str] | None
    ) -> None:
        self._name = one_line(Path(command[0]).name)
        try:
            self._process = subprocess.Popen(
                command,
                cwd=cwd,
                env=env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,  # so that nothing of ours can be stuck in a buffer when it is closed
                start_new_session=True,  # so that its children can be killed with it
            )
        except (OSError, ValueError) as error:  # ValueError: a zero byte in a word
            raise OracleError(
                f"the worker {one_line(command[0])} cannot be started: {one_line(error)}"
            ) from error
        self._guardian = Guardian(self._process.pid)
        self._count = 0
        self._stopped = threading.Event()
        self._writing = threading.Lock()  # the input is never closed while somebody writes to it:
        # the number of a closed file may be another file's by then, which would get the rest
        self._lines: queue.Queue[bytes | None] = queue.Queue(_AHEAD)
        self._tail: deque[str] = deque(maxlen=_TAIL)
        self._readers = [
            threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True),
            threading.Thread(target=self._keep, args=(self._process.stderr,), daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def exchange(
        self, message: dict[str, Any], timeout: float, *, skip_noise: bool = False
    ) -> dict[str, Any]:
        """Send one line and return the answer to it.

        Raises
        ------
        OracleError
            If the program dies, is late, or answers anything else.
        """
        number, self._count = self._count, self._count + 1
        line = dumps({"id": number} | message).encode() + b"\n"
        if len(line) > LIMIT:
            raise OracleError(f"a batch must stay below {LIMIT} bytes, got {len(line)}")
        threading.Thread(target=self._write, args=(line,), daemon=True).start()
        deadline = time.monotonic() + timeout
        while True:
            answer = self._next(deadline, timeout)
            try:
                body = loads(answer, f"the worker {self._name}")
            except OracleError:
                if skip_noise:
                    continue
                raise
            if body.get("id") == number:
                break
            if not skip_noise:
                raise OracleError(
                    f"the worker {self._name} answered {quote(answer)} to the message {number}"
                )
        return body

    def stop(self, patience: float) -> None:
        """Close its input, and kill it if it does not end by itself."""
        told = patience > 0 and self._close_input(patience)
        self._stopped.set()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(patience if told else 0)
        self._kill()  # and what it left behind, if it ended by itself
        self._process.wait()
        self._guardian.dismiss()
        self._close_input(PATIENCE)  # what was being written has failed by now
        for reader in self._readers:
            reader.join(PATIENCE)

    def _close_input(self, patience: float) -> bool:
        """Close its input as soon as nothing is being written to it; False if that goes on."""
        assert self._process.stdin is not None
        if not self._writing.acquire(timeout=patience):
            return False
        with suppress(OSError):
            self._process.stdin.close()
        self._writing.release()
        return True

    def _next(self, deadline: float, timeout: float) -> bytes:
        left = deadline - time.monotonic()
        try:
            if left <= 0:  # also where there is always one more line to read
                raise queue.Empty
            line = self._lines.get(timeout=left)
        except queue.Empty:
            raise OracleError(
                f"the worker {self._name} did not answer within {timeout:g} s{self._said()}"
            ) from None
        if line is None:
            raise OracleError(f"the worker {self._name} {self._fate(deadline)}{self._said()}")
        return line

    def _fate(self, deadline: float) -> str:
        """Say how it ended."""
        patience = min(PATIENCE, max(0.1, deadline - time.monotonic()))
        try:
            code = self._process.wait(patience)
        except subprocess.TimeoutExpired:
            return "closed its standard output"
        self._readers[1].join(patience)  # its last words
        if code < 0:
            return f"was killed by signal {-code}"
        return f"ended with exit code {code}"

    def _said(self) -> str:
        tail = list(self._tail)
        return f", its last words: {' | '.join(tail)}" if tail else ""

    def _kill(self) -> None:
        if hasattr(os, "killpg"):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        if self._process.poll() is None:
            self._process.kill()

    def _write(self, line: bytes) -> None:
        assert self._process.stdin is not None
        left = memoryview(line)
        with self._writing, suppress(OSError, ValueError):  # the reader reports that it is gone
            while left:
                left = left[self._process.stdin.write(left) :]

    def _read(self, stream: IO[bytes]) -> None:
        with io.BufferedReader(stream, _CHUNK) as lines:  # type: ignore[type-var]
            while line := lines.readline(LIMIT):
                if line.strip() and not self._put(line):
                    return
        self._put(None)

    def _put(self, line: bytes | None) -> bool:
        """Hand a line on when there is room; False if nobody wants lines any more."""
        while not self._stopped.is_set():
            with suppress(queue.Full):
                self._lines.put(line, timeout=0.1)
                return True
        return False

    def _keep(self, stream: IO[bytes]) -> None:
        with io.BufferedReader(stream, _CHUNK) as lines:  # type: ignore[type-var]
            while line := lines.readline(4096):
                if text := one_line(line.decode(errors="replace")):
                    self._tail.append(text[-200:])
