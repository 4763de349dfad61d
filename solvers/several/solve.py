"""Games with several aggregates: K equations instead of N, one for each kind of data.

Where costs are strictly convex `dual_newton` solves them. Where they are linear, or nearly,
responses jump; proximal steps take over: everybody pays (η_n/2)(x_n − c_n)² for leaving the last
answer c, with less and less η, and each of these games is strictly convex.
"""

import numpy as np

from coopetition.games.arrays import Array, Index
from coopetition.games.base import Box, Game
from coopetition.games.certificate import in_units
from coopetition.games.coopetition.best_response import first_order
from coopetition.games.errors import UnsupportedGameError
from coopetition.games.several.game import SeveralAggregatesGame
from coopetition.games.text.words import first_few
from coopetition.games.tolerance import tolerances
from coopetition.solvers.equilibrium import Equilibrium, finish
from coopetition.solvers.several.dual_newton import (
    CHUNK,
    CurveFunction,
    Members,
    continued,
    middle,
    newton,
)

STAGES = 30  # of proximal steps
CLOSE = 1e-12  # regret, as a share of what one can move, that needs no further stage
LEAST = 1e-5  # η, as a share of what would keep everybody from moving at all
POLISH, SMALL = 20, 0.1  # sweeps in which those answer who move no aggregate by such a share
FLAT = 1e-290  # bend whose inverse leaves the range of floats


def solve_several(game: Game, *, tol: float | None = None) -> Equilibrium:
    """Find the equilibrium of a game with several aggregates by Newton's method in R^K.

    A sweep takes O(N K²) operations and reads the table of qualities once. Where everybody's cost
    is strictly convex the answer is the only equilibrium; with linear costs it is one of perhaps
    many, and `unique` is None.

    Parameters
    ----------
    tol : payoff units
        For the certificate; default 1e-9 of what each can move itself.

    Raises
    ------
    UnsupportedGameError
        If the game is of another kind, or a negative weight leaves somebody undominated at 0.

    Examples
    --------
    >>> from coopetition import PowerGain
    >>> game = SeveralAggregatesGame(
    ...     gains=[PowerGain(1.0, 2.0, 0.35), PowerGain(0.5, 1.0, 0.5)], value=1000.0,
    ...     local_data=[[900.0, 100.0], [400.0, 400.0]], quality=[[0.9, 0.1], [0.5, 0.5]],
    ...     max_contribution=5000.0, unit_cost=0.02, quadratic_cost=2e-5, damage=0.1)
    >>> solve_several(game).profile.round(2).tolist()
    [323.14, 297.62]
    """
    if not isinstance(game, SeveralAggregatesGame):
        raise UnsupportedGameError(
            f"solve_several() needs a SeveralAggregatesGame, got {type(game).__name__}: use solve()"
        )
    who = tempted(game)
    if who.size:
        said = ", ".join(game.players[n] for n in who[:5])
        raise UnsupportedGameError(
            f"the weight of {said} is negative and 0 is not dominant there: use solve()"
        )
    idle = (game.weights == 0) | ~game.quality.any(axis=1)
    x = np.where(idle, _alone(game), 0.0)
    moving = np.flatnonzero((game.weights > 0) & (game.max_contribution > 0) & ~idle)
    sweeps = 0
    if moving.size:
        x[moving], sweeps = fill(game, moving, game.aggregates(x))
    x = _small_ones(game, x)
    flat = (game.quadratic_cost == 0) & (game.max_contribution > 0) & (game.weights >= 0)
    still = (game.weights <= 0) & (game.max_contribution > 0)
    names = [game.players[n] for n in np.flatnonzero(still)]
    return finish(
        game,
        x,
        solver="solve_several",
        iterations=sweeps,
        tol=tol,
        unique=None if flat.any() else True,
        reason=f"weight not positive for {first_few(names)}: own costs decide" if names else "",
    )


def tempted(game: SeveralAggregatesGame) -> Index:
    """Return who (indices) has a negative weight and may gain by contributing."""
    top = game.slopes(game.aggregates(game.max_contribution))
    rise = game.weights * (game.quality @ top) - game.unit_cost
    return np.flatnonzero((game.weights < 0) & (game.max_contribution > 0) & (rise > 0))


def _small_ones(game: SeveralAggregatesGame, x: Array) -> Array:
    """Let those answer who gain beside what they can move, but hardly move the aggregates.

    Among giants their regrets are lost in the sum that the proximal steps make small.
    """
    best, least = x, np.inf
    for _ in range(POLISH):
        allowed = tolerances(game, x)
        known = game.regret_bounds(x, game.spaces, allowed)
        if known is None:
            break
        bound, answer, _, _ = known
        missed = float(in_units(bound, allowed).max())
        best, least = (x, missed) if missed < least else (best, least)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.abs(answer - x)[:, None] * game.quality / game.aggregates(x)
        small = np.nan_to_num(share, nan=0.0).max(axis=1) <= SMALL
        wrong = (bound > allowed) & small
        if not wrong.any():
            break
        x = np.where(wrong, answer, x)
    return best


def _alone(game: SeveralAggregatesGame) -> Array:
    """Return what own costs alone make everybody contribute."""
    with np.errstate(divide="ignore", invalid="ignore"):
        best = np.where(game.unit_cost < 0, -game.unit_cost / game.quadratic_cost, 0.0)
    return np.clip(best, 0.0, game.max_contribution)


def fill(game: SeveralAggregatesGame, moving: Index, base: Array) -> tuple[Array, int]:
    """Return what those who move contribute on top of `base`, shape (K,), and the sweeps."""
    weight = game.weights[moving]
    members = Members(
        game.quality[moving],
        game.unit_cost[moving] / weight,
        game.quadratic_cost[moving] / weight,
        game.max_contribution[moving],
    )
    top = base + members.upper @ members.quality
    curves = continued(game.gains, base, top)
    x, s = np.empty_like(members.upper), middle(base, top)
    sweeps = 0
    if (members.bend > 0).all():
        if x.size > 8 * CHUNK:
            s = newton(curves, members.thinned(32), base, s, x[::32].copy(), 1e-3)[0]
        s, sweeps, solved = newton(curves, members, base, s, x)
        if solved:
            return x, sweeps
    more = _proximal(curves, members, base, s, x)
    return x, sweeps + more


def _proximal(curves: CurveFunction, members: Members, base: Array, s: Array, x: Array) -> int:
    """Fill where responses jump, by proximal steps; write the best into `x`, return the sweeps."""
    box = Box(np.zeros_like(x), members.upper)
    center, trial, best = np.zeros_like(x), np.empty_like(x), np.inf
    sweeps = stale = 0
    for stage in range(STAGES):
        theta = max(10.0**-stage, LEAST)
        terms = np.abs(members.quality @ curves(s)[1]) + np.abs(members.cost)
        extra = np.maximum(theta * terms / members.upper - members.bend, 0.0)
        extra[extra + members.bend < FLAT] = 1.0  # a payoff that is flat: nobody moves
        s, more, _ = newton(curves, members.near(center, extra), base, s, trial)
        sweeps += more
        pull = members.quality @ curves(base + trial @ members.quality)[1]
        rise = pull - members.cost - members.bend * trial
        own = np.abs(trial * (members.cost + 0.5 * members.bend * trial))
        regret = float(in_units(first_order(rise, trial, box), pull * members.upper + own).max())
        stale = stale + 1 if regret > 0.9 * best else 0
        if regret < best:
            best, x[:] = regret, trial
        if stale == 4 or regret <= CLOSE:
            break
        center = trial.copy()
    return sweeps
