"""What the verbs of the command line share: options, reading, progress."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from coopetition import __version__
from coopetition.games.errors import InvalidInputError, require
from coopetition.mechanisms import RULES
from coopetition.studies import export
from coopetition.studies.measured import Measured, measure_scenario
from coopetition.studies.reading import wrong_number
from coopetition.studies.scenario import Scenario, load_scenario

VERSION = click.version_option(__version__, prog_name="coopetition")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


def shared(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options that every verb has."""
    command = click.option("--seed", type=click.IntRange(0), help="Instead of the scenario's.")(
        command
    )
    return VERSION(AS_JSON(click.argument("scenario", type=click.Path(path_type=Path))(command)))


def choosing(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options that replace the scenario's rule."""
    command = click.option("--rate", type=float, help="The rule's rate: κ, β or γ.")(command)
    return click.option(
        "--rule", type=click.Choice(list(RULES)), help="Instead of the scenario's."
    )(command)


OUT = click.option(
    "--out",
    "outs",
    multiple=True,
    type=click.Path(path_type=Path),
    help=f"Write a file: {' '.join(export.ENDINGS)}; may be repeated.",
)


def head(scenario: Scenario) -> dict[str, Any]:
    """Return what every JSON document starts with."""
    return {
        "scenario": scenario.name,
        "currency": scenario.currency,
        "seed": scenario.seed,
        "digest": scenario.digest,
    }


def check_outs(outs: tuple[Path, ...]) -> None:
    """Refuse bad endings and missing extras before any work is done."""
    for out in outs:
        if export.ending(out) in export.PICTURES:
            require("matplotlib", "plot")
        if export.ending(out) == ".parquet":
            require("pyarrow", "parquet")


def loaded_with(path: Path, seed: int | None) -> Scenario:
    """Load a scenario, with another seed if one is given."""
    scenario = load_scenario(path)
    return scenario if seed is None else replace(scenario, seed=seed)


def prepare(path: Path, seed: int | None) -> tuple[Scenario, Measured | None]:
    """Load a scenario and, if it has an oracle, measure its gains."""
    scenario = loaded_with(path, seed)
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
        click.echo(f"\r\x1b[2K{text} …", nl=False, err=True)
        return
    if not text.endswith("%") or text.endswith(" 100%"):
        click.echo(text, err=True)


def clear_line() -> None:
    """Take the progress line off a terminal."""
    if sys.stderr.isatty():
        click.echo("\r\x1b[2K", nl=False, err=True)


def say_written(outs: tuple[Path, ...]) -> None:
    """Name the files that were written."""
    for out in outs:
        click.echo(f"wrote {out}", err=True)


def read_json(path: Path, key: str) -> Any:
    """Read one key of a JSON file; None where it is not there."""
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InvalidInputError(f"cannot read {path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"{path} is not JSON: {error}") from None
    return content.get(key) if isinstance(content, dict) else None


def read_profile(path: Path) -> list[float]:
    """Read the contributions of a JSON file, such as the output of `solve --json`."""
    values = read_json(path, "contribution")
    if not isinstance(values, list):
        raise InvalidInputError(f"{path} needs the key `contribution` with a list of numbers")
    for value in values:
        if wrong := wrong_number(value):
            raise InvalidInputError(
                f"{path}: every number of `contribution` must be {wrong}, got {value!r:.60}"
            )
    return [float(value) for value in values]


def columns(rows: Sequence[Sequence[str]]) -> None:
    """Print rows with aligned columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        click.echo(f"  {'  '.join(cells)}".rstrip())
