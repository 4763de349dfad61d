"""Thousands of rounds at once: equilibria and welfare optima, vectorized.

A row's answer has the same bits alone and among thousands.
"""

from typing import TYPE_CHECKING

from coopetition._lazy import lazy

if TYPE_CHECKING:
    from coopetition.solvers.batch.answers import Batch, RowStatus
    from coopetition.solvers.batch.many import solve_many
    from coopetition.solvers.batch.plan import Plans, PlanStatus, plan_many
else:
    __getattr__, __dir__ = lazy(__name__)

__all__ = [
    "Batch",
    "PlanStatus",
    "Plans",
    "RowStatus",
    "plan_many",
    "solve_many",
]
