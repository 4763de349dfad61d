"""Scenario files: TOML in, a validated scenario out, with a hash that names it.

The file says who takes part, what the model's gain is worth and costs, how they compete, and which
mechanism is in force. Unknown keys are errors that suggest the nearest known one.
"""

import csv
import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coopetition.games.errors import InvalidInputError
from coopetition.games.gain import ExponentialGain, GainCurve, LogarithmicGain, PowerGain
from coopetition.games.round import CoopetitionRound
from coopetition.games.tabulated import TabulatedGain
from coopetition.mechanisms import FEES, RULES
from coopetition.studies.reading import Table

COLUMNS = {
    "local_data": None,
    "max_contribution": None,
    "value": None,
    "unit_cost": None,
    "quadratic_cost": 0.0,
    "fixed_cost": 0.0,
    "quality": 1.0,
    "skew": 0.0,
}
OUTSIDE_OPTIONS = ("autarky", "exit")
DATASETS = ("digits", "breast-cancer")


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


@dataclass(frozen=True, slots=True)
class Scenario:
    """A validated scenario; `round()` makes the game, `digest` names its content."""

    name: str
    currency: str
    organizations: tuple[str, ...]
    columns: Mapping[str, list[float | None]] = field(repr=False)
    gain: GainCurve | None
    oracle: OracleSettings | None
    personal_weight: float
    damage: Any
    rivalry: Any
    mechanism: MechanismSettings
    seed: int
    draws: int
    digest: str

    def round(self, gain: GainCurve | None = None, **columns: Any) -> CoopetitionRound:
        """Make the game, with a measured gain and columns where the scenario has an oracle.

        Raises
        ------
        InvalidInputError
            If no gain is known, or a field of an organization is out of range.
        """
        curve = gain or self.gain
        if curve is None:
            raise InvalidInputError("the scenario's gain must be measured first")
        return CoopetitionRound(
            gain=curve,
            organizations=self.organizations,
            personal_weight=self.personal_weight,
            damage=self.damage,
            rivalry=self.rivalry,
            **{**self.columns, **columns},
        )


def load_scenario(path: str | Path) -> Scenario:
    """Read a scenario file.

    Raises
    ------
    InvalidInputError
        In one sentence with the file's name: unreadable, not TOML, or not a valid scenario.
    """
    file = Path(path)
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInputError(f"cannot read {file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InvalidInputError(f"{file} is not a text file in UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise InvalidInputError(f"{file} is not valid TOML: {error}") from None
    try:
        return parse_scenario(content, file.parent)
    except InvalidInputError as error:
        raise InvalidInputError(f"{file}: {error}") from None


def parse_scenario(content: Mapping[str, Any], folder: Path = Path(".")) -> Scenario:
    """Turn a scenario's content into a `Scenario`; file names in it are relative to `folder`.

    Raises
    ------
    InvalidInputError
        Naming the table, the key and the rule.

    Examples
    --------
    >>> scenario = parse_scenario({
    ...     "name": "two", "gain": {"family": "power", "ceiling": 1, "scale": 2, "exponent": 0.35},
    ...     "organization": [
    ...         {"name": n, "local_data": 900, "max_contribution": 4000, "value": 1000,
    ...          "unit_cost": 0.001} for n in ("North", "South")]})
    >>> scenario.round().weights.tolist()
    [1000.0, 1000.0]
    """
    top = Table.of(content, "the scenario")
    name, currency = top.text("name", "scenario"), top.text("currency", "money")
    gain_table, oracle_table = top.take("gain", None), top.take("oracle", None)
    if (gain_table is None) == (oracle_table is None):
        raise InvalidInputError("the scenario needs exactly one of the tables [gain] and [oracle]")
    gain = None if gain_table is None else _gain(Table.of(gain_table, "[gain]"))
    oracle = None if oracle_table is None else _oracle(Table.of(oracle_table, "[oracle]"))
    names, columns = _organizations(top, folder, measured=oracle is not None)
    personal = Table.of(top.take("personal_gain", {}), "[personal_gain]")
    weight = personal.number("weight") if personal.content else 0.0
    competition = Table.of(top.take("competition", {}), "[competition]")
    damage, rivalry = competition.take("damage", 0.0), competition.take("rivalry", 0.0)
    mechanism = _mechanism(Table.of(top.take("mechanism", {}), "[mechanism]"))
    seed, draws = top.number("seed", 0, whole=True), top.number("draws", 1000, whole=True)
    for table in (personal, competition, top):
        table.done()
    if seed < 0 or draws < 2:
        raise InvalidInputError(f"`seed` must be ≥ 0 and `draws` ≥ 2, got {seed} and {draws}")
    scenario = Scenario(
        name=name,
        currency=currency,
        organizations=names,
        columns=columns,
        gain=gain,
        oracle=oracle,
        personal_weight=weight,
        damage=_numbers(damage, "damage"),
        rivalry=_numbers(rivalry, "rivalry"),
        mechanism=mechanism,
        seed=seed,
        draws=draws,
        digest=_digest(content, columns),
    )
    trial = {} if gain else {"local_data": 1.0, "quality": 1.0, "skew": 0.0}
    scenario.round(gain or ExponentialGain(1.0, 1.0), **trial)  # every field's range, at once
    return scenario


def _digest(content: Mapping[str, Any], columns: Mapping[str, Any]) -> str:
    text = json.dumps([content, columns], sort_keys=True, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _numbers(value: Any, name: str) -> Any:
    """Refuse booleans and texts inside a scalar or matrix; shapes are the game's to check."""
    rows = value if isinstance(value, list) else [value]
    cells = [cell for row in rows for cell in (row if isinstance(row, list) else [row])]
    for cell in cells:
        if isinstance(cell, bool) or not isinstance(cell, (int, float)):
            raise InvalidInputError(
                f"[competition]: `{name}` must be a number or a matrix of numbers, got {cell!r}"
            )
    return value


def _gain(table: Table) -> GainCurve:
    family = table.choice("family", ("power", "exponential", "logarithmic", "tabulated"))
    try:
        curve: GainCurve
        if family == "power":
            ceiling, scale = table.number("ceiling"), table.number("scale")
            curve = PowerGain(ceiling, scale, table.number("exponent"), table.number("offset", 0.0))
        elif family == "exponential":
            curve = ExponentialGain(table.number("ceiling"), table.number("scale"))
        elif family == "logarithmic":
            ceiling, scale = table.number("ceiling"), table.number("scale")
            curve = LogarithmicGain(ceiling, scale, table.number("offset", 0.0))
        else:
            curve = TabulatedGain(table.take("data"), table.take("gains"))
    except InvalidInputError as error:
        text = str(error)
        raise InvalidInputError(text if text.startswith("[") else f"[gain]: {text}") from None
    table.done()
    return curve


def _oracle(table: Table) -> OracleSettings:
    default = OracleSettings()
    settings = OracleSettings(
        kind=table.choice("kind", ("reference",)),
        dataset=table.choice("dataset", DATASETS, default.dataset),
        alpha=table.number("alpha", default.alpha),
        rounds=table.number("rounds", default.rounds, whole=True),
        epochs=table.number("epochs", default.epochs, whole=True),
        seeds=table.number("seeds", default.seeds, whole=True),
        holdout_seeds=table.number("holdout_seeds", default.holdout_seeds, whole=True),
        profiles=table.number("profiles", default.profiles, whole=True),
        local_rows=table.number("local_rows", None, whole=True),
    )
    table.done()
    least = {"alpha": 1e-3, "rounds": 1, "epochs": 1, "seeds": 2, "holdout_seeds": 2, "profiles": 5}
    for key, low in least.items():
        if getattr(settings, key) < low:
            raise InvalidInputError(
                f"[oracle]: `{key}` must be at least {low}, got {getattr(settings, key)}"
            )
    return settings


def _mechanism(table: Table) -> MechanismSettings:
    default = MechanismSettings()
    rule = table.choice("rule", RULES, "none")
    only = rule == "redistribution"
    parameters: dict[str, Any] = {}
    if only:
        parameters["rate"] = table.number("rate")
        parameters["balanced"] = table.flag("balanced", True)
        parameters["intensity"] = table.take("intensity", "damage")
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


def _organizations(
    top: Table, folder: Path, *, measured: bool
) -> tuple[tuple[str, ...], dict[str, list[float | None]]]:
    """Read the organizations from the file's tables or from a CSV file beside it."""
    rows, source = top.take("organization", None), top.text("organizations", None)
    if (rows is None) == (source is None):
        raise InvalidInputError(
            "the scenario needs organizations: tables [[organization]], or "
            "`organizations` = the name of a CSV file"
        )
    if source is not None:
        rows = _csv_rows(folder / source)
    if not isinstance(rows, list) or not rows:
        raise InvalidInputError("the scenario needs at least one [[organization]]")
    names: list[str] = []
    columns: dict[str, list[float | None]] = {key: [] for key in COLUMNS}
    for k, content in enumerate(rows, 1):
        table = Table.of(content, f"organization {k}")
        names.append(table.text("name"))
        table.where = f"organization {k} ({names[-1]})"
        for key, default in COLUMNS.items():
            optional = default is not None or (measured and not any(key in r for r in rows))
            columns[key].append(table.number(key, default) if optional else table.number(key))
        table.done()
    for key in ("local_data", "quality") if measured else ():  # measured where not stated
        if not any(key in row for row in rows):
            del columns[key]
    if measured and any("skew" in row for row in rows):
        raise InvalidInputError(
            "`skew` is measured where the scenario has an [oracle]: leave it out"
        )
    twice = {name for name in names if names.count(name) > 1} if len(names) < 2000 else set()
    if twice:
        raise InvalidInputError(f"two organizations have the name {sorted(twice)[0]!r}")
    return tuple(names), columns


def _csv_rows(file: Path) -> list[dict[str, Any]]:
    try:
        with file.open(newline="", encoding="utf-8") as handle:
            reader = csv.DictReader(handle)
            rows = list(reader)
    except OSError as error:
        raise InvalidInputError(f"cannot read {file}: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error):
        raise InvalidInputError(f"{file} is not a CSV file in UTF-8") from None
    return [_csv_row(row, k, file) for k, row in enumerate(rows, 2)]


def _csv_row(row: Mapping[str | None, Any], line: int, file: Path) -> dict[str, Any]:
    parsed: dict[str, Any] = {}
    for key, text in row.items():
        if key is None or text is None:
            raise InvalidInputError(f"{file}, line {line}: as many cells as columns are needed")
        if key == "name":
            parsed[key] = text
        elif text.strip():
            try:
                parsed[key] = float(text)
            except ValueError:
                raise InvalidInputError(
                    f"{file}, line {line}: `{key}` must be a number, got {text!r}"
                ) from None
    return parsed
