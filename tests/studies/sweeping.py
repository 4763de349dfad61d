"""Sweeps run as commands, a Dask cluster for them, and a spy that sees every computation."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from coopetition.studies.sweep.grid import Grid
from coopetition.studies.sweep.values import read_axis
from tests.campaign import draws
from tests.studies.command import TWO

CELLS = draws(240, 2000)
DAMAGE = "competition.damage=0:0.3:7"
CHEAP = TWO + "\n[competition]\ndamage = 0.1\n"

# Runs at the start of every Python, workers included: writes down when each cell is begun, and
# slows them down, so that there is time to kill.
SPY = """
import os, time
from coopetition.studies.sweep import cell as sweep_cell
solve = sweep_cell.solve_cells
def solve_cells(grid, cells):
    now = time.time()
    with open(os.environ["SWEEP_SPY"], "a") as file:
        file.writelines(f"{now} {grid.key(cell)} {os.getpid()}\\n" for cell in cells)
    time.sleep(0.015 * len(cells))
    return solve(grid, cells)
sweep_cell.solve_cells = solve_cells
"""


def grid_of(text: str, *axes: str, folder: Path = Path(".")) -> Grid:
    """Return the grid of a scenario's text and what is varied."""
    return Grid(tomllib.loads(text), [read_axis(axis) for axis in axes], folder)


@dataclass
class Run:
    """A process of ours, whose output goes to files: workers that outlive it hold no pipe."""

    process: subprocess.Popen[bytes]
    out: Path
    err: Path

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.process.poll() is None

    def end(self) -> tuple[int, str, str]:
        """Wait for its end; return its code and what it said."""
        code = self.process.wait(timeout=600)
        return code, self.out.read_text(), self.err.read_text()

    def kill(self) -> None:
        """Kill −9."""
        self.process.kill()
        self.process.wait()


@dataclass
class Spied:
    """A folder in which sweeps run under the spy's eyes."""

    folder: Path
    started: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        """Be there before the first process starts: workers are spied on too."""
        (self.folder / "sitecustomize.py").write_text(SPY)

    @property
    def store(self) -> Path:
        """Where rows are kept."""
        return self.folder / "store.sqlite"

    def begun(self) -> list[tuple[float, str, int]]:
        """Return when which cell was begun by which process."""
        file = self.folder / "spy.txt"
        words = [line.split() for line in file.read_text().splitlines() if line.count(" ") == 2]
        return [(float(at), key, int(process)) for at, key, process in words]

    def stored(self) -> dict[str, list[float]]:
        """Return when each stored cell was stored."""
        found = defaultdict(list)
        with closing(sqlite3.connect(self.store)) as file:
            for key, at in file.execute("SELECT key, at FROM result"):
                when = datetime.strptime(at, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
                found[key].append(when.timestamp())
        return found

    def wait_for(self, count: int, run: Run) -> None:
        """Wait until so many cells are stored, or the process ends."""
        while run.running:
            with suppress(sqlite3.Error):  # no table yet
                if self.store.exists() and self._count() >= count:
                    return
            time.sleep(0.01)

    def _count(self) -> int:
        with closing(sqlite3.connect(self.store)) as file:
            return int(file.execute("SELECT count(*) FROM result").fetchone()[0])

    def sweep(self, *options: str) -> Run:
        """Start the sweep."""
        (self.folder / "cheap.toml").write_text(CHEAP)
        vary = f"competition.damage=0:0.3:{CELLS}"
        words = ["sweep", "cheap.toml", "--vary", vary, "--json", "--store", str(self.store)]
        return self.start("coopetition", *words, *options)

    def finish(self, *options: str) -> str:
        """Run the sweep to its end and return what it prints, except for its command."""
        code, out, err = self.sweep(*options).end()
        assert code == 0, err
        return "\n".join(line for line in out.splitlines() if '"command": ' not in line)

    def start(self, module: str, *words: str) -> Run:
        """Start a Python module here, under the spy's eyes."""
        self.started += 1
        out, err = (self.folder / f"{self.started}.{kind}" for kind in ("out", "err"))
        spying = {"PYTHONPATH": str(self.folder), "SWEEP_SPY": str(self.folder / "spy.txt")}
        with out.open("wb") as first, err.open("wb") as second:
            process = subprocess.Popen(
                [sys.executable, "-m", module, *words],
                cwd=self.folder,
                env=os.environ | spying,
                stdout=first,
                stderr=second,
            )
        return Run(process, out, err)

    def kill_worker(self, client: Run) -> bool:
        """Kill −9 the process that began the last cell, if it is not the client."""
        _, _, process = self.begun()[-1]
        if process == client.process.pid:
            return False
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
            return True
        return False

    @contextmanager
    def cluster(self) -> Iterator["Cluster"]:
        """Start a scheduler and two workers that talk over TCP."""
        pytest.importorskip("distributed", reason="needs the extra `cluster`")
        cluster = Cluster(self)
        try:
            yield cluster
        finally:
            for run in [*cluster.workers, cluster.scheduler]:
                run.kill()


class Cluster:
    """A scheduler and its workers, without nannies that would start them again."""

    def __init__(self, spied: Spied) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.spied = spied
        where = ["--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard"]
        self.scheduler = spied.start("dask", "scheduler", *where)
        self._wait_for_scheduler()
        self.workers = [self._worker() for _ in range(2)]
        self.option = "--cluster", f"tcp://127.0.0.1:{self.port}"
        self._wait_for_workers(2)

    def _wait_for_workers(self, count: int) -> None:
        """Wait: a sweep begins with one worker, and could end before the second has come."""
        distributed: Any = import_module("distributed")
        with distributed.Client(self.option[1], timeout=60, set_as_default=False) as client:
            client.wait_for_workers(count, timeout=120)

    def _wait_for_scheduler(self) -> None:
        while self.scheduler.running:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.05)

    def _worker(self) -> Run:
        where = ["--host", "127.0.0.1", "--no-nanny", "--nthreads", "1", "--no-dashboard"]
        return self.spied.start("dask", "worker", f"tcp://127.0.0.1:{self.port}", *where)

    def replace_worker(self) -> None:
        """Kill −9 the older worker, and start another one."""
        self.workers.pop(0).kill()
        self.workers.append(self._worker())
