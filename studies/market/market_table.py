"""The `[market]` table of a scenario: which data of a market there are, and how they are used."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.coopetition.columns import Quantity
from coopetition.games.errors import InvalidInputError
from coopetition.games.text.names import look_alike, say_alike, tidy
from coopetition.games.text.words import first_few, visible
from coopetition.studies.market.logit import logit
from coopetition.studies.market.margins import margins
from coopetition.studies.market.market import Market
from coopetition.studies.market.reconcile import reconcile
from coopetition.studies.market.second_choice import second_choice
from coopetition.studies.market.survey_file import read_survey
from coopetition.studies.scenario.csv_tables import read_csv
from coopetition.studies.scenario.strict_tables import ScenarioTable

MIXED = 1e4  # ratio of units sold at which one asks whether they are counted alike
_ROWS = (
    Quantity("units", "units sold", "q", "units", None, "Units sold.", above=True),
    Quantity("wtp", "willingness to pay", "", "currency per unit of gain and unit sold", None,
             "What a unit of gain is worth to a customer.", above=True),
    Quantity("wtp_sd", "its standard deviation", "", "currency per unit", 0.0, "Of that."),
    Quantity("price", "price", "", "currency per unit sold", None, "Price.", above=True),
    Quantity("margin", "margin", "k", "currency per unit sold", None,
             "Price less marginal cost.", above=True),
    Quantity("margin_sd", "its standard deviation", "", "currency per unit sold", None,
             "Of that.", above=True),
    Quantity("pass_through", "own pass-through", "φ", "", None,
             "How far its price follows its cost.", most=1.0, above=True),
)  # fmt: skip
FIRM = {row.name: row for row in _ROWS}


def read_market(
    content: Mapping[str, Any], folder: Path, names: Sequence[str] | None = None
) -> Market:
    """Calibrate the market that a table `[market]` describes.

    Parameters
    ----------
    content
        The table: `firms` (a CSV file with the columns name, units and what else `FIRM` has),
        `second_choice` (counts) or `diversion` (shares), `method`, `outside`, `wtp`, `prices`.
    folder
        What file names are relative to.
    names, optional
        The organizations, all of which must be firms; the market is in their order.

    Raises
    ------
    InvalidInputError
        Naming the key, or the file, line and column.
    """
    table = ScenarioTable.of(content, "[market]")
    file = folder / table.text("firms")
    rows = read_csv(file, FIRM).rows
    firms = [tidy(row["name"]) for _, row in rows]
    order = _order(file, firms, names)
    firms = [firms[k] for k in order]
    columns = _columns(file, [rows[k] for k in order], firms)
    survey, shares = table.text("second_choice", None), table.text("diversion", None)
    if survey and shares:
        raise InvalidInputError("[market]: give `second_choice` or `diversion`, not both")
    diverted = None
    if survey or shares:
        diverted = read_survey(folder / (survey or shares), firms, counts=bool(survey))
    method = table.choice(
        "method", tuple(METHODS), "logit" if diverted is None else "second-choice"
    )
    keys = {"wtp": _wtp(table, columns), "prices": _prices(table, columns), "firms": firms}
    outside = table.take("outside", None)
    table.done()
    if method != "logit" and diverted is None:
        raise InvalidInputError(
            f"[market]: `method` = {method} needs `second_choice` or `diversion`, a CSV file"
        )
    if method == "logit" and outside is None:
        raise InvalidInputError(
            "[market]: `method` = logit needs `outside`, the share of potential customers who buy "
            "nothing: a number or a range [low, high]"
        )
    if method == "logit" and diverted is not None:
        raise InvalidInputError(
            "[market]: `method` = logit knows second choices from units: leave out "
            f"`{'second_choice' if survey else 'diversion'}`"
        )
    if method == "reconcile" and not survey:
        raise InvalidInputError(
            "[market]: `method` = reconcile needs `second_choice`, how many answered what, not "
            "`diversion`"
        )
    if method != "logit" and keys["prices"] == "logit":
        raise InvalidInputError(
            f"[market]: `prices` = logit goes with `method` = logit, not {method}: state a "
            "pass-through, 1 less a firm's share of all customers, or a column of them"
        )
    if method != "logit" and outside is not None:
        raise InvalidInputError(f"[market]: `outside` goes with `method` = logit, not {method}")
    try:
        found = METHODS[method](columns, diverted, outside, keys)
    except InvalidInputError as error:
        raise InvalidInputError(f"[market]: {error}") from None
    sold = columns["units"]
    told = list(found.warnings)
    if sold.max() > MIXED * sold.min():
        told.append(
            f"units sold differ by a factor of {sold.max() / sold.min():.3g}: are all counted in "
            "the same unit?"
        )
    return replace(found, warnings=tuple(told))


def _order(file: Path, firms: Sequence[str], names: Sequence[str] | None) -> list[int]:
    """Return the firms' places in the order of the organizations, which must be the same."""
    if names is None:
        return list(range(len(firms)))
    missing = [name for name in names if name not in firms]
    for name in firms:
        if name not in names:
            hint = f": {first_few(missing)} {'is' if len(missing) == 1 else 'are'} missing"
            if twins := look_alike([name, *missing]):
                hint = f": must be written as the organization, {say_alike(*twins)}"
            hint = hint if missing else ""
            raise InvalidInputError(
                f"{file} has {visible(name)[:40]!r}, which is no organization{hint}"
            )
    if missing:
        raise InvalidInputError(f"{file} must have each organization, {missing[0]:.40} is missing")
    return [firms.index(name) for name in names]


def _columns(
    file: Path, rows: Sequence[tuple[int, Mapping[str, Any]]], firms: Sequence[str]
) -> dict[str, Array]:
    """Return the columns that some firm states, which then all must."""
    found = {}
    for key in FIRM:
        stated = [row.get(key) for _, row in rows]
        if all(value is None for value in stated):
            continue
        if None in stated:
            n = stated.index(None)
            raise InvalidInputError(
                f"{file}, line {rows[n][0]} ({firms[n]:.40}): `{key}` is blank: give all or none"
            )
        found[key] = np.array(stated, dtype=float)
    if "units" not in found:
        raise InvalidInputError(f"{file} needs the column `units`")
    for key in ("wtp", "margin"):
        if f"{key}_sd" in found and key not in found:
            raise InvalidInputError(f"{file}: the column `{key}_sd` needs the column `{key}`")
    if "price" in found and "margin" in found:
        for (line, row), name in zip(rows, firms, strict=True):
            if row["margin"] >= row["price"]:
                raise InvalidInputError(
                    f"{file}, line {line} ({name:.40}): `margin` must be below the price "
                    f"{row['price']:g}, in the same money, got {row['margin']:g}"
                )
    return found


def _wtp(table: ScenarioTable, columns: Mapping[str, Array]) -> Any:
    """Return (mean, sd) of what a unit of gain is worth to a customer: one for all, or a column."""
    given = table.take("wtp", None)
    if (given is None) == ("wtp" not in columns):
        raise InvalidInputError(
            "[market]: give `wtp`, the money that a unit of gain is worth to a customer, once: as "
            "a key, a number or [mean, sd], or as a column of the firms"
        )
    if given is None:
        return columns["wtp"], columns.get("wtp_sd", np.zeros(columns["wtp"].size))
    return tuple(given) if isinstance(given, list) else given


def _prices(table: ScenarioTable, columns: Mapping[str, Array]) -> Any:
    given = table.take("prices", None)
    if given is not None and "pass_through" in columns:
        raise InvalidInputError("[market]: give `prices` or the column `pass_through`, not both")
    if "pass_through" in columns:
        return columns["pass_through"]
    return "fixed" if given is None else given


def _margin(columns: Mapping[str, Array], key: str = "margin") -> Array:
    if key not in columns:
        raise InvalidInputError(f"the firms need the column `{key}`")
    return columns[key]


Method = Callable[[Mapping[str, Array], Any, Any, dict[str, Any]], Market]


def _second_choice(columns: Mapping[str, Array], diverted: Any, _: Any, keys: Any) -> Market:
    return second_choice(columns["units"], diverted, **keys)


def _margins(columns: Mapping[str, Array], diverted: Any, _: Any, keys: Any) -> Market:
    k, sd = _margin(columns), columns.get("margin_sd", np.zeros(len(diverted)))
    if isinstance(keys["prices"], np.ndarray) or keys["prices"] != "fixed":
        raise InvalidInputError("`method` = margins is for prices that stay: leave `prices` out")
    rest = {key: value for key, value in keys.items() if key != "prices"}
    return margins(columns["units"], diverted, (k, sd), **rest)


def _reconcile(columns: Mapping[str, Array], diverted: Any, _: Any, keys: Any) -> Market:
    return reconcile(
        columns["units"], diverted, _margin(columns), _margin(columns, "margin_sd"), **keys
    )


def _logit(columns: Mapping[str, Array], _: Any, outside: Any, keys: Any) -> Market:
    return logit(columns["units"], outside=outside, **keys)


METHODS: Mapping[str, Method] = {
    "second-choice": _second_choice,
    "margins": _margins,
    "reconcile": _reconcile,
    "logit": _logit,
}
