"""The `[mechanism]` and `[oracle]` tables of a scenario."""

from dataclasses import dataclass, replace
from typing import Any

from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms import FEES, RULES
from coopetition.studies.reading import Table, wrong_number

OUTSIDE_OPTIONS = ("autarky", "exit")
KINDS = ("reference", "recorded", "process", "http")
DATASETS = ("digits", "breast-cancer")
LEAST_ALPHA = 1e-3


@dataclass(frozen=True, slots=True)
class MechanismSettings:
    """The `[mechanism]` table: a rule, its parameters, fees and the outside option."""

    rule: str = "none"
    rate: float | None = None
    balanced: bool = True
    intensity: Any = "damage"
    fees: str = "none"
    outside_option: str = "autarky"


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
    local_rows: int | None = None
    ledger: str | None = None
    command: tuple[str, ...] = ()
    url: str | None = None
    token_env: str | None = None
    timeout: float = 3600.0


def read_oracle(table: Table) -> OracleSettings:
    """Read the `[oracle]` table."""
    default = OracleSettings()
    kind = table.choice("kind", KINDS)
    settings = OracleSettings(
        kind=kind,
        seeds=table.whole("seeds", default.seeds, least=2),
        holdout_seeds=table.whole("holdout_seeds", default.holdout_seeds, least=2),
        profiles=table.whole("profiles", default.profiles, least=5),
        ledger=table.text("ledger") if kind == "recorded" else table.text("ledger", None),
    )
    if kind in ("process", "http"):
        settings = replace(settings, timeout=table.number("timeout", default.timeout))
    if kind == "process":
        settings = replace(settings, command=_command(table))
    if kind == "http":
        token = table.text("token_env", None)
        settings = replace(settings, url=table.text("url"), token_env=token)
    if kind == "reference":
        settings = replace(
            settings,
            dataset=table.choice("dataset", DATASETS, default.dataset),
            alpha=table.number("alpha", default.alpha),
            rounds=table.whole("rounds", default.rounds, least=1),
            epochs=table.whole("epochs", default.epochs, least=1),
            local_rows=table.whole("local_rows", None, least=1),
        )
    table.done()
    if not settings.timeout > 0:
        raise InvalidInputError(f"[oracle]: `timeout` must be positive, got {settings.timeout:g}")
    if settings.alpha < LEAST_ALPHA:
        raise InvalidInputError(
            f"[oracle]: `alpha` must be at least {LEAST_ALPHA}, got {settings.alpha}"
        )
    return settings


def _command(table: Table) -> tuple[str, ...]:
    words = table.take("command")
    if not isinstance(words, list) or not words or not all(isinstance(w, str) for w in words):
        raise InvalidInputError(
            f"{table.where}: `command` must be a list of texts, the program first, "
            f"got {words!r:.60}"
        )
    return tuple(words)


def read_mechanism(content: Any) -> MechanismSettings:
    """Read the `[mechanism]` table; nothing means no rule."""
    table = Table.of({} if content is None else content, "[mechanism]")
    default = MechanismSettings()
    rule = table.choice("rule", RULES, "none")
    only = rule == "redistribution"
    parameters: dict[str, Any] = {}
    if only:
        parameters["rate"] = table.number("rate")
        parameters["balanced"] = table.flag("balanced", True)
        intensity = table.take("intensity", default.intensity)
        word = isinstance(intensity, str)
        parameters["intensity"] = intensity if word else table.numbers("intensity", depth=2)
    else:
        for key in ("rate", "balanced", "intensity"):
            if key in table.content:
                raise InvalidInputError(f"[mechanism]: the rule {rule} takes no `{key}`")
    settings = MechanismSettings(
        rule=rule,
        fees=table.choice("fees", FEES, default.fees),
        outside_option=table.choice("outside_option", OUTSIDE_OPTIONS, default.outside_option),
        **parameters,
    )
    table.done()
    return settings


def override(
    settings: MechanismSettings, rule: str | None, rate: float | None
) -> MechanismSettings:
    """Replace the rule, or its rate, of a scenario's mechanism.

    Raises
    ------
    InvalidInputError
        If the rule needs a rate that is nowhere given, or takes none.
    """
    if rate is not None and (wrong := wrong_number(rate)):
        raise InvalidInputError(f"`rate` must be {wrong}, got {rate!r}")
    new = replace(settings, rule=rule or settings.rule)
    if new.rule != "redistribution":
        if rate is not None:
            raise InvalidInputError(f"the rule {new.rule} takes no `rate`")
        return replace(new, rate=None, balanced=True, intensity="damage")
    new = replace(new, rate=new.rate if rate is None else rate)
    if new.rate is None:
        raise InvalidInputError("the rule redistribution needs a `rate`")
    return new
