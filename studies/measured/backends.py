"""Which oracle a scenario names: the reference federation, one elsewhere, a plug-in, a ledger.

With `ledger` every evaluation of a live oracle is written down, and read back instead of being
measured again; `kind = "recorded"` needs nothing but that file.
"""

import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError, MissingDependencyError
from coopetition.oracles import (
    HttpOracle,
    Ledger,
    ParallelOracle,
    ProcessOracle,
    ReferenceOracle,
    open_plugin,
)
from coopetition.oracles.protocol.oracle import UtilityOracle
from coopetition.oracles.protocol.query import OracleSpec
from coopetition.oracles.remote.environment import BASE, STACKS, environment
from coopetition.studies.scenario.oracle_table import DATASETS, FEDERATIONS, OracleSettings
from coopetition.studies.scenario.scenario import Scenario

_PACKAGES = {"flower": "flwr", "nvflare": "nvflare"}


@dataclass(frozen=True, eq=False)
class Backend:
    """An oracle, and each organization's real samples and label skew, shape (N,)."""

    oracle: UtilityOracle
    local_data: Array
    skew: Array


def open_backend(scenario: Scenario) -> Backend:
    """Open the oracle that a scenario names.

    Raises
    ------
    InvalidInputError
        If what the scenario says of the organizations differs from what the oracle knows, or no
        such plug-in is installed.
    OracleError
        If the ledger is missing, damaged or foreign, or the plug-in is broken.
    """
    settings = scenario.oracle
    assert settings is not None
    if settings.kind not in FEDERATIONS:
        return _foreign(scenario, settings)
    make = partial(ReferenceOracle, **_federation(scenario, settings))
    oracle = make()
    data, skew = np.array(oracle.sizes, dtype=float), oracle.skew
    stated = scenario.columns.get("local_data")
    for name, told, size in zip(scenario.organizations, stated or [], oracle.sizes, strict=False):
        if told != size:
            raise InvalidInputError(
                f"`local_data` of {name} is {told:g}, but the oracle deals it {size} rows: "
                "leave it out or state the same"
            )
    live: UtilityOracle = oracle
    if settings.kind in _PACKAGES:
        live = _placed(_stack(scenario, settings), settings)
    elif settings.placed:
        live = _placed(make, settings, oracle.spec())
    return Backend(_kept(live, scenario, settings), data, skew)


def _placed(
    make: Callable[[], UtilityOracle], settings: OracleSettings, spec: OracleSpec | None = None
) -> UtilityOracle:
    """Make an oracle here, or where the scenario says that it trains."""
    if not settings.placed:
        return make()
    return ParallelOracle(make, jobs=settings.jobs, cluster=settings.cluster, spec=spec)


def _federation(scenario: Scenario, settings: OracleSettings) -> dict[str, Any]:
    """Return the settings of the reference federation, which every stack can train."""
    known = settings.dataset in DATASETS
    return {
        "organizations": scenario.organizations,
        "dataset": settings.dataset
        if known
        else str((scenario.folder / settings.dataset).resolve()),
        "alpha": settings.alpha,
        "local_rows": settings.local_rows,
        "upper": [float(value or 0.0) for value in scenario.columns["max_contribution"]],
        "rounds": settings.rounds,
        "epochs": settings.epochs,
        "seed": scenario.seed,
    }


def _stack(scenario: Scenario, settings: OracleSettings) -> Callable[[], ProcessOracle]:
    """Return how to start a learning stack, in a process of its own and if stated another Python.

    Whether our own Python has it is looked up, not tried: it is never imported here.
    """
    if settings.python is None and find_spec(_PACKAGES[settings.kind]) is None:
        raise MissingDependencyError(
            f"`kind` {settings.kind} needs {_PACKAGES[settings.kind]}: install "
            f"coopetition[{settings.kind}], or name the `python` of an environment that has it"
        )
    task = _federation(scenario, settings)
    if settings.kind == "nvflare":
        task["api"] = settings.api
    module = f"coopetition.oracles.{settings.kind}"
    return partial(
        ProcessOracle,
        [settings.python or sys.executable, "-m", module, json.dumps(task)],
        timeout=settings.timeout,
        start_timeout=settings.start_timeout,
        cwd=scenario.folder,
        env=environment(patterns=(*BASE, *STACKS)),
    )


def _foreign(scenario: Scenario, settings: OracleSettings) -> Backend:
    """Open an oracle that lives elsewhere; it must know the scenario's organizations."""
    oracle = _connected(scenario, settings)
    try:
        _check_fit(scenario, oracle.spec())
    except BaseException:
        oracle.close()
        raise
    columns = {key: np.array(scenario.columns[key], dtype=float) for key in ("local_data", "skew")}
    return Backend(oracle, columns["local_data"], columns["skew"])


def _check_fit(scenario: Scenario, spec: OracleSpec) -> None:
    """Refuse a scenario with other organizations, or larger contributions, than the oracle's."""
    if scenario.organizations != tuple(spec.organizations):  # a plug-in may have a list
        raise InvalidInputError(
            f"the organizations' `name` must be {list(spec.organizations)} as the oracle has them, "
            f"got {list(scenario.organizations)}"
        )
    tops = scenario.columns["max_contribution"]
    for name, top, most in zip(spec.organizations, tops, spec.upper, strict=True):
        if top is not None and top > most:
            raise InvalidInputError(
                f"`max_contribution` of {name} must be at most {most:g}, which the oracle can do, "
                f"got {top:g}"
            )


def _connected(scenario: Scenario, settings: OracleSettings) -> UtilityOracle:
    """Start the program, name the server, open the plug-in or the ledger that a scenario names."""
    if settings.kind == "recorded":
        assert settings.ledger is not None
        return Ledger(scenario.folder / settings.ledger)
    limits: dict[str, Any] = {"timeout": settings.timeout, "start_timeout": settings.start_timeout}
    make: Callable[[], UtilityOracle]
    if settings.kind == "process":
        env = _environment(settings.env)
        make = partial(ProcessOracle, settings.command, cwd=scenario.folder, env=env, **limits)
    elif settings.kind == "plugin":
        assert settings.plugin is not None
        make = partial(open_plugin, settings.plugin, **settings.arguments)
    else:
        assert settings.url is not None
        make = partial(HttpOracle, settings.url, _token(settings.token_env), **limits)
    return _kept(_placed(make, settings), scenario, settings)


def _kept(live: UtilityOracle, scenario: Scenario, settings: OracleSettings) -> UtilityOracle:
    """Put the scenario's ledger, if it names one, before a live oracle."""
    if settings.ledger is None:
        return live
    try:
        return Ledger(scenario.folder / settings.ledger, live)
    except BaseException:
        live.close()
        raise


def _environment(names: Sequence[str]) -> dict[str, str]:
    """Return the environment of a scenario's program."""
    try:
        return environment(names)
    except InvalidInputError as error:
        raise InvalidInputError(f"[oracle]: {error}") from None


def _token(variable: str | None) -> str | None:
    """Return the bearer token, which stands in the environment rather than in a file."""
    if variable is None:
        return None
    token = os.environ.get(variable)
    if not token:
        raise InvalidInputError(f"[oracle]: the environment variable {variable} holds no token")
    return token
