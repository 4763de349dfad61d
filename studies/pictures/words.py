"""The words of pictures: what is counted, what parameters are called, the looks of outcomes."""

from typing import Any

from coopetition.output.pictures.style import BLUE, GREEN, LIGHT, ORANGE, Look
from coopetition.studies.design.result import Design
from coopetition.studies.design.tune_rule import Tuned
from coopetition.studies.play.play import Play
from coopetition.studies.scenario.mechanism_table import MechanismSettings
from coopetition.studies.scenario.parameters import ALL, PARAMETERS
from coopetition.studies.solve.study import Study

NO_RULE, RULE = Look(LIGHT, marker="o"), Look(BLUE, marker="s")
AFTER = Look(ORANGE, "////", marker="D")
_TABLES = {"gain": " of the gain", "oracle": " of the oracle"}
_PAIRS = {"level": ", every pair", "factor": ", common factor"}
PLANNER = Look(GREEN, "....", "--", "^")


def ruled(settings: MechanismSettings) -> str:
    """Return what a title says of a mechanism: its rule and its fees."""
    rule = "no rule" if settings.rule == "none" else settings.rule
    return rule if settings.fees == "none" else f"{rule} with {settings.fees} fees"


def under(result: Any) -> str:
    """Return what a title says of the mechanism that a result is about; "" if of none."""
    if isinstance(result, Design):
        return " under the designed mechanism"
    if isinstance(result, Play):
        return f" under {ruled(result.scenario.mechanism)}"
    study = result.study if isinstance(result, Tuned) else result
    return f" under {ruled(study.settings)}" if isinstance(study, Study) else ""


def parameter_words(path: str, currency: str, *, factor: bool = False) -> tuple[str, str]:
    """Return what an axis calls a parameter of a scenario, and its unit; "" if it has none.

    Parameters
    ----------
    factor
        Whether it is varied by a common factor.

    Examples
    --------
    >>> parameter_words("organization.North.value", "EUR")
    ('value p of North', 'EUR per unit of gain')
    >>> parameter_words("competition.damage", "EUR", factor=True)
    ('common factor of damage ρ', '')
    """
    table, _, key = path.partition(".")
    who = _TABLES.get(table, "")
    if table == "organization":
        name, _, key = key.rpartition(".")
        who = " of all" if name == ALL else f" of {name}"
        path = f"{table}.{ALL}.{key}"
    elif table == "competition" and "." in key:
        kind, _, pair = key.partition(".")
        path, who = f"{table}.{kind}", _PAIRS.get(pair, f" of {pair}")
    known = PARAMETERS.get(path)
    if known is None:  # of a custom gain, rule or plug-in
        return path.rpartition(".")[2].replace("_", " ") + who, ""
    said = f"{known.label} {known.symbol}".rstrip() + who
    if factor:
        return f"common factor of {said}", ""
    return said, "" if known.unit == "1" else known.unit.replace("currency", currency)
