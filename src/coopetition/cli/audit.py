"""The verb `coopetition audit`."""

from pathlib import Path

import click

from coopetition.cli.options import OUT_TABLES, choosing, shared
from coopetition.cli.shared import (
    check_outs,
    clear_line,
    echo_overrides,
    head,
    naming,
    prepare,
    progress,
    say_written,
    settings_of,
    shown,
)
from coopetition.output import export
from coopetition.output.table import Table
from coopetition.studies.assumptions import assumption_lines
from coopetition.studies.audit.audit import full_audit

HEADER = ["property", "verdict", "how known", "witness"]


@click.command("audit")
@shared
@choosing
@click.option(
    "--worth",
    type=click.Choice(["equilibrium", "optimum"]),
    default="equilibrium",
    show_default=True,
    help="What a sub-coalition has: its equilibrium's welfare, or its planner's.",
)
@OUT_TABLES
def audit_verb(
    scenario: Path,
    as_json: bool,
    seed: int | None,
    rule: str | None,
    rate: float | None,
    worth: str,
    outs: tuple[Path, ...],
) -> int:
    """All properties of the mechanism, how each is known, and a witness where it fails.

    Exit code 0 whenever it is answered: a property that fails changes nothing.
    """
    check_outs(outs, no_pictures_of="audit")
    loaded, measured = prepare(scenario, seed, rule, rate)
    settings = settings_of(loaded, rule, rate)
    with naming(scenario):
        found = full_audit(
            measured.game if measured else loaded.round(),
            settings,
            alone=measured.alone if measured else None,
            worth=worth,  # type: ignore[arg-type]
            progress=progress,
        )
    document = {**head(loaded, settings), **found.to_dict(), "worth": worth}
    for out in outs:
        export.write_table(out, document, shown(Table.of("", HEADER, found.rows())))
    clear_line()
    if as_json:
        click.echo(export.to_json(document))
    else:
        click.echo(f"{loaded.name}: audit of the rule {settings.rule} ({loaded.currency})")
        echo_overrides()
        click.echo(str(found.audit))
        for said in assumption_lines(found.audit.assumptions):
            click.echo(f"{said}.")
    say_written(outs)
    return 0
