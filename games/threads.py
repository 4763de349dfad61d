"""BLAS on one thread, where vectors are short and its threads would only wait for each other."""

from contextlib import AbstractContextManager
from functools import cache
from typing import Any


@cache
def _libraries() -> Any:
    import scipy.optimize  # noqa: F401  (its BLAS must be loaded to be found)
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def one_thread() -> AbstractContextManager[Any]:
    """Return a context in which BLAS runs on one thread.

    SciPy's L-BFGS-B calls BLAS on vectors of a few numbers, thousands of times: on a busy machine
    waiting for a second thread took fifteen times as long as the work.

    Examples
    --------
    >>> with one_thread():
    ...     pass
    """
    return _libraries().limit(limits=1, user_api="blas")
