"""The `[mechanism]` table of a scenario."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms import FEES, RULES, Entry
from coopetition.output.clean_values import clean
from coopetition.studies.outside.options import OUTSIDE_OPTIONS
from coopetition.studies.scenario.custom_rules import OwnEntry, own_entry
from coopetition.studies.scenario.frames import plain
from coopetition.studies.scenario.imported_rules import named_rule
from coopetition.studies.scenario.strict_tables import ScenarioTable, wrong_number

PARAMETERS = ("rate", "balanced", "intensity", "alpha", "shares")
OF_A_RULE = (*PARAMETERS, "settings")  # they mean nothing to another rule
POWERS = ("equal", "value", "data")
OWN = "module:attribute"  # how a scenario and the command line name a custom rule


@dataclass(frozen=True, slots=True)
class MechanismSettings:
    """The `[mechanism]` table; `RULES` says which of `PARAMETERS` a rule needs and takes.

    `power` is how `nash` and `almost-ideal` fees share a surplus: one of `POWERS`, or a number for
    each organization. `own` makes a custom rule, of which `rule` is only the name, with its
    `settings`: see `of`.
    """

    rule: str = "none"
    rate: float | None = None
    balanced: bool = True
    intensity: Any = "damage"
    fees: str = "none"
    outside_option: str = "autarky"
    alpha: float | None = None
    shares: tuple[float, ...] | None = None
    power: str | tuple[float, ...] = "equal"
    settings: Mapping[str, Any] = field(default_factory=dict, repr=False)
    own: OwnEntry | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse names that are not known."""
        known = {"rule": RULES, "fees": FEES, "outside_option": OUTSIDE_OPTIONS}
        for key, names in known.items():
            name = getattr(self, key)
            if name not in names and not (key == "rule" and self.own):
                raise InvalidInputError(
                    f"`{key}` must be one of {', '.join(names)}, got {name!r:.60}"
                )

    @classmethod
    def of(cls, rule: Any, **others: Any) -> Self:
        """Return settings for a custom rule, or for one of the catalogue by its name.

        Parameters
        ----------
        rule
            `rule(game, profile)`, or `make(game)` that returns one: see
            `coopetition.studies.scenario.custom_rules`.
        others
            `fees`, `outside_option` and `power`; `settings`, a mapping, of a custom rule.

        Raises
        ------
        InvalidInputError
            If it is no rule.

        Examples
        --------
        >>> def by_effort(game, x):
        ...     return 0.01 * (x - x.mean(axis=-1, keepdims=True))
        >>> MechanismSettings.of(by_effort, fees="nash").rule
        'by_effort'
        """
        for name, entry in RULES.items():
            if rule is entry.factory:
                rule = name
        if isinstance(rule, str):
            if others.get("settings"):
                raise InvalidInputError(f"the rule {rule} takes no `settings`")
            return cls(rule=rule, **others)
        name, own = own_entry(rule, settings=others.get("settings"))
        return cls(rule=name, own=own, **others)

    def with_settings(self, **changes: Any) -> Self:
        """Return the same custom rule with some of its settings changed.

        Raises
        ------
        InvalidInputError
            If the rule is no custom one, or takes other settings.
        """
        if self.own is None:
            raise InvalidInputError(f"the rule {self.rule} takes no `settings`")
        settings = {**self.settings, **changes}
        own = own_entry(self.own.raw, self.rule, settings)[1]
        return replace(self, settings=settings, own=replace(own, code=self.own.code))

    def to_dict(self) -> dict[str, Any]:
        """Return the `[mechanism]` table that says all of it, as plain JSON.

        `read_mechanism` makes equal settings of it, unless the rule has no `module:attribute`.

        Examples
        --------
        >>> MechanismSettings("partial-pigou", alpha=0.5, fees="nash", power="data").to_dict()
        {'rule': 'partial-pigou', 'alpha': 0.5, 'fees': 'nash', 'outside_option': 'autarky',
         'power': 'data'}
        """
        given = {key: getattr(self, key) for key in self.entry.parameters}
        table = {"rule": self.rule} | {k: v for k, v in given.items() if v is not None}
        table |= {"settings": self.settings} if self.settings else {}
        table |= {"fees": self.fees, "outside_option": self.measured_against}
        return clean(table | ({"power": self.power} if FEES[self.fees].weighted else {}))

    @property
    def phrase(self) -> str:
        """What a caption says of it.

        Examples
        --------
        >>> MechanismSettings("bilateral-prices", fees="nash").phrase, MechanismSettings().phrase
        ('under bilateral prices with nash fees', 'without a rule')
        """
        name = self.rule if self.own else self.rule.replace("-", " ")
        said = "without a rule" if self.rule == "none" else f"under {name}"
        return said + (f" with {self.fees} fees" if self.fees != "none" else "")

    @property
    def entry(self) -> Entry:
        """The rule's entry: of the catalogue, or a custom one's."""
        return self.own or RULES[self.rule]

    @property
    def measured_against(self) -> str:
        """The outside option that participation is about."""
        return "exit" if FEES[self.fees].ground == "exit" else self.outside_option

    @property
    def asks_sub_coalitions(self) -> bool:
        """Whether every part of the coalition must be solved."""
        table = FEES[self.fees].ground == "sub-coalitions"
        return table or OUTSIDE_OPTIONS[self.outside_option].gains == "sub-coalitions"


def read_mechanism(content: Any, folder: Path = Path(".")) -> MechanismSettings:
    """Read the `[mechanism]` table; nothing means no rule, and settings are taken as they are.

    A rule `module:attribute` is imported, from the folder or installed, which runs its code.
    """
    if isinstance(content, MechanismSettings):  # a list is said whole in a digest, no array is
        return replace(content, intensity=plain(content.intensity))
    table = ScenarioTable.of({} if content is None else content, "[mechanism]")
    rule = table.content.get("rule")
    settings = _settings(table)
    own = _own(rule, folder, f"{table.where}: ", settings)
    rule = table.take("rule") if own else table.choice("rule", [*RULES, OWN], "none")
    entry = own or RULES[rule]
    for key in PARAMETERS:
        if key in table.content and key not in entry.parameters:
            raise InvalidInputError(f"[mechanism]: the rule {rule} takes no `{key}`")
    if settings and not own:
        raise InvalidInputError(
            f"[mechanism.settings] is for a custom rule, {OWN}; the rule {rule} has none"
        )
    parameters = {key: _parameter(table, key, key in entry.needs) for key in entry.parameters}
    mechanism = MechanismSettings(
        rule=rule,
        own=own,
        settings=settings,
        **_fees(table),
        **parameters,
    )
    table.done()
    return mechanism


def _settings(table: ScenarioTable) -> dict[str, Any]:
    """Read the table `[mechanism.settings]`: numbers, words, truth values and lists of them."""
    own = table.take("settings", None)
    if own is None:
        return {}
    if not isinstance(own, Mapping):
        raise InvalidInputError(
            f"[mechanism]: `settings` must be a table [mechanism.settings], got {own!r:.60}"
        )
    for key, value in own.items():
        if not key.isidentifier():
            raise InvalidInputError(
                f"[mechanism.settings]: `{key:.60}` must be the name of an argument of the rule"
            )
        for one in _flat(value):
            wrong = wrong_number(one) if isinstance(one, int | float) else None
            if isinstance(one, bool | str) or (isinstance(one, int | float) and not wrong):
                continue
            raise InvalidInputError(
                f"[mechanism.settings]: `{key}` must be "
                f"{wrong or 'a number, a word, true or false, or a list of them'}, got {one!r:.60}"
            )
    return dict(own)


def _flat(value: Any) -> list[Any]:
    """Return what stands in a list of lists, at any depth."""
    return [one for part in value for one in _flat(part)] if isinstance(value, list) else [value]


def _own(
    rule: Any, folder: Path, where: str = "", settings: Mapping[str, Any] | None = None
) -> OwnEntry | None:
    """Return the entry of a rule `module:attribute`, None for any other."""
    if not isinstance(rule, str) or ":" not in rule:
        return None
    try:
        return named_rule(rule, folder, settings)
    except InvalidInputError as error:
        raise InvalidInputError(f"{where}{error}") from error


def _fees(table: ScenarioTable) -> dict[str, Any]:
    """Read the fees, what they are measured against, and the power of those that take one."""
    default = MechanismSettings()
    fees = table.choice("fees", FEES, default.fees)
    option = table.choice("outside_option", OUTSIDE_OPTIONS, default.outside_option)
    if FEES[fees].ground == "exit":
        if table.content.get("outside_option", "exit") != "exit":
            raise InvalidInputError(
                f"{table.where}: {fees} fees are measured against exit: "
                f"`outside_option` must be exit or left out, got {option!r}"
            )
        option = "exit"
    power: Any = table.take("power", default.power)
    if "power" in table.content and not FEES[fees].weighted:
        raise InvalidInputError(f"{table.where}: the fees {fees} take no `power`")
    if isinstance(power, list):
        power = tuple(table.numbers("power", depth=1))
    elif power not in POWERS:
        raise InvalidInputError(
            f"{table.where}: `power` must be one of {', '.join(POWERS)}, or a number for each "
            f"organization, got {power!r:.60}"
        )
    return {"fees": fees, "outside_option": option, "power": power}


def _parameter(table: ScenarioTable, key: str, needed: bool) -> Any:
    """Read a rule's parameter; the settings' default where it may be left out."""
    if key not in table.content and not needed:
        table.known.add(key)
        return getattr(MechanismSettings(), key)
    if key == "balanced":
        return table.flag(key, True)
    if key == "shares":
        given = table.numbers(key, depth=1)
        return tuple(given) if isinstance(given, list) else (given,)
    if key == "intensity":
        return word if isinstance(word := table.take(key), str) else table.numbers(key, depth=2)
    return table.number(key)


def switched(
    settings: MechanismSettings, rule: str, own: OwnEntry | None = None
) -> MechanismSettings:
    """Replace the rule, and drop parameters that meant something to another one."""
    if rule == settings.rule:
        return settings
    default = MechanismSettings()
    dropped = {key: getattr(default, key) for key in OF_A_RULE}
    return replace(settings, rule=rule, own=own, **dropped)


def override(
    settings: MechanismSettings,
    rule: str | None,
    rate: float | None,
    folder: Path = Path("."),
) -> MechanismSettings:
    """Replace the rule, or its rate, of a scenario's mechanism.

    A rule `module:attribute` is imported, from the folder or installed, which runs its code.
    """
    if rate is not None and (wrong := wrong_number(rate)):
        raise InvalidInputError(f"`rate` must be {wrong}, got {rate!r}")
    name = rule or settings.rule
    new = settings
    if name != settings.rule:
        new = switched(settings, name, _own(rule, folder))
    entry = new.entry
    if rate is not None and "rate" not in entry.parameters:
        raise InvalidInputError(f"the rule {name} takes no `rate`")
    if rate is not None:
        new = replace(new, rate=rate)
    for key in entry.needs:
        if getattr(new, key) is None:
            raise InvalidInputError(_missing(name, key))
    return new


def _missing(rule: str, key: str) -> str:
    """Say where a parameter that a rule needs can be given."""
    article = "an" if key[0] in "aeiou" else "a"
    where = f'write `rule = "{rule}"` and `{key}` in [mechanism] of the scenario'
    option = "give --rate, or " if key == "rate" else ""
    return f"the rule {rule} needs {article} `{key}`: {option}{where}"
