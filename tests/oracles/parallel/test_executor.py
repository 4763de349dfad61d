"""The executor by itself: what a worker does with a unit, and with what should not reach it."""

import os
import signal

import pytest

from coopetition._version import __version__
from coopetition.games.errors import InvalidInputError, OracleError
from coopetition.oracles.parallel import executor
from coopetition.oracles.parallel.executor import Processes


def deed(number: int) -> int:
    """Return the double, after Ctrl-C reached this process, or kill it, or fail."""
    if number == 3:
        os._exit(9)
    if number == 4:
        raise OracleError("four is not measured")
    os.kill(os.getpid(), signal.SIGINT)
    return 2 * number


def test_a_unit_comes_back_unless_it_kills_and_ctrl_c_is_not_the_workers() -> None:
    units = [(number,) for number in (1, 3, 2)]
    assert sorted(Processes(1).run(deed, units, True)) == [2, 4]
    with pytest.raises(OracleError, match=r"^four is not measured$"):
        list(Processes(1).run(deed, [(4,)], False))


def test_a_worker_of_another_version_is_refused() -> None:
    assert executor._on_worker(__version__, divmod, (7, 2)) == (3, 1)
    with pytest.raises(InvalidInputError, match=r"a worker has coopetition .*, the client 0\.0"):
        executor._on_worker("0.0", divmod, (7, 2))
