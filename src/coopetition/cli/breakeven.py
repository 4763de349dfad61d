"""The verb `coopetition breakeven`."""

from pathlib import Path

import click

from coopetition.cli.options import OUT_TABLES, shared
from coopetition.cli.shared import (
    check_outs,
    echo_table,
    head,
    loaded_with,
    naming,
    say_written,
    show_plan,
    write_result,
)
from coopetition.cli.streams import progress
from coopetition.games.errors import InvalidInputError
from coopetition.output import export
from coopetition.studies.breakeven.breakeven import break_even
from coopetition.studies.breakeven.decisions import FORMS
from coopetition.studies.scenario.scenario import read_content

RANGE = "PARAMETER=LOW:HIGH, or PARAMETER*=LOW:HIGH for factors of what the scenario has"


def read_range(text: str) -> tuple[str, float, float, bool]:
    """Read the parameter and its range.

    Raises
    ------
    InvalidInputError
        Saying which form is right.

    Examples
    --------
    >>> read_range("competition.damage*=0:3")
    ('competition.damage', 0.0, 3.0, True)
    """
    path, equal, said = (part.strip() for part in text.partition("="))
    factor = path.endswith("*") and not path.endswith(".*")
    path = path[:-1].strip() if factor else path
    low, colon, high = said.partition(":")
    try:
        if not (path and equal and colon):
            raise ValueError
        return path, float(low), float(high), factor
    except ValueError:
        raise InvalidInputError(f"`--wrt` must be {RANGE}, got {text!r:.60}") from None


@click.command("breakeven")
@shared
@click.option("--of", "target", required=True, help=f"{FORMS}.")
@click.option("--wrt", "ranged", required=True, help=f"{RANGE}.")
@OUT_TABLES
def breakeven_verb(
    scenario: Path,
    as_json: bool,
    seed: int | None,
    target: str,
    ranged: str,
    outs: tuple[Path, ...],
) -> int:
    """Where, by a parameter, somebody starts, stops or leaves, or rules change places."""
    check_outs(outs, no_pictures_of="breakeven")
    path, low, high, factor = read_range(ranged)
    loaded = loaded_with(scenario, seed)
    if loaded.oracle is None:  # else it is refused
        show_plan(loaded, None)
    with naming(scenario):
        found = break_even(
            read_content(scenario), target, path, low, high,
            factor=factor, folder=scenario.parent, progress=progress,
        )  # fmt: skip
    document = head(loaded) | found.to_dict()
    for out in outs:
        write_result(out, document, found)
    if as_json:
        click.echo(export.to_json(document))
    else:
        echo_table(*found.tables())
    say_written(outs)
    return 0
