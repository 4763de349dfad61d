"""Equilibria of smooth games: climb a known potential, or let players answer in turn; then polish.

Answers by search are exact to about the square root of rounding. Newton steps on the own slopes of
the numbers that are inside their bounds take the profile the rest of the way.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coopetition.games.arrays import Array
from coopetition.games.base import Box
from coopetition.games.certificate import certify
from coopetition.games.errors import InvalidInputError, UnsupportedGameError
from coopetition.games.smooth.climb import climb
from coopetition.games.smooth.game import SmoothGame
from coopetition.games.smooth.potential import SmoothPotential
from coopetition.games.smooth.regret import block_response
from coopetition.games.tolerance import checked_tolerance
from coopetition.solvers.equilibrium import Equilibrium, Status, finish

STARTS = 4


def solve_smooth(
    game: SmoothGame,
    start: ArrayLike | None = None,
    *,
    potential: SmoothPotential | None = None,
    tol: float | None = None,
    max_iter: int = 100,
    seed: int = 0,
) -> Equilibrium:
    """Find an equilibrium of a smooth game, players with one number or several alike.

    Parameters
    ----------
    start : shape (d,), optional
        Default: the middle of the box, its corners, and random profiles, until one end is
        certified.
    potential : SmoothPotential, optional
        What `potential_of_smooth` found: Φ is climbed first, since its maximizers are equilibria.
    max_iter : int
        Sweeps in which every player answers the others once, a start.
    seed : int
        Of the random profiles among the starts and of the searches.

    Returns
    -------
    Equilibrium
        The certificate is computed from the game after the last step.

    Raises
    ------
    UnsupportedGameError
        If it is no smooth game.

    Examples
    --------
    >>> from coopetition.games import SmoothGame
    >>> def payoff(n):  # data x[2n] and compute x[2n + 1], shared gain log(1 + Σ data · compute)
    ...     return lambda x: 9 * np.log1p(x[0] * x[1] + x[2] * x[3]) - x[2 * n] - 2 * x[2 * n + 1]
    >>> game = SmoothGame(payoffs=[payoff(0), payoff(1)], bounds=[[(0, 9), (0, 9)]] * 2)
    >>> found = solve_smooth(game, [3, 3, 0, 0])
    >>> found.success, found.profile.round(4).tolist()
    (True, [8.772, 4.386, 0.0, 0.0])
    """
    if not isinstance(game, SmoothGame):
        raise UnsupportedGameError(f"solve_smooth() needs a SmoothGame, got {type(game).__name__}")
    if isinstance(max_iter, bool) or not isinstance(max_iter, int) or max_iter < 1:
        raise InvalidInputError(f"`max_iter` must be at least 1, got {max_iter!r}")
    checked_tolerance(tol)
    box = game.spaces
    if start is not None:
        starts = [game.checked(start)]
    else:
        drawn = box.sample(np.random.default_rng(seed), STARTS - 3)
        starts = [0.5 * (box.lower + box.upper), box.upper, box.lower, *drawn]
    climbed = potential is not None and potential.holds is True and callable(potential.potential)
    best: Equilibrium | None = None
    for x in starts:
        first = _climb(game, potential, x) if climbed and potential is not None else x
        found = _settle(game, first, tol, max_iter, seed)
        if best is None or found.certificate.excess < best.certificate.excess:
            best = found
        if best.success:
            break
    assert best is not None
    how = "the potential was climbed, then " if climbed else ""
    reason = f"{how}players answered in turn; slopes were polished by Newton steps"
    status = best.status
    if not best.success and start is None:
        reason += f"; none of {len(starts)} starts led to an equilibrium"
        status = Status.NO_PURE_EQUILIBRIUM
    return replace(best, reason=reason, status=status)


def _settle(
    game: SmoothGame, start: Array, tol: float | None, max_iter: int, seed: int
) -> Equilibrium:
    """Sweep until nobody moves, polish, and certify what is better of the two."""
    x, sweeps, settled = start, 0, False
    unit = 1e-7 * (game.spaces.upper - game.spaces.lower)
    polished = _polished(game, x)
    if certify(game, polished, tol=tol).holds:
        x, settled = polished, True
    while not settled and sweeps < max_iter:
        sweeps += 1
        y = _sweep(game, x, seed)
        settled = bool((np.abs(y - x) <= unit).all())
        x = y
    ends = [_polished(game, x), x]
    found = [
        finish(
            game,
            end,
            solver="solve_smooth",
            iterations=sweeps,
            tol=tol,
            out_of_budget=not settled,
            parameters={"max_iter": max_iter, "seed": seed},
        )
        for end in ends
    ]
    return min(found, key=lambda answer: answer.certificate.excess)


def _sweep(game: SmoothGame, x: Array, seed: int) -> Array:
    """Let each player answer in turn; one that gains nothing beyond rounding stays."""
    y = x.copy()
    for n, block in enumerate(game.blocks):
        here = float(game.payoff(n, y))
        answer, value = block_response(game, n, y, game.spaces, points=8, seed=seed)
        if value - here > 1e-13 * abs(here):
            y[block] = answer
    return y


def _polished(game: SmoothGame, x: Array) -> Array:
    """Solve ∂U_n/∂x_i = 0 for the numbers inside their bounds, if that leads somewhere near."""
    from scipy.optimize import root

    box = game.spaces
    width = box.upper - box.lower
    inside = (width > 0) & (x > box.lower + 1e-6 * width) & (x < box.upper - 1e-6 * width)
    if not inside.any():
        return x

    def slopes(at: Array) -> Array:
        return game.own_slopes(at)[0]

    own = game.reach(x)[game.owner]  # each number's slope in its player's own unit
    unit = np.maximum(np.maximum(np.abs(slopes(x) * width), own), 1e-300)

    def residual(share: Array) -> Array:
        at = x.copy()
        at[inside] = _at(box, share, inside)
        return (slopes(at) * width / unit)[inside]

    share = ((x - box.lower)[inside]) / width[inside]
    found = root(residual, share, method="hybr", options={"xtol": 1e-14})
    if not np.isfinite(found.x).all() or (found.x < 0).any() or (found.x > 1).any():
        return x
    y = x.copy()
    y[inside] = _at(box, found.x, inside)
    return y


def _at(box: Box, share: Array, inside: NDArray[np.bool_]) -> Array:
    low, high = box.lower[inside], box.upper[inside]
    return np.clip(low + share * (high - low), low, high)


def _climb(game: SmoothGame, known: SmoothPotential, start: Array) -> Array:
    """Climb a potential by L-BFGS-B in shares of the box, its slope from the players' own."""
    box = game.spaces
    width = box.upper - box.lower
    weights = np.asarray(known.weights, dtype=float)

    def slope(x: Array) -> Array:
        return game.own_slopes(x)[0] / weights[game.owner] * width

    unit = max(float(np.abs(slope(start)).max()), 1e-300)

    def downhill(share: Array) -> tuple[float, Array]:
        x = box.project(box.lower + share * width)
        return -float(known.potential(x)) / unit, -slope(x) / unit

    share = np.divide(start - box.lower, width, out=np.zeros_like(width), where=width > 0)
    found = climb(downhill, share, 500)
    return box.project(box.lower + found.x * width)
