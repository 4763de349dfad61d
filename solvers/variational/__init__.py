"""Variational inequalities: monotone games, joint convex constraints."""

from typing import TYPE_CHECKING

from coopetition._lazy import lazy

if TYPE_CHECKING:
    from coopetition.solvers.variational.solve import solve_variational
else:
    __getattr__, __dir__ = lazy(__name__)

__all__ = ["solve_variational"]
