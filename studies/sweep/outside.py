"""Outside options of many scenarios at once: what `studies.outside.outside` computes one by one.

Autarky is a round of one organization without competition and fixed cost; exit needs the others'
equilibrium under the same rule made for them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from coopetition.games.arrays import Array, Index, Mask
from coopetition.solvers.batch import Batch, solve_many
from coopetition.studies.outside.outside import EXIT_LIMIT
from coopetition.studies.sweep.columns import Changes, Columns, picked

NUMBERS = 4_000_000  # in the matrices of rounds that are solved together
Solve = Callable[[Columns, Changes, Index, Index], Batch]  # of rows, among some organizations


@dataclass(frozen=True, slots=True, eq=False)
class AutarkyRows:
    """Each organization alone: gain and payoff, shape (B, N); `known` says in which rows."""

    gain: Array
    payoff: Array
    known: Mask


def autarky_many(rows: Columns) -> AutarkyRows:
    """Solve every organization's problem alone, in every scenario."""
    columns, size = rows.columns, rows.size
    gains: Changes = {name: np.repeat(array, size) for name, array in rows.gains.items()}
    own: Changes = {name: array.reshape(-1, 1) for name, array in columns.items()}
    own["fixed_cost"] = np.zeros_like(own["fixed_cost"])
    found = solve_many(rows.blank(1), own | gains, alone=False)
    shape = columns["value"].shape
    gain = (found.gain + _personal(own, gains, found.profiles)[:, 0]).reshape(shape)
    known = found.success.reshape(shape) & _reached(rows)
    return AutarkyRows(gain, found.payoffs.reshape(shape), np.asarray(known.all(axis=1)))


def _reached(rows: Columns) -> Mask:
    """Say where the curve is known for an organization alone, shape (B, N)."""
    data = rows.columns["local_data"]
    top = data + rows.columns["quality"] * rows.columns["max_contribution"]
    low, high = rows.curve.domain
    bare = np.array([not (s.gain and s.gain.finite_at_zero) for s in rows.scenarios])
    return (data >= low) & (top <= high) & ~((data == 0) & bare[:, None])


def _personal(own: Changes, gains: Changes, x: Array) -> Array:
    """Return h_n(x_n), 0 for an organization without data."""
    scale = gains["personal_weight"][:, None] * own["skew"] * own["local_data"]
    total = own["local_data"] + x
    return -np.divide(scale, total, out=np.zeros_like(total), where=scale > 0)


def rivalrous(rivalry: Any, size: int) -> bool:
    """Say whether what the others do once n has left matters to n."""
    return size > 1 and bool(np.any(rivalry))


def exits_many(rows: Columns, alone: AutarkyRows, solve: Solve) -> tuple[Array, Mask]:
    """Return what each gets if it alone leaves, shape (B, N), and the rows where that is known.

    All scenarios have rivalry among two to `EXIT_LIMIT` organizations.
    """
    size, count = rows.size, len(rows.scenarios)
    assert 1 < size <= EXIT_LIMIT
    payoff, known = np.empty((count, size)), alone.known.copy()
    block = max(1, NUMBERS // size**3)
    for start in range(0, count, block):
        some = np.arange(start, min(start + block, count))
        fine, worth = _left(rows, some, alone, solve)
        payoff[some] = alone.payoff[some] - worth
        known[some] &= fine
    return payoff, known


def _left(rows: Columns, some: Index, alone: AutarkyRows, solve: Solve) -> tuple[Mask, Array]:
    """Return which rows are known, and what each loses to the others, shape (rows, N)."""
    size = rows.size
    others = np.array([np.delete(np.arange(size), n) for n in range(size)])
    row, leaver = np.repeat(some, size), np.tile(np.arange(size), some.size)
    among = others[leaver]
    changes = part(rows, row, among)
    found = solve(rows, changes, row, among)
    gains = found.gain[:, None] + _personal(changes, changes, found.profiles)
    own = alone.gain[row, leaver]
    rivalry = rows.rivals["rivalry"][row]
    if rivalry.ndim == 1:
        rivalry = np.repeat(rivalry[:, None], size - 1, axis=1)
    else:
        rivalry = rivalry[np.arange(row.size)[:, None], leaver[:, None], among]
    behind = (rivalry * (gains - own[:, None])).T.copy().sum(axis=0)
    shape = some.size, size
    return np.asarray(found.success.reshape(shape).all(axis=1)), behind.reshape(shape)


def part(rows: Columns, row: Index, among: Index) -> Changes:
    """Return the changes of some rows, each with some of the organizations only."""
    changes = {name: array[row[:, None], among] for name, array in rows.columns.items()}
    changes |= {name: array[row] for name, array in rows.gains.items()}
    return changes | {name: picked(array, row, among) for name, array in rows.rivals.items()}
