"""Joint convex constraints g(x) ≤ 0 on a profile, as rows; and the room they leave each player."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.base import Box
from coopetition.games.errors import InvalidInputError

HALVINGS = 60


@dataclass(frozen=True, slots=True)
class Joint:
    """g(x) ≤ 0 with K rows: values of shape (K,), gradients of shape (K, N)."""

    value: Callable[[Array], Array]
    gradient: Callable[[Array], Array]
    linear: bool

    def room(self, x: Array, box: Box) -> Box:
        """Return the interval left to each player by the others; it always holds x itself."""
        low, high = x.copy(), x.copy()
        for n in range(x.size):
            low[n] = self._furthest(x, n, float(box.lower[n]))
            high[n] = self._furthest(x, n, float(box.upper[n]))
        return Box(low, high)

    def _furthest(self, x: Array, n: int, end: float) -> float:
        """Return how far n can go towards `end`: what is allowed is an interval, g is convex."""
        y = x.copy()
        y[n] = end
        allowed = np.maximum(self.value(x), 0.0)
        if (self.value(y) <= allowed).all():
            return end
        inside, outside = float(x[n]), end
        for _ in range(HALVINGS):
            y[n] = 0.5 * (inside + outside)
            if (self.value(y) <= allowed).all():
                inside = float(y[n])
            else:
                outside = float(y[n])
        return inside


def joint(constraints: Any, size: int) -> Joint:
    """Read scipy's `LinearConstraint` and `NonlinearConstraint` objects as rows g(x) ≤ 0.

    Raises
    ------
    InvalidInputError
        If one has a wrong width, an unbounded side only, or a nonlinear lower bound (its set is
        not convex where g is), or no Jacobian that can be called.

    Examples
    --------
    >>> from scipy.optimize import LinearConstraint
    >>> rows = joint([LinearConstraint(np.ones((1, 2)), 1.0, 3.0)], 2)
    >>> rows.value(np.array([2.0, 2.0])).tolist()
    [1.0, -3.0]
    """
    given = constraints if isinstance(constraints, (list, tuple)) else [constraints]
    parts = [_part(constraint, size) for constraint in given]
    return Joint(
        lambda x: np.concatenate([np.zeros(0), *(value(x) for value, _ in parts)]),
        lambda x: np.concatenate([np.zeros((0, size)), *(slope(x) for _, slope in parts)]),
        not any(hasattr(c, "fun") for c in given),
    )


def _part(constraint: Any, size: int) -> "Rows":
    if hasattr(constraint, "fun") and hasattr(constraint, "jac"):
        return _nonlinear(constraint, size)
    if hasattr(constraint, "A"):
        return _linear(constraint, size)
    raise InvalidInputError(
        "`constraints` must be a list of scipy.optimize.LinearConstraint and NonlinearConstraint "
        f"objects, got {constraint!r:.60}"
    )


Rows = tuple[Callable[[Array], Array], Callable[[Array], Array]]


def _linear(constraint: Any, size: int) -> Rows:
    a = constraint.A.toarray() if hasattr(constraint.A, "toarray") else constraint.A
    a = np.atleast_2d(np.asarray(a, dtype=float))
    if a.shape[1] != size or not np.isfinite(a).all():
        raise InvalidInputError(
            f"`constraints` must have {size} finite columns, one per player, got {a.shape}"
        )
    low = np.broadcast_to(np.asarray(constraint.lb, dtype=float), a.shape[:1])
    high = np.broadcast_to(np.asarray(constraint.ub, dtype=float), a.shape[:1])
    if not ((low <= high) & (low < np.inf) & (high > -np.inf)).all():
        raise InvalidInputError("`constraints` must have lower bounds not above the upper ones")
    up, down = np.isfinite(high), np.isfinite(low)
    rows, bound = np.concatenate((a[up], -a[down])), np.concatenate((high[up], -low[down]))
    return lambda x: rows @ x - bound, lambda x: rows


def _nonlinear(constraint: Any, size: int) -> Rows:
    if not (np.asarray(constraint.lb, dtype=float) == -np.inf).all():
        raise InvalidInputError(
            "a nonlinear constraint must have no lower bound: g(x) ≤ ub with g convex"
        )
    if not callable(constraint.jac):
        raise InvalidInputError("a nonlinear constraint needs `jac`, a function of the profile")
    high = np.atleast_1d(np.asarray(constraint.ub, dtype=float))
    if not (high > -np.inf).all():
        raise InvalidInputError(f"a nonlinear constraint's `ub` must be numbers, got {high}")

    def value(x: Array) -> Array:
        found = np.atleast_1d(np.asarray(constraint.fun(x), dtype=float))
        limit = np.broadcast_to(high, found.shape)
        found = found[limit < np.inf] - limit[limit < np.inf]
        if not np.isfinite(found).all():
            raise InvalidInputError(f"a nonlinear constraint is not finite at {x}")
        return found

    def slope(x: Array) -> Array:
        found = np.atleast_2d(np.asarray(constraint.jac(x), dtype=float))
        if found.shape[-1] != size:
            raise InvalidInputError(
                f"`jac` of a nonlinear constraint must have {size} columns, one per player, "
                f"got shape {found.shape}"
            )
        return found[np.broadcast_to(high, found.shape[:1]) < np.inf]

    return value, slope
