"""Aggregate forms of many rows: the arrays of `AggregateForm`, each (N, B) with rows last."""

from dataclasses import dataclass, replace

import numpy as np

from coopetition.games.gain import Array, Mask
from coopetition.solvers.batch.curves import Curves


@dataclass(frozen=True, slots=True, eq=False)
class Forms:
    """B aggregate forms; `base` has shape (B,), all other arrays (N, B)."""

    curves: Curves
    base: Array
    weight: Array
    quality: Array
    upper: Array
    linear: Array
    curvature: Array
    skew: Array
    data: Array

    def aggregate(self, x: Array) -> Array:
        """Return Ω, shape (B,)."""
        return np.asarray(self.base + (self.quality * x).sum(axis=0))

    def without(self, x: Array) -> Array:
        """Return Ω without each player's own contribution."""
        return np.maximum(self.aggregate(x) - self.quality * x, self.base)

    def own_slope(self, x: Array) -> Array:
        """Return the derivative of the own terms."""
        slope = self.linear - self.curvature * x
        return slope + fraction(self.skew, self.data + x, 2) if self.skew.any() else slope

    def marginal(self, x: Array) -> Array:
        """Return ∂U_n/∂x_n."""
        slope = self.curves.slope(self.aggregate(x))
        pull = self.weight * self.quality
        pulled = pull * slope
        if not np.isfinite(slope).all():
            pulled = np.where(pull == 0, 0.0, pulled)
        return pulled + self.own_slope(x)

    def regret(self, x: Array) -> Array:
        """Bound each player's regret by its payoff's concavity (w ≥ 0): max(m⁺(X − x), m⁻ x)."""
        slope = self.marginal(x)
        return np.maximum(slope * (self.upper - x), -slope * x)  # NaN stays NaN

    def reach(self, x: Array) -> Array:
        """Return what each player can move of its payoff by itself; as `AggregateForm.reach`."""
        omega, top = self.aggregate(x), self.aggregate(self.upper)
        slope = self.curves.slope(omega)
        slope = np.where(np.isfinite(slope), slope, 0.0)
        most = self.curves.rise(omega, np.maximum(top - omega, 0.0)) + slope * (omega - self.base)
        found = np.minimum(slope * self.quality * self.upper, most) * np.abs(self.weight)
        found += x * (np.abs(self.linear) + 0.5 * self.curvature * x)
        if self.skew.any():
            here, end = self.data + x, self.data + self.upper
            washed = self.skew / here * ((self.upper - x) / end + x / here)
            found += np.where(self.skew > 0, washed, 0.0)
        return found

    def eliminate(self) -> tuple["Forms", Mask]:
        """Fix players with negative weight at 0 where that is dominant.

        As for one game: where w_n q_n P′(Ω_max) + own_n′(0) ≤ 0. Returns the forms and which rows
        have a negative weight left.
        """
        upper = self.upper
        while True:
            negative = (self.weight < 0) & (upper > 0)
            if not negative.any():
                break
            top = self.curves.slope(self.aggregate(upper))
            at_zero = self.weight * self.quality * top + self.own_slope(np.zeros_like(upper))
            new = negative & (at_zero <= 0)
            if not new.any():
                break
            upper = np.where(new, 0.0, upper)
        left = np.asarray(negative.any(axis=0))
        return (self if upper is self.upper else replace(self, upper=upper)), left


def fraction(skew: Array, total: Array, power: int) -> Array:
    """Return skew / total^power, 0 where there is no skew."""
    found = np.zeros_like(total)
    if skew.any():
        np.divide(skew, total**power, out=found, where=skew != 0)
    return found
