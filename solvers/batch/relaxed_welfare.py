"""Welfare at one Ω, relaxed to a concave function: what branch and bound asks of its boxes.

    F(Ω, x) = Σ R_n P(Ω − q_n x_n) + Σ o_n(x_n),   o_n = v_n h_n − c_n,

is concave in (Ω, x) together except for the o_n of a negative v_n. Such an o_n is convex up to some
point and concave from there on: on [l_n, u_n] its concave envelope is a straight line from l_n to a
knee, and o_n itself beyond.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from coopetition.games.arrays import Array, Index, Mask, fraction
from coopetition.solvers.batch.forms import Curves
from coopetition.solvers.batch.newton import EPS
from coopetition.solvers.batch.welfare import Welfare


@dataclass(frozen=True, slots=True, eq=False)
class Boxes:
    """Boxes to search: `low` ≤ Ω ≤ `high`, `least` ≤ x ≤ `most`; a profile and price to begin."""

    row: Index
    low: Array
    high: Array
    least: Array
    most: Array
    start: Array
    price: Array

    def take(self, keep: Index) -> "Boxes":
        """Return some of them."""
        return Boxes(*(getattr(self, name).take(keep, axis=-1) for name in self.__slots__))

    def join(self, other: "Boxes") -> "Boxes":
        """Return both."""
        pairs = ((getattr(self, name), getattr(other, name)) for name in self.__slots__)
        return Boxes(*(np.concatenate(both, axis=-1) for both in pairs))


@dataclass(frozen=True, slots=True, eq=False)
class Relaxed:
    """F in the middle of each box's interval, one column per box, every o_n by its envelope.

    Below the base P goes on as a line, which no profile of the round sees. `knee` and `tilt`: where
    an envelope's line ends, and its slope; None where no v_n is negative.
    """

    curves: Curves
    base: Array
    omega: Array
    pull: Array
    harm: Array
    quality: Array
    unit_cost: Array
    quadratic_cost: Array
    personal: Array
    data: Array
    least: Array
    most: Array
    knee: Array | None
    tilt: Array | None

    @classmethod
    def of(cls, goal: Welfare, boxes: Boxes) -> "Relaxed":
        """Relax W, whose columns belong to the boxes."""
        bent = bool((goal.personal < 0).any())
        knee, tilt = _envelope(goal, boxes) if bent else (None, None)
        names = ("harm", "quality", "unit_cost", "quadratic_cost", "personal", "data")
        return cls(
            curves=goal.curves,
            base=goal.base,
            omega=0.5 * (boxes.low + boxes.high),
            pull=goal.harm * goal.quality,
            least=boxes.least,
            most=boxes.most,
            knee=knee,
            tilt=tilt,
            **{name: getattr(goal, name) for name in names},
        )

    def slopes(self, x: Array) -> tuple[Array, Array]:
        """Return ∂F/∂x_n and −∂²F/∂x_n² ≥ 0; F has no mixed ones."""
        rest = self.omega - self.quality * x
        slope, fall = self.curves.pair(np.maximum(rest, self.base))
        own = -self.unit_cost - self.quadratic_cost * x
        bend = self.quadratic_cost
        if self.personal.any():
            total = self.data + x
            own = own + fraction(self.personal, total, 2)
            bend = bend + 2.0 * fraction(self.personal, total, 3)
        if self.knee is not None and self.tilt is not None:
            straight = (x <= self.knee) & (self.knee > self.least)
            own = np.where(straight, self.tilt, own)
            bend = np.where(straight, 0.0, np.maximum(bend, 0.0))
        fall = np.where(rest > self.base, fall * self.quality, 0.0)
        if self.pull.all():
            return own - self.pull * slope, bend - self.pull * fall
        own = own - np.where(self.pull > 0, self.pull * slope, 0.0)
        return own, bend - np.where(self.pull > 0, self.pull * fall, 0.0)

    def value(self, x: Array) -> tuple[Array, Array, Array]:
        """Return F less Σ R_n P(base), the sum of its absolute terms, and ∂F/∂Ω."""
        rest = self.omega - self.quality * x
        inside = np.maximum(rest, self.base)
        slope = self.curves.slope(inside)
        gained = self.curves.value(inside) - self.curves.value(self.base)
        gained = gained + np.where(rest < self.base, slope * (rest - inside), 0.0)
        shared = np.where(self.harm > 0, self.harm * gained, 0.0)
        pulls = np.where(self.harm > 0, self.harm * slope, 0.0)
        own, terms = self._own(x)
        value, terms = shared + own + self.apart(x), terms + np.abs(shared)
        return value.sum(axis=0), terms.sum(axis=0), pulls.sum(axis=0)

    def _own(self, x: Array) -> tuple[Array, Array]:
        """Return o_n, the fixed cost left out, and the sum of its absolute terms."""
        cost = x * (self.unit_cost + 0.5 * self.quadratic_cost * x)
        personal = fraction(self.personal, self.data + x, 1)
        return -personal - cost, np.abs(personal) + cost

    def apart(self, x: Array) -> Array:
        """Return by how much each envelope is above its o_n."""
        if self.knee is None or self.tilt is None:
            return np.zeros_like(x)
        line = self._own(self.least)[0] + self.tilt * (x - self.least)
        above = np.maximum(line - self._own(x)[0], 0.0)
        return np.where((x < self.knee) & (x > self.least), above, 0.0)


def _envelope(goal: Welfare, boxes: Boxes) -> tuple[Array, Array]:
    """Return knee and slope of each line; where v_n ≥ 0 the knee is the least: there is none.

    With s = data + least, r = data + knee and V = −v_n B δ_n D_n > 0 the line from the least
    touches o_n where V/(s r²) = b/2, and its slope is −V/(s r) − a − b (least + knee)/2.
    """
    first, depth = goal.data + boxes.least, np.maximum(-goal.personal, 0.0)
    touch = np.sqrt(2.0 * depth / (goal.quadratic_cost * first)) - goal.data
    touch = np.minimum(np.maximum(touch, boxes.least), boxes.most)
    knee = np.where(depth > 0, touch, boxes.least)
    chord = -fraction(depth, (goal.data + knee) * first, 1)
    middle = 0.5 * (knee + boxes.least)
    return knee, chord - goal.unit_cost - goal.quadratic_cost * middle


# Roots of many falling functions at once, one number each: where F is largest in each x_n.

LIMIT = 200


@dataclass(frozen=True, slots=True, eq=False)
class Roots:
    """Roots of falling functions, the functions there, minus their derivatives.

    `cost` is what a miss may cost: the function times how far x can go; `jump` where there is no
    root but two neighboring floats between which the function changes its sign.
    """

    x: Array
    value: Array
    bend: Array
    cost: Array
    jump: Mask


def falling_roots(
    slopes: Callable[[Array], tuple[Array, Array]],
    ends: tuple[Array, Array],
    start: Array,
    small: float | Array,
) -> Roots:
    """Return where falling functions are 0 between two ends, or the end next to that.

    Safeguarded Newton, until every cost is `small`: as g falls, its integral from x to an end is at
    most g(x) (end − x). A step that leaves the bracket goes to its end, where most of those belong
    that cost little; from the seventh on it halves the bracket.
    """
    low, high = ends
    x = np.minimum(np.maximum(start, low), high)
    for step in range(1, LIMIT + 1):
        g, d = slopes(x)
        cost = np.maximum(g * (ends[1] - x), -g * (x - ends[0]))
        low, high = np.where(g >= 0, x, low), np.where(g <= 0, x, high)
        moved = np.minimum(np.maximum(x + g / d, low), high)
        moved = np.where(np.isnan(moved), x, moved)
        out = (moved == low) | (moved == high)
        missed = cost > small
        jump = missed & (high - low <= 4.0 * EPS * high)
        goes = (missed & ~jump) | (out & (moved != x) & (step <= 6))
        if step == LIMIT or not goes.any():
            break
        halved = (out & (step > 6)) | (moved == x) | (step % 6 == 0)
        x = np.where(goes, np.where(halved, 0.5 * (low + high), moved), x)
    return Roots(x, g, d, np.where(jump, np.abs(g) * (high - low), cost), jump)
