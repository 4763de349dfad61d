"""Bargaining: Nash, Kalai–Smorodinsky and egalitarian agreements on a convex frontier.

With utilities u, concave in a decision x from a convex set, and d what everybody has without an
agreement (Nash 1950; Kalai and Smorodinsky 1975; Kalai 1977):

    Nash                  max Σ w_i log(u_i − d_i)
    egalitarian           max r with u ≥ d + r
    Kalai–Smorodinsky     max r with u ≥ d + r (b − d),  b_i = max u_i over agreements with u ≥ d

Where utility is money and only its total matters, `split_surplus` has the closed form. Otherwise
cone programs find them, by interior points; "checked" is a gap from a supporting plane of the
frontier, which a second program computes: of the objective for Nash (f(u*) ≤ f(u) + max ∇f·(u' −
u)), of r for the others.
"""

import warnings
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError, NotConvergedError
from coopetition.mechanisms.division.result import Division, shares, vector

TIGHT = {"tol_gap_abs": 1e-11, "tol_gap_rel": 1e-11, "tol_feas": 1e-11}
STRICT = 1e-7  # of the utilities' size: what everybody must be able to gain


def _cvxpy() -> Any:
    """Import cvxpy where it is needed: it takes a second, and has no complete types."""
    return import_module("cvxpy")


@dataclass(frozen=True, slots=True, eq=False)
class Bargain:
    """Concave utilities under convex constraints, as cvxpy says them.

    Parameters
    ----------
    utilities : cvxpy expression, shape (N,)
        Concave in the decision's variables.
    constraints : list of cvxpy constraints
        What can be agreed on.
    disagreement : shape (N,)
        d: utilities without an agreement.
    """

    utilities: Any
    constraints: list[Any]
    disagreement: ArrayLike

    def checked(self) -> Array:
        """Return d, or refuse what is no convex bargaining problem."""
        if getattr(self.utilities, "ndim", None) != 1:
            raise InvalidInputError("`utilities` must be a cvxpy expression of shape (N,)")
        if not self.utilities.is_concave():
            raise InvalidInputError("`utilities` must be concave by cvxpy's rules")
        if not all(constraint.is_dcp() for constraint in self.constraints):
            raise InvalidInputError("`constraints` must be convex by cvxpy's rules")
        return vector("disagreement", self.disagreement, self.utilities.size)

    def maximize(self, objective: Any, *more: Any) -> None:
        """Solve over the agreements; the decision's variables hold the optimum."""
        cp = _cvxpy()
        problem = cp.Problem(cp.Maximize(objective), [*self.constraints, *more])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # inaccurate: the gap will tell
            try:
                problem.solve(solver="CLARABEL", **TIGHT)
            except cp.SolverError as error:
                raise NotConvergedError(f"bargaining: {error}") from error
        if problem.status in ("unbounded", "unbounded_inaccurate"):
            raise InvalidInputError("`utilities` are unbounded under the constraints")
        if problem.status in ("infeasible", "infeasible_inaccurate"):
            raise InvalidInputError(
                "`constraints` allow no agreement with at least `disagreement` for everybody"
            )
        if problem.status not in ("optimal", "optimal_inaccurate"):
            raise NotConvergedError(f"bargaining: Clarabel ended with {problem.status}")

    def best(self, weights: Array, d: Array) -> float:
        """Return max Σ weights_i u_i over u ≥ d; the decision is left as it was."""
        variables = self.utilities.variables()
        before = [variable.value for variable in variables]
        self.maximize(weights @ self.utilities, self.utilities >= d)
        found = float(weights @ self.utilities.value)
        for variable, value in zip(variables, before, strict=True):
            variable.value = value
        return found


def nash_agreement(bargain: Bargain, *, weights: ArrayLike | None = None) -> Division:
    """Return the utilities of the weighted Nash agreement.

    The cvxpy variables hold the decision afterwards; `error` is the gap of the weighted mean log
    gain.

    Raises
    ------
    InvalidInputError
        If the problem is not convex, unbounded, or nobody-loses agreements give all no gain.
    NotConvergedError
        If the cone solver fails.

    Examples
    --------
    >>> import cvxpy as cp
    >>> x = cp.Variable(nonneg=True)
    >>> found = nash_agreement(Bargain(cp.hstack([x, 1 - x**2]), [], [0, 0]))
    >>> found.values.round(5).tolist()  # 1/√3 and 2/3
    [0.57735, 0.66667]
    """
    cp = _cvxpy()
    d = bargain.checked()
    power = shares("weights", np.ones(d.size) if weights is None else weights, d.size)
    if (power == 0).any():
        raise InvalidInputError("`weights` must be positive")
    _along(bargain, d, np.ones(d.size))
    u = cp.Variable(d.size)
    bargain.maximize(power @ cp.log(u - d), u <= bargain.utilities)
    found = np.array(bargain.utilities.value, dtype=float)
    slope = power / (found - d)
    gap = max(bargain.best(slope, d) - float(slope @ found), 0.0)
    return _agreement("nash", found, gap, "of the weighted mean log gain")


def egalitarian_agreement(bargain: Bargain) -> Division:
    """Return the utilities that give everybody the same and largest gain. Raises as Nash's.

    Examples
    --------
    >>> import cvxpy as cp
    >>> x = cp.Variable(nonneg=True)
    >>> egalitarian_agreement(Bargain(cp.hstack([x, 1 - x**2]), [], [0, 0])).values.round(6)
    array([0.618034, 0.618034])
    """
    d = bargain.checked()
    rise, gap = _along(bargain, d, np.ones(d.size))
    return _agreement("egalitarian", d + rise, gap, "of the equal gain")


def kalai_smorodinsky_agreement(bargain: Bargain) -> Division:
    """Return the utilities that give all the same share of their best gain. Raises as Nash's.

    Examples
    --------
    >>> import cvxpy as cp
    >>> x = cp.Variable(nonneg=True)
    >>> found = kalai_smorodinsky_agreement(Bargain(cp.hstack([x, 1 - x**2]), [], [0, 0]))
    >>> found.values.round(6).tolist()  # (√5 − 1)/2 of the best, which is 1 for both
    [0.618034, 0.618034]
    """
    d = bargain.checked()
    _along(bargain, d, np.ones(d.size))
    ideal = np.empty(d.size)
    for player in range(d.size):
        bargain.maximize(bargain.utilities[player], bargain.utilities >= d)
        ideal[player] = float(bargain.utilities.value[player])
    share, gap = _along(bargain, d, ideal - d)
    return _agreement("kalai-smorodinsky", d + share * (ideal - d), gap, "of the common share")


def _along(bargain: Bargain, d: Array, direction: Array) -> tuple[float, float]:
    """Return the largest r with d + r direction feasible, and the gap to a supporting plane."""
    cp = _cvxpy()
    r = cp.Variable()
    reach = bargain.utilities >= d + r * direction
    bargain.maximize(r, reach)
    u = np.array(bargain.utilities.value, dtype=float)
    found = float(((u - d) / direction).min())
    if found <= STRICT * max(float(np.abs(u).max()), float(np.abs(d).max())):
        raise InvalidInputError("`disagreement` leaves no agreement that is better for everybody")
    plane = np.maximum(reach.dual_value, 0.0)
    plane = plane / (plane @ direction)
    return found, max(float(bargain.best(plane, d) - plane @ d) - found, 0.0)


def _agreement(rule: str, values: Array, gap: float, unit: str) -> Division:
    note = f"cone program, gap {unit}"
    return Division(rule=rule, values=values, how="checked", error=gap, note=note)
