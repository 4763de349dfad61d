"""Climbing a potential: equilibria of weighted potential games of which no form is known.

With positive weights every maximizer of Φ is an equilibrium. Φ is climbed from several profiles by
L-BFGS-B in shares of the box, and the highest end is finished by best responses.
"""

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.base import PotentialGame
from coopetition.games.smooth.climb import climb
from coopetition.games.threads import one_thread
from coopetition.games.tolerance import checked_tolerance
from coopetition.solvers.best_response import best_response_dynamics
from coopetition.solvers.equilibrium import Equilibrium, finish

STARTS = 6


def ascend_potential(
    game: PotentialGame, *, tol: float | None = None, seed: int = 0, polish: int = 50
) -> Equilibrium:
    """Maximize the potential of a game with positive weights, and certify the profile found.

    Parameters
    ----------
    seed : int
        Of the random profiles among the starts.
    polish : int
        Best-response sweeps that finish an end which is not certified yet.
    """
    checked_tolerance(tol)
    box = game.spaces
    drawn = box.sample(np.random.default_rng(seed), STARTS - 3)
    middle = 0.5 * (box.lower + box.upper)
    with one_thread():
        ends = [_climb(game, start) for start in (middle, box.lower, box.upper, *drawn)]
    profile, steps = max(ends, key=lambda end: _height(game, end[0]))
    found = finish(game, profile, solver="ascend_potential", iterations=steps, tol=tol)
    if found.success or polish < 1:
        return found
    finer = best_response_dynamics(game, profile, tol=tol, max_iter=polish)
    return finish(
        game,
        finer.profile if finer.certificate.excess < found.certificate.excess else profile,
        solver="ascend_potential",
        iterations=steps + finer.iterations,
        tol=tol,
    )


def _height(game: PotentialGame, x: Array) -> float:
    value = float(game.potential(x))
    return value if np.isfinite(value) else -np.inf


def _climb(game: PotentialGame, start: Array) -> tuple[Array, int]:
    """Climb from one profile; return where it ended and the number of steps."""
    box = game.spaces
    width = box.upper - box.lower
    slope = game.potential_gradient(start) * width
    unit = max(float(np.abs(slope[np.isfinite(slope)]).max(initial=0.0)), 1e-12)

    def downhill(share: Array) -> tuple[float, Array]:
        x = box.project(box.lower + share * width)
        value, up = _height(game, x), game.potential_gradient(x) * width / unit
        if not np.isfinite(value):
            return 1e12, -np.ones_like(share)
        return -value / unit, -np.nan_to_num(up, nan=0.0, posinf=1e6, neginf=-1e6)

    share = np.divide(start - box.lower, width, out=np.zeros_like(start), where=width > 0)
    steps = 0
    for _ in range(3):  # a restart forgets curvature that has gone stale
        found = climb(downhill, share, 500)
        steps += int(found.nit)
        moved = float(np.abs(found.x - share).max(initial=0.0))
        share = np.clip(found.x, 0.0, 1.0)
        if moved <= 1e-12:
            break
    return box.project(box.lower + share * width), steps
