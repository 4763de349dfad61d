"""What a command uses instead of what its scenario says, for text and JSON."""

from collections.abc import Mapping
from typing import Any

from coopetition.output.numbers import number
from coopetition.studies.scenario.mechanism_table import OF_A_RULE, MechanismSettings

KEYS = ("rule", *OF_A_RULE, "fees", "outside_option", "power")
Overrides = dict[str, dict[str, Any]]


def overridden(stated: MechanismSettings, used: MechanismSettings) -> Overrides:
    """Return the settings that are not the scenario's: by path, its value and the one used.

    Examples
    --------
    >>> overridden(MechanismSettings("redistribution", rate=0.1), MechanismSettings("walker"))
    {'mechanism.rule': {'scenario': 'redistribution', 'used': 'walker'},
     'mechanism.rate': {'scenario': 0.1, 'used': None}}
    """
    pairs = {f"mechanism.{key}": (getattr(stated, key), getattr(used, key)) for key in KEYS}
    return {
        key: {"scenario": _plain(old), "used": _plain(new)}
        for key, (old, new) in pairs.items()
        if old != new
    }


def say_overrides(overrides: Overrides) -> str:
    """Return one sentence; empty where everything is the scenario's.

    Examples
    --------
    >>> say_overrides({"mechanism.rate": {"scenario": 0.1, "used": 0.2}})
    "Not the scenario's: mechanism.rate 0.2 (there 0.1)."
    """
    said = [f"{key} {_word(one['used'])} (there {_word(one['scenario'])})" for key, one in
            overrides.items()]  # fmt: skip
    return f"Not the scenario's: {', '.join(said)}." if said else ""


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value


def _word(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} = {_word(one)}" for key, one in value.items()) or "none"
    if isinstance(value, bool):
        return str(value).lower()
    return "none" if value is None else number(value)
