"""The rate of redistribution that is best for welfare, as far as a search can tell."""

import numpy as np

from coopetition.games.gain import Array
from coopetition.games.round import CoopetitionRound
from coopetition.mechanisms import redistribute, redistribution
from coopetition.solvers import solve, solve_planner
from coopetition.studies.settings import MechanismSettings

PEAKS = 3  # of welfare on the grid, at most, that are looked at closely
DENSE = 10  # points of the grid a decade


def best_rate(game: CoopetitionRound, settings: MechanismSettings) -> tuple[float, bool]:
    """Search the κ, of either sign, whose equilibrium has the most welfare.

    A grid that is geometric on both sides of 0, then golden section around each of its three best
    peaks. Welfare has many peaks where organizations are different, and jumps where costs are
    linear: the answer is the best one found, and nothing bounds what another could add.

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
    reach = float(size.max() / size[size > 0].min())  # a small slope must not hide the others
    points = DENSE * (4 + min(int(np.ceil(np.log10(reach))), 12))
    side = np.geomspace(1e-4 * top / reach, top, points)
    grid = np.concatenate((-side[::-1], [0.0], side))
    values = np.array([loss(float(rate)) for rate in grid])
    k = int(np.argmin(values))
    rate, least = float(grid[k]), float(values[k])
    for low, high in _peaks(grid, values):
        fine = minimize_scalar(
            loss, bounds=(low, high), method="bounded", options={"xatol": 1e-9 * (high - low)}
        )
        if fine.fun < least:
            rate, least = float(fine.x), float(fine.fun)
    return rate, True


def _peaks(grid: Array, values: Array) -> list[tuple[float, float]]:
    """Return the intervals around the lowest of the local minima, the lowest first."""
    wide = np.concatenate(([np.inf], values, [np.inf]))
    low = np.flatnonzero((values <= wide[:-2]) & (values <= wide[2:]) & np.isfinite(values))
    first = low[np.argsort(values[low], kind="stable")][:PEAKS]
    last = grid.size - 1
    return [(float(grid[max(k - 1, 0)]), float(grid[min(k + 1, last)])) for k in first]


def _external(game: CoopetitionRound) -> Array:
    """Return each organization's effect on all others at the optimum: the ideal price."""
    x = solve_planner(game).profile
    return game.welfare_gradient(x) - game.marginal_payoffs(x)
