"""The kinds of oracles that a scenario can name: their keys in `[oracle]`, and how each is opened.

A new kind is a function, in a file of its own if it is long, and an entry of `KINDS`. Packages that
only some installations have are imported when an oracle is opened.
"""

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from coopetition.games.errors import InvalidInputError, MissingDependencyError
from coopetition.output.clean_values import clean

if TYPE_CHECKING:
    from coopetition.oracles import ReferenceOracle
    from coopetition.oracles.protocol.oracle import UtilityOracle

DATASETS = ("digits", "breast-cancer")  # that come along
ON_FAILURE = ("retries", "on_failure", "max_failures")
NO_LEDGER = ""  # `ledger = false`
OF_DESIGN = {"fixed": ("seeds", "profiles"), "adaptive": ("target_regret", "trainings")}
ASKED = (
    "kind plugin api dataset alpha rounds epochs local_rows own_test design seeds profiles".split()
)
ASKED += "target_regret trainings holdout_seeds".split()


@dataclass(frozen=True, slots=True)
class OracleSettings:
    """The `[oracle]` table: where measured gains come from, and how many are taken."""

    kind: str = "reference"
    dataset: str = "digits"
    alpha: float = 2.0
    rounds: int = 10
    epochs: int = 2
    seeds: int = 5
    holdout_seeds: int = 8
    profiles: int = 24
    design: str = "fixed"
    target_regret: float = 0.01
    trainings: int | None = None
    python: str | None = None
    api: str = "collab"
    local_rows: int | None = None
    own_test: bool = False
    jobs: int = field(default=1, repr=False)  # where trainings run is no part of what is said
    cluster: str | None = field(default=None, repr=False)
    ledger: str | None = None
    command: tuple[str, ...] = ()
    env: tuple[str, ...] = ()  # variables of ours that the program gets besides the usual ones
    url: str | None = None
    token_env: str | None = None
    timeout: float = 3600.0
    start_timeout: float = 300.0
    retries: int = 0
    on_failure: Literal["stop", "skip", "reseed"] = "stop"
    max_failures: int = 20
    plugin: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)  # of the plug-in, by name

    def to_dict(self) -> dict[str, Any]:
        """Return the `[oracle]` table that says all of it: `read_oracle` makes the same of it.

        Examples
        --------
        >>> OracleSettings("http", url="http://silo:80", design="adaptive", seeds=1).to_dict()
        {'kind': 'http', 'design': 'adaptive', 'target_regret': 0.01, 'holdout_seeds': 8,
         'url': 'http://silo:80'}
        """
        keys = ["kind", "design", *OF_DESIGN[self.design], "holdout_seeds", "ledger"]
        keys += [key for key in KINDS[self.kind].keys if key not in ("settings", "ledger")]
        table = {key: getattr(self, key) for key in keys}
        table["settings"] = self.arguments or None
        if self.timeout != self.start_timeout:  # none was stated
            table.pop("timeout", None)
        if self.cluster or self.jobs == 1:
            table.pop("jobs", None)
        for key in ON_FAILURE:
            if getattr(self, key) != getattr(OracleSettings(), key):
                table[key] = getattr(self, key)
        stated = {k: v for k, v in table.items() if v not in (None, (), 0)}
        return clean(stated | {"holdout_seeds": self.holdout_seeds})

    @property
    def asked(self) -> dict[str, Any]:
        """What is trained and measured, of all that `to_dict` says: not where, how, or with what.

        Commands, addresses and a plug-in's settings, which may hold secrets, are left out.
        """
        return {k: v for k, v in self.to_dict().items() if k in ASKED}

    @property
    def tolerant(self) -> bool:
        """Whether a failed evaluation is asked again, skipped or replaced."""
        return self.retries > 0 or self.on_failure != "stop"

    @property
    def placed(self) -> bool:
        """Whether trainings are handed out to several processes, or a cluster."""
        return self.jobs > 1 or self.cluster is not None

    @property
    def cheap(self) -> bool:
        """Whether many may train at the same time although nobody said how many."""
        return self.kind == "reference" and not self.placed


class OracleScenario(Protocol):
    """What is asked of a scenario when its oracle is opened."""

    @property
    def folder(self) -> Path:
        """Where its files stand."""

    @property
    def organizations(self) -> tuple[str, ...]:
        """Their names."""

    @property
    def columns(self) -> Mapping[str, Any]:
        """Their numbers, by column."""

    @property
    def seed(self) -> int:
        """Where random numbers begin."""


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
    open: "Callable[[OracleScenario, OracleSettings], UtilityOracle] | None" = None
    train: "Callable[[OracleScenario, OracleSettings, ReferenceOracle], UtilityOracle] | None" = (
        None
    )
    stays: str = "which sees to its processes itself"


def federation(scenario: OracleScenario, settings: OracleSettings) -> dict[str, Any]:
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
        "own_test": settings.own_test,
    }


def _placed(make: "Callable[[], UtilityOracle]", settings: OracleSettings) -> "UtilityOracle":
    """Make an oracle here, or in each of the processes or workers that the scenario asks for."""
    from coopetition.oracles import ParallelOracle

    if not settings.placed:
        return make()
    return ParallelOracle(make, jobs=settings.jobs, cluster=settings.cluster)


def _reference(
    scenario: OracleScenario, settings: OracleSettings, dealt: "ReferenceOracle"
) -> "UtilityOracle":
    """Train here, or in other processes."""
    from coopetition.oracles import ParallelOracle, ReferenceOracle

    if not settings.placed:
        return dealt
    make = partial(ReferenceOracle, **federation(scenario, settings))
    return ParallelOracle(make, jobs=settings.jobs, cluster=settings.cluster, spec=dealt.spec())


def _stack(
    scenario: OracleScenario,
    settings: OracleSettings,
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


def _recorded(scenario: OracleScenario, settings: OracleSettings) -> "UtilityOracle":
    from coopetition.oracles import Ledger

    assert settings.ledger is not None
    return Ledger(scenario.folder / settings.ledger)


def _process(scenario: OracleScenario, settings: OracleSettings) -> "UtilityOracle":
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


def _http(scenario: OracleScenario, settings: OracleSettings) -> "UtilityOracle":
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


def _plugin(scenario: OracleScenario, settings: OracleSettings) -> "UtilityOracle":
    from coopetition.oracles import open_plugin

    assert settings.plugin is not None
    return _placed(partial(open_plugin, settings.plugin, **settings.arguments), settings)


_PROGRAM = "whose program is one of this machine"
_DEALT = ("dataset", "alpha", "rounds", "epochs", "local_rows", "own_test")
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
        keys=("jobs", "cluster", "timeout", "command", "env"),
        open=_process,
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
