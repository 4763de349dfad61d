"""The command line: `coopetition solve | compare | verify`.

Exit codes: 0 answered; 1 the answer is no (verify: regret above the tolerance; solve: no pure
equilibrium); 2 bad input, usage or a missing extra; 3 not converged, or the oracle failed.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import click

from coopetition import __version__
from coopetition.games.certificate import certify
from coopetition.games.errors import (
    CoopetitionError,
    InvalidInputError,
    NotConvergedError,
    OracleError,
)
from coopetition.mechanisms import RULES, redistribute
from coopetition.solvers import Status
from coopetition.studies import export, tables
from coopetition.studies.compare import compare as compare_rules
from coopetition.studies.measured import Measured, measure_scenario
from coopetition.studies.reading import wrong_number
from coopetition.studies.rules import rule_maker
from coopetition.studies.scenario import Scenario, load_scenario
from coopetition.studies.settings import override
from coopetition.studies.study import run_study, study_dict

VERSION = click.version_option(__version__, prog_name="coopetition")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@VERSION
def cli() -> None:
    """Incentives among organizations that train a model together and compete in the market."""


def shared(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options that every verb has."""
    command = click.option("--seed", type=click.IntRange(0), help="Instead of the scenario's.")(
        command
    )
    command = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")(
        command
    )
    return VERSION(click.argument("scenario", type=click.Path(path_type=Path))(command))


def choosing(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options that replace the scenario's rule."""
    command = click.option("--rate", type=float, help="κ of redistribution, per unit.")(command)
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


@cli.command()
@shared
@choosing
@OUT
def solve(
    scenario: Path,
    as_json: bool,
    seed: int | None,
    rule: str | None,
    rate: float | None,
    outs: tuple[Path, ...],
) -> int:
    """Equilibrium, transfers, payoffs and certificate, beside no rule and the planner."""
    _check_outs(outs)
    loaded, measured = _prepare(scenario, seed)
    settings = override(loaded.mechanism, rule, rate)
    game = measured.game if measured else loaded.round()
    with _naming(scenario):
        study = run_study(game, settings, alone=measured.alone if measured else None)
    if study.equilibrium.status is not Status.NO_PURE_EQUILIBRIUM:
        study.equilibrium.raise_if_failed()
    document = {**_head(loaded), **study_dict(study)}
    checked = None
    if measured:
        checked = measured.check(study, _progress)
        document["measured"] = {**measured.to_dict(), "check": checked.to_dict()}
    document["version"] = __version__
    title = f"{loaded.name}: {settings.rule}"
    for out in outs:
        if export.ending(out) in export.PICTURES:
            from coopetition.studies.figure import draw_study

            draw_study(study, out, title=title, currency=loaded.currency)
        else:
            export.write_table(out, document, *tables.study_table(study))
    _clear_line()
    if as_json:
        click.echo(export.to_json(document))
    else:
        tables.show_study(study, loaded, measured, checked)
    _say_written(outs)
    return 0 if study.equilibrium.success else 1


@cli.command()
@shared
@OUT
def compare(scenario: Path, as_json: bool, seed: int | None, outs: tuple[Path, ...]) -> int:
    """All rules and the baselines VCFL, WCO, RaDG, WPR, beside the planner."""
    _check_outs(outs)
    loaded, measured = _prepare(scenario, seed)
    game = measured.game if measured else loaded.round()
    alone = measured.alone if measured else None
    with _naming(scenario):
        table = compare_rules(
            game,
            loaded.mechanism,
            draws=loaded.draws,
            seed=loaded.seed,
            alone=alone,
            progress=_progress,
        )
    rows = [row.to_dict() for row in table.rows]
    document = {**_head(loaded), "organizations": list(game.players), "rows": rows}
    if measured:
        document["measured"] = measured.to_dict()
    document["version"] = __version__
    for out in outs:
        if export.ending(out) in export.PICTURES:
            from coopetition.studies.figure import draw_comparison

            draw_comparison(table, out, title=loaded.name, currency=loaded.currency)
        else:
            export.write_table(out, document, *tables.comparison_table(table))
    _clear_line()
    if as_json:
        click.echo(export.to_json(document))
    else:
        tables.show_comparison(table, loaded)
    _say_written(outs)
    return 0


@cli.command()
@shared
@choosing
@click.option("--profile", required=True, type=click.Path(path_type=Path), help="A JSON file.")
@click.option("--tolerance", type=float, help="In currency; default 1e-9 × payoff scale.")
@OUT
def verify(
    scenario: Path,
    as_json: bool,
    seed: int | None,
    rule: str | None,
    rate: float | None,
    profile: Path,
    tolerance: float | None,
    outs: tuple[Path, ...],
) -> int:
    """Certificate of a profile, or the profitable deviation.

    The profile is a JSON file with the key "contribution": the output of `solve --json` is valid.
    """
    for out in outs:
        if export.ending(out) != ".json":
            raise InvalidInputError(f"cannot write {out}: verify writes .json")
    if tolerance is not None and not tolerance >= 0:
        raise InvalidInputError(f"`--tolerance` must be at least 0, got {tolerance!r}")
    contribution = _read_profile(profile)
    loaded, measured = _prepare(scenario, seed)
    game = measured.game if measured else loaded.round()
    settings = override(loaded.mechanism, rule, rate)
    with _naming(scenario):
        induced = redistribute(game, rule_maker(game, settings)(game))
    with _naming(profile):
        certificate = certify(induced, contribution, tol=tolerance)
    found = certificate.deviation if not certificate.holds else None
    deviation = found and {
        "organization": found.player,
        "contribution": found.contribution,
        "gain": found.gain,
    }
    document = {
        **_head(loaded),
        "rule": settings.rule,
        "holds": certificate.holds,
        "certificate": dict(certificate.to_dict()),
        "deviation": deviation,
        "version": __version__,
    }
    for out in outs:
        export.write_table(out, document, [], [])
    _clear_line()
    click.echo(export.to_json(document) if as_json else str(certificate))
    _say_written(outs)
    return 0 if certificate.holds else 1


def _head(scenario: Scenario) -> dict[str, Any]:
    return {
        "scenario": scenario.name,
        "currency": scenario.currency,
        "seed": scenario.seed,
        "digest": scenario.digest,
    }


def _check_outs(outs: tuple[Path, ...]) -> None:
    """Refuse bad endings and missing extras before any work is done."""
    from coopetition.games.errors import require

    for out in outs:
        if export.ending(out) in export.PICTURES:
            require("matplotlib", "plot")


def _prepare(path: Path, seed: int | None) -> tuple[Scenario, Measured | None]:
    scenario = load_scenario(path)
    if seed is not None:
        scenario = replace(scenario, seed=seed)
    if not scenario.oracle:
        return scenario, None
    with _naming(path):
        measured = measure_scenario(scenario, _progress)
    click.get_current_context().call_on_close(measured.oracle.close)
    return scenario, measured


@contextmanager
def _naming(file: Path) -> Iterator[None]:
    """Say in which file the input is that turns out to be wrong."""
    try:
        yield
    except InvalidInputError as error:
        raise InvalidInputError(f"{file}: {error}") from error


def _progress(text: str) -> None:
    """Say on stderr what is going on: one line that a terminal overwrites."""
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[2K{text} …", nl=False, err=True)
        return
    if not text.endswith("%") or text.endswith(" 100%"):
        click.echo(text, err=True)


def _clear_line() -> None:
    """Take the progress line off a terminal."""
    if sys.stderr.isatty():
        click.echo("\r\x1b[2K", nl=False, err=True)


def _say_written(outs: tuple[Path, ...]) -> None:
    for out in outs:
        click.echo(f"wrote {out}", err=True)


def _read_profile(path: Path) -> list[float]:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InvalidInputError(f"cannot read {path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"{path} is not JSON: {error}") from None
    values = content.get("contribution") if isinstance(content, dict) else None
    if not isinstance(values, list):
        raise InvalidInputError(f"{path} needs the key `contribution` with a list of numbers")
    for value in values:
        if wrong := wrong_number(value):
            raise InvalidInputError(
                f"{path}: every number of `contribution` must be {wrong}, got {value!r:.60}"
            )
    return [float(value) for value in values]


def main() -> None:
    """Run the command line; errors become one sentence on stderr and an exit code."""
    for stream in (sys.stdout, sys.stderr):  # pipes of some systems know no Greek
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8")
    try:
        code = cli.main(standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Abort:
        code = _fail("interrupted", 130)
    except click.ClickException as error:
        error.show()
        code = 2
    except (NotConvergedError, OracleError) as error:
        code = _fail(str(error), 3)
    except CoopetitionError as error:
        code = _fail(str(error), 2)
    except (BrokenPipeError, SystemExit):  # the reader of our output went away
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as error:
        if os.environ.get("COOPETITION_TRACEBACK"):
            raise
        code = _fail(
            f"internal error, please report it: {type(error).__name__}: {error} "
            "(set COOPETITION_TRACEBACK=1 to see where)",
            3,
        )
    sys.exit(code if isinstance(code, int) else 0)


def _fail(text: str, code: int) -> int:
    _clear_line()
    click.echo(f"coopetition: {' '.join(text.split())}", err=True)
    return code


if __name__ == "__main__":
    main()
