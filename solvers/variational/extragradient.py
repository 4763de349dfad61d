"""The extragradient method on contributions and shadow prices, and Newton steps to finish.

Both work on the conditions of a variational inequality over a box with rows g(x) ≤ 0: with prices
λ ≥ 0, F(x) + ∇g(x)ᵀλ is 0 inside, not negative at lower and not positive at upper bounds, and λ is
0 where a constraint does not bind.
"""

from collections.abc import Callable

import numpy as np

from coopetition.games.base import Box
from coopetition.games.gain import Array, Index
from coopetition.solvers.variational.joint import Joint

NEWTON = 25
CLOSE = 1e-9  # of its interval: a contribution that near to a bound counts as held by it
Field = Callable[[Array], Array]


def extragradient(
    field: Field, rows: Joint, box: Box, x: Array, max_iter: int
) -> tuple[Array, Array, int]:
    """Return (profile, shadow prices, steps).

    Contributions are in units of the box, and prices in units that make both alike.
    """
    width = np.where(box.upper > box.lower, box.upper - box.lower, 1.0)
    size = max(float(np.abs(field(x) * width).max(initial=0.0)), 1e-300)
    count = rows.value(x).size
    reach = np.ones(count)
    if count:
        reach = np.maximum(np.abs(rows.gradient(x) * width).max(axis=1, initial=0.0), 1e-300)

    def operator(z: Array) -> Array:
        y, prices = box.lower + width * z[: x.size], z[x.size :]
        slope = rows.gradient(y) * width / reach[:, None]
        return np.concatenate((field(y) * width / size + prices @ slope, -rows.value(y) / reach))

    ceiling = np.concatenate(((box.upper - box.lower) / width, np.full(count, np.inf)))
    z = np.concatenate(((x - box.lower) / width, np.zeros(count)))
    step, done = 1.0, 0
    while done < max_iter:
        done += 1
        here = operator(z)
        while True:
            ahead = np.clip(z - step * here, 0.0, ceiling)
            there = operator(ahead)
            moved = float(np.linalg.norm(ahead - z))
            if step * float(np.linalg.norm(there - here)) <= 0.8 * moved or step < 1e-12:
                break
            step *= 0.6
        after = np.clip(z - step * there, 0.0, ceiling)
        settled = moved <= 1e-10 * step
        z = after
        step = min(1.1 * step, 1e6)
        if settled:
            break
    profile = box.project(box.lower + width * z[: x.size])
    return profile, z[x.size :] * size / reach, done


def newton(field: Field, rows: Joint, box: Box, x: Array, prices: Array) -> tuple[Array, Array]:
    """Finish: Newton steps on contributions inside their bounds and constraints that bind."""
    width = box.upper - box.lower
    best = sum(mistakes(field, rows, box, x, prices))
    for _ in range(NEWTON):
        near = 1e-7 * width
        free = np.flatnonzero((x > box.lower + near) & (x < box.upper - near))
        y = np.where(
            x <= box.lower + near, box.lower, np.where(x >= box.upper - near, box.upper, x)
        )
        tight = np.flatnonzero(prices > 1e-7 * np.max(prices, initial=0.0))
        y, new = _step(field, rows, box, y, prices, free, tight)
        error = sum(mistakes(field, rows, box, y, new))
        feasible = np.max(rows.value(y), initial=0.0) <= np.max(rows.value(x), initial=0.0) + 1e-12
        if not (error < best and feasible):
            break
        x, prices, best = y, new, error
    return x, prices


def _step(
    field: Field, rows: Joint, box: Box, x: Array, prices: Array, free: Index, tight: Index
) -> tuple[Array, Array]:
    """Solve the linearized conditions for the free contributions and the binding prices."""

    def lagrangian(at: Array) -> Array:
        return np.asarray(field(at) + prices @ rows.gradient(at))

    slope = rows.gradient(x)[np.ix_(tight, free)]
    bend = jacobian(lagrangian, box, x, free)[free]
    corner = np.zeros((tight.size, tight.size))
    left = np.block([[bend, slope.T], [slope, corner]])
    right = -np.concatenate((lagrangian(x)[free], rows.value(x)[tight]))
    change = np.linalg.lstsq(left, right, rcond=None)[0]
    y, new = x.copy(), np.zeros_like(prices)
    y[free] += change[: free.size]
    new[tight] = np.maximum(prices[tight] + change[free.size :], 0.0)
    return box.project(y), new


def jacobian(field: Field, box: Box, x: Array, columns: Index) -> Array:
    """Return ∂F/∂x for some columns by central differences inside the box; shape (N, C)."""
    found = np.zeros((x.size, len(columns)))
    for place, n in enumerate(columns):
        ends = []
        for sign in (1.0, -1.0):
            y = x.copy()
            y[n] += sign * 1e-5 * (box.upper[n] - box.lower[n])
            ends.append(box.project(y))
        apart = ends[0][n] - ends[1][n]
        if apart > 0:
            found[:, place] = (field(ends[0]) - field(ends[1])) / apart
    return found


def mistakes(field: Field, rows: Joint, box: Box, x: Array, prices: Array) -> tuple[float, float]:
    """Return (‖e‖, c): what first-order conditions and complementarity miss at x with prices."""
    pull = field(x) + prices @ rows.gradient(x)
    left = np.where(pull > 0, x - box.lower, box.upper - x)  # the way that payoffs rise, closed
    held = left <= CLOSE * (box.upper - box.lower)
    miss = float(np.linalg.norm(np.where(held, 0.0, pull)))
    loose = float(np.sum(np.where(held, np.abs(pull) * left, 0.0)))
    return miss, loose + float(prices @ np.maximum(-rows.value(x), 0.0))
