"""Comparative statics: what a parameter does to contributions, payoffs, transfers and welfare."""

from coopetition.studies.statics.statics import comparative_statics

__all__ = ["comparative_statics"]
