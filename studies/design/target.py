"""The profile that a mechanism should implement: the most of something that everybody can accept.

Zero-sum payments can make a profile acceptable to all exactly where its welfare reaches the sum of
the outside options. So the most contribution, or model gain, is a maximization under W(x) ≥ floor,
and its solutions for all floors are a path from the planner's optimum to all there is. Other
constraints, such as caps on payments, may hold the target back on that path.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.errors import InvalidInputError, NotConvergedError
from coopetition.games.measured.round import MeasuredGame, TrainingRound
from coopetition.games.threads import one_thread
from coopetition.solvers import Optimum

Objective = Literal["welfare", "contribution", "gain"]
OBJECTIVES = ("welfare", "contribution", "gain")
NO_GAIN = "`objective` = gain needs one curve of gains for all: ask for welfare or contribution"
_STEPS = 60  # halvings of the weight of welfare
_CLOSE = 1e-6  # of the objective: a target held back is found as closely

Accepts = Callable[[Array], bool]


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
        At most how much more any acceptable profile has; ∞ where that is not known: where welfare
        is not concave and not the objective. Where the target is held back, participation alone
        bounds what others may have.
    concave
        Whether the welfare is concave.
    floor_price
        How much of the objective one unit of money more to the outside options costs; 0 where
        they do not bind, or the objective is the welfare; None where the target is held back.
    held_back
        Whether participation alone allows more, which other constraints do not: then this is the
        last profile found that satisfies them, on the path of best compromises between welfare
        and the objective, from the planner's optimum on.
    how
        How it is known, where that is neither by concavity nor by branch and bound.
    """

    profile: Array
    objective: Objective
    value: float
    gap: float
    concave: bool
    floor_price: float | None
    held_back: bool = False
    how: str = ""

    @property
    def known(self) -> str:
        """How well the optimum is known, in words."""
        if self.held_back:
            return "the most that was found, within the other constraints"
        if self.how:
            return self.how
        if np.isinf(self.gap):
            return "not certified: welfare is not known to be concave"
        return "checked: concave" if self.concave else "checked: branch and bound"


def find_target(
    game: TrainingRound,
    objective: Objective,
    planner: Optimum,
    floor: float,
    accepts: Accepts | None = None,
) -> Target:
    """Maximize the objective under W(x) ≥ floor.

    Parameters
    ----------
    planner
        The welfare optimum.
    floor
        Money: what all outside options ask together, less what comes from outside. Without such
        a profile the planner's is returned, and its welfare shows by how much it falls short.
    accepts
        Whether a profile satisfies what else is asked. Where the planner's does not, it is
        returned too.
    """
    if objective not in OBJECTIVES:
        raise InvalidInputError(
            f"`objective` must be one of {', '.join(OBJECTIVES)}, got {objective!r}"
        )
    if objective == "gain" and isinstance(game, MeasuredGame):
        raise InvalidInputError(NO_GAIN)
    if objective == "welfare":
        best, how = planner, planner.known if planner.climbs else ""
        return Target(best.profile, objective, best.welfare, best.gap, best.concave, 0.0, how=how)
    unit = unit_of(game, objective)
    least = float(unit @ planner.profile)
    if planner.welfare <= floor:
        gap = np.inf if planner.climbs else 0.0
        return Target(planner.profile, objective, least, gap, planner.concave, 0.0)
    path = _Path(game, unit, planner, floor)
    found, weight = path.most(objective)
    if accepts is None or accepts(found.profile):
        return found
    x = path.last(weight, accepts) if accepts(planner.profile) else planner.profile
    value = float(unit @ x)
    return replace(
        found,
        profile=x,
        value=value,
        gap=found.value + found.gap - value,
        floor_price=None,
        held_back=True,
        how="",
    )


def unit_of(game: TrainingRound, objective: Objective) -> Array:
    """Return how much of the objective, contribution or gain, a unit of each contribution is."""
    if objective == "gain" and not isinstance(game, MeasuredGame):
        return game.quality
    return np.ones_like(game.max_contribution)


@dataclass(frozen=True, slots=True, eq=False)
class _Path:
    """The profiles with the largest μ·objective + (1 − μ)·scale·W(x), for weights μ from 0 to 1."""

    game: TrainingRound
    unit: Array
    planner: Optimum
    floor: float

    @property
    def scale(self) -> float:
        slack = max(self.planner.welfare - self.floor, 1e-9 * abs(self.planner.welfare))
        return float(self.unit @ self.game.max_contribution) / slack

    def at(self, weight: float, start: Array) -> Array:
        """Return the path's profile."""
        return _ascend(self.game, weight * self.unit, (1.0 - weight) * self.scale, start)

    def most(self, objective: Objective) -> tuple[Target, float]:
        """Return the end of the part with W(x) ≥ floor, and its weight."""
        game, unit, top = self.game, self.unit, self.game.max_contribution
        concave = self.planner.concave
        if float(game.welfare(top)) >= self.floor:
            most = float(unit @ top)
            how = "" if concave else "checked: there is no more"
            return Target(top.copy(), objective, most, 0.0, concave, 0.0, how=how), 1.0
        best = x = self.planner.profile
        weight, high = 0.0, 1.0
        for _ in range(_STEPS):
            middle = 0.5 * (weight + high)
            x = self.at(middle, x)
            if float(game.welfare(x)) >= self.floor:
                best, weight = x, middle
            else:
                high = middle
            if high - weight <= 1e-12:
                break
        rest = (1.0 - weight) * self.scale
        gradient = weight * unit + rest * game.welfare_gradient(best)
        reach = np.maximum(gradient, 0.0) @ (top - best) + np.maximum(-gradient, 0.0) @ best
        price = rest / weight if weight else 0.0
        gap = float(reach) / weight if weight else np.inf
        gap += price * (float(game.welfare(best)) - self.floor)
        gap = gap if concave else np.inf
        return Target(best, objective, float(unit @ best), gap, concave, price), weight

    def last(self, high: float, accepts: Accepts) -> Array:
        """Return an accepted profile as near as can be to one that is not, by bisection."""
        best = x = self.planner.profile
        low, most = 0.0, float(self.unit @ self.game.max_contribution)
        for _ in range(_STEPS):
            middle = 0.5 * (low + high)
            x = self.at(middle, best)
            if float(self.game.welfare(x)) >= self.floor and accepts(x):
                low, best = middle, x
            else:
                high, most = middle, float(self.unit @ x)
            if abs(most - float(self.unit @ best)) <= _CLOSE * most:
                break
        return best


def _ascend(game: TrainingRound, linear: Array, weight: float, start: Array) -> Array:
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


# A target that is held back, moved on by a local search as far as the constraints allow.
#
# On the path of compromises between welfare and the objective all move together; where a cap stops
# one organization, others may still contribute more. Sequential quadratic programming looks for
# that on the part of the constraints that has a closed form, and what it finds is kept as far as it
# is accepted.


_MOST = 50  # organizations: the search is dense, and its slopes are differences
_HALVINGS = 20
_TRIES, _WORTH = 4, 1e-6  # searches, as long as one brings such a share more


def polished(
    target: Target, unit: Array, top: Array, slacks: Callable[[Array], Array], accepts: Accepts
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
