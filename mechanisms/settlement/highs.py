"""HiGHS as it is called here: rows as sparse matrices, integer programs quiet and tried again.

Its integer solver prints some debugging lines straight to the C library's standard output, whatever
it is told, where they would stand amid what a program prints for others to parse.
"""

import ctypes
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np

SparseRow = dict[int, float]
LabeledRow = tuple[SparseRow, float, str]


@contextmanager
def quiet_stdout() -> Iterator[None]:
    """Send what compiled code prints to standard output nowhere; do nothing where there is none.

    Other threads' output of that time is lost too.
    """
    with suppress(OSError, ValueError, AttributeError):
        sys.stdout.flush()
    try:
        kept = os.dup(1)
    except OSError:  # closed
        yield
        return
    _flush()  # what was printed before is not lost
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        _flush()  # otherwise the lines would wait in the buffer until standard output is back
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def _flush() -> None:
    """Flush the C library's buffers, where it can be found."""
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).fflush(None)


def integer(objective: Any, asked: dict[str, Any], until: float) -> Any:
    """Solve an integer program by `linprog`; with presolve where it gives up without (status 4).

    Parameters
    ----------
    asked
        Arguments of `linprog`.
    until
        When to stop, by the monotonic clock.
    """
    from scipy.optimize import linprog

    answer: Any = None
    # Without first: the presolve of HiGHS in SciPy 1.14 calls some solvable programs impossible.
    for presolve in (False, True):
        left = max(min(until - time.monotonic(), 1e6), 1e-3)
        with quiet_stdout():
            answer = linprog(objective, **asked, options={"time_limit": left, "presolve": presolve})
        if answer.status != 4:
            break
    return answer


def matrix(rows: list[SparseRow], width: int) -> Any:
    """Return rows as a sparse matrix."""
    from scipy.sparse import csr_array

    columns = [k for row in rows for k in row]
    values = [value for row in rows for value in row.values()]
    starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    return csr_array((values, columns, starts), shape=(len(rows), width))
