"""A scenario's values, damage and its accounting, from the table `[market]`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from coopetition.games.errors import InvalidInputError
from coopetition.games.text.names import tidy
from coopetition.studies.market.market import Market
from coopetition.studies.market.market_table import read_market
from coopetition.studies.scenario.strict_tables import ScenarioTable

MISSING = ("local_data", "max_contribution", "unit_cost")


def calibrated(
    tables: Mapping[str, Any], rows: Sequence[ScenarioTable], folder: Path
) -> tuple[Market, list[ScenarioTable], dict[str, Any]]:
    """Return the market, the organizations' tables with their values, and `[competition]`.

    Parameters
    ----------
    tables
        Those of a scenario, of which `market` and `competition` are read.
    rows
        The organizations' tables, which say no `value`.

    Raises
    ------
    InvalidInputError
        If `value` or `damage` is stated too, the organizations are not the firms, or the market's
        data are malformed.
    """
    names = [ScenarioTable.of(row.content, row.where).name("name") for row in rows]
    market = read_market(tables["market"], folder, names)
    for row, name in zip(rows, names, strict=True):
        if "value" in row.content:
            raise InvalidInputError(
                f"{row.where} ({name}): `value` follows from [market]: leave it out"
            )
    worth = market.value.tolist()
    valued = [
        ScenarioTable.of({**row.content, "value": value}, row.where)
        for row, value in zip(rows, worth, strict=True)
    ]
    return market, valued, competition_of(tables["competition"], market)


def competition_of(stated: Any, market: Market) -> dict[str, Any]:
    """Return `[competition]` with the market's damage, counted from gains if nothing is stated.

    Raises
    ------
    InvalidInputError
        If `damage` is stated too.
    """
    table = {} if stated is None else dict(ScenarioTable.of(stated, "[competition]").content)
    if "damage" in table:
        raise InvalidInputError("[competition]: `damage` follows from [market]: leave it out")
    return {"counts": "gains"} | table | {"damage": market.damage.tolist()}


def resolved(content: Mapping[str, Any], market: Market) -> dict[str, Any]:
    """Return a scenario's content with what its market says in place of `[market]`.

    Parameters
    ----------
    content
        Whose organizations are tables, or which has none yet.

    Examples
    --------
    >>> import numpy as np
    >>> market = Market(firms=("North", "South"), stakes=np.array([[9.0, -2.0], [-3.0, 6.0]]),
    ...     consumers=None, method="second choices")
    >>> found = resolved({"name": "two", "market": {"firms": "firms.csv"}}, market)
    >>> found["organization"][0], found["competition"]["counts"], "market" in found
    ({'name': 'North', 'value': 9.0}, 'gains', False)
    """
    worth = dict(zip(market.firms, market.value.tolist(), strict=True))
    known = {key: value for key, value in content.items() if key != "market"}
    rows = known.get("organization") or [{"name": name} for name in market.firms]
    known["competition"] = competition_of(content.get("competition"), market)
    known["organization"] = [{**row, "value": worth[tidy(str(row["name"]))]} for row in rows]
    return known
