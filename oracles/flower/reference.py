"""The reference oracle's task, trained by Flower: one supernode per organization."""

import inspect
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from coopetition.games.errors import CoopetitionError, InvalidInputError, require
from coopetition.oracles.federation.reference import ReferenceOracle
from coopetition.oracles.flower.silos import RecordsSilos
from coopetition.oracles.flower.worker import Train, serve_flower
from coopetition.oracles.protocol.own_test import own_gains
from coopetition.oracles.protocol.query import Evaluation, OracleSpec, Query
from coopetition.oracles.remote.json_fields import quote

_SECONDS = 0.2  # per round: Flower polls its clients every tenth of a second


@lru_cache(maxsize=1)
def _oracle(settings: str) -> ReferenceOracle:
    """Deal the data; every process of a simulation does it once."""
    try:
        return ReferenceOracle(**json.loads(settings))
    except TypeError as error:
        raise InvalidInputError(f"the settings are malformed: {error}") from error


class ReferenceClient:
    """The ClientApp: train and test the reference oracle's model on the node's partition."""

    def __init__(self, settings: str) -> None:
        self._settings = settings

    def __call__(self, message: Any, context: Any) -> Any:
        """Train for one round, or test on the node's own rows."""
        app = require("flwr.app", "flower")
        oracle, config = _oracle(self._settings), message.content["config"]
        silo = int(context.node_config["partition-id"])
        (weights,) = message.content["arrays"].to_numpy_ndarrays()
        if message.metadata.message_type == "evaluate":
            metrics = app.MetricRecord(oracle.own_gain(silo, weights))
            return app.Message(app.RecordDict({"metrics": metrics}), reply_to=message)
        own = [0.0] * len(oracle.sizes)
        own[silo] = config["contribution"]
        query = Query(tuple(own), tuple(config["coalition"]), config["seed"])
        weights = oracle.update(silo, weights, query, config["server-round"] - 1)
        rows = app.MetricRecord({"num-examples": oracle.rows_trained(silo, query)})
        content = app.RecordDict({"arrays": app.ArrayRecord([weights]), "metrics": rows})
        return app.Message(content, reply_to=message)


def reference_train(oracle: ReferenceOracle, rounds: int) -> Train:
    """Return the training of one query by Flower's FedAvg.

    The server measures the common gain, and every silo its own, if that is asked for.
    """
    average = require("flwr.serverapp.strategy", "flower").FedAvg
    app = require("flwr.app", "flower")
    strategy_type = type("Strategy", (RecordsSilos, average), {})
    nodes = len(oracle.sizes)
    options = {"min_train_nodes": 1, "min_available_nodes": nodes, "fraction_evaluate": 0.0}

    def train(grid: Any, query: Query) -> Evaluation:
        strategy = strategy_type(query, **options)
        result = strategy.start(grid, app.ArrayRecord([oracle.untrained()]), rounds)
        (weights,) = result.arrays.to_numpy_ndarrays()
        own: dict[str, Any] = {}
        if "gains" in oracle.spec().provides:
            own = own_gains(query, strategy.evaluate_members(grid, result.arrays))
        return strategy.evaluation(oracle.gain(weights), **own)

    return train


def main(arguments: Sequence[str]) -> int:
    """Serve the reference task with the settings that the one argument holds as JSON."""
    try:
        settings = _settings(arguments)
        oracle = _oracle(settings)
        rounds = json.loads(settings)["rounds"]
        train = reference_train(oracle, rounds)
        serve_flower(_spec(oracle, rounds), ReferenceClient(settings), train)
    except CoopetitionError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _settings(arguments: Sequence[str]) -> str:
    """Return the settings, with the default number of rounds if they name none."""
    known = inspect.signature(ReferenceOracle).parameters
    try:
        (text,) = arguments
        settings = json.loads(text)
        unknown = [key for key in settings if key not in known]
    except (ValueError, TypeError):
        settings, unknown = None, []
    names = settings.get("organizations") if isinstance(settings, dict) else None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise InvalidInputError(
            "the one argument must be a JSON object of ReferenceOracle's settings with a "
            f"list of texts `organizations`, got {quote(' '.join(arguments))}"
        )
    if unknown:
        raise InvalidInputError(f"`{unknown[0]}` is not one of {', '.join(known)}")
    return json.dumps({"rounds": known["rounds"].default} | settings)


def _spec(oracle: ReferenceOracle, rounds: int) -> OracleSpec:
    spec = oracle.spec()
    return replace(spec, fingerprint=f"flower-{spec.fingerprint}", seconds_hint=_SECONDS * rounds)
