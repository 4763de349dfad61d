"""The `[mechanism]` table of a scenario."""

from dataclasses import dataclass, replace
from typing import Any

from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms import FEES, RULES
from coopetition.studies.outside import OUTSIDE_OPTIONS
from coopetition.studies.reading import Table, wrong_number

PARAMETERS = ("rate", "balanced", "intensity", "alpha", "shares")
POWERS = ("equal", "value", "data")


@dataclass(frozen=True, slots=True)
class MechanismSettings:
    """The `[mechanism]` table; `RULES` says which of `PARAMETERS` a rule needs and takes.

    `power` is how `nash` and `almost-ideal` fees share a surplus: one of `POWERS`, or a number for
    each organization.
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

    def __post_init__(self) -> None:
        """Refuse names that are not known."""
        known = {"rule": RULES, "fees": FEES, "outside_option": OUTSIDE_OPTIONS}
        for key, names in known.items():
            if (name := getattr(self, key)) not in names:
                raise InvalidInputError(
                    f"`{key}` must be one of {', '.join(names)}, got {name!r:.60}"
                )

    @property
    def measured_against(self) -> str:
        """The outside option that participation is about."""
        return "exit" if FEES[self.fees].ground == "exit" else self.outside_option

    @property
    def asks_sub_coalitions(self) -> bool:
        """Whether every part of the coalition must be solved."""
        table = FEES[self.fees].ground == "sub-coalitions"
        return table or self.outside_option == "sub-coalition"


def read_mechanism(content: Any) -> MechanismSettings:
    """Read the `[mechanism]` table; nothing means no rule."""
    table = Table.of({} if content is None else content, "[mechanism]")
    rule = table.choice("rule", RULES, "none")
    entry = RULES[rule]
    for key in PARAMETERS:
        if key in table.content and key not in entry.parameters:
            raise InvalidInputError(f"[mechanism]: the rule {rule} takes no `{key}`")
    parameters = {key: _parameter(table, key, key in entry.needs) for key in entry.parameters}
    settings = MechanismSettings(
        rule=rule,
        **_fees(table),
        **parameters,
    )
    table.done()
    return settings


def _fees(table: Table) -> dict[str, Any]:
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


def _parameter(table: Table, key: str, needed: bool) -> Any:
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


def switched(settings: MechanismSettings, rule: str) -> MechanismSettings:
    """Replace the rule, and drop parameters that meant something to another one."""
    if rule == settings.rule:
        return settings
    default = MechanismSettings()
    return replace(settings, rule=rule, **{key: getattr(default, key) for key in PARAMETERS})


def override(
    settings: MechanismSettings, rule: str | None, rate: float | None
) -> MechanismSettings:
    """Replace the rule, or its rate, of a scenario's mechanism.

    Raises
    ------
    InvalidInputError
        If the rule needs a parameter that is nowhere given, or takes no rate.
    """
    if rate is not None and (wrong := wrong_number(rate)):
        raise InvalidInputError(f"`rate` must be {wrong}, got {rate!r}")
    name = rule or settings.rule
    entry = RULES[name]
    if rate is not None and "rate" not in entry.parameters:
        raise InvalidInputError(f"the rule {name} takes no `rate`")
    new = switched(settings, name)
    if rate is not None:
        new = replace(new, rate=rate)
    for key in entry.needs:
        if getattr(new, key) is None:
            article = "an" if key[0] in "aeiou" else "a"
            raise InvalidInputError(f"the rule {name} needs {article} `{key}`")
    return new
