"""Flower as a backend: one simulation, started once, answers all queries.

Flower owns the loop, and starting it takes much longer than training a small model. So a worker
keeps one simulation running and takes query after query from its standard input;
`coopetition.oracles.ProcessOracle` starts the worker, and Flower is never imported beside the
game. A worker for your own ClientApp and strategy is this whole file::

    from coopetition.oracles.flower.worker import RecordsSilos, serve_flower
    from coopetition.oracles.protocol.query import OracleSpec
    from flwr.serverapp.strategy import FedAvg
    from my_federation import accuracy, client_app, initial_arrays

    class Strategy(RecordsSilos, FedAvg):
        pass

    def train(grid, query):
        strategy = Strategy(query, fraction_evaluate=0.0)
        result = strategy.start(grid, initial_arrays(), num_rounds=10)
        return strategy.evaluation(accuracy(result.arrays) - 0.1)

    serve_flower(OracleSpec(..., baseline=0.1, fingerprint="my-federation-1"), client_app, train)

Client code stays as it is, except that it should act on what it finds in a message's config:
``contribution``, the silo's own; ``seed``, from which all random numbers should come; and
``coalition``, the indices of all who take part. The supernode of ``partition-id`` n is the n-th
organization.

``python -m coopetition.oracles.flower '<JSON>'`` is such a worker for the task of
`coopetition.oracles.ReferenceOracle`, whose keyword arguments the JSON object holds.

This module switches the telemetry of Flower and Ray off, unless their variables are set already. To
be in time it must be imported before ``flwr``.
"""

import logging
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from coopetition.games.errors import OracleError, require
from coopetition.games.text.words import one_line
from coopetition.oracles.flower.silos import Introduced, RecordsSilos
from coopetition.oracles.protocol.query import Evaluation, OracleSpec, Query
from coopetition.oracles.remote.ask_and_tell import AskTell
from coopetition.oracles.remote.process import serve_lines

__all__ = ["RecordsSilos", "serve_flower"]

os.environ.setdefault("FLWR_TELEMETRY_ENABLED", "0")
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # silences a warning

# A client's process that died is started again, and the message in work tried once more: Flower
# goes on to give messages to the dead process, whichever silo they are for.
_RESOURCES = {"num_cpus": 1, "num_gpus": 0.0, "max_restarts": -1, "max_task_retries": 1}
_POLL = 0.1  # seconds
_SHOWN = 160  # characters of a reason: who quotes the last words shortens them

Train = Callable[[Any, Query], Evaluation]


def serve_flower(
    spec: OracleSpec,
    client_app: Any,
    train: Train,
    *,
    backend_config: Mapping[str, Any] | None = None,
) -> None:
    """Answer the lines on standard input with one Flower simulation, until they end.

    The last statement of a worker. What ``train`` raises is the failure of one query, except for an
    `OracleError`. That, or the end of the simulation, ends the process: it says why on standard
    error and exits with code 1, which is an `OracleError` for who asks. The next question starts a
    new one.

    Parameters
    ----------
    spec
        What is measured. There is one supernode per organization.
    client_app
        Flower's ClientApp, or anything that can be called as one.
    train
        Trains one query on Flower's grid, usually with a strategy of `RecordsSilos`.
    backend_config
        As in Flower's ``run_simulation``; by default every client gets one processor.

    Raises
    ------
    MissingDependencyError
        If Flower or Ray is not installed.
    """
    simulate = require("flwr.simulation", "flower").run_simulation
    require("ray", "flower")
    server = require("flwr.serverapp", "flower").ServerApp()
    logging.getLogger("flwr").setLevel(logging.ERROR)
    loop = AskTell(spec, timeout=None)

    @server.main()  # type: ignore[untyped-decorator]
    def main(grid: Any, context: Any) -> None:
        while len(list(grid.get_node_ids())) < len(spec.organizations):
            time.sleep(_POLL)  # nodes register while this runs already
        while queries := loop.ask():
            for query in queries:
                loop.tell(query, _trained(train, grid, query))

    threading.Thread(target=serve_lines, args=(loop,), daemon=True).start()
    config = dict(backend_config or {})
    config["client_resources"] = _RESOURCES | config.get("client_resources", {})
    reason = "it ended"
    try:
        with tempfile.TemporaryDirectory() as home:
            os.environ.setdefault("FLWR_HOME", home)
            simulate(server, Introduced(client_app), len(spec.organizations), "ray", config)
    except BaseException as error:
        reason = _root(error)
    if not loop.closed:
        print("the Flower simulation crashed:", reason[:_SHOWN], file=sys.stderr, flush=True)
        os._exit(1)  # the other threads still wait for it


def _root(error: BaseException) -> str:
    """Return what was at the beginning of a chain of errors."""
    while error.__cause__ is not None:
        error = error.__cause__
    return one_line(f"{type(error).__name__}: {error}")


def _trained(train: Train, grid: Any, query: Query) -> Evaluation:
    start = time.perf_counter()
    try:
        answer = train(grid, query)
    except OracleError:
        raise
    except Exception as error:
        answer = Evaluation("failed", None, error=one_line(f"{type(error).__name__}: {error}"))
    return replace(answer, seconds=time.perf_counter() - start)
