"""The `[oracle]` table of a scenario."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from coopetition.games.errors import InvalidInputError
from coopetition.studies.scenario.oracle_kinds import (
    DATASETS,
    KINDS,
    NO_LEDGER,
    OF_DESIGN,
    OracleSettings,
)
from coopetition.studies.scenario.strict_tables import ScenarioTable, wrong_number

DESIGNS = ("fixed", "adaptive")
POLICIES = ("stop", "skip", "reseed")
APIS = ("collab", "controller")
LEAST_ALPHA = 1e-3


def read_oracle(table: ScenarioTable) -> OracleSettings:
    """Read the `[oracle]` table."""
    default = OracleSettings()
    kind = table.choice("kind", KINDS)
    design = table.choice("design", DESIGNS, default.design)
    settings = OracleSettings(
        kind=kind,
        design=design,
        **_of_design(design, table, default),
        holdout_seeds=_holdout_seeds(table, default.holdout_seeds),
        ledger=_ledger(kind, table),
        **_on_failure(table, default),
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


def _ledger(kind: str, table: ScenarioTable) -> str | None:
    """Read the ledger's name; false or an empty text is none, where there can be none."""
    if "ledger" in KINDS[kind].keys:
        return str(table.text("ledger"))
    if table.take("ledger", None) in (False, NO_LEDGER):
        return NO_LEDGER
    return table.text("ledger", None)


def _holdout_seeds(table: ScenarioTable, default: int) -> int:
    """Read with how many seeds the answer is verified at first; 0 verifies nothing."""
    seeds = table.whole("holdout_seeds", default)
    if seeds == 1:
        raise InvalidInputError(
            f"{table.where}: `holdout_seeds` must be at least 2, or 0 for none, got 1"
        )
    return int(seeds)


def _of_design(design: str, table: ScenarioTable, default: OracleSettings) -> dict[str, Any]:
    """Read how many trainings are taken, and where."""
    mine = OF_DESIGN[design]
    for key in (key for keys in OF_DESIGN.values() for key in keys):
        if key in table.content and key not in mine:
            raise InvalidInputError(
                f"{table.where}: `{key}` is no key of the {design} design, "
                f"which takes {' and '.join(mine)}"
            )
    if design == "fixed":
        return {
            "seeds": table.whole("seeds", default.seeds, least=2),
            "profiles": table.whole("profiles", default.profiles, least=5),
        }
    target = table.number("target_regret", default.target_regret)
    if not target > 0:
        raise InvalidInputError(f"{table.where}: `target_regret` must be positive, got {target:g}")
    return {
        "target_regret": target,
        "trainings": table.whole("trainings", None, least=4),
        "seeds": 1,
    }


def _on_failure(table: ScenarioTable, default: OracleSettings) -> dict[str, Any]:
    """Read what is done about evaluations that fail."""
    policy = table.choice("on_failure", POLICIES, default.on_failure)
    if policy == "stop" and "max_failures" in table.content:
        raise InvalidInputError(
            f"{table.where}: `max_failures` limits what is skipped or reseeded: with `on_failure` "
            "stop leave it out"
        )
    return {
        "retries": table.whole("retries", default.retries),
        "on_failure": policy,
        "max_failures": table.whole("max_failures", default.max_failures, least=1),
    }


def _of_kind(kind: str, table: ScenarioTable, default: OracleSettings) -> dict[str, Any]:
    """Read the keys that only one kind of oracle has, or few."""
    keys, place = KINDS[kind].keys, {key: table.content.get(key) for key in ("jobs", "cluster")}
    try:
        check_place(kind, place)
    except InvalidInputError as error:
        raise InvalidInputError(f"{table.where}: {error}") from None
    read = {key: READERS[key](table, default) for key in keys if key in READERS}
    if "timeout" in read:
        read["start_timeout"] = table.number("timeout", default.start_timeout)
    if "settings" in keys:
        read["arguments"] = _arguments(table)
    return read


def trained_at(
    settings: OracleSettings | None, jobs: int | None, cluster: str | None
) -> OracleSettings | None:
    """Return settings whose trainings run elsewhere; the same if no place is given."""
    if jobs is None and cluster is None:
        return settings
    if settings is None:
        raise InvalidInputError(
            "`--jobs` and `--cluster` say where trainings run, but the scenario has no [oracle]"
        )
    check_place(settings.kind, {"jobs": jobs, "cluster": cluster})
    return replace(settings, jobs=jobs or 1, cluster=cluster)


def check_place(kind: str, place: Mapping[str, Any]) -> None:
    """Refuse processes, or a cluster, that a kind of oracle cannot train in, and both."""
    stated = [key for key, value in place.items() if value is not None]
    for key in stated:
        if key not in KINDS[kind].keys:
            why = KINDS[kind].stays
            raise InvalidInputError(f'`{key}` is not for `kind = "{kind}"`, {why}: leave it out')
    if len(stated) > 1:
        raise InvalidInputError(
            "`jobs` are processes of this machine and `cluster` has its own workers: leave one out"
        )


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


# Keys that only some kinds have.
READERS: Mapping[str, Callable[[ScenarioTable, OracleSettings], Any]] = {
    "jobs": lambda table, default: table.whole("jobs", default.jobs, least=1),
    "cluster": lambda table, default: table.text("cluster", None),
    "timeout": lambda table, default: table.number("timeout", default.timeout),
    "command": lambda table, default: _command(table),
    "env": lambda table, default: _env(table),
    "url": lambda table, default: table.text("url"),
    "token_env": lambda table, default: table.text("token_env", None),
    "plugin": lambda table, default: table.text("plugin"),
    "python": lambda table, default: table.text("python", None),
    "api": lambda table, default: table.choice("api", APIS, default.api),
    "dataset": lambda table, default: _dataset(table, default.dataset),
    "alpha": lambda table, default: table.number("alpha", default.alpha),
    "rounds": lambda table, default: table.whole("rounds", default.rounds, least=1),
    "epochs": lambda table, default: table.whole("epochs", default.epochs, least=1),
    "local_rows": lambda table, default: table.whole("local_rows", None, least=1),
    "own_test": lambda table, default: table.flag("own_test", default.own_test),
}
