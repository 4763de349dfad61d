"""Equilibria of many rows at once: safeguarded piecewise Newton on one scalar equation per row.

For every row f(S) = base + Σ q B(P′(S)) − S falls; its root is Ω. Steps solve the piece around S.
Newton on pieces can go in circles: a repeated point is never taken for a root. A step that leaves
the bracket, and every eighth, bisects it; a row ends where f is 0 to rounding, or at two
neighboring floats between which f jumps. There the players that jump are filled proportionally,
as flat own terms (linear costs) ask for. Rows that ended are taken out, without a trace in the
bits of the others.
"""

from dataclasses import dataclass, replace

import numpy as np

from coopetition.games.arrays import Array, Index, Mask
from coopetition.games.coopetition.aggregate import AggregateForm
from coopetition.solvers.aggregate.all_equilibria import LEVEL
from coopetition.solvers.batch.forms import CurveOfRows, Curves

# Own responses of all players of many rows to one slope of the gain per row.
#
# In units of effective data, y = q B(λ). Quadratic own terms answer with rate·λ + offset, clipped
# to [0, q X]; flat and skewed ones are written over them by their place in the array.


@dataclass(frozen=True, slots=True, eq=False)
class Some:
    """Players that need a formula of their own: one-dimensional arrays, `at` their places."""

    at: Index
    row: Index
    pull: Array
    linear: Array
    curvature: Array
    upper: Array
    quality: Array
    skew: Array
    data: Array

    @classmethod
    def of(cls, form: AggregateForm, at: Index) -> "Some":
        """Take the players at flat places of the (N, B) arrays."""
        names = ("pull", "linear", "curvature", "upper", "quality", "skew", "data")
        columns = {name: getattr(form, name).T.ravel()[at] for name in names}
        return cls(at=at, row=at % form.base.size, **columns)

    def take(self, rows: Index, width: int) -> "Some":
        """Keep some rows of `width`, renumbered."""
        place = np.full(width, -1)
        place[rows] = np.arange(rows.size)
        keep = np.flatnonzero(place[self.row] >= 0)
        row = place[self.row[keep]]
        names = ("pull", "linear", "curvature", "upper", "quality", "skew", "data")
        columns = {name: getattr(self, name)[keep] for name in names}
        return Some(at=self.at[keep] // width * rows.size + row, row=row, **columns)

    def margin(self, slope: Array) -> Array:
        """Return the marginal payoff at 0 without skew."""
        return self.pull * slope[self.row] + self.linear

    def skewed(self, slope: Array) -> tuple[Array, Array]:
        """Solve w q λ + linear − curvature x + skew/(data + x)² = 0, clipped; x and dx/dλ."""
        c, b = self.margin(slope), self.curvature
        x = np.clip(positive_root(b, c + b * self.data, self.skew) - self.data, 0.0, self.upper)
        for _ in range(3):  # the root was found in data + x: polish what x lost in rounding
            total = self.data + x
            square = self.skew / (total * total)
            bend = b + 2.0 * square / total
            x = np.clip(x + (c - b * x + square) / bend, 0.0, self.upper)
        return x, np.where((x > 0) & (x < self.upper), self.pull / bend, 0.0)


# In y = data + x the first-order condition of `skewed` is c − b y + skew/y² = 0, with
# c = w q λ + linear + b data: convex and falling in y, so that Newton rises to the root from below.
# It starts at no less than half the root: min((skew/2b)^⅓, (skew/−2c)^½) where c < 0, and
# max((skew/2b)^⅓, c/b) elsewhere.


def positive_root(b: Array, c: Array, skew: Array) -> Array:
    """Return y > 0 with b y³ − c y² = skew > 0, ∞ where none is; every element stops by itself."""
    cube = np.where(b > 0, np.cbrt(0.5 * skew / b), np.inf)
    low = np.minimum(cube, np.sqrt(0.5 * skew / -c))
    y = np.where(c < 0, low, np.where(b > 0, np.maximum(c / b, cube), np.inf))
    live = np.isfinite(y)
    for _ in range(12):
        square = skew / (y * y)
        step = (c - b * y + square) / (b + 2.0 * square / y)
        y = np.where(live, y + step, y)
        live &= np.abs(step) > 1e-16 * y
        if not live.any():
            break
    return y


@dataclass(frozen=True, slots=True, eq=False)
class Responses:
    """What the sweeps need of B rows: `rate`, `offset` and `cap` of shape (N, B)."""

    rate: Array
    offset: Array
    cap: Array
    flat: Some
    skewed: Some

    @classmethod
    def of(cls, form: AggregateForm) -> "Responses":
        """Prepare the sweeps."""
        plain = (form.curvature > 0) & (form.skew == 0)
        flat = (form.curvature == 0) & (form.skew == 0) & (form.upper > 0)
        inverse = np.zeros_like(form.curvature)
        np.divide(form.quality, form.curvature, out=inverse, where=plain)
        return cls(
            rate=(form.pull * inverse).T,
            offset=(form.linear * inverse).T,
            cap=(form.quality * form.upper).T,
            flat=Some.of(form, np.flatnonzero(flat.T)),
            skewed=Some.of(form, np.flatnonzero(form.skew.T > 0)),
        )

    def take(self, rows: Index) -> "Responses":
        """Return the responses of some rows, at least two."""
        width = self.rate.shape[1]
        return replace(
            self,
            rate=self.rate.take(rows, axis=1),
            offset=self.offset.take(rows, axis=1),
            cap=self.cap.take(rows, axis=1),
            flat=self.flat.take(rows, width),
            skewed=self.skewed.take(rows, width),
        )

    def sweep(self, slope: Array) -> tuple[Array, Array]:
        """Return y = q B(λ) of shape (N, B) and the derivative of Σ y in λ, shape (B,)."""
        raw = self.rate * slope
        raw += self.offset
        y = np.maximum(raw, 0.0)
        np.minimum(y, self.cap, out=y)
        gradient = np.equal(y, raw) * self.rate
        if self.flat.at.size:
            full = self.flat.quality * self.flat.upper
            y.reshape(-1)[self.flat.at] = np.where(self.flat.margin(slope) > 0, full, 0.0)
        if self.skewed.at.size:
            x, rate = self.skewed.skewed(slope)
            y.reshape(-1)[self.skewed.at] = self.skewed.quality * x
            gradient.reshape(-1)[self.skewed.at] = self.skewed.quality * rate
        return y, gradient.sum(axis=0)


EPS = float(np.finfo(float).eps)
LIMIT = 400


@dataclass(frozen=True, slots=True, eq=False)
class FilledRows:
    """Profiles (B, N), whether theory says they are unique, and which rows have no answer."""

    profile: Array
    unique: Mask
    open: Mask


@dataclass(slots=True, eq=False)
class RowSearch:
    """The rows still searched: bracket, whether its ends were evaluated, and the next point."""

    rows: Index
    live: Mask
    low: Array
    high: Array
    low_seen: Mask
    high_seen: Mask
    point: Array
    creep: Array

    def take(self, keep: Index) -> "RowSearch":
        """Return some of the rows."""
        return RowSearch(*(getattr(self, name)[keep] for name in self.__slots__))


def fill(form: AggregateForm) -> FilledRows:
    """Solve rows whose weights are not negative, where players can move."""
    responses, curves = Responses.of(form), curves_of(form)
    effective, low, high, open_ = _roots(curves, responses, form.base)
    jump = ~open_ & (low < high)
    strict = form.gain.strictly_concave
    unique = _unique(curves, responses, low, strict)
    # Where f jumps from above 0 at `low` to below 0 at `high`, the players that jump answer `top`
    # at the one and `bottom` at the other: all of them play bottom + share·(top − bottom), with
    # the share at which base + Σ y = high.
    if jump.any():
        at = pair(np.flatnonzero(jump), form.base.size)
        some = responses.take(at)
        curves = curves.take(at)
        top, bottom = (some.sweep(curves.slope(s[at]))[0] for s in (low, high))
        total = top.sum(axis=0), bottom.sum(axis=0)
        missing = high[at] - form.base[at] - total[1]
        gap = total[0] - total[1]
        share = np.clip(np.divide(missing, gap, out=np.ones_like(gap), where=gap > 0), 0.0, 1.0)
        effective[:, at] = np.where(jump[at], bottom + share * (top - bottom), effective[:, at])
        flips = np.zeros(top.size)
        flips[some.flat.at] = (top != bottom).reshape(-1)[some.flat.at]
        count = flips.reshape(top.shape).sum(axis=0)
        tied = (count > 1) | ((count > 0) & (not strict))
        unique[at] &= ~(tied & jump[at])
    bound = (effective >= responses.cap).T
    return FilledRows(np.where(bound, form.upper, effective.T / form.quality), unique, open_)


def curves_of(form: AggregateForm) -> Curves:
    """Return the curves of a form of many rows, which take rows last."""
    assert isinstance(form.gain, CurveOfRows)
    return form.gain.curves


def _unique(curves: Curves, responses: Responses, level: Array, strict: bool) -> Mask:
    """Say where no flat player is indifferent, whatever the others do or on a straight piece."""
    flat = responses.flat
    slope = curves.slope(level)
    equal = ((flat.pull == 0) | (slope[flat.row] == 0)) & (flat.linear == 0)  # 0: underflow
    if not strict:
        terms = np.abs(flat.pull * slope[flat.row]) + np.abs(flat.linear)
        equal |= np.abs(flat.margin(slope)) <= LEVEL * terms
    unique = np.ones(level.size, dtype=bool)
    unique[flat.row[equal]] = False
    return unique


def pair(rows: Index, size: int) -> Index:
    """Return the rows, with one more where there is only one: widths start at two."""
    return rows if rows.size != 1 else np.array([rows[0], (rows[0] + 1) % size])


def _roots(curves: Curves, responses: Responses, base: Array) -> tuple[Array, Array, Array, Mask]:
    """Return q x, the two ends (equal where f is 0) of each row's root, and rows without one."""
    effective = np.zeros_like(responses.cap)
    ends = base.copy(), base + responses.cap.sum(axis=0)
    open_ = np.ones(base.size, dtype=bool)
    state = _start(curves, *ends)
    for step in range(1, LIMIT + 1):
        slope, bend = curves.pair(state.point)
        y, gradient = responses.sweep(slope)
        total = base[state.rows] + y.sum(axis=0)
        done, hit = _narrow(state, total)
        if done.any():
            at = state.rows[done]
            open_[at] = False
            effective[:, at] = y[:, done]
            for end, found in zip(ends, (state.low, state.high), strict=True):
                end[at] = np.where(hit, state.point, found)[done]
            state.live &= ~done
            count = int(state.live.sum())
            if count == 0:
                break
        _advance(state, curves, total, gradient, slope, bend, step)
        if done.any() and 2 * count <= state.rows.size:
            keep = pair(np.flatnonzero(state.live), state.rows.size)
            state, curves, responses = state.take(keep), curves.take(keep), responses.take(keep)
    return effective, *ends, open_


def _start(curves: Curves, low: Array, high: Array) -> RowSearch:
    """Begin in the middle of [base, base + Σ q X]; an end of infinite slope is never asked."""
    size = low.size
    return RowSearch(
        rows=np.arange(size),
        live=np.ones(size, dtype=bool),
        low=low.copy(),
        high=high.copy(),
        low_seen=~np.isfinite(curves.slope(low)),
        high_seen=np.zeros(size, dtype=bool),
        point=between(low, high),
        creep=np.zeros(size),
    )


def _narrow(state: RowSearch, total: Array) -> tuple[Mask, Mask]:
    """Narrow the brackets by f at the points; return rows that ended, and those where f is 0."""
    s = state.point
    hit = np.abs(total - s) <= 4.0 * EPS * s
    up = total > s
    state.low, state.high = np.where(up, s, state.low), np.where(up, state.high, s)
    state.low_seen, state.high_seen = state.low_seen | up, state.high_seen | ~up
    closed = np.nextafter(state.low, np.inf) >= state.high
    return state.live & (hit | (closed & state.low_seen & state.high_seen)), hit


# With y = Σ q B(λ) at λ = P′(S) and `gradient` = dy/dλ, f(S) = base + y − S has the slope
# gradient·P″ − 1: Newton's step is S + f/(1 − gradient·P″). As long as the same players are inside
# their bounds, and have quadratic own terms, base + y is constant + gradient·P′(S): two more steps
# solve this piece of f without another sweep.


def _advance(
    state: RowSearch,
    curves: Curves,
    total: Array,
    gradient: Array,
    slope: Array,
    bend: Array,
    step: int,
) -> None:
    """Choose the next points."""
    s, low, high = state.point, state.low, state.high
    moved = s + (total - s) / (1.0 - gradient * bend)
    constant = total - gradient * slope
    for _ in range(2):  # the piece's own root, S − gradient·P′(S) = constant
        moved = np.minimum(np.maximum(moved, low), high)
        at, fall = curves.pair(moved)
        moved = moved - (moved - gradient * at - constant) / (1.0 - gradient * fall)
    new, inside = moved, (moved > low) & (moved < high)
    if step % 8 == 0 or not inside.all():
        new = np.where(inside & (step % 8 > 0), moved, between(low, high))
        closed = np.nextafter(low, np.inf) >= high
        new = np.where(~state.low_seen & ((moved <= low) | closed), low, new)
        new = np.where(~state.high_seen & ((moved >= high) | (closed & state.low_seen)), high, new)
    near = (np.abs(moved - s) <= EPS * s) & (state.creep < 4)
    if near.any():
        nudge = s + np.copysign(np.spacing(s) * 4.0**state.creep, total - s)
        near &= (nudge > low) & (nudge < high)
        state.creep = state.creep + near
        new = np.where(near, nudge, new)
    state.point = new


def between(low: Array, high: Array) -> Array:
    """Return points inside brackets: the geometric mean where one spans decades."""
    wide = np.sqrt(np.maximum(low, 1e-30 * high)) * np.sqrt(high)
    return np.where((high > 4.0 * low) & (low >= 0), wide, low + 0.5 * (high - low))


def solve_forms(form: AggregateForm, left: Mask) -> FilledRows:
    """Solve rows whose dominated players are fixed; rows `left` with a negative weight stay open.

    Their negative weights, which no formula here is made for, are kept out of the sweeps.
    """
    if left.any():
        form = replace(form, weight=np.maximum(form.weight, 0.0))
    filled = fill(form)
    return replace(filled, open=filled.open | left)
