"""The verbs `coopetition ledger …`."""

from pathlib import Path
from typing import Any

import click

from coopetition.cli.command import VERSION, Verbs
from coopetition.cli.options import AS_JSON
from coopetition.cli.overwriting import refuse_overwriting
from coopetition.cli.shared import origin
from coopetition.cli.streams import progress
from coopetition.games.errors import InvalidInputError
from coopetition.oracles import Ledger, LedgerPart, export_ledger, ledger_parts
from coopetition.output import export
from coopetition.output.terminal import aligned

LEDGER = click.argument("file", metavar="LEDGER", type=click.Path(path_type=Path))


@click.group("ledger", cls=Verbs)
def ledger_verb() -> None:
    """Look into ledgers, the files that keep what oracles measured."""


@ledger_verb.command("show")
@LEDGER
@AS_JSON
@VERSION
def ledger_show(file: Path, as_json: bool) -> int:
    """Tell what a ledger holds: of which oracle, how many evaluations, from when."""
    parts = ledger_parts(file)
    if as_json:
        found = {"ledger": str(file), "oracles": [_part_dict(part) for part in parts]}
        click.echo(export.to_json(origin() | found))
        return 0
    click.echo(f"{file}: {len(parts)} oracle{'' if len(parts) == 1 else 's'}")
    for part in parts:
        click.echo()
        click.echo(aligned(_part_rows(part)))
    return 0


@ledger_verb.command("export")
@LEDGER
@click.option("--out", required=True, type=click.Path(path_type=Path), help=".jsonl .csv .parquet")
@VERSION
def ledger_export(file: Path, out: Path) -> int:
    """Write every evaluation of a ledger, failures included, to a table."""
    refuse_overwriting([out], own=("out",))
    parts = ledger_parts(file)
    if not parts:
        raise InvalidInputError(f"the ledger {file} holds nothing to export")
    with Ledger(file, fingerprint=parts[0].spec.fingerprint) as records:
        count = export_ledger(records, out, progress=progress)
    click.echo(f"wrote {out}: {count} evaluations", err=True)
    return 0


def _part_dict(part: LedgerPart) -> dict[str, Any]:
    spec = part.spec
    return {
        "fingerprint": spec.fingerprint,
        "organizations": spec.organizations,
        "metric": spec.metric,
        "unit": spec.unit,
        "evaluations": dict(part.evaluations),
        "seconds": part.seconds,
        "first": part.first,
        "last": part.last,
    }


def _part_rows(part: LedgerPart) -> list[tuple[str, str]]:
    told = ", ".join(f"{count} {status}" for status, count in sorted(part.evaluations.items()))
    rows = [
        ("fingerprint", part.spec.fingerprint),
        ("organizations", ", ".join(part.spec.organizations)),
        ("metric", part.spec.metric),
        ("unit", part.spec.unit),
        ("evaluations", told or "none"),
        ("seconds spent", f"{part.seconds:.4g}"),
    ]
    return rows + [("written", f"{part.first} to {part.last}")] * bool(part.first)
