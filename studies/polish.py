"""A target that is held back, moved on by a local search as far as the constraints allow.

On the path of compromises between welfare and the objective all move together; where a cap stops
one organization, others may still contribute more. Sequential quadratic programming looks for that
on the part of the constraints that has a closed form, and what it finds is kept as far as it is
accepted.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from coopetition.games.gain import Array
from coopetition.games.threads import one_thread
from coopetition.studies.target import Accepts, Target

_MOST = 50  # organizations: the search is dense, and its slopes are differences
_HALVINGS = 20
_TRIES, _WORTH = 4, 1e-6  # searches, as long as one brings such a share more


def polished(
    target: Target,
    unit: Array,
    top: Array,
    slacks: Callable[[Array], Array],
    accepts: Accepts,
) -> Target:
    """Return a target with more of the objective, or the same.

    Parameters
    ----------
    unit : shape (N,)
        How much of the objective a unit of each contribution is.
    top : shape (N,)
        The largest contributions.
    slacks
        By how much money necessary conditions are met at a profile; negative where not.
    accepts
        Whether a profile satisfies all that is asked.
    """
    if target.profile.size > _MOST or not accepts(target.profile):
        return target
    best = target.profile
    for _ in range(_TRIES):
        end = _searched(best, unit, top, slacks)
        if not np.isfinite(end).all() or unit @ end <= (1.0 + _WORTH) * (unit @ best):
            break
        best = _last_accepted(best, end, accepts)
    value = float(unit @ best)
    return replace(target, profile=best, value=value, gap=target.value + target.gap - value)


def _searched(start: Array, unit: Array, top: Array, slacks: Callable[[Array], Array]) -> Array:
    """Return where sequential quadratic programming ends, slightly off the constraints perhaps."""
    from scipy.optimize import minimize

    search: Any = minimize
    slope = -unit * top / float(unit @ top)
    size = float(np.abs(slacks(start)).max()) or 1.0
    with one_thread(), np.errstate(all="ignore"):
        found = search(
            lambda share: float(slope @ share),
            start / np.where(top > 0, top, 1.0),
            jac=lambda _: slope,
            method="SLSQP",
            bounds=[(0.0, 1.0)] * start.size,
            constraints=[{"type": "ineq", "fun": lambda share: slacks(share * top) / size}],
            options={"maxiter": 200, "ftol": 1e-10},
        )
    return np.asarray(np.clip(found.x, 0.0, 1.0) * top)


def _last_accepted(start: Array, end: Array, accepts: Accepts) -> Array:
    """Return the end, or the accepted profile on the way there that bisection finds."""
    if accepts(end):
        return end
    low, high, best = 0.0, 1.0, start
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        x = start + middle * (end - start)
        if accepts(x):
            low, best = middle, x
        else:
            high = middle
    return best
