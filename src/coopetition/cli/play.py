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
from coopetition.games.errors import InvalidInputError
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
@click.option(
    "--deposits", is_flag=True, help="Hold a deposit of everybody, and show what is left."
)
@click.option(
    "--default",
    "defaults",
    multiple=True,
    metavar="NAME=ROUND",
    help="Who does not pay what it owes, from which round on.",
)
@picturing("Play")
@writing_pictures(f"{TABLES} (.csv: every payment)")
def play_verb(
    scenario: Path,
    as_json: bool,
    seed: int | None,
    rounds: int,
    journal: Path | None,
    deposits: bool,
    defaults: tuple[str, ...],
    outs: tuple[Path, ...],
) -> int:
    """Play rounds: measure, fit, solve, generate, train, redistribute, pay; resumable.

    The same command goes on after the last finished round, and more --rounds continue a play.
    """
    check_outs(outs)
    silent = dict(map(_default, defaults))
    loaded = loaded_with(scenario, seed)
    file = journal or scenario.with_name(f"{scenario.stem}.play.sqlite")
    if loaded.oracle is None:
        show_plan(loaded, None)
    with naming(scenario):
        played = play_scenario(
            loaded,
            rounds,
            file,
            deposits=deposits,
            defaults=silent,
            progress=progress,
            before=lambda plan: show_plan(loaded, plan),
        )
    show_plan(loaded, None)  # all rounds were played before
    document = {**head(loaded), **played.to_dict(), **trained_of(played)}
    totals, payments, *held = played.tables()
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
        for table in held:
            echo_table(table)
        echo_sentences(play_lines(played))
        echo_trained(played)
    say_written(outs)
    return 0


def _default(said: str) -> tuple[str, int]:
    """Return who does not pay, and from which round on."""
    name, sign, number = said.rpartition("=")
    if not (name and sign and number.isdecimal() and number.isascii()):
        raise InvalidInputError(f"`--default` must be NAME=ROUND, such as East=3, got {said:.60}")
    return name, int(number)
