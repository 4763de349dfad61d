"""An oracle in several processes, or on a Dask cluster: the same answers, sooner.

Queries are handed out in units of one or a few. A unit has the same answers wherever and however
often it is done, so one whose worker died is simply done again. Put the ledger above,
`Ledger(path, ParallelOracle(...))`: it writes every unit down as it lands.
"""

import pickle
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace

from coopetition.games.checks import whole
from coopetition.games.errors import CoopetitionError, InvalidInputError, OracleError
from coopetition.oracles.parallel.executor import Cluster, Processes
from coopetition.oracles.protocol.oracle import Closing, UtilityOracle
from coopetition.oracles.protocol.query import Evaluation, OracleSpec, Query

Landed = list[tuple[int, Evaluation]]  # answers with the places of their queries

_AHEAD = 8  # units for each worker that are put at once, so that few workers wait for the last


class ParallelOracle(Closing):
    """Ask copies of an oracle, each in a process of its own.

    Every worker makes the oracle once and computes with one thread. Its fingerprint must be the
    one expected, so a worker with other data or another version is an error. Processes end half a
    minute after their last query, and within seconds of a client that was killed.

    A worker that dies costs the units under way: they are done again, one at a time. One whose
    worker dies again is an `OracleError`, after everything else has landed.

    Parameters
    ----------
    make
        Returns the oracle, of which workers hear by pickle: a function of a module that they can
        import too, without arguments or as a `functools.partial`.
    jobs
        Processes of this machine.
    cluster
        The address of a Dask scheduler (``tcp://…``), whose workers are used instead.
    unit
        Queries in a unit; not more than the oracle's `batch`.
    spec
        The oracle's description; by default one is made here to ask it, and closed.

    Raises
    ------
    InvalidInputError
        If a parameter is malformed, or no scheduler answers.
    MissingDependencyError
        If a cluster is asked, and `distributed` is not installed.

    Examples
    --------
    >>> from functools import partial
    >>> from coopetition.oracles import ReferenceOracle
    >>> make = partial(ReferenceOracle, organizations=("North", "South"), local_rows=60, rounds=1)
    >>> queries = [Query((float(rows), 0.0)) for rows in (0, 40)]
    >>> with ParallelOracle(make, jobs=2) as oracle:
    ...     gains = [answer.gain for answer in oracle.evaluate(queries)]
    >>> gains == [answer.gain for answer in make().evaluate(queries)]
    True
    """

    def __init__(
        self,
        make: Callable[[], UtilityOracle],
        *,
        jobs: int = 2,
        cluster: str | None = None,
        unit: int = 1,
        spec: OracleSpec | None = None,
    ) -> None:
        jobs, self._unit = whole("jobs", jobs, least=1), whole("unit", unit, least=1)
        self._make = _pickled(make)
        inner = _described(make) if spec is None else spec
        if self._unit > inner.batch:
            raise InvalidInputError(
                f"`unit` must be at most {inner.batch}, the oracle's batch, got {unit}"
            )
        self._executor = Processes(jobs) if cluster is None else Cluster(cluster)
        width = max(1, self._executor.width)
        self._spec = replace(inner, batch=max(inner.batch, _AHEAD * width * self._unit))

    def spec(self) -> OracleSpec:
        """Describe the oracle: as it describes itself, except for the larger batch."""
        return self._spec

    def evaluate(self, queries: Sequence[Query]) -> list[Evaluation]:
        """Answer each query, in order.

        Raises
        ------
        OracleError
            If the oracle fails altogether, or a unit's worker died twice.
        """
        answers = {place: answer for landed in self.landing(queries) for place, answer in landed}
        return [answers[place] for place in range(len(queries))]

    def landing(self, queries: Sequence[Query]) -> Generator[Landed, None, None]:
        """Yield checked answers with the places of their queries, unit by unit as they land.

        Raises
        ------
        OracleError
            As `evaluate`; what was under way elsewhere lands before.
        """
        from coopetition.oracles.parallel.answering import answer_unit  # as workers find it

        left, step = list(range(len(queries))), self._unit
        failure: CoopetitionError | None = None
        for alone in (False, True):
            starts = iter(range(0, len(left), step))
            # What has failed altogether is not handed out any further.
            parts = (left[k : k + step] for k in starts if failure is None)
            units = (
                (self._make, self._spec.fingerprint, p, [queries[k] for k in p]) for p in parts
            )
            back = set[int]()
            for places, found in self._executor.run(answer_unit, units, alone):
                back.update(places)
                if isinstance(found, CoopetitionError):
                    failure = failure or found
                else:
                    yield list(zip(places, found, strict=True))
            left = [place for place in left if place not in back]
            if failure is not None:
                raise failure
            if not left:
                return
            step = 1
        raise OracleError(
            f"{len(left)} of {len(queries)} queries killed their worker, also when run alone; "
            f"the first is {queries[left[0]]}"
        )

    def close(self) -> None:
        """Disconnect from the cluster; processes end by themselves."""
        self._executor.close()


def _pickled(make: Callable[[], UtilityOracle]) -> bytes:
    """Return a factory's pickle, which also names it."""
    if not callable(make):
        raise InvalidInputError(f"`make` must be a function that returns an oracle, got {make!r}")
    try:
        return pickle.dumps(make)
    except Exception as error:  # whatever an object's own pickling raises
        raise InvalidInputError(f"`make` must be a function that can be pickled: {error}") from None


def _described(make: Callable[[], UtilityOracle]) -> OracleSpec:
    oracle = make()
    try:
        return oracle.spec()
    finally:
        oracle.close()
