"""The TradeFL-style game solved: best responses, and generalized Benders decomposition."""

from typing import TYPE_CHECKING

from coopetition._lazy import lazy

if TYPE_CHECKING:
    from coopetition.solvers.tradefl.benders import solve_cgbd
    from coopetition.solvers.tradefl.best_response import solve_dbr
else:
    __getattr__, __dir__ = lazy(__name__)

__all__ = ["solve_cgbd", "solve_dbr"]
