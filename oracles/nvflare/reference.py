"""The reference oracle's task, trained by NVIDIA FLARE: one site per organization."""

import inspect
import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from coopetition.games.arrays import Array
from coopetition.games.errors import (
    CoopetitionError,
    InvalidInputError,
    MissingDependencyError,
    require,
)
from coopetition.oracles.federation.reference import ReferenceOracle
from coopetition.oracles.nvflare.controller import MeasuresQueries
from coopetition.oracles.nvflare.worker import Ask, FlareOracle, answer_collab
from coopetition.oracles.protocol.own_test import own_gains
from coopetition.oracles.protocol.query import Evaluation, OracleSpec, Query
from coopetition.oracles.remote.json_fields import quote
from coopetition.oracles.remote.process import serve_lines

_SECONDS = {"collab": 0.07, "controller": 0.5}  # per round, nearly all of it FLARE's
_HERE = "coopetition.oracles.nvflare.reference"
_SETTINGS = "COOPETITION_FLARE_REFERENCE"  # environment variable, as JSON


@lru_cache(maxsize=1)
def _oracle() -> tuple[ReferenceOracle, int]:
    """Deal the data; every process of a simulation does it once."""
    settings = json.loads(os.environ[_SETTINGS])
    return ReferenceOracle(**settings), settings["rounds"]


def _update(site: str, share: dict[str, Any], weights: Array, round_: int) -> tuple[Array, int]:
    """Train at one site for one round; return the weights and the number of rows."""
    oracle, _ = _oracle()
    organization = _organization(site)
    own = [0.0] * len(oracle.sizes)
    own[organization] = share["contribution"]
    query = Query(tuple(own), tuple(share["coalition"]), share["seed"])
    weights = oracle.update(organization, weights, query, round_)
    return weights, oracle.rows_trained(organization, query)


def _organization(site: str) -> int:
    return int(site.removeprefix("site-")) - 1


def _validation(site: str, weights: Array) -> dict[str, Any]:
    """Test a model at one site, on the site's own rows."""
    return _oracle()[0].own_gain(_organization(site), weights)


def _federated(
    query: Query,
    ask: Callable[[Array, int], list[tuple[Array, int]]],
    validate: Callable[[Array], dict[int, dict[str, Any]]],
) -> Evaluation:
    """Average by rows, round after round, in the order of organizations, and measure.

    The common gain is measured at the server, everybody's own at the sites.
    """
    oracle, rounds = _oracle()
    weights = oracle.untrained()
    for round_ in range(rounds):
        replies = ask(weights, round_)
        total = sum(rows for _, rows in replies)
        if not total:
            break
        weights = sum(((rows / total) * local for local, rows in replies), 0 * weights)
    own = own_gains(query, validate(weights)) if "gains" in oracle.spec().provides else {}
    return Evaluation("ok", oracle.gain(weights), **own)


def _train(
    contribution: float, seed: int, coalition: list[int], weights: Array, round_: int
) -> tuple[Array, int]:
    share = {"contribution": contribution, "seed": seed, "coalition": coalition}
    return _update(collab.site_name, share, weights, round_)


def _validate(
    contribution: float, seed: int, coalition: list[int], weights: Array
) -> dict[str, Any]:
    return _validation(collab.site_name, weights)


def _federate() -> None:
    def measure(query: Query, ask: Ask) -> Evaluation:
        return _federated(
            query,
            lambda weights, round_: list(ask(weights=weights, round_=round_).values()),
            lambda weights: ask(task="validate", weights=weights),
        )

    answer_collab(measure)


with suppress(MissingDependencyError):  # FLARE knows the functions of an app by its own marks
    collab: Any = require("nvflare.collab", "nvflare").collab
    train, validate = collab.publish(_train), collab.publish(_validate)
    federate = collab.main(_federate)


def make_controller() -> Any:
    """Build the server's part of the job with a ModelController."""
    flare = require("nvflare.app_common.abstract.fl_model", "nvflare")
    workflows = require("nvflare.app_common.workflows.model_controller", "nvflare")
    base: Any = workflows.ModelController

    class ReferenceController(MeasuresQueries, base):  # type: ignore[misc]
        def measure(self, query: Query) -> Evaluation:
            def ask(weights: Array, round_: int) -> list[tuple[Array, int]]:
                model = flare.FLModel(params={"weights": weights}, current_round=round_)
                replies = self.send_model_and_wait(data=model)
                return [(reply.params["weights"], reply.meta["rows"]) for reply in replies]

            def validate(weights: Array) -> dict[int, dict[str, Any]]:
                self.send_model_and_wait("validate", flare.FLModel(params={"weights": weights}))
                return {n: reply.metrics for n, reply in self.replies[-1].items()}

            return _federated(query, ask, validate)

    return ReferenceController(persistor_id="")


def make_executor() -> Any:
    """Build a site's part of the job with a ModelController."""
    flare = require("nvflare.app_common.abstract.fl_model", "nvflare")
    utils = require("nvflare.app_common.utils.fl_model_utils", "nvflare").FLModelUtils

    base: Any = require("nvflare.apis.executor", "nvflare").Executor

    class ReferenceExecutor(base):  # type: ignore[misc]
        def execute(self, task_name: str, shareable: Any, fl_ctx: Any, abort_signal: Any) -> Any:
            model, site = utils.from_shareable(shareable), fl_ctx.get_identity_name()
            weights = model.params["weights"]
            if task_name == "validate":
                return utils.to_shareable(flare.FLModel(metrics=_validation(site, weights)))
            weights, rows = _update(site, model.meta, weights, model.current_round)
            reply = flare.FLModel(params={"weights": weights}, meta={"rows": rows})
            return utils.to_shareable(reply)

    return ReferenceExecutor()


def _export_collab(folder: str) -> None:
    here = sys.modules[_HERE]
    recipe = require("nvflare.collab", "nvflare").CollabRecipe("reference", here, here)
    recipe.export(folder)


def _export_controller(folder: str) -> None:
    """Write the job's files: FLARE's own export needs classes, which exist only beside FLARE."""
    config = Path(folder, "reference", "app", "config")
    config.mkdir(parents=True)
    loop = {"id": "loop", "path": f"{_HERE}.make_controller", "args": {}}
    silo = {"tasks": ["*"], "executor": {"path": f"{_HERE}.make_executor", "args": {}}}
    for path, content in {
        config / "config_fed_server.json": {
            "format_version": 2,
            "server": {"task_request_interval": 0.05},  # seconds, instead of 2
            "workflows": [loop],
        },
        config / "config_fed_client.json": {"format_version": 2, "executors": [silo]},
        config.parent.with_name("meta.json"): {
            "name": "reference",
            "min_clients": 1,
            "deploy_map": {"app": ["@ALL"]},
        },
    }.items():
        path.write_text(json.dumps(content))
    custom = config.with_name("custom")  # lets FLARE load components that are not its own
    custom.mkdir()
    (custom / "README").touch()


def main(arguments: Sequence[str]) -> int:
    """Serve the reference task with the settings that the one argument holds as JSON."""
    try:
        settings, api = _settings(arguments)
        os.environ[_SETTINGS] = settings  # for all processes of the simulation
        export = _export_collab if api == "collab" else _export_controller
        serve_lines(FlareOracle(_spec(*_oracle(), api), export))
    except CoopetitionError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _settings(arguments: Sequence[str]) -> tuple[str, str]:
    """Return the settings, with the default number of rounds if they name none, and the API."""
    known = inspect.signature(ReferenceOracle).parameters
    try:
        (text,) = arguments
        settings = json.loads(text)
    except ValueError:
        settings = None
    if not isinstance(settings, dict) or not isinstance(settings.get("organizations"), list):
        raise InvalidInputError(
            "the one argument must be a JSON object of ReferenceOracle's settings with a list of "
            f"`organizations`, got {quote(' '.join(arguments))}"
        )
    api = settings.pop("api", "collab")
    if api not in _SECONDS:
        raise InvalidInputError(f"`api` must be collab or controller, got {api!r}")
    unknown = [key for key in settings if key not in known]
    if unknown:
        raise InvalidInputError(f"`{unknown[0]}` is not one of api, {', '.join(known)}")
    return json.dumps({"rounds": known["rounds"].default} | settings), api


def _spec(oracle: ReferenceOracle, rounds: int, api: str) -> OracleSpec:
    spec = oracle.spec()
    return replace(
        spec, fingerprint=f"nvflare-{api}-{spec.fingerprint}", seconds_hint=_SECONDS[api] * rounds
    )
