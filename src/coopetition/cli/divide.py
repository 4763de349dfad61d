"""The verb `coopetition divide`."""

from pathlib import Path

import click

from coopetition.cli.command import VERSION
from coopetition.cli.options import AS_JSON, OUT_TABLES
from coopetition.cli.shared import check_outs, echo_table, origin, say_written, write_result
from coopetition.cli.streams import progress
from coopetition.output import export
from coopetition.studies.division.divide import OF_CLAIMS, RULES, divide
from coopetition.studies.division.pie_file import load_pie

NAMES = list(dict.fromkeys((*RULES, *OF_CLAIMS)))


@click.command("divide")
@click.argument("game", type=click.Path(path_type=Path))
@click.option(
    "--rule", "rules", multiple=True, type=click.Choice(NAMES),
    help="By default all that apply. May be repeated.",
)  # fmt: skip
@click.option("--estate", help="What there is to divide among claims.")
@click.option(
    "--weights", help="A=2,B=1: the weights of weighted-shapley, or the bargaining power of nash."
)
@AS_JSON
@VERSION
@OUT_TABLES
def divide_verb(
    game: Path,
    rules: tuple[str, ...],
    estate: str | None,
    weights: str | None,
    as_json: bool,
    outs: tuple[Path, ...],
) -> int:
    """Divide a pie: Shapley, nucleolus, core, bargaining; or an estate among claims.

    GAME is a .csv with the columns coalition, value (members joined by +), or player, claim; or a
    .json with a list of such objects. Numbers such as 0.1 and 1/3 are read exactly.
    """
    check_outs(outs, no_pictures_of="divide")
    found = divide(load_pie(game, estate=estate, weights=weights), rules, progress=progress)
    document = origin(found.pie.digest) | found.to_dict()
    table = found.tables()[0]
    for out in outs:
        write_result(out, document, found)
    if as_json:
        click.echo(export.to_json(document))
    else:
        echo_table(table)
        if said := str(found):
            click.echo(f"\n{said}")
    say_written(outs)
    return 0
