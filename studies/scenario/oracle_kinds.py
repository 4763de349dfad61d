"""The kinds of oracles that a scenario can name: their keys in `[oracle]`, and how each is opened.

A new kind is a function, in a file of its own if it is long, and an entry of `KINDS`. Packages that
only some installations have are imported when an oracle is opened.
"""

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from coopetition.games.errors import InvalidInputError, MissingDependencyError

if TYPE_CHECKING:
    from coopetition.oracles import ReferenceOracle
    from coopetition.oracles.protocol.oracle import UtilityOracle
    from coopetition.studies.scenario.oracle_table import OracleSettings
    from coopetition.studies.scenario.scenario import Scenario

DATASETS = ("digits", "breast-cancer")  # that come along


@dataclass(frozen=True, slots=True, kw_only=True)
class OracleKind:
    """A kind of oracle: exactly one of `open` and `train` is stated.

    Parameters
    ----------
    what
        What it is, in one line.
    keys
        Its keys in `[oracle]` besides those of every kind; "settings" is a table of its own, which
        `OracleSettings.arguments` holds.
    open
        Opens an oracle that knows its organizations itself.
    train
        Opens one that trains what the reference federation deals out.
    stays
        Why it has no `cluster`, or no `jobs`, among its keys.
    """

    what: str
    keys: tuple[str, ...] = ()
    open: "Callable[[Scenario, OracleSettings], UtilityOracle] | None" = None
    train: "Callable[[Scenario, OracleSettings, ReferenceOracle], UtilityOracle] | None" = None
    stays: str = "which sees to its processes itself"


def federation(scenario: "Scenario", settings: "OracleSettings") -> dict[str, Any]:
    """Return the settings of the reference federation, which every stack can train."""
    bundled = settings.dataset in DATASETS
    return {
        "organizations": scenario.organizations,
        "dataset": settings.dataset
        if bundled
        else str((scenario.folder / settings.dataset).resolve()),
        "alpha": settings.alpha,
        "local_rows": settings.local_rows,
        "upper": [float(value or 0.0) for value in scenario.columns["max_contribution"]],
        "rounds": settings.rounds,
        "epochs": settings.epochs,
        "seed": scenario.seed,
    }


def _placed(make: "Callable[[], UtilityOracle]", settings: "OracleSettings") -> "UtilityOracle":
    """Make an oracle here, or in each of the processes or workers that the scenario asks for."""
    from coopetition.oracles import ParallelOracle

    if not settings.placed:
        return make()
    return ParallelOracle(make, jobs=settings.jobs, cluster=settings.cluster)


def _reference(
    scenario: "Scenario", settings: "OracleSettings", dealt: "ReferenceOracle"
) -> "UtilityOracle":
    """Train here, or in other processes."""
    from coopetition.oracles import ParallelOracle, ReferenceOracle

    if not settings.placed:
        return dealt
    make = partial(ReferenceOracle, **federation(scenario, settings))
    return ParallelOracle(make, jobs=settings.jobs, cluster=settings.cluster, spec=dealt.spec())


def _stack(
    scenario: "Scenario",
    settings: "OracleSettings",
    dealt: "ReferenceOracle",
    *,
    package: str,
    keys: tuple[str, ...] = (),
) -> "UtilityOracle":
    """Start a learning stack in a process of its own, and if stated with another Python.

    Whether our own Python has it is looked up, not tried: it is never imported here.
    """
    from coopetition.oracles import ProcessOracle
    from coopetition.oracles.remote.environment import BASE, STACKS, worker_environment

    if settings.python is None and find_spec(package) is None:
        raise MissingDependencyError(
            f"`kind` {settings.kind} needs {package}: install "
            f"coopetition[{settings.kind}], or name the `python` of an environment that has it"
        )
    task = federation(scenario, settings) | {key: getattr(settings, key) for key in keys}
    worker = f"coopetition.oracles.{settings.kind}"
    make = partial(
        ProcessOracle,
        [settings.python or sys.executable, "-m", worker, json.dumps(task)],
        timeout=settings.timeout,
        start_timeout=settings.start_timeout,
        cwd=scenario.folder,
        env=worker_environment(patterns=(*BASE, *STACKS)),
    )
    return _placed(make, settings)


def _recorded(scenario: "Scenario", settings: "OracleSettings") -> "UtilityOracle":
    from coopetition.oracles import Ledger

    assert settings.ledger is not None
    return Ledger(scenario.folder / settings.ledger)


def _process(scenario: "Scenario", settings: "OracleSettings") -> "UtilityOracle":
    """Start a scenario's program, which gets the variables that it names."""
    from coopetition.oracles import ProcessOracle
    from coopetition.oracles.remote.environment import worker_environment

    try:
        env = worker_environment(settings.env)
    except InvalidInputError as error:
        raise InvalidInputError(f"[oracle]: {error}") from None
    make = partial(
        ProcessOracle,
        settings.command,
        cwd=scenario.folder,
        env=env,
        timeout=settings.timeout,
        start_timeout=settings.start_timeout,
    )
    return _placed(make, settings)


def _http(scenario: "Scenario", settings: "OracleSettings") -> "UtilityOracle":
    """Name the server; its token stands in the environment rather than in a file."""
    from coopetition.oracles import HttpOracle

    token = os.environ.get(settings.token_env) if settings.token_env else None
    if settings.token_env and not token:
        raise InvalidInputError(
            f"[oracle]: the environment variable {settings.token_env} holds no token"
        )
    assert settings.url is not None
    limits: Any = {"timeout": settings.timeout, "start_timeout": settings.start_timeout}
    return _placed(partial(HttpOracle, settings.url, token, **limits), settings)


def _plugin(scenario: "Scenario", settings: "OracleSettings") -> "UtilityOracle":
    from coopetition.oracles import open_plugin

    assert settings.plugin is not None
    return _placed(partial(open_plugin, settings.plugin, **settings.arguments), settings)


_PROGRAM = "whose program is one of this machine"
_DEALT = ("dataset", "alpha", "rounds", "epochs", "local_rows")
KINDS: Mapping[str, OracleKind] = {
    "reference": OracleKind(
        what="federated averaging in NumPy, needs the extra `reference`",
        keys=("jobs", "cluster", *_DEALT),
        train=_reference,
    ),
    "flower": OracleKind(
        what="the same federation trained by Flower, needs the extra `flower`",
        keys=("jobs", "timeout", "python", *_DEALT),
        train=partial(_stack, package="flwr"),
        stays=_PROGRAM,
    ),
    "nvflare": OracleKind(
        what="the same federation trained by NVIDIA FLARE, needs the extra `nvflare`",
        keys=("jobs", "timeout", "python", "api", *_DEALT),
        train=partial(_stack, package="nvflare", keys=("api",)),
        stays=_PROGRAM,
    ),
    "recorded": OracleKind(
        what="a ledger alone: replays what it holds",
        keys=("ledger",),
        open=_recorded,
        stays="which trains nothing",
    ),
    "process": OracleKind(
        what="any program that answers JSON lines",
        keys=("jobs", "timeout", "command", "env"),
        open=_process,
        stays=_PROGRAM,
    ),
    "http": OracleKind(
        what="a server",
        keys=("jobs", "timeout", "url", "token_env"),
        open=_http,
        stays="whose server trains where it is",
    ),
    "plugin": OracleKind(
        what="an installed plug-in", keys=("jobs", "cluster", "plugin", "settings"), open=_plugin
    ),
}
FEDERATIONS = tuple(name for name, kind in KINDS.items() if kind.train)
