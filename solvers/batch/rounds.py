"""Rounds of many rows: the fields of `CoopetitionRound`, each (B, N) with rows contiguous.

Formulas are those of one round. Arrays are views of ones with organizations first, at least two
rows wide: so sums over organizations go one by one, and bits do not depend on how many rows there
are.
"""

from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np

from coopetition.games.arrays import Array, Index
from coopetition.games.coopetition.aggregate import AggregateForm
from coopetition.games.coopetition.round import RoundFormulas
from coopetition.solvers.batch.forms import CurveOfRows, Rivals
from coopetition.solvers.batch.row_table import KNOWN, TRANSFERS, RowTable


@dataclass(frozen=True, eq=False, kw_only=True)
class Rounds(RoundFormulas):
    """B rounds, and the own part of a rule: what each gets for its own contribution."""

    transfer_slope: Array
    transfer_bend: Array

    @classmethod
    def of(cls, table: RowTable, rows: slice | Index) -> "Rounds":
        """Take some rows of a table, at least two."""
        return cls(
            gain=CurveOfRows(table.curves(rows)),
            damage=table.rivals("damage", rows),
            rivalry=table.rivals("rivalry", rows),
            counts=table.game.counts,
            personal_weight=table.number("personal_weight", rows)[:, None],
            **{name: table.column(name, rows).T for name in (*KNOWN, *TRANSFERS)},
        )

    def take(self, rows: Index) -> "Rounds":
        """Return some rows, at least two."""
        parts: dict[str, Any] = {one.name: getattr(self, one.name) for one in fields(self)}
        for name, part in parts.items():
            if isinstance(part, np.ndarray):
                parts[name] = part.T.take(rows, axis=-1).T
            elif isinstance(part, CurveOfRows | Rivals):
                parts[name] = part.take(rows)
        return Rounds(**parts)

    @cached_property
    def form(self) -> AggregateForm:
        """The aggregate forms, with the own part of the rule."""
        form = super().form
        linear = form.linear + self.transfer_slope
        return replace(form, linear=linear, curvature=form.curvature + self.transfer_bend)
