"""The exact solver for aggregative games: one scalar equation instead of N.

With λ = P′(Ω) every player's own response B_n(λ) is known in closed form, so an equilibrium is a
root of the decreasing function f(S) = base + Σ q_n B_n(P′(S)) − S. On the piece around S, where no
player enters, leaves or meets its bound, Σ q B is (locally) affine in λ and the piece's root is
found exactly: a few sweeps of O(N) suffice. Safeguards, each of which a benign test would not miss
but a hard game does: every evaluated point narrows a bracket; a root outside it is never taken for
convergence; where f is too steep for the two floats around its root, the players that jump between
them are filled proportionally. Linear costs make f jump at thresholds, which are searched by
bisection over their sorted list.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from coopetition.games.arrays import Array, Index, Mask, each
from coopetition.games.base import Game
from coopetition.games.coopetition.aggregate import AggregateForm, AggregativeGame
from coopetition.games.errors import UnsupportedGameError
from coopetition.games.text.words import first_few
from coopetition.solvers.aggregate.all_equilibria import ties, with_list
from coopetition.solvers.aggregate.responses import CHUNK, Linear, Smooth, between, root_of_piece
from coopetition.solvers.equilibrium import Equilibrium, finish

EPS = float(np.finfo(float).eps)
SlopePair = Callable[[float], tuple[float, float]]


@dataclass(frozen=True, slots=True, eq=False)
class Filled:
    """An equilibrium profile of a concave aggregate form, with the sweeps it took."""

    profile: Array
    sweeps: int
    unique: bool


def solve_aggregate(game: Game, *, tol: float | None = None) -> Equilibrium:
    """Find the equilibrium of an aggregative game exactly, in O(N) per sweep.

    Treats strictly concave and linear own terms, ties (the proportional fill, `unique` False),
    bounds, X = 0, and players who are dominated at 0 although their weight is not positive.

    Parameters
    ----------
    tol : payoff units
        For the certificate; default 1e-9 of what each can move itself. The solver has none.

    Raises
    ------
    UnsupportedGameError
        If the game is not aggregative, or a negative weight leaves a player undominated.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> game = CoopetitionRound(
    ...     gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0] * 6, max_contribution=20_000.0,
    ...     value=1000.0, unit_cost=0.001, quadratic_cost=2e-6, damage=0.08)
    >>> solve_aggregate(game).profile.round(2).tolist()[:3]
    [270.51, 270.51, 270.51]
    """
    if not isinstance(game, AggregativeGame):
        raise UnsupportedGameError(
            f"solve_aggregate() needs an aggregative game, got {type(game).__name__}: use solve()"
        )
    form, fixed = eliminate(game.form)
    if not form.concave:
        names = ", ".join(game.players[n] for n in undominated(form)[:5])
        raise UnsupportedGameError(
            f"the weight of {names} is negative and 0 is not dominant there: use solve()"
        )
    filled = fill(form)
    linear = not form.gain.strictly_concave and bool(ties(game, filled.profile))
    found = finish(
        game,
        filled.profile,
        solver="solve_aggregate",
        iterations=filled.sweeps,
        tol=tol,
        unique=filled.unique and not linear,
        reason=said(game, fixed),
    )
    return with_list(game, found) if found.success else found


def undominated(form: AggregateForm) -> Index:
    """Return the players (indices) who can move and whose weight is negative."""
    return np.flatnonzero((form.weight < 0) & (form.upper > 0))


def eliminate(form: AggregateForm) -> tuple[AggregateForm, Mask]:
    """Fix players with negative weight at 0 where that is dominant.

    Where w_n < 0, U_n′ ≤ w_n q_n P′(Ω_max) + own_n′(0); if that is ≤ 0, x_n = 0 is dominant.
    Fixing one lowers Ω_max, so the test is repeated. Returns the new form and who was fixed,
    shape (..., N).
    """
    fixed = np.zeros_like(form.upper, dtype=bool)
    while not form.concave:
        top = each(form.gain.slope(form.aggregate(form.upper)))
        at_zero = form.pull * top + form.own_slope(np.zeros_like(form.upper))
        new = (form.weight < 0) & (form.upper > 0) & (at_zero <= 0)
        if not new.any():
            break
        fixed |= new
        form = replace(form, upper=np.where(new, 0.0, form.upper))
    return form, fixed


def said(game: AggregativeGame, fixed: Mask) -> str:
    """Name the organizations whose weight is not positive, and what that means."""
    weight, upper = game.form.weight, game.form.upper
    if weight.min() > 0:
        return ""
    notes = []
    for who, what in (
        (fixed, "fixed at 0, which is dominant: rivals' profit matters more than the model"),
        ((weight == 0) & (upper > 0), "indifferent to the model: own costs and payments decide"),
    ):
        names = [game.players[n] for n in np.flatnonzero(who)]
        if names:
            notes.append(f"weight not positive for {first_few(names)}: {what}")
    return "; ".join(notes)


def fill(form: AggregateForm) -> Filled:
    """Solve f(S) = 0 for a form with all weights ≥ 0 and return the profile."""
    strict = (form.curvature > 0) | (form.skew > 0)
    if strict.all():
        x = np.empty_like(form.upper)
        sweeps = _solve_smooth(form, Smooth.of(form, None), form.base, x)
        return Filled(x, sweeps, True)
    x = np.zeros_like(form.upper)
    still = ~strict & (form.weight == 0)
    x[still & (form.linear > 0)] = form.upper[still & (form.linear > 0)]
    unique = not (still & (form.linear == 0) & (form.upper > 0)).any()
    base = form.base + float(form.quality @ x)
    linear = Linear.of(form, np.flatnonzero(~strict & ~still & (form.upper > 0)))
    chosen = np.flatnonzero(strict)
    smooth = Smooth.of(form, chosen)
    position, share, sweeps = _locate(form, linear, smooth, base)
    linear.fill(x, form.upper, position, share)
    part = np.empty(smooth.size)
    if 0 < share < 1:
        tied = int((linear.rank == position).sum())
        unique &= tied == 1 and form.gain.strictly_concave
        smooth.sweep(float(linear.thresholds[position]), part)
    else:
        base += float(linear.below[position]) + share * float(
            linear.capacity[position : position + 1].sum()
        )
        sweeps += _solve_smooth(form, smooth, base, part)
    x[chosen] = part
    return Filled(x, sweeps, unique)


def _locate(
    form: AggregateForm, linear: Linear, smooth: Smooth, base: float
) -> tuple[int, float, int]:
    """Find how many thresholds lie below λ, and the share contributed at the next one.

    Bisection over the sorted thresholds; at each, f just above and just below is compared.
    """
    first, last, sweeps = 0, linear.thresholds.size, 0
    while first < last:
        k = (first + last) // 2
        slope = float(linear.thresholds[k])
        target = form.gain.inverse_slope(slope)
        without = base + float(linear.below[k]) + smooth.sweep(slope)[0]
        sweeps += 1
        if without + float(linear.capacity[k]) < target:
            first = k + 1
        elif without > target:
            last = k
        else:
            return k, (target - without) / float(linear.capacity[k]), sweeps
    return first, 0.0, sweeps


def _solve_smooth(form: AggregateForm, smooth: Smooth, base: float, out: Array) -> int:
    """Solve for players with strictly concave own terms into `out`; count the sweeps."""
    ends = base, base + float(smooth.quality @ smooth.upper)
    if ends[0] == ends[1]:
        out[:] = 0.0
        return 0
    start, pair = between(*ends), form.gain.slope_pair
    if smooth.size > 8 * CHUNK:
        thin = smooth.thinned(32)
        thin.quality *= smooth.size / thin.size
        start, _, _ = find_root(pair, thin, base, ends, start)
    low, high, sweeps = find_root(pair, smooth, base, ends, start, out)
    if low == high:
        return sweeps
    top = base + smooth.sweep(pair(low)[0], out)[0]
    other = np.empty_like(out)
    bottom = base + smooth.sweep(pair(high)[0], other)[0]
    share = (high - bottom) / (top - bottom) if top > bottom else 1.0
    other -= out  # 0 for who is at the same bound in both: it stays there exactly
    other *= 1.0 - share
    out += other
    np.minimum(out, smooth.upper, out=out)
    return sweeps


def find_root(
    pair: SlopePair,
    smooth: Smooth,
    base: float,
    ends: tuple[float, float],
    start: float,
    out: Array | None = None,
) -> tuple[float, float, int]:
    """Find the root of f(S) = base + Σ q B(P′(S)) − S by safeguarded piecewise Newton.

    Returns
    -------
    (low, high, sweeps)
        low = high = S where f(S) = 0 to rounding, `out` then holding B; otherwise two neighboring
        floats between which f jumps from positive to negative.
    """
    (low, high), s, creep = ends, start, 0
    unseen = {low, high} if math.isfinite(pair(low)[0]) else {high}
    for sweeps in range(1, 400):
        unseen.discard(s)
        slope = pair(s)[0]
        total, gradient = smooth.sweep(slope, out)
        total += base
        if abs(total - s) <= 4.0 * EPS * s:
            return s, s, sweeps
        low, high = (s, high) if total > s else (low, s)
        if math.nextafter(low, math.inf) >= high and not unseen & {low, high}:
            break
        here, s = s, root_of_piece(pair, total - gradient * slope, gradient, s, (low, high))
        if s in (low, high) and s not in unseen:
            if s == here and creep < 4:  # the root is within rounding of this point
                s += math.ulp(s) * 4.0**creep * (1.0 if s == low else -1.0)
                creep += 1
            else:  # the root lies on another piece
                s = between(low, high)
        elif sweeps % 8 == 0:
            s = between(low, high)
        if not low <= s <= high:
            s = between(low, high)
    return low, high, sweeps
