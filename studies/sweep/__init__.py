"""Sweeps: a scenario over a grid of values, in processes or on a cluster, resumable."""

from typing import TYPE_CHECKING

from coopetition._lazy import lazy

if TYPE_CHECKING:
    from coopetition.studies.sweep.grid import Grid
    from coopetition.studies.sweep.sweep import run_sweep
    from coopetition.studies.sweep.values import read_axis
else:
    __getattr__, __dir__ = lazy(__name__)

__all__ = ["Grid", "read_axis", "run_sweep"]
