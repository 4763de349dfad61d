"""The verb `coopetition compare`."""

from pathlib import Path

import click

from coopetition.cli.options import OUT, choosing_several, picturing, shared
from coopetition.cli.shared import (
    check_outs,
    draw_result,
    echo_overrides,
    echo_table,
    echo_trained,
    head,
    naming,
    prepare,
    say_written,
    settings_of_all,
    write_result,
)
from coopetition.cli.streams import progress
from coopetition.output import export
from coopetition.studies.compare.compare import compare
from coopetition.studies.compare.result import numeric_column


@click.command("compare")
@shared
@choosing_several
@click.option("--sort", metavar="COLUMN", help="Best rows first, by a column's header or JSON key.")
@picturing("Comparison")
@OUT
def compare_verb(
    scenario: Path,
    as_json: bool,
    seed: int | None,
    rules: tuple[str, ...],
    rate: float | None,
    sort: str | None,
    outs: tuple[Path, ...],
) -> int:
    """All rules and the baselines VCFL, WCO, RaDG, WPR, beside the planner.

    Custom rules, the scenario's or those of --rule, are scored beside them.
    """
    check_outs(outs)
    sort = sort and numeric_column(sort, "--sort")
    loaded, measured = prepare(scenario, seed, rate=rate, rules=rules)
    settings = settings_of_all(loaded, rules, rate)
    game = measured.game if measured else loaded.round()
    with naming(scenario):
        table = compare(
            game,
            settings,
            draws=loaded.draws,
            seed=loaded.seed,
            alone=measured.alone if measured else None,
            progress=progress,
            words=(measured or loaded).words,
            skill=measured.skill if measured else None,
            planner=measured.planner if measured else None,
        )
    table = table.sorted_by(sort) if sort else table
    document = {**head(loaded, *settings), "organizations": list(game.players), **table.to_dict()}
    if measured:
        document["measured"] = measured.to_dict()
    for out in outs:
        if export.ending(out) in export.PICTURES:
            draw_result(table, out, document)
        else:
            write_result(out, document, table)
    if as_json:
        click.echo(export.to_json(document))
    else:
        echo_overrides()
        echo_table(*table.tables())
        echo_trained(measured)
    say_written(outs)
    return 0
