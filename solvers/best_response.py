"""Best-response dynamics: everybody answers the others, in turn or at once.

In a weighted potential game every sequential step raises the potential, so that the path cannot
cycle. Simultaneous steps may diverge; damped by θ ≤ 1/N they are safe where the potential is
concave: the new profile is an average of N profiles, each a unilateral best response, and a
concave Φ at an average is at least the average of Φ.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.base import Game
from coopetition.games.coopetition.aggregate import AggregateForm, AggregativeGame
from coopetition.games.coopetition.best_response import (
    best_response,
    concave_responses,
    global_response,
    parts,
)
from coopetition.games.errors import InvalidInputError, UnsupportedGameError
from coopetition.games.search import best_deviation
from coopetition.games.smooth.game import SmoothGame
from coopetition.games.tolerance import checked_tolerance
from coopetition.solvers.equilibrium import Equilibrium, finish

Order = Literal["sequential", "simultaneous"]
_KEPT = 10_000  # profiles kept of a path, so that a long run does not fill the memory
_REMEMBERED = 200  # profiles whose next one is remembered: cycles are short


def best_response_dynamics(
    game: Game,
    start: ArrayLike | None = None,
    *,
    order: Order = "sequential",
    damping: float | None = None,
    tol: float | None = None,
    max_iter: int = 10_000,
) -> Equilibrium:
    """Let players answer each other's contributions until nobody moves.

    Stops where the remaining distance, estimated from the steps' rate of decrease, is below
    1e-12 of the contributions, or no float changes; the certificate says what was reached.

    Parameters
    ----------
    start : shape (N,)
        Default: nobody contributes, or as little as the bounds allow.
    order : "sequential" or "simultaneous"
        One after the other (a sweep is N answers), or all at once.
    damping : float in (0, 1]
        Of simultaneous steps, x ← x + θ (B(x) − x); default 1/N, which is safe.
    max_iter : int
        The budget of sweeps.

    Returns
    -------
    Equilibrium
        With `path`, the profiles after each sweep (the first 10,000), and `potentials` along it
        where the game has a potential. Near-ties need very many sweeps: the status then says that
        the budget ran out, and the certificate how far the answer is from an equilibrium.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> game = CoopetitionRound(
    ...     gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0] * 6, max_contribution=20_000.0,
    ...     value=1000.0, unit_cost=0.001, quadratic_cost=2e-6, damage=0.08)
    >>> found = best_response_dynamics(game)
    >>> found.profile.round(2).tolist()[:2], bool((np.diff(found.potentials) >= -1e-12).all())
    ([270.51, 270.51], True)
    """
    if isinstance(game, SmoothGame) and not game.single:
        raise UnsupportedGameError(
            "best_response_dynamics() needs one number per player: use solve_smooth()"
        )
    checked_tolerance(tol)
    size = len(game.players)
    x = game.checked(game.spaces.project(np.zeros(size)) if start is None else start)
    theta = (1.0 if order == "sequential" else 1.0 / size) if damping is None else damping
    if order not in ("sequential", "simultaneous"):
        raise InvalidInputError(f"`order` must be sequential or simultaneous, got {order!r}")
    if not 0 < theta <= 1 or max_iter < 1:
        raise InvalidInputError(
            f"`damping` must be in (0, 1] and `max_iter` at least 1, got {theta!r}, {max_iter!r}"
        )
    path, iterations, settled, last = [x], 0, False, np.inf
    for y in islice(_sweeps(game, x, order, theta), max_iter):
        iterations += 1
        step = float(np.max(np.abs(y - x)))
        rate = min(step / last, 1.0) if last > 0 else 0.0
        settled = step == 0 or (rate < 1 and step / (1 - rate) <= 1e-12 * float(y.max()))
        x, last = y, step
        if len(path) < _KEPT:
            path.append(x)
        if settled:
            break
    visited = np.array(path)
    has_potential = isinstance(game, AggregativeGame) and game.has_potential
    return finish(
        game,
        x,
        solver="best_response_dynamics",
        iterations=iterations,
        tol=tol,
        out_of_budget=not settled,
        parameters={"order": order, "damping": theta, "max_iter": max_iter},
        path=visited,
        potentials=game.potential(visited)
        if has_potential and isinstance(game, AggregativeGame)
        else None,
    )


def _sweeps(game: Game, x: Array, order: Order, theta: float) -> Iterator[Array]:
    """Yield the profile after each sweep, for ever; on a cycle, without searching again."""
    known: dict[bytes, Array] = {}  # what follows a profile is always the same
    while True:
        key = x.tobytes()
        after = known.get(key)
        if after is None:
            after = _sweep(game, x, order, theta)
            if len(known) < _REMEMBERED:
                known[key] = after
        x = after
        yield x


def _sweep(game: Game, x: Array, order: Order, theta: float) -> Array:
    """Return the profile after one sweep."""
    if not isinstance(game, AggregativeGame):
        return _search_sweep(game, x, order, theta)
    if order == "sequential":
        return _sequential(game.form, x, theta)
    return x + theta * (_simultaneous(game.form, x) - x)


def _sequential(form: AggregateForm, x: Array, theta: float) -> Array:
    """Let each player answer in turn, Ω kept up to date."""
    y = x.copy()
    omega = float(form.aggregate(y))
    negative = form.weight < 0
    for n in np.flatnonzero(form.upper > 0):
        rest = max(omega - float(form.quality[n] * y[n]), form.base)
        now = float(y[n])
        if negative[n]:
            answer = _stay_or_move(form, int(n), rest, now)
        else:
            answer = best_response(form, int(n), rest, now)
        y[n] = now + theta * (answer - now)
        omega = rest + float(form.quality[n] * y[n])
    return y


def _stay_or_move(form: AggregateForm, n: int, rest: float, now: float) -> float:
    """Return a global best response, or the present contribution where that is as good."""
    answer, best, _ = global_response(form, n, rest)
    one = form.among(np.array([n]), rest)
    here = float(np.sum(parts(one, rest, np.array([now]))))
    return now if here >= best - 1e-15 * abs(best) else answer


def _simultaneous(form: AggregateForm, x: Array) -> Array:
    """Return everybody's best response to the same profile."""
    rest = form.without(x)
    answers = concave_responses(form, rest, x)
    for n in np.flatnonzero((form.weight < 0) & (form.upper > 0)):
        answers[n] = _stay_or_move(form, int(n), float(rest[n]), float(x[n]))
    return answers


def _search_sweep(game: Game, x: Array, order: Order, theta: float) -> Array:
    """Let each player of any game answer by search on its payoffs."""
    y = x.copy()
    for n in range(x.size):
        facing = y if order == "sequential" else x
        y[n] = facing[n] + theta * (best_reply(game, n, facing) - facing[n])
    return y


def best_reply(game: Game, player: int, profile: Array) -> float:
    """Return one player's best response to the others' part of a profile; its own where as good.

    Exact in an aggregative game, else searched on payoffs.

    Examples
    --------
    >>> cournot = SmoothGame(bounds=[(0, 10), (0, 10)],
    ...     payoffs=[lambda x: x[0] * (11 - x.sum()), lambda x: x[1] * (10 - x.sum())])
    >>> round(best_reply(cournot, 0, np.array([0.0, 3.0])), 6)
    4.0
    """
    now = float(profile[player])
    if isinstance(game, AggregativeGame):
        rest = float(game.form.without(profile)[player])
        respond = _stay_or_move if game.form.weight[player] < 0 else best_response
        return respond(game.form, player, rest, now)
    box, here = game.spaces, float(game.payoffs(profile)[player])
    low, high = float(box.lower[player]), float(box.upper[player])
    answer, best = best_deviation(game, player, profile, low, high)
    return now if best - here <= 1e-13 * abs(here) else answer
