"""Where units of work are done: in several processes of this machine, or on a Dask cluster.

Sweeps, trainings and replications hand out their units here. Whatever happens to a worker, a unit
comes back as it would from this process, or not at all: then its worker died, and whoever handed it
out may do so again, at last with nothing beside it.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import BrokenExecutor
from itertools import islice
from typing import Any
from warnings import catch_warnings

from coopetition._version import __version__
from coopetition.games.errors import CoopetitionError, InvalidInputError, OracleError, require

Unit = tuple[Any, ...]  # the arguments of one call
Run = Callable[[Callable[..., Any], Iterable[Unit], bool], Iterator[Any]]  # …, whether one by one
LOST = "the connection to the scheduler was lost; the same command goes on with what is stored"
SCHEMES = ("", "tcp", "tls", "ucx", "ucxx", "ws", "wss")  # of addresses of Dask schedulers
ANSWERS = 10.0  # seconds in which a scheduler answers, if there is one
PATIENCE = 60.0  # seconds with no worker at all before a cluster is given up
IDLE = 30  # seconds that worker processes outlive their last unit
_LOOK = 1.0  # seconds between two looks of a worker whether who started it still lives
_ONE_AT_A_TIME = threading.Lock()  # a worker of a cluster may have several threads


def in_this_process(call: Callable[..., Any], units: Iterable[Unit], alone: bool) -> Iterator[Any]:
    """Call here, one unit after the other."""
    for unit in units:
        yield call(*unit)


class Processes:
    """Processes of this machine; of `jobs` 1 it is one, and not this one.

    They end half a minute after their last unit, and within seconds of a client that was killed.

    Examples
    --------
    >>> sorted(Processes(2).run(divmod, [(7, 2), (9, 4)], False))
    [(2, 1), (3, 1)]
    """

    def __init__(self, jobs: int) -> None:
        self.width = jobs

    def close(self) -> None:
        """Do nothing: processes end by themselves."""

    def run(self, call: Callable[..., Any], units: Iterable[Unit], alone: bool) -> Iterator[Any]:
        """Yield what comes back, in any order."""
        # By itself a unit is all that its workers ever hear of: none waits behind one that kills.
        for part in ([unit] for unit in units) if alone else (units,):
            waiting, broken = iter(part), True
            while broken:  # with new workers, for what was not handed out yet
                broken = yield from self._until_broken(call, waiting)

    def _until_broken(
        self, call: Callable[..., Any], waiting: Iterator[Unit]
    ) -> Generator[Any, None, bool]:
        """Yield what comes back, and return whether a worker died."""
        from joblib import Parallel, delayed

        parallel = Parallel(
            n_jobs=max(2, self.width),  # with one, joblib would call in this process
            backend="loky",
            return_as="generator_unordered",
            batch_size=1,
            pre_dispatch=2 * self.width if self.width > 1 else 1,
            max_nbytes=None,
            idle_worker_timeout=IDLE,
            initializer=end_with,
            initargs=(os.getpid(),),
        )
        results = parallel(delayed(_on_worker)(__version__, call, unit) for unit in waiting)
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
    """The workers of a Dask scheduler, which need the same version of this package.

    Raises
    ------
    MissingDependencyError
        If `distributed` is not installed.
    InvalidInputError
        If there is no scheduler at the address.
    OracleError
        If it has no worker, or loses all, or goes away.
    """

    def __init__(self, address: str) -> None:
        distributed = require("distributed", "cluster")
        scheme, _, place = address.rpartition("://")
        if scheme not in SCHEMES or not place:
            raise InvalidInputError(
                "`cluster` must be the address of a Dask scheduler, such as tcp://10.0.0.5:8786, "
                f"got {address!r:.80}"
            )
        try:
            self._client = distributed.Client(address, timeout=ANSWERS, set_as_default=False)
        except Exception as error:  # each scheme has its own: TypeError where TLS is not set up
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
        """Yield what comes back, in any order.

        As many units are there as the workers can do, and some that wait.
        """
        waiting, out = iter(units), set[Any]()
        try:
            while True:
                most = 1 if alone else 2 * self.width + 1
                for unit in islice(waiting, max(0, most - len(out))):  # workers may have gone
                    out.add(self._client.submit(_on_worker, __version__, call, unit, pure=False))
                if not out:
                    return
                for task in self._finished(out):
                    out.discard(task)
                    yield from self._result(task)
        finally:
            for task in out:
                task.release()  # what is no longer asked for is not begun

    def _finished(self, out: set[Any]) -> Iterable[Any]:
        """Wait for units to finish; give up if the scheduler, or every worker for long, is gone."""
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
        except CoopetitionError:
            raise
        except (distributed.CancelledError, distributed.comm.CommClosedError):
            raise OracleError(LOST) from None  # while the result was on its way
        except Exception as error:
            told = f"{type(error).__name__}: {error}"
            raise OracleError(f"the cluster could not do a unit: {told}") from error
        finally:
            task.release()  # a result that is no longer asked for is not computed again
        yield found


def _on_worker(version: str, call: Callable[..., Any], unit: Unit) -> Any:
    """Call on a worker, which must be of the same version."""
    if version != __version__:
        raise InvalidInputError(f"a worker has coopetition {__version__}, the client {version}")
    with _ONE_AT_A_TIME:
        return call(*unit)


def end_with(parent: int) -> None:
    """End this process soon after its parent, also in the middle of a unit: a thread looks.

    A client that is killed cannot end its workers, and they would wait for units, or do theirs to
    the end, with its standard output in their hands. Ctrl-C is the client's to hear.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK)
        os._exit(1)

    if hasattr(os, "fork"):  # elsewhere a parent's number does not change
        threading.Thread(target=look, daemon=True).start()
