"""Equilibria of games in which everybody has its own gain: answers in turn from several starts.

There is no potential to climb, so that sweeps may cycle: after a while steps are halved. All
starts sweep together, everybody's answer searched on a grid and a finer one around its best point.
Newton's method on the own slopes takes each end the rest of the way, and everything that is
certified is listed. That these are all equilibria there are, nobody says.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.checks import whole
from coopetition.games.errors import UnsupportedGameError
from coopetition.games.measured.form import GainForm, GameOfGains
from coopetition.games.tolerance import checked_tolerance
from coopetition.solvers.equilibrium import Equilibrium, Status, finish
from coopetition.solvers.listed import Listed

STARTS = 6
COARSE, FINE = 33, 17  # points of the first grid of a search, and of those around its best point
PATIENT = 5  # sweeps with full steps, before cycles are damped
CLOSE = 0.02  # of the interval: ends so near that Newton's method may do the rest
APART = 1e-4  # of the interval: what makes two equilibria
NEWTON = 12


def solve_measured(
    game: GameOfGains,
    start: ArrayLike | None = None,
    *,
    tol: float | None = None,
    starts: int = STARTS,
    max_iter: int = 60,
    seed: int = 0,
) -> Equilibrium:
    """Find equilibria of a game in which everybody has its own gain.

    Parameters
    ----------
    start : shape (N,), optional
        The only profile to start from.
    starts : int
        How many otherwise: nobody, everybody, the middle, then random profiles.
    max_iter : int
        Sweeps in which everybody answers the others once.
    seed : int
        Of the random profiles.

    Returns
    -------
    Equilibrium
        The one with the highest welfare among those found; `listed` has them all, by what is
        contributed in total. Where none is certified, the end with the least regret.

    Raises
    ------
    UnsupportedGameError
        If players have no gains of their own.

    Examples
    --------
    >>> from coopetition.games.measured import MeasuredGame, SeparableGains
    >>> gains = SeparableGains(np.zeros(2), np.array([[0.2, 0.1], [-0.1, 0.3]]), 4.0, np.ones(2))
    >>> game = MeasuredGame(gains=gains, max_contribution=[1.0, 1.0], value=10.0, unit_cost=1.5)
    >>> found = solve_measured(game)
    >>> found.success, found.profile.round(6).tolist()  # 4 p β/(log 5 (1 + 4 x)) = 1.5
    (True, [0.578447, 0.99267])
    """
    if not isinstance(game, GameOfGains):
        raise UnsupportedGameError(
            f"solve_measured() needs a game of gains, got {type(game).__name__}: use solve()"
        )
    checked_tolerance(tol)
    whole("max_iter", max_iter, 1)
    whole("starts", starts, 1)
    form, box = game.form, game.spaces
    if start is None:
        drawn = box.sample(np.random.default_rng(seed), max(starts - 3, 0))
        first = np.vstack((box.lower, box.upper, 0.5 * box.upper, drawn))[:starts]
    else:
        first = game.checked(start)[None]
    ends, sweeps = _swept(form, first, CLOSE, 2, max_iter)
    answers: list[Equilibrium] = []
    for end in distinct(ends, form, CLOSE):
        top = polished(form, end)
        if _apart(top, [one.profile for one in answers], form, APART):
            answers.append(_settled(game, end, top, tol, sweeps, max_iter))
    good = [one for one in answers if one.success]
    why = f"everybody answered in turn, from {len(first)} start{'s'[: len(first) > 1]}"
    if not good:
        least = min(answers, key=lambda one: one.certificate.excess)
        status = Status.NO_PURE_EQUILIBRIUM if start is None else least.status
        return replace(least, status=status, reason=f"{why}; none led to an equilibrium")
    profiles = distinct(np.array([one.profile for one in good]), form, APART)
    kept = [next(one for one in good if (one.profile == x).all()) for x in profiles]
    best = max(kept, key=lambda one: one.welfare)
    several = f"{len(kept)} equilibria were found, this has the highest welfare; "
    return replace(
        best,
        listed=_listed(kept, best) if len(kept) > 1 else None,
        reason=f"{why}; {several if len(kept) > 1 else ''}there may be others",
    )


def _listed(found: list[Equilibrium], best: Equilibrium) -> tuple[Listed, ...]:
    """Return equilibria in the order of what is contributed in total."""
    return tuple(
        Listed(
            profile=one.profile,
            payoffs=one.payoffs,
            welfare=one.welfare,
            epsilon=one.certificate.epsilon,
            continuum="",
            chosen=one is best,
        )
        for one in sorted(found, key=lambda one: float(one.profile.sum()))
    )


def distinct(profiles: Array, form: GainForm, apart: float) -> Array:
    """Return profiles that differ by more than a share of somebody's interval."""
    kept: list[Array] = []
    for x in profiles:
        if _apart(x, kept, form, apart):
            kept.append(x)
    return np.array(kept)


def _apart(profile: Array, others: list[Array], form: GainForm, share: float) -> bool:
    """Whether a profile differs from all others by more than a share of somebody's interval."""
    return all((np.abs(profile - other) > share * form.upper).any() for other in others)


def _settled(
    game: GameOfGains, end: Array, top: Array, tol: float | None, sweeps: int, max_iter: int
) -> Equilibrium:
    """Certify a polished end; where that fails sweep on from the end, with finer searches."""

    def certified(profile: Array, spent: int) -> Equilibrium:
        return finish(
            game,
            profile,
            solver="solve_measured",
            iterations=spent,
            tol=tol,
            out_of_budget=spent - sweeps >= max_iter,
            parameters={"max_iter": max_iter},
        )

    answer = certified(top, sweeps)
    if answer.success:
        return answer
    fine, more = _swept(game.form, end[None], 1e-6, 6, max_iter)
    tried = [certified(x, sweeps + more) for x in (polished(game.form, fine[0]), fine[0])]
    return min([*tried, answer], key=lambda one: one.certificate.excess)


def _swept(
    form: GainForm, starts: Array, close: float, depth: int, max_iter: int
) -> tuple[Array, int]:
    """Let everybody answer in turn until nobody moves far, from all starts at once."""
    x, unit = starts.copy(), np.where(form.upper > 0, form.upper, 1.0)
    moving, sweep = np.arange(len(x)), 0
    while moving.size and sweep < max_iter:
        sweep += 1
        y = x[moving]
        for n in np.flatnonzero(form.upper > 0):
            step = 1.0 if sweep <= PATIENT else 0.5
            y[:, n] += step * (answers(form, y, int(n), depth) - y[:, n])
        far = (np.abs(y - x[moving]) > close * unit).any(axis=1)
        x[moving] = y
        moving = moving[far]
    return x, sweep


def answers(form: GainForm, profiles: Array, player: int, depth: int) -> Array:
    """Return one player's best responses to several profiles, shape (S,), by `depth` grids."""
    count = len(profiles)
    low, high = np.zeros(count), np.full(count, form.upper[player])
    best = profiles[:, player]
    for step in range(depth):
        points = COARSE if step == 0 else FINE
        grid = np.linspace(low, high, points, axis=-1)
        rows = np.repeat(profiles, points, axis=0)
        rows[:, player] = grid.ravel()
        worth = form.own(rows, player).reshape(count, points)
        best = grid[np.arange(count), worth.argmax(axis=1)]
        width = (high - low) / (points - 1)
        low, high = np.maximum(best - width, low), np.minimum(best + width, high)
    return best


def polished(form: GainForm, profile: Array) -> Array:
    """Solve ∂U_n/∂x_n = 0 for all who are not held at a bound, by Newton's method."""
    x, top = profile.copy(), form.upper
    step = 1e-4 * top
    for _ in range(NEWTON):
        slope = form.marginal(x)
        held = ((x <= 0) & (slope <= 0)) | ((x >= top) & (slope >= 0)) | (top == 0)
        inside = np.flatnonzero(~held)
        if not inside.size:
            break
        rows = np.repeat(x[None], inside.size, axis=0)
        aside = np.where(x + step <= top, step, -step)[inside]
        rows[np.arange(inside.size), inside] += aside
        bend = ((form.marginal(rows) - slope)[:, inside] / aside[:, None]).T
        try:
            move = np.linalg.solve(bend, -slope[inside])
        except np.linalg.LinAlgError:
            return profile
        move = np.clip(move, -0.1 * top[inside], 0.1 * top[inside])
        y = x.copy()
        y[inside] = np.clip(x[inside] + move, 0.0, top[inside])
        if not np.isfinite(y).all():
            return profile
        still = (np.abs(y - x) <= 1e-12 * top).all()
        x = y
        if still:
            break
    return x
