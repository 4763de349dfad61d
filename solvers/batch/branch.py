"""Welfare optima where welfare is not concave: branch and bound on one number, many rows at once.

With S = Σ w_n and F of `relaxed_welfare`, W(x) = S P(Ω) + F(Ω, x) at Ω = base + Σ q_n x_n. The
most that F can be at a given Ω is concave in Ω, so that welfare is a difference of concave
functions of one number where S < 0. On an interval [l, u] of Ω, m its middle, and any price λ,

    W  ≤  max over Ω in {l, u} of  S P(Ω) + D + (Ω − m) dD/dm,
    D = max over x of  F(m, x) − λ (Σ q_n x_n + base − m),    dD/dm = Σ R_n P′(m − q_n x_n) + λ:

weak duality, a tangent above a concave function, and for S < 0 a chord above a convex one (for
S > 0 another tangent). D falls apart into N problems of one number; the price of the least D is
searched. Intervals are halved until their bounds meet the best profile. Where an envelope keeps a
bound away, as negative v_n have, that contribution's range is parted instead. All is floating
point; what the sums may round is added to the bounds.

Source: Horst and Tuy, *Global Optimization* (3rd ed., 1996), branch and bound for differences of
convex functions; Falk and Soland, *Management Science* 15 (1969), for separable ones.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from coopetition.games.arrays import Array, Index, Mask, fraction
from coopetition.solvers.batch.climb import climb
from coopetition.solvers.batch.newton import EPS, pair
from coopetition.solvers.batch.relaxed_welfare import Boxes, Relaxed, falling_roots
from coopetition.solvers.batch.welfare import Welfare

LIMIT = 20_000  # boxes of a row, after which its gap stays as it is
FIRST = 4  # intervals to begin with
PRICES = 60  # tried for a box at most: any is a bound

Measure = Callable[[Array], Array]


def best_profiles(
    goal: Welfare, scale: Measure, tol: float | None, limit: int = LIMIT
) -> tuple[Array, Array, Array]:
    """Maximize W on all rows, at least two, whether or not it is concave.

    Parameters
    ----------
    scale
        Returns the sum of the absolute terms of W at profiles (B, N), shape (B,).
    tol : money
        For the gap; default 1e-9 × the scale at the best profile.
    limit
        Boxes of a row at most.

    Returns
    -------
    profiles, gap, boxes
        Shapes (N, B), (B,) and (B,): no profile has more welfare than these and the gap, which
        exceeds the tolerance only where so many boxes were searched as the limit allows.
    """

    def close(x: Array) -> Array:
        rounding = 1e-13 * scale(x.T)
        return np.fmax(0.25 * (1e4 * rounding if tol is None else tol), rounding)

    profile, bound, boxes = _search(goal, close, limit)
    climbed, _ = climb(goal, profile, scale(profile.T))
    better = goal.worth(climbed) > goal.worth(profile)  # never for NaN
    profile = np.where(better, climbed, profile)
    return profile, np.fmax(bound - goal.worth(profile), 0.0), boxes


def _search(goal: Welfare, close: Measure, limit: int) -> tuple[Array, Array, Array]:
    """Return the best profiles found, what no profile's welfare exceeds, and the boxes it took."""
    size = goal.base.size
    boxes = _first(goal)
    best, bound = np.full(size, -np.inf), np.full(size, -np.inf)
    profile, count = np.zeros_like(goal.upper), np.zeros(size, dtype=int)
    while boxes.row.size:
        row = boxes.row
        some = boxes.take(pair(np.arange(row.size), row.size))
        near = goal.take(some.row)
        asked = ask(near, some, best[some.row], close(profile)[some.row])
        _improve(some.row, asked, profile, best)
        count += np.bincount(row, minlength=size)
        upper = asked.bound[: row.size]
        done = (upper <= (best + close(profile))[row]) | (count >= limit)[row]
        np.maximum.at(bound, row[done], upper[done])
        boxes = _halves(near, some, asked, np.flatnonzero(~done))
    return profile, bound, count


def _improve(row: Index, asked: "BoxBounds", profile: Array, best: Array) -> None:
    """Keep the best profile of each row, the first among equals."""
    top = best.copy()
    np.maximum.at(top, row, asked.welfare)
    new = np.flatnonzero((asked.welfare == top[row]) & (asked.welfare > best[row]))[::-1]
    profile[:, row[new]] = asked.profile[:, new]
    best[:] = top


@dataclass(frozen=True, slots=True, eq=False)
class BoxBounds:
    """For each box a bound of W and its price, a good profile, and one on the box's middle."""

    bound: Array
    price: Array
    profile: Array
    welfare: Array
    middle: Array
    apart: Array


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """A price, what is best for each at it, D, and by how much Σ q x exceeds what is wanted."""

    price: Array
    x: Array
    dual: Array
    over: Array

    def where(self, mask: Mask, other: "Side") -> "Side":
        """Return this where the mask says so, the other elsewhere."""
        names = self.__slots__
        return Side(*(np.where(mask, getattr(self, name), getattr(other, name)) for name in names))


# D(λ) = F(m, x(λ)) − λ over(λ) with over = Σ q x + base − m, x(λ) the best replies to the price:
# convex, with the slope −over and D″ = Σ q²/bend over those inside their bounds (`rate`). So the
# least D lies between a price with over > 0 (`low`) and one with over < 0 (`high`); their tangents
# meet at the `kink`, and D is nowhere below their value there (`least`). Newton's step is λ +
# over/rate, the model's gain of it over²/(2 rate) (`decrement`).


def ask(goal: Welfare, boxes: Boxes, best: Array, close: Array) -> BoxBounds:
    """Bound W on boxes, with as good a price as it takes.

    `best` is the welfare of a known profile; a bound `close` to it is good enough, and a price that
    leaves 2 % of what is between them too.
    """
    part, q = Relaxed.of(goal, boxes), goal.quality
    want, ends = part.omega - goal.base, _ends(goal, part, boxes)
    rounding = EPS * (q.shape[0] + 16.0)
    low, high = _sides(part, q, want)
    x, price = boxes.start, np.where(np.isnan(boxes.price), _kink(low, high), boxes.price)
    price = np.fmin(np.fmax(price, low.price), high.price)
    bound = lowest = np.full(price.shape, np.inf)
    kept, live = price, np.ones(price.shape, dtype=bool)
    for step in range(1, PRICES + 1):

        def slopes(y: Array, at: Array = price) -> tuple[Array, Array]:
            slope, bend = part.slopes(y)
            return slope - at * q, bend

        found = falling_roots(slopes, (boxes.least, boxes.most), x, 0.1 * close / q.shape[0])
        x = found.x
        value, terms, pull = part.value(x)
        pull = pull + np.where(found.jump, found.value / q, 0.0).sum(axis=0)
        over = (q * x).sum(axis=0) - want
        terms = terms + np.abs(price) * (want + np.abs(over))
        dual = value - price * over + found.cost.sum(axis=0) + rounding * terms
        here = _above(dual, pull + price, ends, rounding)
        kept, bound = np.where(here < bound, price, kept), np.fmin(here, bound)
        lowest = np.fmin(lowest, dual)
        now, up = Side(price, x, dual, over), over > 0
        low, high = now.where(up, low), high.where(up, now)
        kink = _kink(low, high)
        least = low.dual - low.over * (kink - low.price)
        rate, ahead, stays = _newton(part, q, now, found.bend)
        decrement = np.where(stays, 0.5 * over * over / rate, np.inf)
        spare = np.fmin(decrement, lowest - least)
        live = live & (spare > np.fmax(0.02 * (bound - best), 0.1 * close))
        live &= (bound > best + close) & (high.price - low.price > 4.0 * EPS * np.abs(price))
        if not live.any():
            break
        new = price + over / rate
        inside = (new > low.price) & (new < high.price) & (step % 4 > 0)
        safe = (kink > low.price) & (kink < high.price)
        new = np.where(inside, new, np.where(safe, kink, 0.5 * (low.price + high.price)))
        price = np.where(live, new, price)
    spread = low.over - high.over
    share = np.divide(low.over, spread, out=np.zeros_like(spread), where=spread > 0)
    mixed = low.x + np.minimum(np.maximum(share, 0.0), 1.0) * (high.x - low.x)
    middle = np.where(stays, ahead, mixed)
    welfare = goal.worth(x), goal.worth(middle)
    profile = np.where(welfare[0] >= welfare[1], x, middle)
    return BoxBounds(bound, kept, profile, np.fmax(*welfare), middle, part.apart(middle))


def _ends(goal: Welfare, part: Relaxed, boxes: Boxes) -> list[tuple[Array, Array]]:
    """Return Ω − m and a bound of S (P(Ω) − P(base)), at both ends of each interval."""
    zero = goal.curves.value(goal.base)
    at, slope = goal.curves.value(part.omega) - zero, goal.curves.slope(part.omega)
    ends = []
    for end in (boxes.low, boxes.high):
        away, chord = end - part.omega, goal.curves.value(end) - zero
        line = np.where(goal.total < 0, chord, at + np.where(away == 0, 0.0, slope * away))
        ends.append((away, np.where(goal.total == 0, 0.0, goal.total * line)))
    return ends


def _above(dual: Array, tilt: Array, ends: list[tuple[Array, Array]], rounding: float) -> Array:
    """Return the larger bound of the two ends."""
    first, second = (dual + tilt * away + at + rounding * np.abs(at) for away, at in ends)
    return np.maximum(first, second)


def _sides(part: Relaxed, q: Array, want: Array) -> tuple[Side, Side]:
    """Return the price at which all are best at the most, and that for the least."""
    sides = []
    moves = part.most > part.least
    for x, sign in ((part.most, 1.0), (part.least, -1.0)):
        prices = np.where(moves, sign * part.slopes(x)[0] / q, np.inf).min(axis=0)
        price = np.where(np.isfinite(prices), sign * prices, 0.0)
        over = (q * x).sum(axis=0) - want
        sides.append(Side(price, x, part.value(x)[0] - price * over, over))
    return sides[0], sides[1]


def _kink(low: Side, high: Side) -> Array:
    """Return the price at which the tangents of D at two prices meet; D is convex in it."""
    rise = low.dual - high.dual + low.over * low.price - high.over * high.price
    return np.asarray(rise / (low.over - high.over))


def _newton(part: Relaxed, q: Array, now: Side, bend: Array) -> tuple[Array, Array, Mask]:
    """Return D″, Newton's profile on the box's middle, and where it stays within the bounds."""
    free = (now.x > part.least) & (now.x < part.most) & (bend > 0)
    gives = np.where(free, q / bend, 0.0)
    rate = (q * gives).sum(axis=0)
    ahead = np.where(free, now.x - gives * (now.over / rate), now.x)
    stays = ((ahead >= part.least) & (ahead <= part.most)).all(axis=0) & (rate > 0)
    return rate, ahead, stays


def _first(goal: Welfare) -> Boxes:
    """Return the boxes to begin with, up to where contributions stop paying off.

    ∂W/∂x_n ≤ q_n (max(S, 0) + Σ R) P′(base + q_n x_n) + max(v_n, 0) h_n′ − c_n′, falling in x_n.
    """
    pull = (np.maximum(goal.total, 0.0) + goal.harm.sum(axis=0)) * goal.quality
    skew = np.maximum(goal.personal, 0.0)

    def slopes(x: Array) -> tuple[Array, Array]:
        slope, fall = goal.curves.pair(goal.base + goal.quality * x)
        own = fraction(skew, goal.data + x, 2) - goal.unit_cost - goal.quadratic_cost * x
        bend = goal.quadratic_cost + 2.0 * fraction(skew, goal.data + x, 3)
        return pull * slope + own, bend - pull * goal.quality * fall

    box, size = (np.zeros_like(goal.upper), goal.upper), goal.base.size
    most = np.minimum(1.01 * falling_roots(slopes, box, 0.5 * goal.upper, 0.0).x, goal.upper)
    row, k = np.tile(np.arange(size), FIRST), np.repeat(np.arange(FIRST), size)
    reach, most = (goal.quality * most).sum(axis=0)[row], np.tile(most, (1, FIRST))
    low, high = (goal.base[row] + (k + end) / FIRST * reach for end in (0, 1))
    start = (k + 0.5) / FIRST * most
    boxes = Boxes(row, low, high, np.zeros_like(most), most, start, np.full(row.size, np.nan))
    return _cut(goal.take(row), boxes)


def _halves(goal: Welfare, boxes: Boxes, asked: BoxBounds, open_: Index) -> Boxes:
    """Halve intervals, or part the contribution whose envelope is what keeps the bound away."""
    old, price, x = boxes.take(open_), asked.price[open_], asked.profile.take(open_, axis=1)
    apart = asked.apart.take(open_, axis=1)
    own = apart.sum(axis=0) > 0.5 * (asked.bound - asked.welfare)[open_]
    n, k = apart.argmax(axis=0), np.arange(open_.size)
    middle, (least, most) = 0.5 * (old.low + old.high), (old.least.copy(), old.most.copy())
    edge = 0.1 * (most[n, k] - least[n, k])
    at = np.clip(asked.middle[n, open_], least[n, k] + edge, most[n, k] - edge)
    least[n, k], most[n, k] = np.where(own, at, least[n, k]), np.where(own, at, most[n, k])
    left = Boxes(old.row, old.low, np.where(own, old.high, middle), old.least, most, x, price)
    right = Boxes(old.row, np.where(own, old.low, middle), old.high, least, old.most, x, price)
    return _cut(goal.take(np.tile(open_, 2)), left.join(right))


def _cut(goal: Welfare, boxes: Boxes) -> Boxes:
    """Cut off what no profile of a box has: Ω and contributions bound each other."""
    q, slack = goal.quality, 8.0 * EPS * boxes.high
    small, large = q * boxes.least, q * boxes.most
    most = (boxes.high + slack - goal.base - (small.sum(axis=0) - small)) / q
    least = (boxes.low - slack - goal.base - (large.sum(axis=0) - large)) / q
    most = np.maximum(np.minimum(boxes.most, most), boxes.least)
    least = np.minimum(np.maximum(boxes.least, least), most)
    high = np.minimum(boxes.high, goal.base + (q * most).sum(axis=0))
    low = np.minimum(np.maximum(boxes.low, goal.base + (q * least).sum(axis=0)), high)
    return Boxes(boxes.row, low, high, least, most, boxes.start, boxes.price)
