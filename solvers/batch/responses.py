"""Own responses of all players of many rows to one slope of the gain a row.

In units of effective data, y = q B(λ). Quadratic own terms answer with rate·λ + offset, clipped to
[0, q X]; flat and skewed ones are written over them by their place in the array.
"""

from dataclasses import dataclass, replace

import numpy as np

from coopetition.games.gain import Array, Index
from coopetition.solvers.batch.forms import Forms


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
    def of(cls, forms: Forms, at: Index) -> "Some":
        """Take the players at flat places of the (N, B) arrays."""
        names = ("linear", "curvature", "upper", "quality", "skew", "data")
        columns = {name: getattr(forms, name).ravel()[at] for name in names}
        pull = (forms.weight * forms.quality).ravel()[at]
        return cls(at=at, row=at % forms.base.size, pull=pull, **columns)

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


def positive_root(b: Array, c: Array, skew: Array) -> Array:
    """Return y > 0 with b y³ − c y² = skew > 0, ∞ where none is; every element stops by itself.

    Newton rises to the root from a bound within a factor 2 below it, as for one game.
    """
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
    def of(cls, forms: Forms) -> "Responses":
        """Prepare the sweeps."""
        plain = (forms.curvature > 0) & (forms.skew == 0)
        flat = (forms.curvature == 0) & (forms.skew == 0) & (forms.upper > 0)
        inverse = np.zeros_like(forms.curvature)
        np.divide(forms.quality, forms.curvature, out=inverse, where=plain)
        return cls(
            rate=forms.weight * forms.quality * inverse,
            offset=forms.linear * inverse,
            cap=forms.quality * forms.upper,
            flat=Some.of(forms, np.flatnonzero(flat)),
            skewed=Some.of(forms, np.flatnonzero(forms.skew > 0)),
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
