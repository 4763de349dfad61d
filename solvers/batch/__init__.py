"""Thousands of rounds at once: equilibria and welfare optima, vectorized.

A row's answer has the same bits alone and among thousands.
"""

from coopetition.solvers.batch.answers import Batch, RowStatus
from coopetition.solvers.batch.many import solve_many
from coopetition.solvers.batch.plan import Plans, PlanStatus, plan_many

__all__ = [
    "Batch",
    "PlanStatus",
    "Plans",
    "RowStatus",
    "plan_many",
    "solve_many",
]
