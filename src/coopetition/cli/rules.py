"""The verb `coopetition rules`."""

from pathlib import Path

import click

from coopetition.cli.command import VERSION
from coopetition.cli.options import AS_JSON, OUT_TABLES
from coopetition.cli.shared import (
    check_outs,
    echo_table,
    origin,
    say_written,
    write_result,
)
from coopetition.cli.streams import progress
from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms.audit.properties import PROPERTIES
from coopetition.output import export
from coopetition.output.table import Table
from coopetition.output.terminal import aligned
from coopetition.studies.audit.examine_round import LOOKED_AT
from coopetition.studies.audit.random_rounds import KINDS
from coopetition.studies.audit.rules_matrix import ROUNDS, SEED, Matrix, listed, rule_matrix

HEADER = ["rule", "t_n", "parameters", "source"]


@click.command("rules")
@click.option("--matrix", is_flag=True, help="Audit every rule on random rounds.")
@click.option("--rounds", type=click.IntRange(1), help=f"Of --matrix; default {ROUNDS}.")
@click.option("--seed", type=click.IntRange(0), help=f"Of --matrix; default {SEED}.")
@AS_JSON
@VERSION
@OUT_TABLES
def rules_verb(
    matrix: bool, rounds: int | None, seed: int | None, as_json: bool, outs: tuple[Path, ...]
) -> int:
    """List the transfer rules, or what audits of them on random rounds find.

    Exit code 0 whenever it is answered: a property that fails changes nothing.
    """
    check_outs(outs, no_pictures_of="rules")
    if not matrix and (rounds is not None or seed is not None):
        raise InvalidInputError("`--rounds` and `--seed` are options of --matrix")
    if matrix:
        found = rule_matrix(
            ROUNDS if rounds is None else rounds, SEED if seed is None else seed, progress=progress
        )
        table = found.tables()[0]
        document = origin(seed=found.seed) | found.to_dict()
    else:
        rows = list(listed())
        table = Table.of("Transfer rules", HEADER, rows)
        names = [dict(zip(HEADER, row, strict=True)) for row in rows]
        document = origin() | {"rules": names}
    for out in outs:
        write_result(out, document, table)
    if as_json:
        click.echo(export.to_json(document))
    elif matrix:
        _show(found)
    else:
        echo_table(table)
    say_written(outs)
    return 0


def _show(found: Matrix) -> None:
    """Print one block per rule: a terminal is too narrow for the table."""
    click.echo(f"{found.rounds} random rounds, seed {found.seed}, of the kinds in turn:")
    click.echo(aligned(list(KINDS.items())))
    click.echo("properties:")
    click.echo(aligned([(name, PROPERTIES[name]) for name in LOOKED_AT]))
    for name, cells in found.cells.items():
        click.echo(name)
        lines = [[key, str(cell), cell.witness or ""] for key, cell in cells.items()]
        click.echo(aligned(lines))
