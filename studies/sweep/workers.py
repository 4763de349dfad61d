"""Where the cells of a sweep are computed: in this process, in several, or on a cluster.

Each of the three yields rows as they finish, in any order. Workers may die: what does not come back
is tried again, then alone, so that a cell that kills its worker takes no other cell with it.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager, suppress
from math import ceil
from typing import Any

from coopetition.games.errors import (
    InvalidInputError,
    MissingDependencyError,
    NotConvergedError,
    require,
)
from coopetition.oracles.parallel.units import IDLE, end_with
from coopetition.studies.sweep.cell import FEW, CellRow, lost_cell, solve_here, solve_on_worker
from coopetition.studies.sweep.grid import Grid

MANY = 256  # cells that are handed out, and stored, together: well under a second of work
PLAYERS = 4096  # in their rounds together
LOST = "the connection to the scheduler was lost; the same command goes on with what is stored"
SCHEMES = ("", "tcp", "tls", "ucx", "ucxx", "ws", "wss")  # of addresses of Dask schedulers
PATIENCE = 60.0  # seconds with no worker at all before a cluster is given up
ANSWERS = 10.0  # seconds in which a scheduler answers, if there is one
Unit = Sequence[int]
Finished = Iterator[list[CellRow]]
Run = Callable[[Grid, Iterable[Unit], bool], Finished]  # a grid, units, whether one by one


def compute(grid: Grid, cells: Sequence[int], run: Run, width: int) -> Finished:
    """Yield the rows of some cells as they finish.

    Large units come first, of the cells that are solved together, then small ones of those that
    are left. Cells whose worker dies are run again: each by itself, and at last with nothing
    beside it.

    Parameters
    ----------
    run
        Computes units somewhere; units that do not come back had a worker that died.
    width
        How many units are computed at once.
    """
    many = min(MANY, PLAYERS // max(1, len(grid.organizations)), ceil(len(cells) / (8 * width)))
    stages = [(many, False), (FEW, False), (1, False), (1, True)]
    left = list(cells)
    for most, alone in stages[many <= FEW :]:  # small units are solved to the end
        size = min(most, max(1, ceil(len(left) / (8 * width))))
        units = [left[k : k + size] for k in range(0, len(left), size)]
        back: set[int] = set()
        for rows in run(grid, units, alone):
            back.update(row.cell for row in rows)
            yield rows
        left = [cell for cell in left if cell not in back]
        if not left:
            return
    yield [lost_cell(grid, cell) for cell in left]


def in_this_process(grid: Grid, units: Iterable[Unit], alone: bool) -> Finished:
    """Compute one unit after the other, here."""
    for unit in units:
        yield solve_here(grid, unit)


def in_processes(jobs: int) -> Run:
    """Compute in several processes of this machine."""

    def run(grid: Grid, units: Iterable[Unit], alone: bool) -> Finished:
        # By itself a unit is all that its workers ever hear of: none waits behind one that kills.
        for part in ([unit] for unit in units) if alone else (units,):
            queue = deque(part)
            while queue:  # again with new workers, for what was not handed out yet
                yield from _until_broken(grid, queue, jobs)

    return run


def _until_broken(grid: Grid, queue: deque[Unit], jobs: int) -> Finished:
    """Compute in worker processes until the queue is empty or one of them dies."""
    from joblib import Parallel, delayed

    from coopetition._version import __version__

    def handed_out() -> Iterator[Any]:
        while queue:
            yield delayed(solve_on_worker)(__version__, grid, queue.popleft())

    parallel = Parallel(
        n_jobs=max(2, jobs),  # one would be this process
        backend="loky",
        return_as="generator_unordered",
        batch_size=1,
        pre_dispatch=2 * jobs,
        max_nbytes=None,
        idle_worker_timeout=IDLE,
        initializer=end_with,
        initargs=(os.getpid(),),
    )
    with suppress(BrokenExecutor):
        yield from parallel(handed_out())


@contextmanager
def on_cluster(address: str) -> Iterator[tuple[Run, int]]:
    """Connect to a Dask scheduler; give how to compute there, and how many units at once.

    Raises
    ------
    MissingDependencyError
        If `distributed` is not installed.
    InvalidInputError
        If there is no scheduler at the address.
    NotConvergedError
        If it has no worker, or loses all, or goes away.
    """
    client = _connected(address)
    try:
        yield lambda *task: _on_cluster(client, *task), max(1, _threads(client))
    finally:
        client.close(timeout=5)


def _connected(address: str) -> Any:
    distributed = require("distributed", "cluster")
    scheme, _, place = address.rpartition("://")
    if scheme not in SCHEMES or not place:
        raise InvalidInputError(
            "`cluster` must be the address of a Dask scheduler, such as tcp://10.0.0.5:8786, "
            f"got {address!r:.80}"
        )
    try:
        client = distributed.Client(address, timeout=ANSWERS, set_as_default=False)
    except Exception as error:  # each scheme has its own: TypeError where TLS is not set up
        text = " ".join(str(error).split())
        raise InvalidInputError(f"no Dask scheduler answers at {address!r:.80}: {text}") from None
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError:
        client.close(timeout=5)
        raise NotConvergedError(f"the scheduler at {address} has no worker") from None
    return client


def _threads(client: Any) -> int:
    try:
        return sum(client.nthreads().values())
    except OSError:
        raise NotConvergedError(LOST) from None


def _on_cluster(client: Any, grid: Grid, units: Iterable[Unit], alone: bool) -> Finished:
    """Keep as many units on the cluster as it can work on, and some that wait there."""
    from coopetition._version import __version__

    queue, out = deque(units), set[Any]()
    while queue or out:
        most = 1 if alone else 2 * _threads(client) + 1
        while queue and len(out) < most:
            unit = queue.popleft()
            task = client.submit(solve_on_worker, __version__, grid, unit, pure=False)
            out.add(task)
        for task in _finished(client, out):
            out.discard(task)
            rows = _result(task)
            task.release()  # a result that is no longer asked for is not computed again
            if rows is not None:
                yield rows


def _finished(client: Any, out: set[Any]) -> Iterable[Any]:
    """Wait for units to finish; give up if the scheduler, or every worker for long, is gone."""
    distributed = require("distributed", "cluster")
    try:
        with client.as_current():
            found = distributed.wait(out, timeout=PATIENCE, return_when="FIRST_COMPLETED")
        return list(found.done)
    except TimeoutError:
        if client.status != "running":
            raise NotConvergedError(LOST) from None
        if _threads(client) == 0:
            raise NotConvergedError("the cluster has lost all its workers") from None
        return []
    except distributed.CancelledError:
        raise NotConvergedError(LOST) from None


def _result(task: Any) -> list[CellRow] | None:
    """Return a unit's rows, None if every worker that had it died."""
    distributed = require("distributed", "cluster")
    try:
        rows: list[CellRow] = task.result()
    except distributed.KilledWorker:
        return None
    except (InvalidInputError, MissingDependencyError):
        raise
    except (distributed.CancelledError, distributed.comm.CommClosedError):
        raise NotConvergedError(LOST) from None  # while the result was on its way
    except Exception as error:
        told = f"{type(error).__name__}: {error}"
        raise NotConvergedError(f"the cluster could not compute a cell: {told}") from error
    return rows
