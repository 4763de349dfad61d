"""`prices_many`: bilateral prices at the optimum of thousands of rounds, and what they bring.

The price of n's contribution is what it brings to all others at the planner's optimum,
τ_n = ∂W/∂x_n − ∂U_n/∂x_n, moved to make the optimum exactly stationary where no bound holds it.
Where an own term is not strictly concave, or a weight is negative, n also pays η_n (x_n − x_n°)²/2.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.tolerance import checked_tolerance
from coopetition.output.columns import ManyCells
from coopetition.solvers.batch.equilibria import Batch, solve_table
from coopetition.solvers.batch.row_table import RowTable, refused
from coopetition.solvers.planner.plan import Plans, make_plans
from coopetition.studies.batch.rules import RuleOfRows, refuse_transfers, solve_under


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PricedBatch(ManyCells):
    """A sweep with and without prices.

    Attributes
    ----------
    plans : Plans
        The welfare optima, which the prices aim at.
    without, priced : Batch
        The equilibria without transfers and under the prices; payoffs do not count transfers.
    price, sharpening : shape (B, N)
        τ, money per unit of contribution, and η; the own part of the rule has the slope
        τ + η x° and the bend η.
    transfer : shape (B, N)
        What each receives at the equilibrium under the prices, money; zero-sum.
    """

    title = "Prices at the optimum"

    plans: Plans
    without: Batch
    priced: Batch
    price: Array
    sharpening: Array
    transfer: Array

    @property
    def players(self) -> tuple[str, ...]:
        """The organizations' names."""
        return self.plans.players

    def columns(self) -> dict[str, Array]:
        """Return the columns by name: of shape (B,) or (B, N)."""
        (free, priced), (share_free, share) = self.efficiency, self.attainable_share
        return {
            "contribution": self.priced.profiles,
            "payoff_before_transfers": self.priced.payoffs,
            "transfer": self.transfer,
            "price": self.price,
            "sharpening": self.sharpening,
            "contribution_without_rule": self.without.profiles,
            "payoff_without_rule": self.without.payoffs,
            "contribution_planner": self.plans.profiles,
            "welfare": self.priced.welfare,
            "welfare_without_rule": self.without.welfare,
            "welfare_planner": self.plans.welfare,
            "efficiency": priced,
            "efficiency_without_rule": free,
            "attainable_share": share,
            "attainable_share_without_rule": share_free,
        }

    def reasons(self) -> dict[str, Any]:
        """Return why rows failed."""
        return {"failed": {**self.without.failed, **self.priced.failed, **self.plans.failed}}

    @property
    def lost(self) -> tuple[Array, Array]:
        """W(x°) − W(x), money, at the equilibria without and with prices, each of shape (B,)."""
        return (self.plans.welfare - self.without.welfare, self.plans.welfare - self.priced.welfare)

    @property
    def efficiency(self) -> tuple[Array, Array]:
        """W(x)/W(x°) without and with prices, each of shape (B,); NaN where W(x°) ≤ 0."""
        best = np.where(self.plans.welfare > 0, self.plans.welfare, np.nan)
        return self.without.welfare / best, self.priced.welfare / best

    @property
    def attainable_share(self) -> tuple[Array, Array]:
        """Shares of the attainable gain without and with prices, each of shape (B,), or NaN."""
        plans = self.plans
        return (
            plans.attainable_share(self.without.welfare),
            plans.attainable_share(self.priced.welfare),
        )


def prices_many(
    game: object,
    changes: Mapping[str, ArrayLike],
    *,
    sharpen: bool = True,
    alone: bool = True,
    tol: float | None = None,
) -> PricedBatch:
    """Plan B rounds, price the plans, and find the equilibria without and with the prices.

    Raises as `solve_many`.

    Parameters
    ----------
    game, changes
        As for `solve_many`, but no rule's own part: the prices are the rule.
    sharpen : bool
        Add the quadratic payment where an own term is not strictly concave or w_n < 0.
    alone : bool
        False: rows that need more than all others are not solved, and reported in `failed`.
    tol : money
        For gaps and certificates.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> game = CoopetitionRound(
    ...     gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0] * 6, max_contribution=20_000.0,
    ...     value=1000.0, unit_cost=0.001, quadratic_cost=2e-6)
    >>> found = prices_many(game, {"damage": [0.0, 0.08]})
    >>> found.priced.profiles[:, 0].round(2).tolist()
    [2273.76, 2251.81]
    >>> [round(money, 2) for money in found.lost[0].tolist()]
    [45.77, 62.53]
    """
    table = RowTable.of(game, changes)
    checked_tolerance(tol)
    refuse_transfers(table, "prices_many")
    bad = refused(table)
    plans = make_plans(table, bad, tol, alone)
    rule = RuleOfRows("bilateral-prices", sharpen=sharpen)
    ruled = solve_under(table, rule, plans.failed, plans.profiles, alone=alone, tol=tol)
    return PricedBatch(
        plans=plans,
        without=solve_table(table, bad, tol, alone),
        priced=ruled.found,
        price=ruled.gathered("price"),
        sharpening=ruled.gathered("sharpening"),
        transfer=ruled.transfer,
    )
