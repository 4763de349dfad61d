"""The extragradient method on contributions and shadow prices, and Newton steps to finish."""

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.base import Box
from coopetition.solvers.variational.conditions import Conditions, Field
from coopetition.solvers.variational.joint import Joint

NEWTON = 20
FIRST = 100  # steps before Newton is tried; each attempt waits twice as long as the last
SOLVED = 1e-13  # a natural residual of rounding, relative to contributions and prices


def solve_conditions(
    field: Field, rows: Joint, box: Box, x: Array, max_iter: int
) -> tuple[Array, Array, int]:
    """Return (profile, shadow prices, extragradient steps), from the profile x on.

    Newton steps are tried now and then on the way, and from the end of a central path: where
    constraints nearly coincide, the extragradient method comes near soon and then creeps.
    """
    width = np.where(box.upper > box.lower, box.upper - box.lower, 1.0)
    size = max(float(np.abs(field(x) * width).max(initial=0.0)), 1e-300)
    reach = _reach(rows, box, x, width)
    problem = Conditions(field, rows, box, width, size, reach)
    z = np.concatenate(((x - box.lower) / width, np.zeros(reach.size)))
    step, done, chunk = 1.0, 0, FIRST
    while True:
        z, step, steps, settled = _extragradient(problem, z, step, min(chunk, max_iter - done))
        done, chunk = done + steps, 2 * chunk
        finished = _newton(problem, z)
        if not _solved(problem, finished):
            inside = _newton(problem, central_path(problem, z))
            finished = min(finished, inside, key=problem.residual)
        if settled or done >= max_iter or _solved(problem, finished):
            return problem.profile(finished), problem.prices(finished), done


def _reach(rows: Joint, box: Box, x: Array, width: Array) -> Array:
    """Return by how much each row can change across the box, at a few places; shape (K,).

    At one place alone a gradient may vanish, as at the center of a ball.
    """
    places = [x, box.lower, box.upper, *box.sample(np.random.default_rng(0), 4)]
    slopes = [np.abs(rows.gradient(at) * width).max(axis=1, initial=0.0) for at in places]
    reach, value = np.max(slopes, axis=0), np.abs(rows.value(x))
    return np.where(reach > 0, reach, np.where(value > 0, value, 1.0))


def _solved(problem: Conditions, z: Array) -> bool:
    return problem.residual(z) <= SOLVED * (1.0 + float(np.linalg.norm(z)))


def _extragradient(
    problem: Conditions, z: Array, step: float, steps: int
) -> tuple[Array, float, int, bool]:
    """Return (z, step length, steps taken, whether it stands still)."""
    for done in range(1, steps + 1):
        here = problem.operator(z)
        while True:
            ahead = problem.project(z - step * here)
            there = problem.operator(ahead)
            moved = float(np.linalg.norm(ahead - z))
            if step * float(np.linalg.norm(there - here)) <= 0.8 * moved or step < 1e-12:
                break
            step *= 0.6
        z = problem.project(z - step * there)
        settled = moved <= 1e-10 * step
        step = min(1.1 * step, 1e6)
        if settled:
            return z, step, done, True
    return z, step, max(steps, 0), False


def _newton(problem: Conditions, z: Array) -> Array:
    """Return the best of z and some semismooth Newton steps on the natural residual.

    A step may make it worse before what binds is found out; the best one is kept.
    """
    best, least = z, problem.residual(z)
    for _ in range(NEWTON):
        if _solved(problem, z):
            break
        z = problem.project(_step(problem, z))
        left = problem.residual(z)
        if left < least:
            best, least = z, left
    return best


def _step(problem: Conditions, z: Array) -> Array:
    """Hold what the projection would hold, and solve the linearized conditions for the rest."""
    value = problem.operator(z)
    wanted = z - value
    held = problem.project(wanted)
    free = np.flatnonzero(held == wanted)
    y = np.where(held == wanted, z, held)
    slopes = problem.slopes(z)
    right = -(value + slopes @ (y - z))[free]
    y[free] += np.linalg.lstsq(slopes[np.ix_(free, free)], right, rcond=None)[0]
    return y


# A primal-dual interior-point method, as in Facchinei and Pang (2003), chapter 11. It needs no
# independence of what binds, only a profile strictly inside all constraints.

STEPS = 60
INSIDE = 1e-3  # how far from its bounds everything starts, in units of the box
BOUNDARY = 0.995
CENTRE = 0.1  # of the mean product of a pair: what the next step aims at
DONE = 1e-15


def central_path(problem: Conditions, z: Array) -> Array:
    """Follow the central path from near z; the last point, which is as good as it got.

    Three pairs are complementary: distance to lower bounds and its price, distance to upper bounds
    and its price, slack of the rows and theirs.
    """
    size = problem.width.size
    moving = np.flatnonzero(problem.box.upper > problem.box.lower)
    x, prices = z[:size].copy(), np.maximum(z[size:], INSIDE)
    x[moving] = np.clip(x[moving], INSIDE, 1.0 - INSIDE)
    value = problem.operator(np.concatenate((x, prices)))
    below, above = x[moving], 1.0 - x[moving]
    low, high = np.maximum(value[moving], INSIDE), np.maximum(-value[moving], INSIDE)
    slack = np.maximum(value[size:], INSIDE)
    for _ in range(STEPS):
        x[moving] = below
        z = np.concatenate((x, prices))
        gaps = np.concatenate((low * below, high * above, prices * slack))
        if gaps.max(initial=0.0) < DONE:
            break
        target = CENTRE * float(gaps.mean())
        value, slopes = problem.operator(z), problem.slopes(z)
        slope = slopes[:size, size:].T[:, moving]
        short = value[size:] - slack
        left = slopes[np.ix_(moving, moving)] + np.diag(low / below + high / above)
        left += (slope.T * (prices / slack)) @ slope
        right = target / below - target / above - value[moving]
        right -= slope.T @ ((target - prices * short) / slack - prices)
        if not (np.isfinite(left).all() and np.isfinite(right).all()):
            break
        dx = np.linalg.lstsq(left, right, rcond=None)[0]
        dslack = short - slope @ dx
        changes = (
            dx,
            -dx,
            (target - low * dx) / below - low,
            (target + high * dx) / above - high,
            dslack,
            (target - prices * dslack) / slack - prices,
        )
        now = (below, above, low, high, slack, prices)
        step = _stay_inside(np.concatenate(now), np.concatenate(changes))
        below, above, low, high, slack, prices = (
            old + step * change for old, change in zip(now, changes, strict=True)
        )
    return z


def _stay_inside(now: Array, change: Array) -> float:
    """Return the longest step ≤ 1 that keeps everything positive, except for a little."""
    falling = change < 0
    return min(1.0, BOUNDARY * float(np.min(-now[falling] / change[falling], initial=np.inf)))
