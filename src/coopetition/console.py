"""What the verbs of the command line share: options, reading, progress."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coopetition import __version__
from coopetition.games.errors import InvalidInputError, require
from coopetition.mechanisms import RULES
from coopetition.overwriting import refuse_overwriting
from coopetition.streams import erase_line
from coopetition.studies import export
from coopetition.studies.measured import Measured, measure_scenario
from coopetition.studies.scenario import Scenario, load_scenario
from coopetition.studies.settings import OWN, override


class Verbs(click.Group):
    """A group of verbs, in which an option is given once, unless it may be repeated, and not empty.

    Click takes the last of several, and an empty text for none at all.
    """

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb, and look at its options before any of them is acted on."""
        name, verb, rest = super().resolve_command(ctx, args)
        if verb is not None and not isinstance(verb, click.Group):
            _check_options(click.Context(verb, parent=ctx, info_name=name), rest)
        return name, verb, rest


def _check_options(context: click.Context, words: list[str]) -> None:
    try:
        given, _, order = context.command.make_parser(context).parse_args(list(words))
    except click.UsageError:
        return  # said where they are parsed in earnest
    for part in order:
        repeatable = part.nargs != 1 or getattr(part, "multiple", False)
        name, said = part.opts[-1], given.get(part.name or "")
        if isinstance(part, click.Argument):
            name = part.make_metavar(context)
        elif getattr(part, "is_flag", False):
            continue
        elif not repeatable and order.count(part) > 1:
            raise click.UsageError(f"{name} is given {order.count(part)} times", context)
        if "" in (said if repeatable and said else (said,)):
            raise click.UsageError(f"{name} must not be empty", context)


def usage(error: click.ClickException) -> str:
    """Return one sentence, and where to read how it is done."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    said = error.format_message().rstrip(".")
    return f"{said} (see `{context.command_path} --help`)" if context else said


VERSION = click.version_option(__version__, prog_name="coopetition")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
SEED = click.option(
    "--seed",
    type=click.IntRange(0),
    help="Instead of the scenario's; deals the reference data anew, like all other draws.",
)


def shared(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options that every verb has."""
    return VERSION(
        AS_JSON(SEED(click.argument("scenario", type=click.Path(path_type=Path))(command)))
    )


SCENARIO = "coopetition.scenario."  # with a file's name behind: what was loaded from it
NOTES = "coopetition.notes"  # of the scenario that was loaded, for `say_written`
RATE = "The rule's rate: κ, β or γ; other parameters stand in the scenario's [mechanism]."


RULE = f"Instead of the scenario's; {OWN} is your own: runs that module's code."


if TYPE_CHECKING:
    _Choice = click.Choice[str]
else:
    _Choice = click.Choice  # generic from click 8.2 on


class _RuleName(_Choice):
    """The name of a rule of the catalogue, or where one's own is."""

    def convert(self, value: Any, *rest: Any) -> Any:
        """Leave one's own as it is: the scenario's folder is not known yet."""
        return value if ":" in str(value) else super().convert(value, *rest)


def choosing(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options that replace the scenario's rule."""
    command = click.option("--rate", type=float, help=RATE)(command)
    return click.option("--rule", type=_RuleName([*RULES, OWN]), help=RULE)(command)


def writing(what: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Add the option --out; its help says what the verb writes."""
    return click.option(
        "--out",
        "outs",
        multiple=True,
        type=click.Path(path_type=Path),
        help=f"Write a file, by its ending: {what}. May be repeated.",
    )


TABLES = f"tables {' '.join(e for e in export.ENDINGS if e not in export.PICTURES)}"
OUT = writing(f"{TABLES}, pictures {' '.join(export.PICTURES)}")
OUT_TABLES = writing(f"{TABLES}; no pictures")


def head(scenario: Scenario) -> dict[str, Any]:
    """Return what every JSON document starts with."""
    return {
        "scenario": scenario.name,
        "currency": scenario.currency,
        "seed": scenario.seed,
        "digest": scenario.digest,
        "notes": list(scenario.notes),
    }


def check_outs(outs: tuple[Path, ...], *, no_pictures_of: str | None = None) -> None:
    """Refuse bad endings and missing extras before any work is done.

    `no_pictures_of` names a verb that writes tables only.
    """
    refuse_overwriting(outs)
    for out in outs:
        if export.ending(out) in export.PICTURES:
            if no_pictures_of:
                raise InvalidInputError(
                    f"cannot write {out}: {no_pictures_of} writes tables, no pictures"
                )
            require("matplotlib", "plot")
        if export.ending(out) == ".parquet":
            require("pyarrow", "parquet")


def loaded_with(path: Path, seed: int | None) -> Scenario:
    """Load a scenario, with another seed if one is given."""
    meta = click.get_current_context().meta
    if (scenario := meta.get(f"{SCENARIO}{path}")) is None:  # a pipe is read once
        scenario = meta[f"{SCENARIO}{path}"] = load_scenario(path)
    meta[NOTES] = scenario.notes
    return scenario if seed is None else replace(scenario, seed=seed)


def prepare(
    path: Path, seed: int | None, rule: str | None = None, rate: float | None = None
) -> tuple[Scenario, Measured | None]:
    """Load a scenario and, if it has an oracle, measure its gains; refuse a wrong rule before."""
    scenario = loaded_with(path, seed)
    override(scenario.mechanism, rule, rate, scenario.folder)
    if not scenario.oracle:
        return scenario, None
    with naming(path):
        measured = measure_scenario(scenario, progress)
    click.get_current_context().call_on_close(measured.oracle.close)
    return scenario, measured


@contextmanager
def naming(file: Path) -> Iterator[None]:
    """Say in which file the input is that turns out to be wrong."""
    try:
        yield
    except InvalidInputError as error:
        raise InvalidInputError(f"{file}: {error}") from error


def progress(text: str) -> None:
    """Say on stderr what is going on: one line that a terminal overwrites."""
    if sys.stderr.isatty():
        erase_line()
        click.echo(f"{text} …", nl=False, err=True)
        return
    if not text.endswith("%") or text.endswith(" 100%"):
        click.echo(text, err=True)


def clear_line() -> None:
    """Take the progress line off a terminal."""
    if sys.stderr.isatty():
        erase_line()


def say_written(outs: tuple[Path, ...]) -> None:
    """Name the files that were written, and once what was taken without being stated."""
    for note in click.get_current_context().meta.pop(NOTES, ()):
        click.echo(f"Note: {note}.", err=True)
    for out in outs:
        click.echo(f"wrote {out}", err=True)


def columns(rows: Sequence[Sequence[str]]) -> None:
    """Print rows with aligned columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        click.echo(f"  {'  '.join(cells)}".rstrip())
