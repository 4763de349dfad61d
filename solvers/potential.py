"""The convex route: maximize the weighted potential with cvxpy (Clarabel), joint limits allowed.

Where all weights are positive and Φ is concave its maximizers are the equilibria. With joint
linear constraints (an energy or carbon budget) they are variational equilibria: nobody gains by a
change that keeps to the limits, and the limits bind all alike, at one shadow price.
"""

import warnings
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from coopetition.games.arrays import Array, Index
from coopetition.games.base import Box, Game
from coopetition.games.certificate import certify
from coopetition.games.coopetition.aggregate import AggregateForm, AggregativeGame
from coopetition.games.coopetition.best_response import best_response
from coopetition.games.errors import InvalidInputError, NotConvergedError, UnsupportedGameError
from coopetition.solvers.aggregate.aggregate import eliminate
from coopetition.solvers.equilibrium import Equilibrium, finish

if TYPE_CHECKING:
    from scipy.optimize import LinearConstraint


def maximize_potential(
    game: Game,
    *,
    constraints: "Sequence[LinearConstraint]" = (),
    tol: float | None = None,
    polish: int = 50,
) -> Equilibrium:
    """Maximize the potential of an aggregative game by conic optimization.

    Parameters
    ----------
    constraints : sequence of scipy.optimize.LinearConstraint
        Joint limits lb ≤ A x ≤ ub on the profile.
    polish : int
        Best-response sweeps, within the limits, that finish the interior-point answer; they stop
        as soon as the certificate holds.

    Raises
    ------
    UnsupportedGameError
        If the game has no concave potential with positive weights, or a gain family of the
        user's own (cvxpy must be told its formula).
    InvalidInputError
        If a constraint has the wrong width or no profile meets all of them.
    NotConvergedError
        If the conic solver breaks down, as it may for very many organizations.

    Examples
    --------
    >>> from scipy.optimize import LinearConstraint
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> game = CoopetitionRound(
    ...     gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0] * 6, max_contribution=20_000.0,
    ...     value=1000.0, unit_cost=0.001, quadratic_cost=2e-6, damage=0.08)
    >>> energy = LinearConstraint(np.ones((1, 6)), -np.inf, 600.0)
    >>> maximize_potential(game, constraints=[energy]).profile.round(3).tolist()[:2]
    [100.0, 100.0]
    """
    if not isinstance(game, AggregativeGame):
        raise UnsupportedGameError(
            f"maximize_potential() needs an aggregative game, got {type(game).__name__}"
        )
    form = eliminate(game.form)[0]
    moving = np.flatnonzero(form.upper > 0)
    if not (form.weight[moving] > 0).all():
        raise UnsupportedGameError(
            "the potential is not concave with positive weights: use best_response_dynamics()"
        )
    limits = [_matrix(c, form.upper.size) for c in constraints]
    x = np.zeros_like(form.upper)
    iterations = 0
    if moving.size:
        x[moving], iterations = _conic(form, moving, limits)
    within = _room(form, limits, x)
    for _ in range(polish):
        if certify(game, x, tol=tol, within=within).holds:
            break
        x, within = _polished(form, limits, x), within
        within = _room(form, limits, x)
        iterations += 1
    return finish(
        game,
        x,
        solver="maximize_potential",
        iterations=iterations,
        tol=tol,
        within=within,
        parameters={"constraints": len(limits), "polish": polish},
    )


Limit = tuple[Array, Array, Array]


def _matrix(constraint: Any, size: int) -> Limit:
    """Return (A, lb, ub) of a constraint as arrays of shapes (K, N), (K,), (K,)."""
    a = np.atleast_2d(np.asarray(constraint.A, dtype=float))
    if a.shape[1] != size or not np.isfinite(a).all():
        raise InvalidInputError(
            f"`constraints` must have {size} finite columns, one per organization, got {a.shape}"
        )
    low = np.broadcast_to(np.asarray(constraint.lb, dtype=float), a.shape[:1])
    high = np.broadcast_to(np.asarray(constraint.ub, dtype=float), a.shape[:1])
    return a, low, high


def _conic(form: AggregateForm, moving: Index, limits: list[Limit]) -> tuple[Array, int]:
    """Solve the conic program in shares of each player's maximum, scaled to order one."""
    cp: Any = import_module("cvxpy")  # which takes a second, and has no complete types
    top = form.upper[moving]
    share = cp.Variable(moving.size)
    effective = form.quality[moving] * top
    reach = form.base + float(effective.sum())
    level = form.base / reach + cp.sum(cp.multiply(effective / reach, share))
    size = float(form.gain.value(reach) - form.gain.value(max(form.base, 1e-3 * reach))) or 1.0
    shared, needs = form.gain.concave_expression(cp, level, reach, size)
    weight = form.weight[moving]
    own = cp.multiply(form.linear[moving] * top / weight / size, share)
    own -= cp.multiply(0.5 * form.curvature[moving] * top**2 / weight / size, cp.square(share))
    objective = shared + cp.sum(own)
    skewed = np.flatnonzero(form.skew[moving] > 0)
    if skewed.size:
        data = form.data[moving][skewed]
        scale = form.skew[moving][skewed] / weight[skewed] / size / data
        ratio = 1.0 + cp.multiply(top[skewed] / data, share[skewed])
        objective -= cp.sum(cp.multiply(scale, cp.inv_pos(ratio)))
    needs += [share >= 0, share <= 1]
    for a, low, high in limits:
        scaled = a[:, moving] * top
        unit = np.maximum(np.abs(scaled).max(axis=1), 1e-300)
        held = (scaled / unit[:, None]) @ share
        needs += [held[k] <= high[k] / unit[k] for k in np.flatnonzero(np.isfinite(high))]
        needs += [held[k] >= low[k] / unit[k] for k in np.flatnonzero(np.isfinite(low))]
    problem = cp.Problem(cp.Maximize(objective), needs)
    settings = {"tol_gap_abs": 1e-11, "tol_gap_rel": 1e-11, "tol_feas": 1e-11}
    with warnings.catch_warnings():  # "may be inaccurate": the certificate says how inaccurate
        warnings.simplefilter("ignore", UserWarning)
        try:
            problem.solve(solver=cp.CLARABEL, **settings)
        except cp.SolverError as error:
            raise NotConvergedError(f"maximize_potential: Clarabel failed: {error}") from error
    if share.value is None:
        raise InvalidInputError(f"`constraints` leave no profile: cvxpy says {problem.status}")
    stats = problem.solver_stats
    return np.clip(share.value, 0.0, 1.0) * top, int(stats.num_iters or 0) if stats else 0


def _room(form: AggregateForm, limits: list[Limit], x: Array) -> Box:
    """Return the interval left to each player by the others and the limits."""
    low, high = np.zeros_like(x), form.upper.copy()
    for a, floor, ceiling in limits:
        total = a @ x
        with np.errstate(divide="ignore", invalid="ignore"):
            up = x + np.where(a > 0, (ceiling - total)[:, None] / a, (floor - total)[:, None] / a)
            down = x + np.where(a > 0, (floor - total)[:, None] / a, (ceiling - total)[:, None] / a)
        high = np.minimum(high, np.where(a == 0, np.inf, up).min(axis=0))
        low = np.maximum(low, np.where(a == 0, -np.inf, down).max(axis=0))
    return Box(np.minimum(low, x), np.maximum(high, x))


def _polished(form: AggregateForm, limits: list[Limit], x: Array) -> Array:
    """Let each player answer once, in turn, within its interval: Φ only rises."""
    y = x.copy()
    for n in np.flatnonzero(form.upper > 0):
        rest = max(float(form.aggregate(y)) - float(form.quality[n] * y[n]), form.base)
        answer = best_response(form, int(n), rest, float(y[n]))
        box = _room(form, limits, y) if limits else None
        y[n] = answer if box is None else min(max(answer, box.lower[n]), box.upper[n])
    return y
