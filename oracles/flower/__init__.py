"""Flower as a backend."""

from typing import TYPE_CHECKING

from coopetition._lazy import lazy

if TYPE_CHECKING:
    from coopetition.oracles.flower.silos import RecordsSilos
    from coopetition.oracles.flower.worker import serve_flower
else:
    __getattr__, __dir__ = lazy(__name__)

__all__ = ["RecordsSilos", "serve_flower"]
