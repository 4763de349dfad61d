"""The profile that a mechanism should implement: the most of something that everybody can accept.

Zero-sum payments can make a profile acceptable to all exactly where its welfare reaches the sum of
the outside options. So the most contribution, or model gain, is a maximization under W(x) ≥ floor.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from coopetition.games.errors import InvalidInputError, NotConvergedError
from coopetition.games.gain import Array
from coopetition.games.round import CoopetitionRound
from coopetition.games.threads import one_thread
from coopetition.solvers import Optimum

Objective = Literal["welfare", "contribution", "gain"]
OBJECTIVES = ("welfare", "contribution", "gain")
_STEPS = 60  # halvings of the weight of welfare


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """A profile to implement.

    Parameters
    ----------
    profile : shape (N,)
        x°.
    objective, value
        What was maximized, and how much of it there is: money, samples, or effective samples.
    gap
        At most how much more any acceptable profile has; a theorem only where `concave`.
    concave
        Whether the welfare is concave.
    floor_price
        How much of the objective one unit of money more to the outside options costs; 0 where
        they do not bind, or the objective is the welfare.
    """

    profile: Array
    objective: Objective
    value: float
    gap: float
    concave: bool
    floor_price: float

    @property
    def known(self) -> str:
        """How well the optimum is known, in words."""
        return "checked: concave" if self.concave else "not proved: welfare is not concave"


def find_target(
    game: CoopetitionRound, objective: Objective, planner: Optimum, floor: float
) -> Target:
    """Maximize the objective under W(x) ≥ floor.

    Parameters
    ----------
    planner
        The welfare optimum.
    floor
        Money: what all outside options ask together, less what comes from outside. Without such
        a profile the planner's is returned, and its welfare shows by how much it falls short.

    Raises
    ------
    InvalidInputError
        If the objective is unknown.

    Examples
    --------
    >>> from coopetition.games.gain import PowerGain
    >>> from coopetition.solvers import solve_planner
    >>> game = CoopetitionRound(
    ...     gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0] * 3, max_contribution=20_000.0,
    ...     value=1000.0, unit_cost=0.001, quadratic_cost=2e-6)
    >>> best = solve_planner(game)
    >>> target = find_target(game, "contribution", best, best.welfare - 50.0)
    >>> bool(target.value > best.profile.sum())
    True
    >>> round(best.welfare - float(game.welfare(target.profile)), 4)
    50.0
    """
    if objective not in OBJECTIVES:
        raise InvalidInputError(
            f"`objective` must be one of {', '.join(OBJECTIVES)}, got {objective!r}"
        )
    if objective == "welfare" or planner.welfare <= floor:
        return Target(
            planner.profile, objective, planner.welfare, planner.gap, planner.concave, 0.0
        )
    unit = np.ones_like(planner.profile) if objective == "contribution" else game.quality
    top = game.max_contribution
    if float(game.welfare(top)) >= floor:
        return Target(top.copy(), objective, float(unit @ top), 0.0, planner.concave, 0.0)
    x, low, high = planner.profile, 0.0, 1.0  # of the weight μ of the objective
    scale = float(unit @ top) / max(planner.welfare - floor, 1e-9 * abs(planner.welfare))
    best, weight = x, 0.0
    for _ in range(_STEPS):
        middle = 0.5 * (low + high)
        x = _ascend(game, middle * unit, (1.0 - middle) * scale, x)
        if float(game.welfare(x)) >= floor:
            low, best, weight = middle, x, middle
        else:
            high = middle
        if high - low <= 1e-12:
            break
    gradient = weight * unit + (1.0 - weight) * scale * game.welfare_gradient(best)
    reach = np.maximum(gradient, 0.0) @ (top - best) + np.maximum(-gradient, 0.0) @ best
    price = (1.0 - weight) * scale / weight if weight else 0.0
    gap = (float(reach) / weight if weight else np.inf) + price * (
        float(game.welfare(best)) - floor
    )
    return Target(best, objective, float(unit @ best), gap, planner.concave, price)


def _ascend(game: CoopetitionRound, linear: Array, weight: float, start: Array) -> Array:
    """Maximize linear·x + weight·W(x) over the box."""
    from scipy.optimize import minimize

    top = game.max_contribution
    width = np.where(top > 0, top, 1.0)

    def loss(share: Array) -> tuple[float, Array]:
        x = share * width
        value = float(linear @ x) + weight * float(game.welfare(x))
        return -value, -(linear + weight * game.welfare_gradient(x)) * width

    with one_thread():
        found = minimize(
            loss,
            start / width,
            jac=True,
            method="L-BFGS-B",
            bounds=[(0.0, float(t > 0)) for t in top],
            options={"ftol": 1e-15, "gtol": 1e-12, "maxiter": 2000},
        )
    if not np.isfinite(found.fun):
        raise NotConvergedError("the target's search left the range where the welfare is finite")
    return np.asarray(found.x * width)
