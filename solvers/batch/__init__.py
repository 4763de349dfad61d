"""Thousands of rounds at once: equilibria, and what all of them share, vectorized.

A row's answer has the same bits alone and among thousands. Welfare optima of as many are in
`coopetition.solvers.planner`, prices and whole studies in `coopetition.studies.batch`.
"""

from typing import TYPE_CHECKING

from coopetition._lazy import lazy

if TYPE_CHECKING:
    from coopetition.solvers.batch.equilibria import Batch, RowStatus, solve_many
else:
    __getattr__, __dir__ = lazy(__name__)

__all__ = ["Batch", "RowStatus", "solve_many"]
