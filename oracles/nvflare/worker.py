"""NVIDIA FLARE as a backend: one simulation, started once, answers all queries.

Starting a simulation takes much longer than training a small model. So a worker keeps one running,
and FLARE's server loop takes query after query; `coopetition.oracles.ProcessOracle` starts the
worker, and FLARE is never imported beside the game. A worker for your own clients, with
FLARE's Collab API, is this whole file (organization n is site n + 1)::

    from coopetition.oracles.protocol.query import OracleSpec
    from coopetition.oracles.nvflare.worker import FlareOracle, answer_collab
    from coopetition.oracles.remote.process import serve_lines
    from nvflare.collab import CollabRecipe, collab
    from my_federation import accuracy, average, initial_weights, local_training

    class Silo:
        @collab.publish
        def train(self, contribution, seed, coalition, weights, round_):
            return local_training(collab.site_name, contribution, seed, weights, round_)

    def measure(query, ask):
        weights = initial_weights()
        for round_ in range(10):
            weights = average(ask(weights=weights, round_=round_))  # {organization: reply}
        return accuracy(weights) - 0.1

    class Server:
        @collab.main
        def main(self):
            answer_collab(measure)

    if __name__ == "__main__":
        spec = OracleSpec(..., baseline=0.1, fingerprint="my-federation-1")
        serve_lines(FlareOracle(spec, CollabRecipe("federation", Server(), Silo()).export))

With a ModelController, mix in `coopetition.oracles.nvflare.controller.MeasuresQueries`: ``run``
becomes ``measure``, and the clients' scripts and executors stay. Both tell a site what it needs of
the query: its own ``contribution``, never another's; ``seed``, from which all random numbers should
come; ``coalition``, who takes part.

``python -m coopetition.oracles.nvflare '<JSON>'`` is a worker for the task of
`coopetition.oracles.ReferenceOracle`, whose keyword arguments the JSON object holds, besides
``api``: ``collab`` or ``controller``.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from coopetition.games.errors import InvalidInputError, require
from coopetition.games.text.words import one_line
from coopetition.oracles.nvflare.queries import (
    DIED,
    POLL,
    MeasuredAnswer,
    Replies,
    Share,
    answer_queries,
)
from coopetition.oracles.nvflare.simulation import Simulation, Sites
from coopetition.oracles.protocol.query import Evaluation, OracleSpec, Query

Ask = Callable[..., dict[int, Any]]


class FlareOracle:
    """Answer queries by one FLARE simulation, which starts with the first of them.

    If the simulation ends, the question that it leaves open is an `OracleError`. The next question
    then starts another, also when a site is lost: when its process died, or, under a controller,
    it did not reply, for a script that raised does not run again.

    Parameters
    ----------
    spec
        What is measured.
    export
        Writes the job into the folder it is given: ``export`` of a recipe, ``export_job`` of a
        FedJob. The job's server loop is `answer_collab`, or that of
        `coopetition.oracles.nvflare.controller.MeasuresQueries`.
    sites
        Name of each organization's site; by default ``site-1`` and so on.
    start_timeout
        Seconds that the simulation may take to start.

    Raises
    ------
    InvalidInputError
        If there is not one site per organization.
    MissingDependencyError
        If FLARE is not installed.
    """

    def __init__(
        self,
        spec: OracleSpec,
        export: Callable[[str], Any],
        *,
        sites: Sequence[str] | None = None,
        start_timeout: float = 300.0,
    ) -> None:
        require("nvflare", "nvflare")
        size = len(spec.organizations)
        self._sites = [f"site-{n + 1}" for n in range(size)] if sites is None else list(sites)
        if len(self._sites) != size or len(set(self._sites)) != size:
            raise InvalidInputError(f"`sites` must be {size} distinct names, got {self._sites!r}")
        self._spec, self._export, self._start_timeout = spec, export, start_timeout
        self._simulation: Simulation | None = None

    def spec(self) -> OracleSpec:
        """Describe what is measured."""
        return self._spec

    def evaluate(self, queries: Sequence[Query]) -> list[Evaluation]:
        """Put queries to FLARE's server, one after the other.

        Raises
        ------
        OracleError
            If the simulation does not start, or ends before it answers.
        """
        return [self._evaluate(query) for query in queries]

    def close(self) -> None:
        """End the simulation with all its processes."""
        simulation, self._simulation = self._simulation, None
        if simulation is not None:
            simulation.stop()

    def _evaluate(self, query: Query) -> Evaluation:
        whole = False  # a site that is lost comes back with another simulation only
        try:
            if self._simulation is None:
                self._simulation = Simulation(self._export, self._sites, self._start_timeout)
            answer, whole = self._simulation.exchange(query)
        finally:
            if not whole:
                self.close()
        return answer


def answer_collab(
    measure: Callable[[Query, Ask], MeasuredAnswer], *, task: str = "train", timeout: float = 600.0
) -> None:
    """Take queries and answer them, until there are no more: a ``@collab.main`` function.

    Parameters
    ----------
    measure
        Trains one query and returns its gain, or an `Evaluation` that also has everybody's own. Its
        second argument calls the members' published function, each with its share of the query and
        with the keyword arguments given, and returns the replies by organization, in order; with
        ``task=...`` it calls another function. An organization that fails once is not asked
        again in this query, which makes the answer ``partial``; it is ``failed`` when nobody is
        left, or with whatever ``measure`` raises.
    task
        Name of the published function.
    timeout
        Seconds that a call may take.
    """
    collab = require("nvflare.collab", "nvflare").collab
    sites, clients = Sites(), {client.name: client for client in collab.clients}
    pool = ThreadPoolExecutor(len(clients))

    def gather(shares: Mapping[int, Share], arguments: Mapping[str, Any]) -> Replies:
        calls: dict[int, Future[Any]] = {}
        given = dict(arguments)
        name = given.pop("task", task)
        for n, share in shares.items():
            function = getattr(clients[sites.names[n]](timeout=timeout), name)
            calls[n] = pool.submit(function, **given, **share)
        while waiting := {n: call for n, call in calls.items() if not call.done()}:
            if set(waiting) <= sites.dead():
                break
            wait(waiting.values(), timeout=POLL)
        came = {n: call for n, call in calls.items() if n not in waiting}
        failures = {n: _reason(call.exception()) for n, call in came.items() if call.exception()}
        replies = {n: call.result() for n, call in came.items() if n not in failures}
        return replies, failures | dict.fromkeys(waiting, DIED)

    answer_queries(
        lambda query, training: measure(query, training.ask),
        gather,
        collab,
        lambda: not sites.dead(),
    )
    pool.shutdown(wait=False)


def _reason(error: BaseException | None) -> str:
    """Return what a site says; around it FLARE says which call it was."""
    return one_line(getattr(error, "cause", error))
