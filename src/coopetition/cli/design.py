"""The verb `coopetition design`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from coopetition.cli.options import OUT, Number, picturing, shared
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
    note_override,
    prepare,
    say_written,
    trained_of,
    write_result,
)
from coopetition.cli.streams import progress
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError
from coopetition.games.measured.round import TrainingRound
from coopetition.mechanisms.settlement.linear_program import AIMS
from coopetition.output import export
from coopetition.studies.design.design import Constraints, Design, check_box, design, perturbed
from coopetition.studies.design.grid_search import check_ranges, read_range
from coopetition.studies.design.target import OBJECTIVES
from coopetition.studies.design.tune_rule import Tuned, tune
from coopetition.studies.draws.inputs import Inputs
from coopetition.studies.measured.oracle_needs import Plan
from coopetition.studies.outside.options import OUTSIDE_OPTIONS
from coopetition.studies.pictured import names_of
from coopetition.studies.report.design_sentences import design_lines, tuned_lines
from coopetition.studies.scenario.mechanism_table import MechanismSettings
from coopetition.studies.scenario.scenario import Scenario


@click.command("design")
@shared
@click.option("--objective", type=click.Choice(OBJECTIVES), default="welfare", show_default=True)
@click.option(
    "--aim",
    type=click.Choice(AIMS),
    default="least",
    show_default=True,
    help="Move the least money, or make the smallest gain large.",
)
@click.option(
    "--outside",
    type=click.Choice(list(OUTSIDE_OPTIONS)),
    help="What everybody must get at least; default: what the scenario names. Who takes no part "
    + "; ".join(f"{option.what} ({name})" for name, option in OUTSIDE_OPTIONS.items())
    + ".",
)
@click.option("--guarantee", type=Number(), default=0.0, help="Money on top of that.")
@click.option("--most", type=Number(0), help="Largest net payment of one organization.")
@click.option("--pair", type=Number(0), help="Largest net payment between two.")
@click.option("--contracts", type=click.IntRange(0), help="Most pairs that pay each other.")
@click.option("--subsidy", type=Number(0), default=0.0, help="Money from outside, at most.")
@click.option(
    "--robust",
    type=Number(0, below=1),
    help="Must also hold where values, costs and damage are off by this share.",
)
@click.option(
    "--draws",
    type=click.IntRange(1),
    help="Look at this many draws, not at a whole box; without "
    "--robust, of the numbers that the scenario says are uncertain.",
)
@click.option(
    "--tune",
    "ranges",
    multiple=True,
    metavar="PATH=LOW:HIGH",
    help="Keep the scenario's rule: search one or two of its numbers, such as mechanism.rate or "
    "mechanism.settings.NAME.",
)
@picturing("Design")
@OUT
def design_verb(
    scenario: Path,
    as_json: bool,
    seed: int | None,
    objective: str,
    aim: str,
    outside: str | None,
    guarantee: float,
    most: float | None,
    pair: float | None,
    contracts: int | None,
    subsidy: float,
    robust: float | None,
    draws: int | None,
    ranges: tuple[str, ...],
    outs: tuple[Path, ...],
) -> int:
    """Find the best balanced mechanism under constraints, and what each constraint costs.

    Exit code 1 if no mechanism satisfies all; a smallest conflicting set is named. 3 if so few
    contracts were neither found nor ruled out in time: the mechanism shown has more.
    """
    check_outs(outs)
    uncertain = None
    if draws is not None and robust is None:
        uncertain = _uncertain(loaded_with(scenario, seed))
    chosen = [read_range(text) for text in ranges]
    others = {"--most": most, "--pair": pair, "--contracts": contracts, "--robust": robust,
              "--draws": draws}  # fmt: skip
    given = [name for name, value in others.items() if value is not None]
    picture = click.get_current_context().meta.get("coopetition.picture")
    if chosen and picture and picture not in names_of("Tuned"):
        raise InvalidInputError(
            f"`--picture` with --tune must be one of {', '.join(names_of('Tuned'))}, "
            f"got {picture!r}"
        )
    if chosen and (given or aim != "least"):
        raise InvalidInputError(f"`--tune` takes no {', '.join(given) or '--aim'}")

    def wanted_of(settings: MechanismSettings) -> Constraints:
        return Constraints(
            outside=outside or settings.measured_against,
            guarantee=guarantee,
            most=most,
            pair=pair,
            contracts=contracts,
            subsidy=subsidy,
            box=robust if draws is None else None,
        )

    def check(trial: CoopetitionRound, settings: MechanismSettings) -> None:
        check_box(trial, wanted_of(settings))
        if chosen:
            check_ranges(settings, chosen)

    one_curve = "designs for the objective gain" if objective == "gain" else ""
    plan = Plan(outside=outside, participation=True, one_curve=one_curve)
    loaded, measured = prepare(scenario, seed, plan=plan, check=check)
    game = measured.game if measured else loaded.round()
    stated = loaded.mechanism
    wanted = wanted_of(stated)
    samples: Sequence[TrainingRound] = ()
    if uncertain is not None and draws is not None:
        with naming(scenario):
            samples = uncertain.rounds(draws, loaded.seed)
    elif robust is not None and draws is not None:
        samples = perturbed(game, robust, draws, loaded.seed)
    note_override("mechanism.outside_option", stated.measured_against, wanted.outside)
    alone, words = measured.alone if measured else None, (measured or loaded).words
    skill, planner = (measured.skill, measured.planner) if measured else (None, None)
    found: Design | Tuned
    if chosen:
        with naming(scenario):
            found = tune(
                game,
                stated,
                chosen,
                objective,  # type: ignore[arg-type]
                wanted,
                alone=alone,
                progress=progress,
                words=words,
                skill=skill,
                planner=planner,
            )
    else:
        for key, word in (("rule", stated.rule), ("fees", stated.fees)):
            note_override(f"mechanism.{key}", word, "none" if word == "none" else "designed")
        with naming(scenario):
            found = design(
                game,
                objective,  # type: ignore[arg-type]
                wanted,
                aim=aim,  # type: ignore[arg-type]
                samples=samples,
                alone=alone,
                progress=progress,
                words=words,
                skill=skill,
                planner=planner,
            )
    document: dict[str, Any] = {}
    if as_json or outs:  # it has who pays whom, N × N prices
        document = {**head(loaded), **found.to_dict(), **trained_of(measured)}
    if not chosen:
        made = {"rule": "designed", "fees": "designed", "outside_option": wanted.outside}
        document["mechanism"] = made
    if isinstance(found, Design) and found.rule is None:  # there is nothing to draw
        for out in outs:
            if export.ending(out) in export.PICTURES:
                click.echo(f"{out} is not written: there is no mechanism to draw", err=True)
        outs = tuple(out for out in outs if export.ending(out) not in export.PICTURES)
    for out in outs:
        if export.ending(out) in export.PICTURES:
            draw_result(found, out, document, measured)
        else:
            write_result(out, document, found)
    if as_json:
        click.echo(export.to_json(document))
    else:
        echo_overrides()
        echo_table(*found.tables())
        echo_sentences(
            design_lines(found, skill) if isinstance(found, Design) else tuned_lines(found, skill)
        )
        echo_trained(measured)
    say_written(outs)
    if isinstance(found, Design) and found.undecided:
        return 3
    return 0 if found.feasible else 1


def _uncertain(loaded: Scenario) -> Inputs:
    """Return what draws without --robust are of."""
    try:
        return Inputs(loaded)
    except InvalidInputError as error:
        raise InvalidInputError(f"`--draws` needs `--robust` here: {error}") from None
