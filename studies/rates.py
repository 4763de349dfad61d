"""The rate of redistribution that is best for welfare."""

import numpy as np

from coopetition.games.gain import Array
from coopetition.games.round import CoopetitionRound
from coopetition.mechanisms import redistribute, redistribution
from coopetition.solvers import solve, solve_planner
from coopetition.studies.settings import MechanismSettings


def best_rate(game: CoopetitionRound, settings: MechanismSettings) -> tuple[float, bool]:
    """Search the κ, of either sign, whose equilibrium has the most welfare.

    A grid that is geometric on both sides of 0, then golden section between the neighbors of its
    best point: the best of all where welfare has no second peak between two points of the grid.

    Returns
    -------
    (rate, found)
        `found` is False where the intensity has no entry, so that no rate does anything.
    """
    unit = redistribution(game, rate=1.0, intensity=settings.intensity).slope
    size = np.abs(unit)
    if not size.max() > 0:
        return 0.0, False
    top = 2.0 * float(np.max(np.abs(_external(game)))) / float(size[size > 0].min())

    def loss(rate: float) -> float:
        rule = redistribution(
            game, rate=rate, balanced=settings.balanced, intensity=settings.intensity
        )
        found = solve(redistribute(game, rule))
        return -float(game.welfare(found.profile)) if found.success else np.inf

    from scipy.optimize import minimize_scalar

    if not top > 0:
        return 0.0, True
    side = np.geomspace(1e-4 * top, top, 40)
    grid = np.concatenate((-side[::-1], [0.0], side))
    values = [loss(float(rate)) for rate in grid]
    k = int(np.argmin(values))
    low, high = float(grid[max(k - 1, 0)]), float(grid[min(k + 1, grid.size - 1)])
    fine = minimize_scalar(
        loss, bounds=(low, high), method="bounded", options={"xatol": 1e-9 * top}
    )
    return (float(fine.x) if fine.fun < values[k] else float(grid[k])), True


def _external(game: CoopetitionRound) -> Array:
    """Return each organization's effect on all others at the optimum: the ideal price."""
    x = solve_planner(game).profile
    return game.welfare_gradient(x) - game.marginal_payoffs(x)
