"""What the verbs of the command line share: reading a scenario, and notes."""

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coopetition._version import __version__
from coopetition.cli.command import COMMAND
from coopetition.cli.overwriting import refuse_overwriting
from coopetition.cli.streams import progress
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError, require
from coopetition.mechanisms import RULES
from coopetition.output import export
from coopetition.output.frame import long
from coopetition.output.result import Result
from coopetition.output.table import Table
from coopetition.output.terminal import terminal_text
from coopetition.output.words import GENERAL
from coopetition.studies.scenario.mechanism_table import MechanismSettings, override
from coopetition.studies.scenario.oracle_table import trained_at
from coopetition.studies.scenario.overrides import Overrides, overridden, say_overrides
from coopetition.studies.scenario.scenario import Scenario, load_scenario, trial_round, try_out

if TYPE_CHECKING:
    from coopetition.studies.measured.measured import MeasuredRound
    from coopetition.studies.measured.oracle_needs import Plan
    from coopetition.studies.measured.training_plan import TrainingPlan
    from coopetition.studies.play.play import Play
    from coopetition.studies.sweep.sweep import Sweep

SCENARIO = "coopetition.scenario."  # with a file's name behind: what was loaded from it
NOTES = "coopetition.notes"  # of the scenario that was loaded, for `say_written`


def origin(
    digest: str | None = None, seed: int | None = None, mechanism: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return what every JSON document starts with, and every other file says: `PROVENANCE`."""
    command = click.get_current_context().meta[COMMAND]
    told = (__version__, command, digest, seed, mechanism)
    return dict(zip(export.PROVENANCE, told, strict=True))


def head(scenario: Scenario, *used: MechanismSettings) -> dict[str, Any]:
    """Return what the document of a scenario's verb starts with.

    `used` are the mechanisms in force, if they are not the scenario's; the first is said whole.
    The digest covers all of them, and the code of custom rules.
    """
    used = used or (scenario.mechanism,)
    digests = [replace(scenario, mechanism=each).digest for each in used]
    digest = digests[0] if len(digests) == 1 else sha256("".join(digests).encode()).hexdigest()[:16]
    return origin(digest, scenario.seed, used[0].to_dict()) | {
        "scenario": scenario.name,
        "currency": scenario.currency,
        "overrides": _overrides(),
        "notes": list(scenario.notes),
    }


def digest_of(game: object) -> str | None:
    """Name what a loaded game says: 16 hexadecimal digits; None where its code cannot be seen."""
    from coopetition.games.fingerprint import fingerprint_of
    from coopetition.games.finite.game import FiniteGame

    if not isinstance(game, FiniteGame):
        return fingerprint_of(game)[:16] or None
    payoffs = str(game.tensor.tolist()).encode() if game.exact else game.tensor.tobytes()
    names = json.dumps([game.players, game.strategies]).encode()
    return sha256(names + payoffs).hexdigest()[:16]


def _overrides() -> Overrides:
    """Return what this command was told to use instead of what its scenario says."""
    known: Overrides = click.get_current_context().meta.setdefault("coopetition.overrides", {})
    return known


def note_override(key: str, stated: Any, used: Any) -> None:
    """Remember, for text and JSON, that something is not the scenario's; nothing if it is."""
    if stated != used:
        _overrides()[key] = {"scenario": stated, "used": used}


def settings_of(scenario: Scenario, rule: str | None, rate: float | None) -> MechanismSettings:
    """Return the scenario's mechanism with the rule and rate that options name, if they do."""
    used = override(scenario.mechanism, rule, rate, scenario.folder)
    _overrides().update(overridden(scenario.mechanism, used))
    return used


def settings_of_all(
    scenario: Scenario, rules: tuple[str, ...], rate: float | None
) -> list[MechanismSettings]:
    """Return the scenario's mechanism under each of the rules; the rate is for who takes one."""
    if len(rules) < 2:
        return [settings_of(scenario, rules[0] if rules else None, rate)]
    for rule in rules:
        if rules.count(rule) > 1:
            raise InvalidInputError(f"`--rule` {rule} stands twice")
    takers = [rule for rule in rules if rule in RULES and "rate" in RULES[rule].parameters]
    if rate is not None and not takers:
        raise InvalidInputError(f"none of the rules {', '.join(rules)} takes a `rate`")
    note_override("mechanism.rule", scenario.mechanism.rule, list(rules))
    if rate is not None:
        note_override("mechanism.rate", scenario.mechanism.rate, rate)
    return [
        override(scenario.mechanism, rule, rate if rule in takers else None, scenario.folder)
        for rule in rules
    ]


def echo_overrides() -> None:
    """Say what is not the scenario's, where something is not."""
    if said := say_overrides(_overrides()):
        click.echo(said)


def check_outs(outs: tuple[Path, ...], *, no_pictures_of: str | None = None) -> None:
    """Refuse bad endings, places and missing extras before any work is done.

    `no_pictures_of` names a verb that writes tables only.
    """
    for out in outs:
        if export.ending(out) in export.PICTURES:
            if no_pictures_of:
                raise InvalidInputError(
                    f"cannot write {out}: {no_pictures_of} writes tables, no pictures"
                )
            require("matplotlib", "plot")
        if export.ending(out) in export.NEEDS:
            require(*export.NEEDS[export.ending(out)])
    if not any(export.ending(out) in export.PICTURES for out in outs):
        meta = click.get_current_context().meta
        for option in ("data", "picture", "between"):
            if meta.get(f"coopetition.{option}"):
                raise InvalidInputError(f"`--{option}` needs a picture: --out FILE.png")
    refuse_overwriting(files_of(outs))


def with_data() -> bool:
    """Return the option --data."""
    return bool(click.get_current_context().meta.get("coopetition.data"))


def files_of(outs: tuple[Path, ...] | list[Path]) -> list[Path]:
    """Return all that is written for --out: beside pictures also their data, if asked."""
    drawn = [out for out in outs if export.ending(out) in export.PICTURES] if with_data() else []
    return [*outs, *dict.fromkeys(out.with_suffix(".csv") for out in drawn)]


def draw_result(
    result: Any, out: Path, document: Mapping[str, Any], measured: "MeasuredRound | None" = None
) -> None:
    """Write the picture of a result that --picture names, by default its first."""
    from coopetition.studies.pictured import draw

    meta = click.get_current_context().meta
    axes = draw(
        result,
        meta.get("coopetition.picture"),
        pair=meta.get("coopetition.between") or None,
        name=document["scenario"],
        currency=document["currency"],
        unit=(measured.words if measured else GENERAL).contribution,
        measured=measured,
    )
    draw_file(axes, out, document)


def draw_file(axes: Any, out: Path, document: Mapping[str, Any]) -> None:
    """Write the picture that some axes are of and, with --data, what was drawn."""
    from coopetition.output.pictures.files import close, save
    from coopetition.output.pictures.series import picture_data

    save(axes, out, document)
    if with_data():
        export.write_table(out.with_suffix(".csv"), document, picture_data(axes))
    close(axes)


def shown(table: Table) -> Table:
    """Return a table as --columns, --decimals and --transpose want it."""
    return _presented(_selected(table))


def _selected(table: Table) -> Table:
    names = click.get_current_context().meta.get("coopetition.columns")
    return table.select([name.strip() for name in names.split(",")]) if names else table


def _presented(table: Table) -> Table:
    meta = click.get_current_context().meta
    return replace(
        table,
        decimals=meta.get("coopetition.decimals"),
        transpose=bool(meta.get("coopetition.transpose")),
    )


def write_result(out: Path, document: Mapping[str, Any], found: Result | Table) -> None:
    """Write a result into a file of a table, as the options want it."""
    if not click.get_current_context().meta.get("coopetition.long"):
        table = shown(found if isinstance(found, Table) else found.tables()[0])
    else:
        labels = {key: str(document[key]) for key in ("scenario", "digest") if document.get(key)}
        if rule := (document.get("mechanism") or {}).get("rule"):
            labels["rule"] = str(rule)
        whole = found if isinstance(found, Table) else found.long_table()
        table = _presented(long(_selected(whole), **labels))
    export.write_table(out, document, table)


def echo_table(main: Table, *others: Table) -> None:
    """Print tables as the options want them; --columns is about the main one."""
    click.echo(terminal_text(shown(main)))
    for table in others:
        decimals = click.get_current_context().meta.get("coopetition.decimals")
        click.echo(f"\n{terminal_text(replace(table, decimals=decimals))}")


def echo_sentences(lines: Iterable[str]) -> None:
    """Print what is said under the tables."""
    click.echo("\n" + "\n".join(lines))


def trained_of(measured: "MeasuredRound | Play | Sweep | None") -> dict[str, Any]:
    """Return what was trained, for documents that say nothing else of how gains were measured."""
    trained = measured and measured.trained
    return {"measured": {"trainings": trained.to_dict()}} if trained else {}


def echo_trained(measured: "MeasuredRound | Play | Sweep | None") -> None:
    """Say what was trained, and how long it took."""
    if measured and measured.trained:
        click.echo(f"\n{measured.trained}")


def place() -> tuple[int | None, str | None]:
    """Return the options --jobs and --cluster."""
    meta = click.get_current_context().meta
    return meta.get("coopetition.jobs"), meta.get("coopetition.cluster")


def cores() -> int:
    """Return how many processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def loaded_with(path: Path, seed: int | None) -> Scenario:
    """Load a scenario, with another seed if one is given."""
    meta = click.get_current_context().meta
    if (scenario := meta.get(f"{SCENARIO}{path}")) is None:  # a pipe is read once
        scenario = meta[f"{SCENARIO}{path}"] = load_scenario(path)
    meta[NOTES] = scenario.notes
    scenario = replace(scenario, oracle=trained_at(scenario.oracle, *place()))
    if seed is None:
        return scenario
    note_override("seed", scenario.seed, seed)
    return replace(scenario, seed=seed)


def prepare(
    path: Path,
    seed: int | None,
    rule: str | None = None,
    rate: float | None = None,
    *,
    plan: "Plan | None" = None,
    rules: tuple[str, ...] = (),
    check: Callable[[CoopetitionRound, MechanismSettings], object] = lambda game, settings: None,
) -> "tuple[Scenario, MeasuredRound | None]":
    """Load a scenario and, if it has an oracle, measure its gains as planned.

    All that can be refused is refused before: what the scenario says, the rules in force, what the
    oracle's spec excludes, and by `check` what the verb itself is asked. That gets a round of the
    scenario's organizations, whose gain is a stand-in where it must be measured, and the settings.
    """
    scenario = loaded_with(path, seed)
    if between := click.get_current_context().meta.get("coopetition.between"):
        from coopetition.studies.pictures.two_players import numbers_of

        numbers_of(scenario.organizations, between, "--between")
    every = settings_of_all(scenario, rules or ((rule,) if rule else ()), rate)
    with naming(path):
        for settings in every:
            chosen = replace(scenario, mechanism=settings)
            if settings != scenario.mechanism:
                try_out(chosen)
            game = trial_round(chosen)
            check(game, settings)
    if not scenario.oracle:
        show_plan(scenario, None, every)
        return scenario, None
    from coopetition.studies.measured.measured import measure_scenario

    with naming(path):
        measured = measure_scenario(
            replace(scenario, mechanism=every[0]),
            plan,
            progress=progress,
            before=lambda found: show_plan(scenario, found, every),
        )
    click.get_current_context().call_on_close(measured.oracle.close)
    return scenario, measured


def show_plan(
    scenario: Scenario, plan: "TrainingPlan | None", used: Sequence[MechanismSettings] = ()
) -> None:
    """Print what will be trained and stop, with --plan; else say it to a person who waits.

    A scenario without an oracle has no plan: it trains nothing.
    """
    context = click.get_current_context()
    if not context.meta.get("coopetition.plan"):
        if plan is not None:
            announce(plan)
        return
    if plan is None:
        from coopetition.studies.measured.training_plan import NOTHING

        plan = NOTHING
    if context.params.get("as_json"):
        click.echo(export.to_json({**head(scenario, *used), "plan": plan.to_dict()}))
    else:
        echo_overrides()
        if plan.stages:
            echo_table(*plan.tables())
        else:
            click.echo(str(plan))
    context.exit(0)


def refuse_plan(game: str) -> None:
    """Refuse --plan where there is no scenario."""
    if click.get_current_context().meta.get("coopetition.plan"):
        raise InvalidInputError(f"`--plan` is for scenarios: {game} trains nothing")


def announce(plan: "TrainingPlan") -> None:
    """Say at a terminal, before the first training, how many there are; note what is not kept."""
    meta = click.get_current_context().meta
    if plan.note:
        meta[NOTES] = (*meta.get(NOTES, ()), plan.note)
    if (
        sys.stderr is not None
        and sys.stderr.isatty()
        and not click.get_current_context().params.get("as_json")
    ):
        click.echo(str(plan), err=True)


@contextmanager
def naming(file: Path) -> Iterator[None]:
    """Name the file in errors about what is in it."""
    try:
        yield
    except InvalidInputError as error:
        raise InvalidInputError(f"{file}: {error}") from error


def say_written(outs: tuple[Path, ...]) -> None:
    """Name the files that were written, and once what was taken without being stated."""
    for note in click.get_current_context().meta.pop(NOTES, ()):
        click.echo(f"Note: {note}.", err=True)
    for out in files_of(outs):
        click.echo(f"wrote {out}", err=True)
