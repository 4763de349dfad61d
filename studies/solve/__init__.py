"""A round solved under a mechanism, beside no rule and the planner, and what is said of it."""

from typing import TYPE_CHECKING

from coopetition._lazy import lazy

if TYPE_CHECKING:
    from coopetition.studies.solve.study import Study, run_study
else:
    __getattr__, __dir__ = lazy(__name__)

__all__ = ["Study", "run_study"]
