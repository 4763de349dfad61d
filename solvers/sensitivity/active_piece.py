"""How an aggregative equilibrium moves: the implicit function theorem on the piece around it.

Those inside their bounds satisfy F_n = w_n q_n P′(Ω) + own_n′(x_n) = 0, so that a change of
numbers moves them by dx_n = (u_n dΩ + ∂F_n)/bend_n with u_n = w_n q_n P″(Ω), bend_n = −own_n″.
Those at 0 stay, those at a bound follow it, and one scalar is left,

    dΩ (1 − P″ Σ_free w q²/bend) = ∂Ω + Σ_free q ∂F/bend + Σ_bound q dX,

whose factor is at least 1. The inverse Jacobian is thus diagonal plus rank one, and is never
formed: a direction, or by the transposed formula the gradient of one number with respect to
everything, takes O(N). One player with a linear own term may be inside: then F_n = 0 says what
dΩ is.

All that needs strict complementarity. At a *kink* somebody at a bound has a marginal payoff of 0,
and Ω may lie where P″ jumps: only one-sided derivatives exist, the roots of a monotone piecewise
linear equation in dΩ.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np

from coopetition.games.arrays import Array, Mask
from coopetition.games.coopetition.aggregate import AggregateForm


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FormChange:
    """A change of each number of an aggregate form, or the gradient with respect to each.

    Arrays of shape (N,); `slope` is about P′ at the same Ω.
    """

    weight: Array
    quality: Array
    upper: Array
    linear: Array
    curvature: Array
    skew: Array
    data: Array
    base: float
    slope: float

    def reversed(self) -> "FormChange":
        """Return the opposite change."""
        return FormChange(**{field.name: -getattr(self, field.name) for field in fields(self)})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Piece:
    """A unique equilibrium of a concave aggregate form, and who is where.

    Parameters
    ----------
    form : AggregateForm
        After elimination: who is dominated at 0 has `upper` 0.
    free, top, low_kink, high_kink : shape (N,)
        Who is inside, who at its bound, who at 0 or at its bound with a marginal payoff of 0
        (these are in none of the first two); all others are at 0.
    bend : shape (N,)
        −own_n″; 0 where the own term is linear.
    yields : shape (N,)
        1/bend of those inside, else 0.
    reach : shape (N,)
        1/(data + x), 0 where there is neither.
    pinned : int or None
        The player inside whose own term is linear: its marginal payoff says what Ω is.
    second : (float, float)
        P″ to the left and to the right of Ω.
    margin : shape (N,)
        How far each is from a kink: its marginal payoff at a bound, or what of it lies between it
        and a bound, relative to the payoff's terms; infinite for who cannot move.
    """

    form: AggregateForm
    profile: Array
    omega: float
    slope: float
    free: Mask
    top: Mask
    low_kink: Mask
    high_kink: Mask
    bend: Array
    yields: Array
    reach: Array
    pinned: int | None
    second: tuple[float, float]
    margin: Array

    @property
    def jumps(self) -> bool:
        """Whether P″ jumps at Ω."""
        return self.second[0] != self.second[1]

    @property
    def smooth(self) -> bool:
        """Whether derivatives are two-sided."""
        return not (self.jumps or self.low_kink.any() or self.high_kink.any())

    def push(self, change: FormChange) -> Array:
        """Return ∂F_n: what the change does to marginal payoffs at the same profile."""
        form = self.form
        push = change.weight * form.quality + form.weight * change.quality
        push = push * self.slope + form.pull * change.slope
        push += change.linear - change.curvature * self.profile
        if form.personal or change.skew.any():
            curl = 2.0 * form.skew * change.data * self.reach
            push += (change.skew - curl) * self.reach**2
        return np.asarray(push)

    def along(self, change: FormChange) -> tuple[Array, float]:
        """Return dx and dΩ in the direction of a change: the derivative to its right."""
        form, push = self.form, self.push(change)
        start = change.base + float(change.quality @ self.profile)
        low, high = self._limits(change)
        divisor = np.where(self.bend > 0, self.bend, 1.0)

        def raw(rise: float, second: float) -> Array:
            return (form.pull * second * rise + push) / divisor

        def total(rise: float, second: float) -> float:
            return start + float(form.quality @ np.clip(raw(rise, second), low, high))

        if (n := self.pinned) is not None:
            second = self.second[int(push[n] > 0)]
            rise = -float(push[n]) / (float(form.pull[n]) * second)
            low[n] = high[n] = 0.0
            x = np.clip(raw(rise, second), low, high)
            x[n] = (rise - total(rise, second)) / float(form.quality[n])
            return x, rise
        second = self.second[int(total(0.0, 0.0) > 0)]
        kinks = np.flatnonzero((self.low_kink | self.high_kink) & (form.pull * second != 0))
        limit = np.where(np.isfinite(low), low, high)[kinks]
        turns = (divisor[kinks] * limit - push[kinks]) / (form.pull[kinks] * second)
        guess = raw(_segment(np.sort(turns), lambda rise: total(rise, second) - rise), second)
        inside = (guess > low) & (guess < high)
        fixed = np.where(inside, push / divisor, np.clip(guess, low, high))
        answer = np.where(inside, form.pull * second / divisor, 0.0)
        rise = (start + float(form.quality @ fixed)) / (1.0 - float(form.quality @ answer))
        return fixed + answer * rise, rise

    def _limits(self, change: FormChange) -> tuple[Array, Array]:
        """Return between which numbers each dx must be."""
        held = np.where(self.top | self.high_kink, change.upper, 0.0)
        low = np.where(self.free | self.high_kink, -np.inf, held)
        return low, np.where(self.free | self.low_kink, np.inf, held)

    def back(self, contribution: Array, omega: float = 0.0) -> FormChange:
        """Return the gradient of contribution·x + omega·Ω; at no kink.

        Direct dependence of a number on parameters is not in it.
        """
        form, second, x = self.form, self.second[1], self.profile
        answer = self.yields * form.pull
        felt = second * float(answer @ contribution)
        factor = 1.0 - second * float(answer @ form.quality)
        if (n := self.pinned) is None:
            pulled = (felt + omega) / factor
        else:
            pulled = -float(contribution[n] / form.quality[n])
        seen = contribution + pulled * form.quality
        force = self.yields * seen
        if n is not None:
            force[n] = -(felt + omega - pulled * factor) / (second * float(form.pull[n]))
        slid = force * self.slope
        bent = force * self.reach
        bent *= self.reach
        return FormChange(
            weight=slid * form.quality,
            quality=slid * form.weight + pulled * x,
            upper=self.top * seen,
            linear=force,
            curvature=-force * x,
            skew=bent,
            data=bent * form.skew * self.reach * -2.0 if form.personal else np.zeros_like(x),
            base=pulled,
            slope=float(force @ form.pull),
        )


def _segment(turn: Array, excess: Callable[[float], float]) -> float:
    """Return a point in the stretch between two turns where a falling function has its root."""
    first, last = 0, turn.size
    while first < last:
        k = (first + last) // 2
        first, last = (k + 1, last) if excess(float(turn[k])) > 0 else (first, k)
    if not turn.size:
        return 0.0
    if first == 0:
        return float(turn[0]) - abs(float(turn[0])) - 1.0
    if first == turn.size:
        return float(turn[-1]) + abs(float(turn[-1])) + 1.0
    return 0.5 * (float(turn[first - 1]) + float(turn[first]))
