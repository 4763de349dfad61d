"""NVIDIA FLARE as a backend."""

from typing import TYPE_CHECKING

from coopetition._lazy import lazy

if TYPE_CHECKING:
    from coopetition.oracles.nvflare.worker import FlareOracle, answer_collab
else:
    __getattr__, __dir__ = lazy(__name__)

__all__ = ["FlareOracle", "answer_collab"]
