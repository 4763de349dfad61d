"""Rounds of many rows: the fields of `CoopetitionRound`, each (N, B), and what follows of them."""

from dataclasses import dataclass, fields

import numpy as np

from coopetition.games.arrays import Array, Index
from coopetition.solvers.batch.forms import Curves, Forms, Rivals, fraction
from coopetition.solvers.batch.table import Table


@dataclass(frozen=True, slots=True, eq=False)
class Rounds:
    """B rounds; `base` has shape (B,), all other arrays (N, B)."""

    curves: Curves
    base: Array
    data: Array
    upper: Array
    value: Array
    unit_cost: Array
    quadratic_cost: Array
    fixed_cost: Array
    quality: Array
    personal: Array
    harm: Array
    stake: Array
    paid: Array
    bend: Array
    rivalry: Rivals

    @classmethod
    def of(cls, table: Table, rows: slice | Index) -> "Rounds":
        """Take some rows of a table, at least two."""
        value, data = table.column("value", rows), table.column("local_data", rows)
        damage, rivalry = table.rivals("damage", rows), table.rivals("rivalry", rows)
        weight = table.number("personal_weight", rows)
        return cls(
            curves=table.curves(rows),
            base=data.sum(axis=0),
            data=data,
            upper=table.column("max_contribution", rows),
            value=value,
            unit_cost=table.column("unit_cost", rows),
            quadratic_cost=table.column("quadratic_cost", rows),
            fixed_cost=table.column("fixed_cost", rows),
            quality=table.column("quality", rows),
            personal=weight * table.column("skew", rows) * data,
            harm=np.zeros_like(value) if damage.idle else damage.weigh(value),
            stake=value if rivalry.idle else value + rivalry.weigh(np.ones_like(value)),
            paid=table.column("transfer_slope", rows),
            bend=table.column("transfer_bend", rows),
            rivalry=rivalry,
        )

    def take(self, rows: Index) -> "Rounds":
        """Return some rows, at least two."""
        names = [field.name for field in fields(self) if field.name not in ("curves", "rivalry")]
        arrays = {name: getattr(self, name).take(rows, axis=-1) for name in names}
        return Rounds(curves=self.curves.take(rows), rivalry=self.rivalry.take(rows), **arrays)

    def forms(self) -> Forms:
        """Return the aggregate forms, with the own part of a rule."""
        return Forms(
            curves=self.curves,
            base=self.base,
            weight=self.value - self.harm,
            quality=self.quality,
            upper=self.upper,
            linear=self.paid - self.unit_cost,
            curvature=self.quadratic_cost + self.bend,
            skew=self.personal * self.stake,
            data=self.data,
        )

    def social_stake(self) -> Array:
        """Return p_n + Σ_m σ_nm − Σ_m σ_mn."""
        if self.rivalry.idle:
            return self.stake
        return self.stake - self.rivalry.spread(np.ones_like(self.stake))

    def aggregate(self, x: Array) -> Array:
        """Return Ω, shape (B,)."""
        return np.asarray(self.base + (self.quality * x).sum(axis=0))

    def payoff_terms(self, x: Array) -> tuple[Array, Array, Array, Array]:
        """Return value × gain, −cost, −damage, −rivalry."""
        omega = self.aggregate(x)
        shared = self.curves.value(omega)
        gain = np.tile(shared, (x.shape[0], 1))
        damage = rivalry = np.zeros_like(x)
        if self.harm.any():
            without = np.maximum(omega - self.quality * x, self.base)
            change = self.curves.value(without) - shared
            damage = np.where(self.harm > 0, self.harm * change, 0.0)
        if self.personal.any():
            own = -fraction(self.personal, self.data + x, 1)
            gain += own
            if not self.rivalry.idle:
                rivalry = (self.stake - self.value) * own - self.rivalry.weigh(own)
        cost = x * (self.unit_cost + 0.5 * self.quadratic_cost * x) + self.fixed_cost
        return self.value * gain, -cost, damage, rivalry

    def payoffs(self, x: Array) -> Array:
        """Return U_n without transfers."""
        value, cost, damage, rivalry = self.payoff_terms(x)
        return value + cost + damage + rivalry

    def welfare_scale(self, x: Array) -> Array:
        """Return the sum of the absolute terms of the welfare, shape (B,)."""
        sizes = (np.abs(term).sum(axis=0) for term in self.payoff_terms(x))
        return sum(sizes, np.zeros(x.shape[1]))
