"""Comparative statics: what a parameter does to contributions, payoffs, transfers and welfare."""

from typing import TYPE_CHECKING

from coopetition._lazy import lazy

if TYPE_CHECKING:
    from coopetition.studies.statics.statics import comparative_statics
else:
    __getattr__, __dir__ = lazy(__name__)

__all__ = ["comparative_statics"]
