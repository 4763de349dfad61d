"""Finding equilibria and optima: plain functions of a game, each answer with a certificate."""

from typing import TYPE_CHECKING

from coopetition._lazy import lazy

if TYPE_CHECKING:
    from coopetition.solvers.aggregate.aggregate import solve_aggregate
    from coopetition.solvers.batch import Batch, solve_many
    from coopetition.solvers.best_response import best_response_dynamics
    from coopetition.solvers.choose import solve
    from coopetition.solvers.equilibrium import Equilibrium, Status
    from coopetition.solvers.measured import solve_measured
    from coopetition.solvers.planner.plan import Plans, plan_many
    from coopetition.solvers.planner.planner import Optimum, solve_planner
    from coopetition.solvers.potential import maximize_potential
    from coopetition.solvers.several.solve import solve_several
    from coopetition.solvers.smooth import solve_smooth
else:
    __getattr__, __dir__ = lazy(__name__)

__all__ = [
    "Batch",
    "Equilibrium",
    "Optimum",
    "Plans",
    "Status",
    "best_response_dynamics",
    "maximize_potential",
    "plan_many",
    "solve",
    "solve_aggregate",
    "solve_many",
    "solve_measured",
    "solve_planner",
    "solve_several",
    "solve_smooth",
]
