"""The `[oracle]` table of a scenario."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from coopetition.games.errors import InvalidInputError
from coopetition.studies.scenario.strict import ScenarioTable, wrong_number

KINDS = {
    "reference": "federated averaging in NumPy, needs the extra `reference`",
    "flower": "the same federation trained by Flower, needs the extra `flower`",
    "nvflare": "the same federation trained by NVIDIA FLARE, needs the extra `nvflare`",
    "recorded": "a ledger alone: replays what it holds",
    "process": "any program that answers JSON lines",
    "http": "a server",
    "plugin": "an installed plug-in",
}
FEDERATIONS = ("reference", "flower", "nvflare")  # that deal out a data set by themselves
DESIGNS = ("fixed", "adaptive")
APIS = ("collab", "controller")
DATASETS = ("digits", "breast-cancer")
LEAST_ALPHA = 1e-3


@dataclass(frozen=True, slots=True)
class OracleSettings:
    """The `[oracle]` table: where measured gains come from, and how many are taken."""

    kind: str = "reference"
    dataset: str = "digits"
    alpha: float = 2.0
    rounds: int = 10
    epochs: int = 2
    seeds: int = 5
    holdout_seeds: int = 10
    profiles: int = 24
    design: str = "fixed"
    target_regret: float = 0.01
    trainings: int | None = None
    python: str | None = None
    api: str = "collab"
    local_rows: int | None = None
    jobs: int = field(default=1, repr=False)  # where trainings run is no part of what is said
    cluster: str | None = field(default=None, repr=False)
    ledger: str | None = None
    command: tuple[str, ...] = ()
    env: tuple[str, ...] = ()  # variables of ours that the program gets besides the usual ones
    url: str | None = None
    token_env: str | None = None
    timeout: float = 3600.0
    start_timeout: float = 300.0
    plugin: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)  # of the plug-in, by name

    @property
    def placed(self) -> bool:
        """Whether trainings run elsewhere than in the toolkit's own process."""
        return self.jobs > 1 or self.cluster is not None


def read_oracle(table: ScenarioTable) -> OracleSettings:
    """Read the `[oracle]` table."""
    default = OracleSettings()
    kind = table.choice("kind", KINDS)
    design = table.choice("design", DESIGNS, default.design)
    settings = OracleSettings(
        kind=kind,
        design=design,
        **_of_design(design, table, default),
        ledger=table.text("ledger") if kind == "recorded" else table.text("ledger", None),
        **_of_kind(kind, table, default),
    )
    table.done()
    if not settings.timeout > 0:
        raise InvalidInputError(f"[oracle]: `timeout` must be positive, got {settings.timeout:g}")
    if settings.alpha < LEAST_ALPHA:
        raise InvalidInputError(
            f"[oracle]: `alpha` must be at least {LEAST_ALPHA}, got {settings.alpha}"
        )
    return settings


def _of_design(design: str, table: ScenarioTable, default: OracleSettings) -> dict[str, Any]:
    """Read how many trainings are taken, and where."""
    mine, others = ("target_regret", "trainings"), ("seeds", "profiles")
    if design == "fixed":
        mine, others = others, mine
    for key in others:
        if key in table.content:
            raise InvalidInputError(
                f"{table.where}: `{key}` is no key of the {design} design, "
                f"which takes {' and '.join(mine)}"
            )
    if design == "fixed":
        return {
            "seeds": table.whole("seeds", default.seeds, least=2),
            "holdout_seeds": table.whole("holdout_seeds", default.holdout_seeds, least=2),
            "profiles": table.whole("profiles", default.profiles, least=5),
        }
    target = table.number("target_regret", default.target_regret)
    if not target > 0:
        raise InvalidInputError(f"{table.where}: `target_regret` must be positive, got {target:g}")
    return {
        "target_regret": target,
        "trainings": table.whole("trainings", None, least=4),
        "holdout_seeds": table.whole("holdout_seeds", 0, least=2),
        "seeds": 1,
    }


def _of_kind(kind: str, table: ScenarioTable, default: OracleSettings) -> dict[str, Any]:
    """Read the keys that only one kind of oracle has, or few."""
    read: dict[str, Any] = {}
    if kind == "reference":
        read |= _place(table, default)
    for key in ("jobs", "cluster"):
        if key in table.content and kind != "reference":
            raise InvalidInputError(
                f'{table.where}: `{key}` is a key of `kind = "reference"` only: other oracles, '
                f"here {kind}, see to their processes themselves"
            )
    if kind in ("process", "http", "flower", "nvflare"):
        read["timeout"] = table.number("timeout", default.timeout)
        read["start_timeout"] = table.number("timeout", default.start_timeout)
    if kind == "process":
        read["command"] = _command(table)
        read["env"] = _env(table)
    if kind == "http":
        read["url"], read["token_env"] = table.text("url"), table.text("token_env", None)
    if kind == "plugin":
        read["plugin"], read["arguments"] = table.text("plugin"), _arguments(table)
    if kind in ("flower", "nvflare"):
        read["python"] = table.text("python", None)
    if kind == "nvflare":
        read["api"] = table.choice("api", APIS, default.api)
    if kind in FEDERATIONS:
        read["dataset"] = _dataset(table, default.dataset)
        read["alpha"] = table.number("alpha", default.alpha)
        read["rounds"] = table.whole("rounds", default.rounds, least=1)
        read["epochs"] = table.whole("epochs", default.epochs, least=1)
        read["local_rows"] = table.whole("local_rows", None, least=1)
    return read


def _place(table: ScenarioTable, default: OracleSettings) -> dict[str, Any]:
    """Read where the reference federation trains."""
    if "jobs" in table.content and "cluster" in table.content:
        raise InvalidInputError(
            f"{table.where}: `jobs` are processes of this machine and `cluster` has its own "
            "workers: leave one out"
        )
    return {
        "jobs": table.whole("jobs", default.jobs, least=1),
        "cluster": table.text("cluster", None),
    }


def _dataset(table: ScenarioTable, default: str) -> str:
    """Return a bundled data set's name, or a folder, which has a slash in it."""
    value = str(table.text("dataset", default))
    return value if "/" in value else table.choice("dataset", (*DATASETS, "./FOLDER"), default)


def _command(table: ScenarioTable) -> tuple[str, ...]:
    words = table.take("command")
    if not isinstance(words, list) or not words or not all(isinstance(w, str) for w in words):
        raise InvalidInputError(
            f"{table.where}: `command` must be a list of texts, the program first, "
            f"got {words!r:.60}"
        )
    return tuple(words)


def _env(table: ScenarioTable) -> tuple[str, ...]:
    """Return names of environment variables."""
    names = table.take("env", [])
    good = isinstance(names, list) and all(
        isinstance(n, str) and n.isprintable() and n and not {*"= "} & {*n} for n in names
    )
    if not good or len(set(names)) < len(names):
        raise InvalidInputError(
            f"{table.where}: `env` must be a list of distinct names of environment variables, "
            f"got {names!r:.60}"
        )
    return tuple(names)


def _arguments(table: ScenarioTable) -> dict[str, Any]:
    """Return the plug-in's settings as they stand, in an order that is not the file's."""
    settings = ScenarioTable.of(table.take("settings", {}), "[oracle.settings]")
    for key, value in settings.content.items():
        for part in _leaves(value):
            number = isinstance(part, (int, float)) and not wrong_number(part)
            if not (number or isinstance(part, (str, bool))):
                raise InvalidInputError(
                    f"{settings.where}: `{key}` must be a text, a finite number, true or false, "
                    f"or a list of these, got {value!r:.60}"
                )
    return dict(sorted(settings.content.items()))


def _leaves(value: Any) -> Iterator[Any]:
    if not isinstance(value, list):
        yield value
        return
    for part in value:
        yield from _leaves(part)
