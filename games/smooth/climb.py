"""Climb a smooth function in a box, in shares of its width."""

from collections.abc import Callable
from typing import Any

from coopetition.games.arrays import Array
from coopetition.games.threads import one_thread


def climb(downhill: Callable[[Array], tuple[float, Array]], share: Array, steps: int) -> Any:
    """Return where L-BFGS-B ends in [0, 1]^d, as `scipy.optimize.minimize` says it.

    `downhill` returns minus the value and minus the slope, of the size of one.
    """
    from scipy.optimize import minimize

    with one_thread():
        return minimize(
            downhill,
            share,
            jac=True,
            method="L-BFGS-B",
            bounds=[(0.0, 1.0)] * share.size,
            options={"maxiter": steps, "ftol": 0.0, "gtol": 1e-13},
        )
