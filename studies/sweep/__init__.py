"""Sweeps: a scenario over a grid of values, in processes or on a cluster, resumable."""

from typing import TYPE_CHECKING

from coopetition._lazy import lazy

if TYPE_CHECKING:
    from coopetition.studies.sweep.sweep import run_sweep
else:
    __getattr__, __dir__ = lazy(__name__)

__all__ = ["run_sweep"]
