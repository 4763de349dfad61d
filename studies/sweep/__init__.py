"""Sweeps: a scenario over a grid of values, in processes or on a cluster, resumable."""

from coopetition.studies.sweep.sweep import run_sweep

__all__ = ["run_sweep"]
