"""Running the command line: whatever happens becomes an exit code, and at most one sentence.

Exit codes: 0 answered; 1 the answer is no (verify: regret above the tolerance; solve: no pure
equilibrium); 2 bad input, usage or a missing extra; 3 no answer: not converged, the oracle failed,
or standard output could not take it; 130 interrupted. See docs/README.md.
"""

import errno
import os
import signal
import sys
import traceback
from typing import Any

import click

from coopetition import _starting as starting
from coopetition.cli.command import cli, usage
from coopetition.cli.streams import connect, quiet_libraries
from coopetition.games.errors import (
    CoopetitionError,
    NotConvergedError,
    OracleError,
)
from coopetition.games.text.words import visible


def main() -> None:
    """Run the command line; errors become one sentence on stderr and an exit code."""
    answer = None
    try:
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
    click.echo(f"coopetition: {visible(' '.join(text.split()))}", err=True)
    return code


if __name__ == "__main__":
    main()
