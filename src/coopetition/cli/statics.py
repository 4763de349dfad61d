"""The verb `coopetition statics`."""

from pathlib import Path

import click

from coopetition.cli.options import OUT, choosing, shared
from coopetition.cli.shared import (
    check_outs,
    draw_file,
    echo_overrides,
    echo_trained,
    head,
    naming,
    prepare,
    say_written,
    settings_of,
    trained_of,
    write_result,
)
from coopetition.cli.streams import progress
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.output import export
from coopetition.studies.measured.oracle_needs import Plan
from coopetition.studies.scenario.mechanism_table import MechanismSettings
from coopetition.studies.statics.statics import Prices, check_statics, comparative_statics


@click.command("statics")
@shared
@choosing
@click.option(
    "--wrt",
    multiple=True,
    required=True,
    metavar="PATH",
    help="A parameter, such as competition.damage, organization.NAME.value or gain.scale.",
)
@click.option(
    "--prices",
    type=click.Choice(["fixed", "anew"]),
    default="fixed",
    show_default=True,
    help="Whether the rule stays, or is made again for the changed round.",
)
@click.option(
    "--span",
    type=float,
    default=0.5,
    show_default=True,
    help="How far to look, as a share.",
)
@OUT
def statics_verb(
    scenario: Path,
    as_json: bool,
    seed: int | None,
    rule: str | None,
    rate: float | None,
    wrt: tuple[str, ...],
    prices: Prices,
    span: float,
    outs: tuple[Path, ...],
) -> int:
    """Say what parameters do to contributions, payoffs and welfare, and how far."""
    check_outs(outs)

    def check(game: CoopetitionRound, settings: MechanismSettings) -> None:
        check_statics(game, wrt, settings, prices=prices, span=span)

    plan = Plan(alone=False, one_curve="comparative statics")
    loaded, measured = prepare(scenario, seed, rule, rate, plan=plan, check=check)
    settings = settings_of(loaded, rule, rate)
    game = measured.game if measured else loaded.round()
    with naming(scenario):
        found = comparative_statics(
            game, wrt, settings, prices=prices, span=span, progress=progress
        )
    document = {**head(loaded, settings), **found.to_dict(), **trained_of(measured)}
    for out in outs:
        if export.ending(out) in export.PICTURES:
            from coopetition.studies.pictures.statics import draw_statics

            draw_file(draw_statics(found), out, document)
        else:
            write_result(out, document, found)
    if not as_json:
        echo_overrides()
    click.echo(export.to_json(document) if as_json else str(found))
    if not as_json:
        echo_trained(measured)
    say_written(outs)
    return 0
