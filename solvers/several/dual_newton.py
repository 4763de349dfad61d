"""Newton's method in R^K on the dual of a potential with several aggregates.

With λ_k = P_k′(S_k) every own response B_n(λ) = argmax w_n (Qλ)_n x + own_n(x) is known, so that
equilibria are the roots of F(S) = S − base − Qᵀ B(Q P′(S)). The potential's dual, at λ = P′(S),

    D(S) = Σ_k [P_k − λ_k (S_k − base_k)] + Σ_n max_x [(Qλ)_n x + own_n(x)/w_n],

has the slope |P″| F, and the Newton step of F goes down it: a line search on D makes it safe.
Where a saturated curve leaves D flat and that stalls, F is bisected for one kind after the other.
Outside the range that profiles can reach curves are continued by parabolas, which moves no root.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.coopetition.gain import GainCurve

EPS = float(np.finfo(float).eps)
CHUNK = 8192
STEPS = 100
LOST = 1e-2  # |F| as a share of S: a line search that stalls there met a plateau, not rounding
CurveFunction = Callable[[Array], tuple[Array, Array, Array]]


@dataclass(slots=True)
class Members:
    """Those who move, all with w > 0: arrays of shape (M,), `quality` (M, K).

    `cost` and `bend` are a/w and b/w; each stands for `copies` of its like.
    """

    quality: Array
    cost: Array
    bend: Array
    upper: Array
    copies: float = 1.0

    def sweep(self, slopes: Array, out: Array) -> tuple[Array, Array, float]:
        """Return Qᵀ B(λ), its derivative in λ, and Σ_n max_x […]; write B(λ) into `out`."""
        kinds = slopes.size
        total, gradient, value = np.zeros(kinds), np.zeros((kinds, kinds)), 0.0
        for start in range(0, self.upper.size, CHUNK):
            part = slice(start, start + CHUNK)
            q, bend, x = self.quality[part], self.bend[part], out[part]
            pull = q @ slopes - self.cost[part]
            with np.errstate(divide="ignore", over="ignore"):
                wanted = pull / bend
            np.clip(wanted, 0.0, self.upper[part], out=x)
            free = x == wanted
            total += x @ q
            moved = q[free]
            gradient += (moved.T / bend[free]) @ moved
            value += float(x @ (pull - 0.5 * bend * x))
        return self.copies * total, self.copies * gradient, self.copies * value

    def thinned(self, stride: int) -> "Members":
        """Return every stride-th, for a first guess."""
        cut = (self.quality[::stride], self.cost[::stride], self.bend[::stride])
        top = self.upper[::stride]
        return Members(*cut, top, self.upper.size / top.size)

    def near(self, center: Array, extra: Array) -> "Members":
        """Return the same with `extra` bend around a center: a proximal step."""
        return replace(self, cost=self.cost - extra * center, bend=self.bend + extra)


def continued(gains: Sequence[GainCurve], base: Array, top: Array) -> CurveFunction:
    """Return (P_k, P_k′, P_k″) as functions of S, continued by parabolas outside the ends."""

    def curves(s: Array) -> tuple[Array, Array, Array]:
        inside = np.clip(s, base, top)
        value, slope, bend = np.array(
            [
                (float(gain.value(z)), *gain.slope_pair(float(z)))
                for gain, z in zip(gains, inside, strict=True)
            ]
        ).T
        beyond = s - inside
        return value + beyond * (slope + 0.5 * bend * beyond), slope + bend * beyond, bend

    return curves


def newton(
    curves: CurveFunction,
    members: Members,
    base: Array,
    s: Array,
    out: Array,
    close: float = 8 * EPS,
) -> tuple[Array, int, bool]:
    """Find the root of F by Newton steps down D; `out` holds B at the point returned.

    Returns
    -------
    (point, sweeps, solved)
        `solved` where |F| ≤ close · S.
    """
    at = Point.of(curves, members, base, s, out)
    sweeps, trial, restarted = 1, np.empty_like(out), False
    for _ in range(STEPS):
        if at.miss <= close:
            return at.s, sweeps, True
        step = -np.linalg.solve(np.eye(s.size) + at.gradient * at.bend, at.f)
        fall = float(at.bend * at.f @ step)
        share = 1.0
        while share > 1e-8:
            new = Point.of(curves, members, base, at.s + share * step, trial)
            sweeps += 1
            slack = 1e-14 * new.size
            if new.dual <= at.dual + 1e-4 * share * fall - slack:
                break
            if new.dual <= at.dual + slack and new.miss < at.miss:
                break
            share *= 0.5
        else:
            if at.miss <= LOST or restarted:
                return at.s, sweeps, False
            point, more = one_by_one(curves, members, base, at.s, trial)
            new = Point.of(curves, members, base, point, trial)
            sweeps, restarted = sweeps + more + 1, True
        at = new
        out[:] = trial
    return at.s, sweeps, at.miss <= close


def one_by_one(
    curves: CurveFunction, members: Members, base: Array, s: Array, out: Array
) -> tuple[Array, int]:
    """Bisect F_k, which rises in S_k, for one kind after the other; return S and the sweeps."""
    s, sweeps = s.copy(), 0
    top = base + members.copies * (members.upper @ members.quality)
    for k in range(s.size):
        low, high = base[k], top[k]
        while high - low > 1e-3 * high and high > 1e-12 * top[k]:
            s[k] = middle(low, high)
            sweeps += 1
            if Point.of(curves, members, base, s, out).f[k] > 0:
                high = s[k]
            else:
                low = s[k]
    return s, sweeps


def middle(low: Array, high: Array) -> Array:
    """Return the geometric mean of the ends where they are decades apart, or their mean."""
    apart = np.sqrt(np.maximum(low, 1e-6 * high) * high)
    return np.where(high > 4.0 * low, apart, (low + high) / 2)


@dataclass(frozen=True, slots=True)
class Point:
    """S, F(S), −P″, the derivative of Qᵀ B(λ) in λ, D, and the size of D's terms."""

    s: Array
    f: Array
    bend: Array
    gradient: Array
    dual: float
    size: float

    @classmethod
    def of(
        cls, curves: CurveFunction, members: Members, base: Array, s: Array, out: Array
    ) -> "Point":
        """Sweep once."""
        value, slope, bend = curves(s)
        total, gradient, own = members.sweep(slope, out)
        terms = value, slope * (s - base)
        dual = float(np.sum(terms[0] - terms[1])) + own
        size = float(np.abs(terms).sum()) + abs(own)
        return cls(s, s - base - total, -bend, gradient, dual, size)

    @property
    def miss(self) -> float:
        """The largest |F| as a share of S."""
        return float((np.abs(self.f) / np.maximum(np.abs(self.s), 1e-300)).max())
