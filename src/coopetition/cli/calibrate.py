"""The verb `coopetition calibrate`."""

from pathlib import Path
from typing import Any

import click

from coopetition.cli.command import VERSION
from coopetition.cli.options import AS_JSON, OUT_TABLES
from coopetition.cli.shared import check_outs, echo_table, origin, say_written, write_result
from coopetition.games.errors import InvalidInputError
from coopetition.games.text.names import tidy
from coopetition.output import export
from coopetition.studies.market.market_table import read_market
from coopetition.studies.market.with_market import MISSING, resolved
from coopetition.studies.scenario.scenario import read_content
from coopetition.studies.scenario.toml_text import toml_text

TOML = ".toml"


@click.command("calibrate")
@click.argument("market", type=click.Path(path_type=Path))
@AS_JSON
@VERSION
@OUT_TABLES
def calibrate_verb(market: Path, as_json: bool, outs: tuple[Path, ...]) -> int:
    """Value and damage of a market: from units sold and second choices, or shares.

    MARKET is a .toml with a table [market], perhaps a scenario. An OUT that ends in .toml gets the
    organizations' values and the matrix of damage: a scenario, or what one needs of them.
    """
    tables = tuple(out for out in outs if out.suffix.lower() != TOML)
    check_outs(tables, no_pictures_of="calibrate")
    content = read_content(market)
    if "market" not in content:
        raise InvalidInputError(f"{market} needs a table [market]")
    try:
        rows = content.get("organization")
        names = [tidy(str(row.get("name"))) for row in rows] if rows else None
        found = read_market(content["market"], market.parent, names)
        written = resolved(content, found)
    except InvalidInputError as error:
        raise InvalidInputError(f"{market}: {error}") from None
    document = origin() | found.to_dict()
    for out in outs:
        if out in tables:
            write_result(out, document, found)
        else:
            export.write_text(out, _needs(written) + toml_text(written))
    if as_json:
        click.echo(export.to_json(document))
    else:
        echo_table(*found.tables())
    say_written(outs)
    return 0


def _needs(content: dict[str, Any]) -> str:
    """Return a comment that says what the content lacks to be a scenario; none if nothing."""
    absent = [key for key in MISSING if key not in content["organization"][0]]
    absent += ["[gain] or [oracle]"] * (not {"gain", "oracle"} & content.keys())
    return f"# To solve this, state: {', '.join(absent)}.\n" if absent else ""
