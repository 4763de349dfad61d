"""The verb `coopetition uncertainty`."""

from dataclasses import replace
from pathlib import Path

import click

from coopetition.cli.options import OUT, choosing, picturing, shared
from coopetition.cli.shared import (
    check_outs,
    draw_result,
    echo_overrides,
    echo_table,
    head,
    loaded_with,
    naming,
    note_override,
    say_written,
    settings_of,
    show_plan,
    write_result,
)
from coopetition.cli.streams import progress
from coopetition.output import export
from coopetition.studies.draws.robust_fees import AIMS, RobustAim
from coopetition.studies.draws.uncertainty import uncertainty
from coopetition.studies.scenario.mechanism_table import override
from coopetition.studies.scenario.scenario import MOST_DRAWS


@click.command("uncertainty")
@shared
@choosing
@click.option("--draws", type=click.IntRange(2, MOST_DRAWS), help="Instead of the scenario's.")
@click.option("--rules", metavar="A,B", help="Compare the welfare of these rules, draw by draw.")
@click.option(
    "--fees-for",
    type=click.Choice(AIMS),
    help="Fees of the contract made today: so that everybody takes part most often, or the worst "
    "tenth of draws is as good as can be for whoever is worst off.",
)
@OUT
@picturing("UncertainStudy")
def uncertainty_verb(
    scenario: Path,
    as_json: bool,
    seed: int | None,
    rule: str | None,
    rate: float | None,
    draws: int | None,
    rules: str | None,
    fees_for: RobustAim | None,
    outs: tuple[Path, ...],
) -> int:
    """Draw uncertain numbers: how sure the answer is, what that hangs on, and what to find out."""
    check_outs(outs)
    loaded = loaded_with(scenario, seed)
    if loaded.oracle is None:  # else it is refused
        show_plan(loaded, None)
    if draws is not None:
        note_override("draws", loaded.draws, draws)
    with naming(scenario):
        settings = settings_of(loaded, rule, rate)
        names = [name.strip() for name in rules.split(",")] if rules else []
        compared = [override(settings, name, None, loaded.folder) for name in names]
        found = uncertainty(
            replace(loaded, mechanism=settings),
            draws=loaded.draws if draws is None else draws,
            rules=compared,
            fees_for=fees_for,
            progress=progress,
        )
    document = head(loaded, settings) | found.to_dict()
    for out in outs:
        if export.ending(out) in export.PICTURES:
            draw_result(found, out, document)
        else:
            write_result(out, document, found)
    if as_json:
        click.echo(export.to_json(document))
    else:
        echo_overrides()
        echo_table(*found.tables())
    say_written(outs)
    return 0
