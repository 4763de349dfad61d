"""One running FLARE simulation, and the door through which its server takes queries.

FLARE's simulator starts processes of its own: the server's loop does not run in ours. It comes back
through a local socket, so that it ends when we do, however that may be.
"""

import json
import os
import re
import runpy
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from coopetition.games.errors import OracleError, require
from coopetition.games.text.words import one_line
from coopetition.oracles.protocol.query import Evaluation, Query

DOOR = "COOPETITION_FLARE_DOOR"  # environment variables for the server's loop
SITES = "COOPETITION_FLARE_SITES"
_HERE = "coopetition.oracles.nvflare.simulation"
_SIMULATOR = "nvflare.private.fed.app.simulator"
_ERROR = re.compile(r"[\w.]*(Error|Exception|NotAuthorized): |.* ERROR - (?!Traceback)")
_PATIENCE = 4.0  # seconds that processes get to end


class Simulation:
    """Start a simulation of one job.

    Parameters
    ----------
    export
        Writes the job into a folder.
    sites
        Names of the sites; each is a process.
    timeout
        Seconds until the server's loop must have come.

    Raises
    ------
    OracleError
        If it cannot be started.
    """

    def __init__(self, export: Callable[[str], Any], sites: Sequence[str], timeout: float) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="coopetition-")
        self._folder = Path(self._temporary.name)
        self._deadline = time.monotonic() + timeout
        self._door: Connection[Any, Any] | None = None
        self._listener = socket.socket(socket.AF_UNIX)
        try:
            self._listener.bind(str(self._folder / "door"))
            self._listener.listen()
            self._listener.settimeout(0.2)
            self._process = self._start(_exported(export, self._folder / "job"), sites)
        except BaseException:
            self._listener.close()
            self._temporary.cleanup()
            raise

    def exchange(self, query: Query) -> tuple[Evaluation, bool]:
        """Put a query to the server's loop; return its answer, and whether another can follow.

        Raises
        ------
        OracleError
            If the simulation ends before it answers.
        """
        try:
            door = self._door = self._door or self._accept()
            door.send(query)
            return door.recv()
        except (EOFError, OSError):
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_PATIENCE)
            raise self._ended() from None

    def stop(self) -> None:
        """End all its processes and remove its files."""
        if self._door is not None:
            self._door.close()
        self._listener.close()
        self._kill()
        self._process.wait()
        self._temporary.cleanup()

    def _kill(self) -> None:
        """Kill the processes that work in our folder, also those that their parent has left."""
        psutil = require("psutil", "nvflare")
        self._process.kill()
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            ours = []
            for process in psutil.process_iter():
                with suppress(psutil.Error):
                    if str(self._folder) in " ".join(process.cmdline()):
                        process.kill()
                        ours.append(process)
            if not ours:
                return
            psutil.wait_procs(ours, timeout=0.2)

    def _start(self, job: Path, sites: Sequence[str]) -> subprocess.Popen[bytes]:
        work, scratch = self._folder / "work", self._folder / "scratch"
        scratch.mkdir()
        command = [sys.executable, "-m", _HERE, str(job), "-w", str(work), "-l", "error"]
        command += ["-c", ",".join(sites), "-t", str(len(sites))]
        ours = {DOOR: str(self._folder / "door"), SITES: json.dumps(list(sites))}
        with (self._folder / "log").open("wb") as log:
            return subprocess.Popen(
                command,
                env=os.environ | ours | {"TMPDIR": str(scratch)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def _accept(self) -> "Connection[Any, Any]":
        """Wait for the server's loop."""
        while time.monotonic() < self._deadline:
            with suppress(TimeoutError):
                loop, _ = self._listener.accept()
                loop.setblocking(True)
                return Connection(loop.detach())
            if self._process.poll() is not None:
                raise self._ended()
        raise OracleError(f"the FLARE simulation did not start in time{self._said()}")

    def _ended(self) -> OracleError:
        code = self._process.poll()
        how = "its server's loop ended" if code is None else f"it ended with exit code {code}"
        return OracleError(f"the FLARE simulation crashed: {how}{self._said()}")

    def _said(self) -> str:
        """Quote the first error in the log: the others mostly come of it."""
        lines = (self._folder / "log").read_text(errors="replace").splitlines()
        errors = [line for line in lines if _ERROR.match(line)]
        return f", its first error: {one_line(errors[0])}" if errors else ""


def _exported(export: Callable[[str], Any], folder: Path) -> Path:
    """Write the job and return its folder."""
    folder.mkdir()
    export(str(folder))
    (job,) = (meta.parent for meta in folder.glob("*/meta.json"))
    return job


class Sites:
    """The sites of a simulation, seen from its server: their names, and whose process died.

    FLARE itself waits for the time-out of a call to a process that is no more.
    """

    def __init__(self) -> None:
        self.names: list[str] = json.loads(os.environ[SITES])
        self._seen: dict[str, Any] = {}

    def dead(self) -> set[int]:
        """Return the organizations whose site died."""
        psutil = require("psutil", "nvflare")
        with suppress(psutil.Error):
            for child in psutil.Process().children():
                with suppress(psutil.Error, ValueError):
                    words = child.cmdline()
                    self._seen.setdefault(words[words.index("--client") + 1], child)
        return {n for n, name in enumerate(self.names) if not self._lives(name)}

    def _lives(self, name: str) -> bool:
        psutil = require("psutil", "nvflare")
        process = self._seen.get(name)
        with suppress(psutil.NoSuchProcess):
            return process is None or process.status() != psutil.STATUS_ZOMBIE
        return False


def _simulate() -> None:
    """Run FLARE's simulator, without a race in it.

    To find a free port it listens on one for a moment. A process that it forks in that moment
    listens too, until it executes its program; whoever calls meanwhile talks to nobody, and the
    simulation goes on without that site.
    """
    runner: Any = require(f"{_SIMULATOR}.simulator_runner", "nvflare")
    runner.get_open_ports = _free_ports
    runpy.run_module(f"{_SIMULATOR}.simulator", run_name="__main__", alter_sys=True)


def _free_ports(number: int) -> list[int]:
    """Return free ports, on which nobody has listened."""
    with ExitStack() as stack:
        ports = [stack.enter_context(socket.socket()) for _ in range(number)]
        for port in ports:
            port.bind(("", 0))
        return [port.getsockname()[1] for port in ports]


if __name__ == "__main__":
    _simulate()
