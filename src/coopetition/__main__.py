"""The command line: `coopetition solve | compare` here, other verbs in `cli/`.

Exit codes: 0 answered; 1 the answer is no (verify: regret above the tolerance; solve: no pure
equilibrium); 2 bad input, usage or a missing extra; 3 no answer: not converged, the oracle failed,
or standard output could not take it; 130 interrupted. See docs/README.md.
"""

import errno
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

import click

from coopetition import _starting as starting
from coopetition.cli.audit import audit_verb
from coopetition.cli.design import design_verb
from coopetition.cli.equilibria import equilibria_verb
from coopetition.cli.ledger import ledger
from coopetition.cli.options import OUT, VERSION, Verbs, choosing, choosing_several, shared, usage
from coopetition.cli.oracle import oracle
from coopetition.cli.play import play
from coopetition.cli.potential import potential_verb
from coopetition.cli.replicate import replicate
from coopetition.cli.rules import rules_verb
from coopetition.cli.shared import (
    check_outs,
    clear_line,
    echo_overrides,
    head,
    naming,
    prepare,
    progress,
    say_written,
    settings_of,
    settings_of_all,
)
from coopetition.cli.statics import statics_verb
from coopetition.cli.streams import connect, quiet_libraries
from coopetition.cli.sweep import sweep
from coopetition.cli.verify import verify_verb
from coopetition.games.errors import (
    CoopetitionError,
    NotConvergedError,
    OracleError,
)
from coopetition.games.text.words import visible
from coopetition.solvers import Status
from coopetition.studies.compare.compare import compare as compare_rules
from coopetition.studies.compare.result import numeric_column
from coopetition.studies.measured.uncertainty import study_uncertainty
from coopetition.studies.report import export, tables
from coopetition.studies.solve import run_study


@click.group(
    cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@VERSION
def cli() -> None:
    """Incentives among organizations that train a model together and compete in the market."""


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
    check_outs(outs)
    loaded, measured = prepare(scenario, seed, rule, rate)
    settings = settings_of(loaded, rule, rate)
    game = measured.game if measured else loaded.round()
    with naming(scenario):
        study = run_study(game, settings, alone=measured.alone if measured else None)
    if study.equilibrium.status is not Status.NO_PURE_EQUILIBRIUM:
        study.equilibrium.raise_if_failed()
    document = {**head(loaded, settings), **study.to_dict()}
    checked = unsure = None
    if measured:
        checked, unsure = measured.check(study, progress), study_uncertainty(measured, study)
        document["measured"] = {
            **measured.to_dict(),
            "check": checked and checked.to_dict(),
            "uncertainty": unsure and unsure.to_dict(),
        }
    title = f"{loaded.name}: {settings.rule}"
    for out in outs:
        if export.ending(out) in export.PICTURES:
            from coopetition.studies.report.figures import draw_study

            told: dict[str, Any] = {"measured": measured, "document": document}
            draw_study(study, out, title=title, currency=loaded.currency, **told)
        else:
            export.write_table(out, document, *tables.study_table(study))
    clear_line()
    if as_json:
        click.echo(export.to_json(document))
    else:
        echo_overrides()
        tables.show_study(study, loaded, measured, checked, unsure)
    say_written(outs)
    return 0 if study.equilibrium.success else 1


@cli.command()
@shared
@choosing_several
@click.option("--sort", metavar="COLUMN", help="Best rows first, by a column's header or JSON key.")
@OUT
def compare(
    scenario: Path,
    as_json: bool,
    seed: int | None,
    rules: tuple[str, ...],
    rate: float | None,
    sort: str | None,
    outs: tuple[Path, ...],
) -> int:
    """All rules and the baselines VCFL, WCO, RaDG, WPR, beside the planner.

    Rules of your own, the scenario's or those of --rule, are scored beside them.
    """
    check_outs(outs)
    sort = sort and numeric_column(sort, "--sort")
    loaded, measured = prepare(scenario, seed, rate=rate, rules=rules)
    settings = settings_of_all(loaded, rules, rate)
    game = measured.game if measured else loaded.round()
    with naming(scenario):
        table = compare_rules(
            game,
            settings,
            draws=loaded.draws,
            seed=loaded.seed,
            alone=measured.alone if measured else None,
            progress=progress,
        )
    table = table.sorted_by(sort) if sort else table
    document = {**head(loaded, *settings), "organizations": list(game.players), **table.to_dict()}
    if measured:
        document["measured"] = measured.to_dict()
    for out in outs:
        if export.ending(out) in export.PICTURES:
            from coopetition.studies.report.figures import draw_comparison

            title, currency = loaded.name, loaded.currency
            draw_comparison(table, out, title=title, currency=currency, document=document)
        else:
            export.write_table(out, document, *tables.comparison_table(table))
    clear_line()
    if as_json:
        click.echo(export.to_json(document))
    else:
        echo_overrides()
        tables.show_comparison(table, loaded)
    say_written(outs)
    return 0


cli.add_command(verify_verb)
cli.add_command(audit_verb)
cli.add_command(oracle)
cli.add_command(design_verb)
cli.add_command(equilibria_verb)
cli.add_command(ledger)
cli.add_command(play)
cli.add_command(potential_verb)
cli.add_command(replicate)
cli.add_command(rules_verb)
cli.add_command(statics_verb)
cli.add_command(sweep)


def main() -> None:
    """Run the command line; errors become one sentence on stderr and an exit code."""
    answer = None
    try:
        starting.change_interrupt(starting.leave, signal.default_int_handler)
        answer = connect()
        quiet_libraries()
        code = _run()
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = _fail("interrupted", 130)
    if starting.is_command(sys.orig_argv):
        starting.change_interrupt(signal.default_int_handler, starting.leave)
    lost = answer.fault if answer else None
    if code in (0, 1) and lost and lost.errno != errno.EPIPE:  # a reader that went away has enough
        code = _fail(f"cannot write the answer to standard output: {lost.strerror}", 3)
    sys.exit(code)


NO_VERB: Any = getattr(click.exceptions, "NoArgsIsHelpError", ())  # click before 8.2 shows help


def _run() -> int:
    """Run a verb; return its exit code."""
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.Abort as stop:
        if not isinstance(stop.__cause__, EOFError):
            return _fail("interrupted", 130)
        return _unforeseen(stop.__cause__)
    except NO_VERB as error:
        error.show()
        return 2
    except click.ClickException as error:
        return _fail(usage(error), 2)
    except (NotConvergedError, OracleError) as error:
        return _fail(str(error), 3)
    except CoopetitionError as error:
        return _fail(str(error), 2)
    except MemoryError:
        return _fail("there is not enough memory for this", 3)
    except (Exception, SystemExit) as error:
        return _unforeseen(error)
    return code if isinstance(code, int) else 0


def _unforeseen(error: BaseException) -> int:
    if os.environ.get("COOPETITION_TRACEBACK"):
        traceback.print_exception(error)
    return _fail(
        f"internal error, please report it: {type(error).__name__}: {error} "
        "(set COOPETITION_TRACEBACK=1 to see where)",
        3,
    )


def _fail(text: str, code: int) -> int:
    clear_line()
    click.echo(f"coopetition: {visible(' '.join(text.split()))}", err=True)
    return code


if __name__ == "__main__":
    main()
