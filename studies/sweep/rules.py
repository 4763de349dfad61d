"""The rules under which many rounds are solved together, each as arrays."""

from dataclasses import dataclass

import numpy as np

from coopetition.games.gain import Array, Index
from coopetition.solvers.batch import Batch, Plans, plan_many, prices_many, solve_many
from coopetition.studies.sweep.columns import Changes, Columns, operator, picked, sideways

TOGETHER = ("none", "redistribution", "bilateral-prices")


@dataclass(frozen=True, slots=True, eq=False)
class Ruled:
    """Equilibria under a rule, what it pays each, shape (B, N), and the welfare optima."""

    found: Batch
    transfer: Array
    plans: Plans


def ruled(rows: Columns) -> Ruled:
    """Solve all rows under the rule that they share; what must be solved alone is left."""
    game, changes = rows.blank(rows.size), rows.changes
    if rows.first.rule == "bilateral-prices":
        priced = prices_many(game, changes, alone=False)
        return Ruled(priced.priced, priced.transfer, priced.plans)
    plans = plan_many(game, changes, alone=False)
    if rows.first.rule == "none":
        found = solve_many(game, changes, alone=False)
        return Ruled(found, np.zeros_like(found.profiles), plans)
    rate, pairs = _rate(rows), operator(intensity(rows))
    slope = rate * pairs.weigh(np.ones((rows.size, rate.size)))
    found = solve_many(game, changes | {"transfer_slope": slope.T}, alone=False)
    x = sideways(found.profiles)
    with np.errstate(invalid="ignore"):  # NaN of rows that were left
        paid = pairs.spread(x) if rows.first.balanced else pairs.weigh(x)
    return Ruled(found, sideways(slope * x - rate * paid), plans)


def ruled_parts(rows: Columns, changes: Changes, row: Index, among: Index) -> Batch:
    """Solve parts of the rounds under the rule made for them: redistribution keeps its numbers.

    `row` says of which row each part is, `among`, shape (parts, members), who is in it.
    """
    game = rows.blank(among.shape[1])
    if rows.first.rule == "bilateral-prices":
        return prices_many(game, changes, alone=False).priced
    if rows.first.rule == "redistribution":
        pairs = operator(picked(intensity(rows), row, among))
        slope = _rate(rows)[row] * pairs.weigh(np.ones(among.T.shape))
        changes = changes | {"transfer_slope": slope.T}
    return solve_many(game, changes, alone=False)


def _rate(rows: Columns) -> Array:
    return np.array([s.mechanism.rate for s in rows.scenarios], float)


def intensity(rows: Columns) -> Array:
    """Return ρ of redistribution, shape (B,) or (B, N, N)."""
    given = rows.first.intensity
    if given == "damage":
        return rows.rivals["damage"]
    if given != "rivalry":
        return np.array([s.mechanism.intensity for s in rows.scenarios], float)
    rivalry, ones = rows.rivals["rivalry"], np.ones((rows.size, len(rows.scenarios)))
    mean = operator(rivalry).weigh(ones).sum(axis=0) / max(rows.size * (rows.size - 1), 1)
    scale = 1.0 / mean  # positive: a scenario whose rivalry is 0 is refused
    return rivalry * (scale if rivalry.ndim == 1 else scale[:, None, None])
