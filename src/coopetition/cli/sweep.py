"""The verb `coopetition sweep`."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from coopetition.cli.options import OUT, shared
from coopetition.cli.shared import (
    NOTES,
    check_outs,
    cores,
    draw_file,
    echo_overrides,
    echo_table,
    echo_trained,
    head,
    naming,
    note_override,
    place,
    say_written,
    show_plan,
    trained_of,
    write_result,
)
from coopetition.cli.streams import progress
from coopetition.games.errors import require
from coopetition.output import export
from coopetition.studies.scenario.scenario import read_content
from coopetition.studies.sweep.grid import Grid
from coopetition.studies.sweep.sweep import Sweep, drawable, first_scenario, run_sweep
from coopetition.studies.sweep.values import Axis, read_axis


def _axes(context: object, option: object, texts: tuple[str, ...]) -> list[Axis]:
    return [read_axis(text) for text in texts]


@click.command("sweep")
@shared
@click.option(
    "--vary",
    "axes",
    multiple=True,
    required=True,
    callback=_axes,
    metavar="PATH=VALUES",
    help="START:STOP:COUNT[:log] or values with commas; may be repeated: all combinations.",
)
@click.option(
    "--store",
    type=click.Path(path_type=Path),
    help="Keeps solved cells; default: NAME.sweep.sqlite beside the first --out, or the scenario.",
)
@OUT
def sweep_verb(
    scenario: Path,
    as_json: bool,
    seed: int | None,
    axes: list[Axis],
    store: Path | None,
    outs: tuple[Path, ...],
) -> int:
    """Solve a scenario with some fields varied: one row per cell; stop and resume.

    PATH is a key of the scenario, such as competition.damage, gain.exponent, mechanism.rule,
    organization.NAME.value, or organization.*.value for all. The same command goes on where it
    was stopped. Exit code 3 if a cell failed for a reason that another attempt may cure.
    """
    check_outs(outs)
    jobs, cluster = place()
    if cluster:
        require("distributed", "cluster")
    content = read_content(scenario)
    if seed is not None:
        note_override("seed", content.get("seed", 0), seed)
        content["seed"] = seed
    with naming(scenario):
        read_from = scenario if scenario.is_file() else None  # a pipe is nowhere
        grid = Grid(content, axes, scenario.parent, read_from)
        if any(export.ending(out) in export.PICTURES for out in outs):
            drawable(grid)
        first = replace(first_scenario(grid), notes=grid.notes)
    file = store or (outs[0] if outs else scenario).with_suffix(".sweep.sqlite")
    jobs = jobs or (cores() if first.oracle is None or first.oracle.cheap else 1)
    if first.oracle is None:
        show_plan(first, None)
    found = run_sweep(
        grid,
        store=file,
        jobs=jobs,
        cluster=cluster,
        progress=progress,
        before=lambda plan: show_plan(first, plan),
    )
    document = {
        **head(first),
        "seed": content.get("seed", 0),
        "digest": grid.digest,
        **found.to_dict(),
        **trained_of(found),
    }
    for out in outs:
        _write(found, out, document)
    if as_json:
        click.echo(export.to_json(document))
    else:
        echo_overrides()
        echo_table(found.short_table())
        echo_trained(found)
    click.get_current_context().meta[NOTES] = grid.notes
    say_written(outs)
    return 3 if found.failed else 0


def _write(found: Sweep, out: Path, document: dict[str, Any]) -> None:
    if export.ending(out) in export.PICTURES:
        from coopetition.studies.pictures.sweep import draw_sweep

        axes = draw_sweep(found, name=document["scenario"], currency=document["currency"])
        draw_file(axes, out, document)
    else:
        write_result(out, document, found)
