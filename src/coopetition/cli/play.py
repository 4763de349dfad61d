"""The verb `coopetition play`."""

from pathlib import Path

import click

from coopetition.cli.options import TABLES, picturing, shared, writing_pictures
from coopetition.cli.shared import (
    check_outs,
    draw_result,
    echo_overrides,
    echo_sentences,
    echo_table,
    echo_trained,
    head,
    loaded_with,
    naming,
    say_written,
    show_plan,
    trained_of,
    write_result,
)
from coopetition.cli.streams import progress
from coopetition.output import export
from coopetition.studies.play.play import play_scenario
from coopetition.studies.report.sentences import play_lines


@click.command("play")
@shared
@click.option("--rounds", required=True, type=click.IntRange(1), help="How many to play in all.")
@click.option(
    "--journal",
    type=click.Path(path_type=Path),
    help="Keeps finished rounds; default: NAME.play.sqlite beside the scenario NAME.toml.",
)
@picturing("Play")
@writing_pictures(f"{TABLES} (.csv: every payment)")
def play_verb(
    scenario: Path,
    as_json: bool,
    seed: int | None,
    rounds: int,
    journal: Path | None,
    outs: tuple[Path, ...],
) -> int:
    """Play rounds: measure, fit, solve, generate, train, redistribute, pay; resumable.

    The same command goes on after the last finished round, and more --rounds continue a play.
    """
    check_outs(outs)
    loaded = loaded_with(scenario, seed)
    file = journal or scenario.with_name(f"{scenario.stem}.play.sqlite")
    if loaded.oracle is None:
        show_plan(loaded, None)
    with naming(scenario):
        played = play_scenario(
            loaded,
            rounds,
            file,
            progress=progress,
            before=lambda plan: show_plan(loaded, plan),
        )
    show_plan(loaded, None)  # all rounds were played before
    document = {**head(loaded), **played.to_dict(), **trained_of(played)}
    totals, payments = played.tables()
    for out in outs:
        kind = export.ending(out)
        if kind in export.PICTURES:
            draw_result(played, out, document)
        else:
            write_result(out, document, payments if kind == ".csv" else totals)
    if as_json:
        click.echo(export.to_json(document))
    else:
        echo_overrides()
        echo_table(totals)
        echo_sentences(play_lines(played))
        echo_trained(played)
    say_written(outs)
    return 0
