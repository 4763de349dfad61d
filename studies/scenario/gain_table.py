"""The `[gain]` table of a scenario: a family of curves and its numbers."""

from dataclasses import MISSING, fields
from typing import Any

from coopetition.games.coopetition.gain import FAMILIES, GainCurve
from coopetition.games.errors import InvalidInputError
from coopetition.studies.scenario.strict_tables import ScenarioTable


def read_gain(content: Any) -> GainCurve:
    """Read the `[gain]` table; a curve made in Python is taken as it is.

    Raises
    ------
    InvalidInputError
        Naming the key and the rule.
    """
    if isinstance(content, GainCurve):
        return content
    table = ScenarioTable.of(content, "[gain]")
    family = FAMILIES[table.choice("family", FAMILIES)]
    try:
        default = {part.name: part.default for part in fields(family)}  # type: ignore[arg-type]
        given: dict[str, Any] = {name: table.numbers(name, depth=1) for name in family.lists}
        for name in family.parameters:
            stated = () if default[name] is MISSING else (default[name],)
            given[name] = table.number(name, *stated)
        curve = family(**given)
    except InvalidInputError as error:
        text = str(error)
        raise InvalidInputError(text if text.startswith("[") else f"[gain]: {text}") from None
    table.done()
    return curve
