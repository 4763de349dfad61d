"""All pure equilibria of an aggregative game with negative weights, or none where none exists.

Let S be the total Ω. A player with w ≥ 0 contributes a decreasing function of S, known piece by
piece. A player with w < 0 is a strategic complement: the more the others bring, the more it
answers, from 0 it jumps to the upper stationary point y at a threshold t of what the others bring.
So it contributes 0 for S ≤ t, nothing consistent for t < S < t + q y, and above that the
stationary point at S. Between neighboring breakpoints the equation base + Σ q x(S) = S then reads
A + B P′(S) = S; with P′ convex it has at most two roots, found by bisection. Needs quadratic own
terms (no skew) and a convex P′ [derived; checked against grids in the tests].
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.coopetition.aggregate import AggregateForm
from coopetition.games.coopetition.gain import GainCurve
from coopetition.solvers.aggregate.aggregate import undominated


@dataclass(frozen=True, slots=True)
class Jump:
    """Where a player with negative weight jumps: 0 up to S = `leave`, positive from `enter` on."""

    leave: float
    enter: float


def can_enumerate(form: AggregateForm) -> bool:
    """Whether the form has quadratic own terms and a convex slope of the gain."""
    return form.gain.convex_slope and not form.personal


def enumerate_profiles(form: AggregateForm) -> list[Array]:
    """Return every pure equilibrium's profile, in the order of Ω; see the module's text.

    A continuum (ties of linear costs) is represented by its proportional fill.
    """
    top = form.base + float(form.quality @ form.upper)
    jumps = {int(n): _jump(form, int(n), top) for n in undominated(form)}
    points = _breakpoints(form, jumps, top)
    found: list[Array] = []
    for low, high in pairwise(points):
        found += _inside(form, jumps, low, high)
    for s in points:
        found += _at_threshold(form, jumps, s)
    found.sort(key=lambda x: float(form.aggregate(x)))
    distinct: list[Array] = []
    for x in found:
        near = 1e-9 * (form.upper + 1e-300)
        if not any((np.abs(x - y) <= near).all() for y in distinct):
            distinct.append(x)
    return distinct


def _jump(form: AggregateForm, n: int, top: float) -> Jump:
    """Bisect the threshold t of what the others bring, at which n is indifferent to acting."""
    q, room = float(form.quality[n]), float(form.upper[n])
    low, high = form.base, top - q * room
    gained, answer = _advantage(form, n, low)
    if gained >= 0:  # it acts whatever the others bring, and then brings at least this
        return Jump(low if gained == 0 else -np.inf, low + q * answer)
    if _advantage(form, n, high)[0] < 0:
        return Jump(np.inf, np.inf)
    for _ in range(200):
        middle = 0.5 * (low + high)
        if not low < middle < high:
            break
        low, high = (low, middle) if _advantage(form, n, middle)[0] >= 0 else (middle, high)
    return Jump(high, high + q * _advantage(form, n, high)[1])


def _advantage(form: AggregateForm, n: int, rest: float) -> tuple[float, float]:
    """Return (g(y) − g(0), y) for the best positive y against `rest`: increasing in rest."""
    pull, q, b = float(form.pull[n]), float(form.quality[n]), float(form.curvature[n])
    a, room, pair = float(form.linear[n]), float(form.upper[n]), form.gain.slope_pair

    def slope(y: float) -> float:
        return pull * pair(rest + q * y)[0] + a - b * y

    def bend(y: float) -> float:
        return pull * q * pair(rest + q * y)[1] - b

    peak = _last_positive(bend, 0.0, room)  # the slope is concave: it rises up to here
    y = _last_positive(slope, peak, room) if slope(peak) > 0 else room
    shared = form.gain.value(np.array([rest, rest + q * y]))
    weight = float(form.weight[n])
    return weight * float(shared[1] - shared[0]) + y * (a - 0.5 * b * y), y


def _last_positive(function: Callable[[float], float], low: float, high: float) -> float:
    """Return where a decreasing function crosses zero, or the end that is nearer to it."""
    if function(high) >= 0:
        return high
    if function(low) <= 0:
        return low
    for _ in range(200):
        middle = 0.5 * (low + high)
        if not low < middle < high:
            break
        low, high = (middle, high) if function(middle) > 0 else (low, middle)
    return low


def _breakpoints(form: AggregateForm, jumps: dict[int, Jump], top: float) -> list[float]:
    """Return the sorted values of S at which some player changes its regime."""
    places = {form.base, top}
    # pull P′ + linear − curvature x = 0 at x = 0 and at x = X: there n leaves a bound
    for n in np.flatnonzero((form.weight != 0) & (form.upper > 0)):
        levels = [-form.linear[n] / form.pull[n]]
        levels.append((form.curvature[n] * form.upper[n] - form.linear[n]) / form.pull[n])
        places |= {form.gain.inverse_slope(float(level)) for level in levels}
    for jump in jumps.values():
        places |= {jump.leave, jump.enter}
    return sorted(s for s in places if form.base <= s <= top)


def _responses(form: AggregateForm, jumps: dict[int, Jump], s: float) -> tuple[Array, Array] | None:
    """Return x(S) and its derivative in λ, or None in a gap; at a threshold nothing is given."""
    slope = form.gain.slope_pair(s)[0]
    drive = form.pull * slope + form.linear
    with np.errstate(divide="ignore", invalid="ignore"):
        x = np.where(form.curvature > 0, drive / form.curvature, np.where(drive > 0, np.inf, 0.0))
        rate = np.where((x > 0) & (x < form.upper), form.pull / form.curvature, 0.0)
    x = np.clip(x, 0.0, form.upper)
    for n, jump in jumps.items():
        if s <= jump.leave:
            x[n] = rate[n] = 0.0
        elif s < jump.enter:
            return None
        elif form.curvature[n] == 0:
            x[n], rate[n] = form.upper[n], 0.0
    return x, rate


def _inside(form: AggregateForm, jumps: dict[int, Jump], low: float, high: float) -> list[Array]:
    """Return the equilibria with S in one piece: the roots of A + B P′(S) = S."""
    middle = 0.5 * (low + high)
    piece = _responses(form, jumps, middle)
    if piece is None:
        return []
    x, rate = piece
    b = float(form.quality @ rate)
    a = form.base + float(form.quality @ x) - b * form.gain.slope_pair(middle)[0]
    roots = _roots(form.gain, a, b, low, high)
    found = []
    for s in roots:
        moved = x + rate * (form.gain.slope_pair(s)[0] - form.gain.slope_pair(middle)[0])
        found.append(np.clip(moved, 0.0, form.upper))
    return found


def _roots(gain: GainCurve, a: float, b: float, low: float, high: float) -> list[float]:
    """Return the roots of a + b P′(S) − S in [low, high]: at most two, as P′ is convex."""

    def excess(s: float) -> float:
        return a + b * gain.slope_pair(s)[0] - s if b else a - s

    if b >= 0:
        ends = [(low, high)] if excess(low) >= 0 >= excess(high) else []
    else:
        peak = _last_positive(lambda s: b * gain.slope_pair(s)[1] - 1.0, low, high)
        slack = 1e-13 * (abs(a) + high)
        if excess(peak) < -slack:
            return []
        ends = [(peak, high)] if excess(high) <= 0 else []
        if excess(low) <= 0 and low < peak:
            root = _last_positive(lambda s: -excess(s), low, peak)
            return [root] + [_last_positive(excess, *end) for end in ends]
    return [_last_positive(excess, *end) for end in ends]


def _at_threshold(form: AggregateForm, jumps: dict[int, Jump], s: float) -> list[Array]:
    """Return the equilibrium in which players indifferent at S (linear costs) fill the rest."""
    slope = form.gain.slope_pair(s)[0]
    flat = (form.curvature == 0) & (form.weight > 0) & (form.upper > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        tied = flat & (np.abs(form.pull * slope + form.linear) <= 1e-12 * np.abs(form.linear))
    piece = _responses(form, jumps, s)
    if not tied.any() or piece is None:
        return []
    x = np.where(tied, 0.0, piece[0])
    missing = s - float(form.aggregate(x))
    room = float((form.quality * form.upper)[tied].sum())
    if not -1e-12 * s <= missing <= room + 1e-12 * s:
        return []
    return [np.where(tied, min(max(missing / room, 0.0), 1.0) * form.upper, x)]
