"""The welfare of many rows, its gradient and its Newton direction.

    W = (Σ w_n) P(Ω) + Σ R_n P(Ω − q_n x_n) + Σ v_n h_n(x_n) − Σ c_n(x_n)

Its Hessian is a diagonal plus a matrix of rank two, so that a direction costs O(N) per row.
"""

from dataclasses import dataclass, fields

import numpy as np

from coopetition.games.arrays import Array, Index, Mask, fraction
from coopetition.games.coopetition.aggregate import AggregateForm
from coopetition.games.coopetition.round import RoundFormulas
from coopetition.solvers.batch.forms import CurveOfRows, Curves, parameters

OWN = ("quality", "unit_cost", "quadratic_cost")


@dataclass(frozen=True, slots=True, eq=False)
class Local:
    """What is known of W at profiles: W, its gradient g (N, B), −o_n″, e_n and A."""

    value: Array
    slope: Array
    bend: Array
    pull: Array
    shared: Array


@dataclass(frozen=True, slots=True, eq=False)
class Welfare:
    """The arrays behind W: `base` and `total` = Σ w of shape (B,), all others (N, B)."""

    curves: Curves
    base: Array
    total: Array
    value: Array
    harm: Array
    quality: Array
    upper: Array
    unit_cost: Array
    quadratic_cost: Array
    personal: Array
    data: Array

    @classmethod
    def of(cls, rounds: RoundFormulas, upper: Array | None = None) -> "Welfare":
        """Collect them, with other bounds if given; of one round twice, the least there can be.

        Where rivals' whole gains hurt, that is the welfare of a round without damage.
        """
        form, gain = rounds.form, rounds.gain
        if not isinstance(gain, CurveOfRows):
            numbers = {name: np.full(2, getattr(gain, name)) for name in parameters(gain)}
            gain = CurveOfRows(Curves.of(gain, numbers))
        columns = {
            "base": form.base,
            "total": form.weight.sum(axis=-1),
            "upper": form.upper if upper is None else upper,
            "personal": rounds.personal_scale * rounds.social_stake,
            "data": rounds.local_data,
            "value": rounds.value if rounds.counts == "contributions" else form.weight,
            "harm": rounds.spared,
            **{name: getattr(rounds, name) for name in OWN},
        }
        if np.ndim(form.base) == 0:
            columns = {k: np.repeat(np.asarray(a)[None], 2, axis=0) for k, a in columns.items()}
        columns = {name: np.ascontiguousarray(column.T) for name, column in columns.items()}
        return cls(curves=gain.curves, **columns)

    def take(self, rows: Index) -> "Welfare":
        """Return some rows, at least two."""
        names = [field.name for field in fields(self) if field.name != "curves"]
        arrays = {name: getattr(self, name).take(rows, axis=-1) for name in names}
        return Welfare(curves=self.curves.take(rows), **arrays)

    @property
    def concave(self) -> Mask:
        """Whether W is concave, shape (B,)."""
        return (self.total >= 0) & (self.personal >= 0).all(axis=0)

    def alike(self) -> AggregateForm:
        """Return forms whose equilibrium maximizes W: exactly where there is no damage.

        Elsewhere each R_m P′(Ω − q_m x_m) is taken at Ω for all others: a point to start from.
        """
        weight = self.value.sum(axis=0) - self.harm
        return AggregateForm(
            gain=CurveOfRows(self.curves),
            base=self.base,
            weight=np.maximum(weight, 0.0).T,
            quality=self.quality.T,
            upper=self.upper.T,
            linear=-self.unit_cost.T,
            curvature=self.quadratic_cost.T,
            skew=np.maximum(self.personal, 0.0).T,
            data=self.data.T,
        )

    def gradient(self, x: Array) -> Array:
        """Return ∂W/∂x_n."""
        omega = self.base + (self.quality * x).sum(axis=0)
        return self._slope(x, self.curves.slope(omega), self._each(x, omega))

    def _each(self, x: Array, omega: Array) -> Array:
        """Return R_n P′(Ω − q_n x_n), 0 without damage."""
        if not self.harm.any():
            return np.zeros_like(x)
        without = np.maximum(omega - self.quality * x, self.base)
        return np.where(self.harm > 0, self.harm * self.curves.slope(without), 0.0)

    def _slope(self, x: Array, shared: Array, each: Array) -> Array:
        own = fraction(self.personal, self.data + x, 2) - self.unit_cost - self.quadratic_cost * x
        alike = self.total * shared + each.sum(axis=0)
        return self.quality * (alike - each) + own

    def worth(self, x: Array) -> Array:
        """Return W less the fixed costs and (S + Σ R) P(base), shape (B,)."""
        zero, omega = self.curves.value(self.base), self.base + (self.quality * x).sum(axis=0)
        without = np.maximum(omega - self.quality * x, self.base)
        each = np.where(self.harm > 0, self.harm * (self.curves.value(without) - zero), 0.0)
        own = -fraction(self.personal, self.data + x, 1)
        own -= x * (self.unit_cost + 0.5 * self.quadratic_cost * x)
        return np.asarray(self.total * (self.curves.value(omega) - zero) + (each + own).sum(axis=0))

    def gap(self, x: Array) -> Array:
        """Return Σ max(g⁺(X − x), g⁻ x), which bounds W* − W(x) where W is concave."""
        return ascent(self.gradient(x), x, self.upper)

    def local(self, x: Array) -> Local:
        """Return W, up to a constant, and its derivatives."""
        omega = self.base + (self.quality * x).sum(axis=0)
        without = np.maximum(omega - self.quality * x, self.base)
        shared, fall = self.curves.pair(omega)
        each, falls = (self.harm * part for part in self.curves.pair(without))
        own = fraction(self.personal, self.data + x, 1)
        cost = x * (self.unit_cost + 0.5 * self.quadratic_cost * x)
        terms = self.harm * self.curves.value(without) - own - cost
        return Local(
            value=self.total * self.curves.value(omega) + terms.sum(axis=0),
            slope=self._slope(x, shared, each),
            bend=self.quadratic_cost + 2.0 * fraction(self.personal, self.data + x, 3),
            pull=falls,
            shared=self.total * fall + falls.sum(axis=0),
        )

    # With e_n = R_n P″(Ω − q_n x_n) ≤ 0 and A = S P″(Ω) + Σ e_n the Hessian of W is
    #
    #     H = A q qᵀ − (q e) qᵀ − q (q e)ᵀ − D,    D = diag(−o_n″ − q_n² e_n).
    #
    # Newton's step −H s = g is s = D⁻¹ (g + first·q + second·q e), first = A q·s − (q e)·s and
    # second = −q·s. Multiplied by q and by q e that is, with m11 = q·D⁻¹q, m12 = q·D⁻¹(q e),
    # m22 = (q e)·D⁻¹(q e), f1 = q·D⁻¹g and f2 = (q e)·D⁻¹g,
    #
    #     m11 first + (1 + m12) second = −f1,    (1 + m12) first + (A + m22) second = −f2,
    #
    # solved by Cramer's rule with the determinant `det`. `alone` is a Newton step in x_n only, by
    # −∂²W/∂x_n² = D_n − q_n² (A − 2 e_n).

    def direction(self, x: Array, at: Local) -> Array:
        """Return an ascent direction: Newton's among players whom no bound stops.

        Who sits at a bound, or would reach it by a step of its own, steps onto it.
        """
        q, e, g = self.quality, at.pull, at.slope
        diagonal = at.bend - q * q * e
        diagonal = np.maximum(diagonal, 1e-10 * q * q * np.abs(at.shared))
        alone = x + g / (diagonal - q * q * (at.shared - 2.0 * e))
        down, up = (g <= 0) & (alone <= 0), (g >= 0) & (alone >= self.upper)
        free = ~(down | up)
        inverse = np.where(free, 1.0 / diagonal, 0.0)
        one, two = q * inverse, q * e * inverse
        plain = g * inverse
        m11, m12, m22 = (one * q).sum(axis=0), (one * q * e).sum(axis=0), (two * q * e).sum(axis=0)
        f1, f2 = (q * plain).sum(axis=0), (q * e * plain).sum(axis=0)
        corner, cross = at.shared + m22, 1.0 + m12
        det = m11 * corner - cross * cross
        first, second = (cross * f2 - corner * f1) / det, (cross * f1 - m11 * f2) / det
        newton = plain + one * first + two * second
        rises = np.isfinite(newton).all(axis=0) & ((newton * g).sum(axis=0) > 0)
        step = np.where(rises, newton, plain)
        return np.where(down, -x, np.where(up, self.upper - x, step))


def ascent(slope: Array, x: Array, upper: Array) -> Array:
    """Return the first-order bound of what a change within the box could bring, shape (B,)."""
    rise = np.fmax(slope * (upper - x), -slope * x)
    return np.where(np.isnan(slope), np.nan, np.where(upper > 0, rise, 0.0)).sum(axis=0)
