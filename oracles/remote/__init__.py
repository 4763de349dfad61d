"""Oracles in another program, on another machine, of another distribution."""

from typing import TYPE_CHECKING

from coopetition._lazy import lazy

if TYPE_CHECKING:
    from coopetition.oracles.remote.environment import BASE, worker_environment
else:
    __getattr__, __dir__ = lazy(__name__)

__all__ = ["BASE", "worker_environment"]
