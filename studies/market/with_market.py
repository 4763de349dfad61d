"""A scenario's content with what its market says in place of the table `[market]`."""

from collections.abc import Mapping
from typing import Any

from coopetition.games.errors import InvalidInputError
from coopetition.games.text.names import tidy
from coopetition.studies.market.market import Market

MISSING = ("local_data", "max_contribution", "unit_cost")


def with_market(content: Mapping[str, Any], market: Market) -> dict[str, Any]:
    """Return a scenario's content with values, damage and its accounting from its market.

    Parameters
    ----------
    content
        Of a scenario file whose organizations are tables, or which has none yet.

    Raises
    ------
    InvalidInputError
        If `value` or `damage` is stated too, or the organizations are not the firms.

    Examples
    --------
    >>> import numpy as np
    >>> market = Market(firms=("North", "South"), stakes=np.array([[9.0, -2.0], [-3.0, 6.0]]),
    ...     consumers=None, method="second choices")
    >>> found = with_market({"name": "two", "market": {"firms": "firms.csv"}}, market)
    >>> found["organization"][0], found["competition"]["counts"]
    ({'name': 'North', 'value': 9.0}, 'gains')
    """
    known = {key: value for key, value in content.items() if key != "market"}
    competition = known.get("competition") or {}
    if isinstance(competition, Mapping) and "damage" in competition:
        raise InvalidInputError(
            "[competition]: `damage` follows from [market]: leave one of them out"
        )
    rows = known.get("organization") or [{"name": name} for name in market.firms]
    worth = dict(zip(market.firms, market.value.tolist(), strict=True))
    known["organization"] = [_valued(row, worth) for row in rows]
    order = [market.firms.index(tidy(row["name"])) for row in rows]
    damage = market.damage[order][:, order]
    known["competition"] = {"counts": "gains"} | dict(competition) | {"damage": damage.tolist()}
    return known


def _valued(row: Mapping[str, Any], worth: Mapping[str, float]) -> dict[str, Any]:
    """Return an organization's table with its value."""
    name = tidy(str(row.get("name", "")))
    if "value" in row:
        raise InvalidInputError(f"`value` of {name:.40} follows from [market]: leave it out")
    if name not in worth:
        raise InvalidInputError(f"[market]: no firm is called {name[:40]!r}")
    return {**row, "value": worth[name]}
