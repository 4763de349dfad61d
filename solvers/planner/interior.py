"""Welfare by an interior-point method: along the central path, each step a rank-two system.

What `solve_planner` falls back on where welfare is concave.
"""

import numpy as np

from coopetition.games.arrays import Array, Mask
from coopetition.games.coopetition.round import CoopetitionRound


def interior_point(game: CoopetitionRound, start: Array, top: Array) -> tuple[Array, int]:
    """Follow the barrier's central path; each step solves a diagonal plus rank-two system."""
    moving = top > 0
    x = np.where(moving, np.clip(start, 1e-3 * top, 0.999 * top), 0.0)
    scale = game.welfare_scale(x) / max(int(moving.sum()), 1)
    barrier, steps = 0.1 * scale, 0
    while barrier > 1e-15 * scale and steps < 400:
        for _ in range(30):
            steps += 1
            x, change = _barrier_step(game, x, barrier, top)
            if change < 0.3:
                break
        barrier *= 0.2
    return _snapped(game, x, top), steps


def _barrier_step(
    game: CoopetitionRound, x: Array, barrier: float, top: Array
) -> tuple[Array, float]:
    """Take one Newton step on W + barrier·Σ(log x + log(X − x)), with backtracking."""
    room, moving = top - x, top > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        push = np.where(moving, barrier / x - barrier / room, 0.0)
        stiff = np.where(moving, barrier / x**2 + barrier / room**2, 1.0)
    slope = np.where(moving, game.welfare_gradient(x) + push, 0.0)
    step = _newton_direction(game, x, slope, stiff, moving)
    ahead = float(slope @ step)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        limit = np.where(step > 0, room / step, np.where(step < 0, -x / step, np.inf))
    length = min(1.0, 0.99 * float(limit[moving].min(initial=np.inf)))

    def moved(share: float) -> Array:
        return np.clip(x + share * step, 1e-200 * top, (1.0 - 4e-16) * top)

    def value(y: Array) -> float:
        inside = np.log(y[moving]).sum() + np.log((top - y)[moving]).sum()
        return float(game.welfare(y)) + barrier * float(inside)

    here, rounding = value(moved(0.0)), 1e-14 * game.welfare_scale(x)
    while length > 1e-8 and value(moved(length)) < here + 1e-4 * length * ahead - rounding:
        length *= 0.5
    return moved(length), max(ahead, 0.0) / barrier + (1.0 - length)


def _newton_direction(
    game: CoopetitionRound, x: Array, slope: Array, stiff: Array, moving: Mask
) -> Array:
    """Solve (diag − U C Uᵀ) step = slope with U = [q, q∘e], e_n = R_n P″(Ω − q_n x_n) ≤ 0."""
    q = np.where(moving, game.quality, 0.0)
    omega = game.form.aggregate(x)
    without = np.maximum(omega - q * x, game.form.base)
    e = np.where(game.harm > 0, game.harm * game.gain.curvature(without), 0.0)
    corner = game.form.weight.sum() * float(game.gain.curvature(omega)) + e.sum()
    total = game.local_data + x
    bend = np.divide(
        2.0 * game.personal_scale * game.social_stake,
        total**3,
        out=np.zeros_like(total),
        where=game.personal_scale > 0,
    )
    diagonal = np.maximum(game.quadratic_cost + bend - q * q * e + stiff, 1e-12 * stiff)
    columns = np.stack((q, q * e), axis=1)
    inner = np.array([[0.0, -1.0], [-1.0, -corner]]) - columns.T @ (columns / diagonal[:, None])
    plain = slope / diagonal
    (a, b), (c, d) = inner
    first, second = columns.T @ plain
    with np.errstate(all="ignore"):
        share = np.array([d * first - b * second, a * second - c * first]) / (a * d - b * c)
        step = plain + (columns @ share) / diagonal
        rises = np.isfinite(step).all() and slope @ step > 0
    return step if rises else plain


def _snapped(game: CoopetitionRound, x: Array, top: Array) -> Array:
    """Put contributions that the barrier kept off their bound onto it, if W agrees."""
    g = game.welfare_gradient(x)
    near = 1e-6 * top
    y = np.where((x < near) & (g < 0), 0.0, np.where((top - x < near) & (g > 0), top, x))
    return y if game.welfare(y) >= game.welfare(x) else x
