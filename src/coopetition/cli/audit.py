"""The verb `coopetition audit`."""

from dataclasses import replace
from pathlib import Path

import click

from coopetition.cli.options import OUT_TABLES, choosing, shared
from coopetition.cli.shared import (
    check_outs,
    echo_overrides,
    echo_table,
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
from coopetition.output import export
from coopetition.studies.audit.audit import full_audit
from coopetition.studies.measured.oracle_needs import Plan
from coopetition.studies.solve.assumptions import assumption_lines


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
    loaded, measured = prepare(scenario, seed, rule, rate, plan=Plan(verified=True))
    settings = settings_of(loaded, rule, rate)
    with naming(scenario):
        found = full_audit(
            measured.game if measured else loaded.round(),
            settings,
            alone=measured.alone if measured else None,
            skill=measured.skill if measured else None,
            planner=measured.planner if measured else None,
            worth=worth,  # type: ignore[arg-type]
            progress=progress,
            verify=measured.verify if measured else None,
        )
    document = {**head(loaded, settings), **found.to_dict(), "worth": worth}
    document |= trained_of(measured)
    table = replace(found.tables()[0], title=f"{loaded.name}: audit of the rule {settings.rule}")
    for out in outs:
        write_result(out, document, table)
    if as_json:
        click.echo(export.to_json(document))
    else:
        echo_overrides()
        echo_table(table)
        if found.study.verification:
            click.echo("\n".join(found.study.verification.sentences))
        if found.study.skill:
            click.echo(f"{found.study.skill}.")
        for said in assumption_lines(found.audit.assumptions):
            click.echo(f"{said}.")
        echo_trained(measured)
    say_written(outs)
    return 0
