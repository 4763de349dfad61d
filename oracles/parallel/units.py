"""Where units of work are done: in several processes of this machine, or on a Dask cluster.

Both yield what comes back, in any order. A unit whose worker died does not come back.
"""

import os
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import BrokenExecutor
from itertools import islice
from typing import Any
from warnings import catch_warnings

from coopetition.games.errors import InvalidInputError, OracleError, require

Unit = tuple[Any, ...]  # the arguments of one call
Run = Callable[[Callable[..., Any], Iterable[Unit], bool], Iterator[Any]]  # …, whether one by one
LOST = "the connection to the scheduler was lost"
PATIENCE = 60.0  # seconds with no worker at all before a cluster is given up
IDLE = 30  # seconds that worker processes outlive their last unit
_LOOK = 1.0  # seconds between two looks of a worker whether who started it still lives


def end_with(parent: int) -> None:
    """End this process soon after its parent, also in the middle of a unit: a thread looks.

    A client that is killed cannot end its workers, and they would wait for units, or do theirs to
    the end, with its standard output in their hands.
    """

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK)
        os._exit(1)

    if hasattr(os, "fork"):  # elsewhere a parent's number does not change
        threading.Thread(target=look, daemon=True).start()


def in_processes(jobs: int) -> Run:
    """Call in several processes of this machine; `jobs` of 1 is one, and not this one."""

    def run(call: Callable[..., Any], units: Iterable[Unit], alone: bool) -> Iterator[Any]:
        # By itself a unit is all that its workers ever hear of: none waits behind one that kills.
        parts = ([unit] for unit in units) if alone else (units,)
        for part in parts:
            waiting, broken = iter(part), True
            while broken:  # with new workers, for what was not handed out yet
                broken = yield from _until_broken(call, waiting, jobs)

    return run


def _until_broken(
    call: Callable[..., Any], waiting: Iterator[Unit], jobs: int
) -> Generator[Any, None, bool]:
    """Yield what comes back, and return whether a worker died."""
    from joblib import Parallel, delayed

    parallel = Parallel(
        n_jobs=max(2, jobs),  # with one, joblib would call in this process
        backend="loky",
        return_as="generator_unordered",
        batch_size=1,
        pre_dispatch=jobs,
        max_nbytes=None,
        idle_worker_timeout=IDLE,
        initializer=end_with,
        initargs=(os.getpid(),),
    )
    results = parallel(delayed(call)(*unit) for unit in waiting)
    try:
        for result in results:  # noqa: UP028 - that would close with a warning
            yield result
    except BrokenExecutor:
        return True
    finally:
        with catch_warnings(action="ignore"):  # that units were given up: whoever
            results.close()  # does not ask for more knows
    return False


class Cluster:
    """A connection to a Dask scheduler.

    Raises
    ------
    MissingDependencyError
        If `distributed` is not installed.
    InvalidInputError
        If there is no scheduler at the address.
    OracleError
        If it has no worker.
    """

    def __init__(self, address: str) -> None:
        distributed = require("distributed", "cluster")
        try:
            self._client = distributed.Client(address, timeout=10, set_as_default=False)
        except (OSError, ValueError) as error:
            text = " ".join(str(error).split())
            raise InvalidInputError(
                f"no Dask scheduler answers at {address!r:.80}: {text}"
            ) from None
        try:
            self._client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            self.close()
            raise OracleError(f"the scheduler at {address} has no worker") from None

    @property
    def width(self) -> int:
        """How many units the workers do at once now."""
        try:
            return sum(self._client.nthreads().values())
        except OSError:
            raise OracleError(LOST) from None

    def close(self) -> None:
        """Disconnect."""
        self._client.close(timeout=5)

    def run(self, call: Callable[..., Any], units: Iterable[Unit], alone: bool) -> Iterator[Any]:
        """Call on the workers; keep as many units there as they can do, and some that wait."""
        waiting, out = iter(units), set[Any]()
        try:
            while True:
                most = 1 if alone else 2 * self.width + 1
                for unit in islice(waiting, max(0, most - len(out))):  # workers may have gone
                    out.add(self._client.submit(call, *unit, pure=False))
                if not out:
                    return
                for task in self._finished(out):
                    out.discard(task)
                    yield from self._result(task)
        finally:
            for task in out:
                task.release()  # what is no longer asked for is not begun

    def _finished(self, out: set[Any]) -> Iterable[Any]:
        distributed = require("distributed", "cluster")
        try:
            with self._client.as_current():
                found = distributed.wait(out, timeout=PATIENCE, return_when="FIRST_COMPLETED")
            return list(found.done)
        except TimeoutError:
            if self._client.status != "running":
                raise OracleError(LOST) from None
            if self.width == 0:
                raise OracleError("the cluster has lost all its workers") from None
            return []
        except distributed.CancelledError:
            raise OracleError(LOST) from None

    @staticmethod
    def _result(task: Any) -> Iterator[Any]:
        """Yield a unit's result; nothing if every worker that had it died."""
        distributed = require("distributed", "cluster")
        try:
            found = task.result()
        except distributed.KilledWorker:
            return
        except (distributed.CancelledError, distributed.comm.CommClosedError):
            raise OracleError(LOST) from None  # while the result was on its way
        except Exception as error:
            told = f"{type(error).__name__}: {error}"
            raise OracleError(f"the cluster could not do a unit: {told}") from error
        finally:
            task.release()
        yield found
