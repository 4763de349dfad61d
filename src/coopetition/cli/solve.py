"""The verb `coopetition solve`."""

from dataclasses import replace
from pathlib import Path

import click

from coopetition.cli.options import OUT, choosing, picturing, shared
from coopetition.cli.shared import (
    check_outs,
    draw_result,
    echo_overrides,
    echo_sentences,
    echo_table,
    echo_trained,
    head,
    naming,
    prepare,
    say_written,
    settings_of,
    write_result,
)
from coopetition.cli.streams import progress
from coopetition.output import export
from coopetition.solvers.equilibrium import Status
from coopetition.studies.measured.oracle_needs import Plan
from coopetition.studies.report.sentences import study_lines
from coopetition.studies.solve.study import run_study


@click.command("solve")
@shared
@choosing
@picturing("Study")
@OUT
def solve_verb(
    scenario: Path,
    as_json: bool,
    seed: int | None,
    rule: str | None,
    rate: float | None,
    outs: tuple[Path, ...],
) -> int:
    """Equilibrium, transfers, payoffs and certificate, beside no rule and the planner."""
    check_outs(outs)
    loaded, measured = prepare(scenario, seed, rule, rate, plan=Plan(verified=True))
    settings = settings_of(loaded, rule, rate)
    game = measured.game if measured else loaded.round()
    with naming(scenario):
        study = run_study(
            game,
            settings,
            alone=measured.alone if measured else None,
            words=(measured or loaded).words,
            skill=measured.skill if measured else None,
            planner=measured.planner if measured else None,
        )
    if study.equilibrium.status is not Status.NO_PURE_EQUILIBRIUM:
        study.equilibrium.raise_if_failed()
    found = unsure = None
    if measured:
        from coopetition.studies.measured.uncertainty import study_uncertainty

        found = measured.verify(study, progress)
        study = replace(study, verification=found)
        unsure = study_uncertainty(measured, study, progress)
    document = {**head(loaded, settings), **study.to_dict()}
    if loaded.market:
        from coopetition.studies.market.consumers import customers_gain, customers_words

        document["over_nobody"] = customers_gain(loaded.market, study)
    if measured:
        document["measured"] = {
            **measured.to_dict(),
            "verification": found and found.to_dict(),
            "check": found and found.check.to_dict(),
            "uncertainty": unsure and unsure.to_dict(),
        }
    for out in outs:
        if export.ending(out) in export.PICTURES:
            draw_result(study, out, document, measured)
        else:
            write_result(out, document, study)
    if as_json:
        click.echo(export.to_json(document))
    else:
        echo_overrides()
        trained = found.tables() if found else ()
        echo_table(
            *study.tables(), *trained, *(unsure.tables() if unsure and unsure.errors else ())
        )
        echo_sentences(study_lines(study, measured, unsure))
        if loaded.market:
            echo_sentences(customers_words(loaded.market, study))
        echo_trained(measured)
    say_written(outs)
    return 0 if study.equilibrium.success else 1
