"""The verb `coopetition replicate`."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from coopetition.cli.command import VERSION
from coopetition.cli.options import AS_JSON, PLAN, drawing, placing
from coopetition.cli.overwriting import refuse_overwriting
from coopetition.cli.shared import cores, draw_file, files_of, origin, place, say_written
from coopetition.cli.streams import progress
from coopetition.games.errors import InvalidInputError, require
from coopetition.games.text.writing import write_whole
from coopetition.oracles.federation.reference import SECONDS
from coopetition.output import export
from coopetition.output.table import Table
from coopetition.output.terminal import terminal_text
from coopetition.output.words import Words
from coopetition.studies.measured.training_plan import TrainingPlan
from coopetition.studies.replication.claims import Claim, judge_claims
from coopetition.studies.replication.design import ExperimentPlan, full_design, quick_design
from coopetition.studies.replication.experiment import run_experiment
from coopetition.studies.replication.report import (
    claim_sections,
    failures_of,
    summary,
)
from coopetition.studies.replication.tables import run_rows, table_rows

STUDIES = ("cocogen-plus",)
TABLES = ("table.csv", "runs.csv", "table.md", "claims.json")


@click.command("replicate")
@click.argument("study", type=click.Choice(STUDIES))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A folder.")
@click.option("--seeds", type=click.IntRange(1), help="How many; default 10, with --quick 2.")
@click.option("--quick", is_flag=True, help="Few points, to see that everything works.")
@click.option(
    "--dataset",
    default="digits",
    show_default=True,
    help="digits, breast-cancer, or a folder with the four IDX files of (Fashion-)MNIST.",
)
@click.option(
    "--ledger",
    type=click.Path(path_type=Path),
    help="Keeps what was trained; default: gains.sqlite in the folder --out.",
)
@drawing
@placing
@PLAN
@AS_JSON
@VERSION
def replicate_verb(
    study: str,
    out: Path,
    seeds: int | None,
    quick: bool,
    dataset: str,
    ledger: Path | None,
    as_json: bool,
) -> int:
    """Repeat a published experiment on real training, and report what reproduced.

    Writes table.csv, runs.csv, table.md, claims.json and figures into the folder --out. The same
    command goes on where it was stopped.
    """
    make = quick_design if quick else full_design
    design = make(dataset, seeds or (2 if quick else 10))
    if click.get_current_context().meta.get("coopetition.plan"):
        return _print_plan(study, design, as_json)
    require("matplotlib", "plot")
    from coopetition.studies.pictures.experiment import draw_all, files_in

    if out.exists() and not out.is_dir():
        raise InvalidInputError(f"cannot write into {out}: it is not a folder")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInputError(f"cannot write into {out}: {error.strerror}") from None
    written = [out / name for name in TABLES]
    refuse_overwriting([*written, *files_of(files_in(out))], own=("out",))
    file = ledger or out / "gains.sqlite"
    jobs, cluster = place()
    deals, runs = run_experiment(
        design, file, jobs=jobs or cores(), cluster=cluster, progress=progress
    )
    claims = judge_claims(design, runs)
    document = origin() | {
        "study": study,
        "design": asdict(design),
        "claims": [claim.to_dict() for claim in claims],
        "failures": failures_of(deals, runs),
    }
    export.write_table(written[0], document, Table.of("", *table_rows(design, deals, runs)))
    export.write_table(written[1], document, Table.of("", *run_rows(runs)))
    text = f"<!-- {export.provenance(document)} -->\n\n" + summary(design, deals, runs, claims)
    write_whole(written[2], lambda part: part.write_text(text, encoding="utf-8"))
    export.write_table(written[3], document)
    progress("drawing", 0, None)
    pictures = draw_all(design, deals, runs, out)
    for file, axes in pictures.items():
        draw_file(axes, file, document)
    _print(document, claims, as_json)
    say_written((*written, *pictures))
    return 0


def _print_plan(study: str, design: ExperimentPlan, as_json: bool) -> int:
    """Say what is trained if the ledger is empty."""
    plan = TrainingPlan(
        stages=design.stages(),
        seconds=SECONDS,
        jobs=place()[0] or cores(),
        ledger="gains.sqlite",
        words=Words(study),
    )
    if as_json:
        click.echo(export.to_json({**origin(), "plan": plan.to_dict()}))
    else:
        click.echo(terminal_text(plan.tables()[0]))
    return 0


def _print(document: dict[str, Any], claims: list[Claim], as_json: bool) -> None:
    """Print the claims, or the whole document."""
    if as_json:
        click.echo(export.to_json(document))
        return
    for title, said, header, rows in claim_sections(claims):
        click.echo(f"{terminal_text(Table.of(title, header, rows))}\n{said}\n")
    failed = document["failures"]
    click.echo("\n".join(["Failed:", *failed]) if failed else "Nothing failed.")
