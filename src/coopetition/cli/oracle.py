"""The verbs `coopetition oracle …`."""

from dataclasses import asdict
from pathlib import Path

import click

from coopetition.cli.command import VERSION, Verbs
from coopetition.cli.options import AS_JSON, Number, shared
from coopetition.cli.shared import (
    head,
    loaded_with,
    naming,
    origin,
    show_plan,
)
from coopetition.cli.streams import progress
from coopetition.games.errors import InvalidInputError
from coopetition.oracles import check_oracle, installed_oracles
from coopetition.output import export
from coopetition.output.terminal import aligned
from coopetition.studies.measured.backends import open_backend
from coopetition.studies.measured.study_stages import checking, solving
from coopetition.studies.scenario.oracle_kinds import KINDS


@click.group("oracle", cls=Verbs)
def oracle_verb() -> None:
    """Look after oracles: which there are, and whether they keep their promises."""


@oracle_verb.command("list")
@AS_JSON
@VERSION
def oracle_list(as_json: bool) -> int:
    """List the kinds of oracles, and the plug-ins that are installed; none is imported."""
    plugins = installed_oracles()
    if as_json:
        document = origin() | {
            "kinds": [{"kind": kind, "what": KINDS[kind].what} for kind in KINDS],
            "plugins": [asdict(plugin) for plugin in plugins],
        }
        click.echo(export.to_json(document))
        return 0
    click.echo("Kinds, for `kind` in the table [oracle] of a scenario:")
    click.echo(aligned([(name, kind.what) for name, kind in KINDS.items()]))
    click.echo('Plug-ins, for `plugin` where kind = "plugin":')
    rows = [
        (p.name, f"{p.distribution} {p.version}", f"broken: {p.fault}" if p.fault else p.target)
        for p in plugins
    ]
    click.echo(aligned(rows or [("none is installed",)]))
    return 0


@oracle_verb.command("check")
@shared
@click.option("--seconds", type=Number(above=0), help="Promised, per evaluation.")
def oracle_check(scenario: Path, as_json: bool, seed: int | None, seconds: float | None) -> int:
    """Ask the oracle some 50 queries, and report what it does not keep; exit 1 if a check fails."""
    loaded = loaded_with(scenario, seed)
    if loaded.oracle is None:
        raise InvalidInputError(f"{scenario}: the scenario has no [oracle] to check")
    with naming(scenario):
        backend = open_backend(loaded, kept=False)  # a ledger would answer what is asked twice
    click.get_current_context().call_on_close(backend.oracle.close)
    show_plan(loaded, checking(loaded, backend.oracle))
    report = check_oracle(
        backend.oracle,
        seconds=seconds,
        local_data=backend.local_data,
        study=solving(loaded, backend),
        progress=progress,
    )
    document = {**head(loaded), **report.to_dict()}
    click.echo(export.to_json(document) if as_json else str(report))
    return 0 if report.passed else 1
