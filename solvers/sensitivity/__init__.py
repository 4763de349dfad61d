"""Derivatives of an equilibrium, and of what follows from it, by the implicit function theorem."""

from typing import TYPE_CHECKING

from coopetition._lazy import lazy

if TYPE_CHECKING:
    from coopetition.solvers.sensitivity.derivatives import sensitivity
else:
    __getattr__, __dir__ = lazy(__name__)

__all__ = ["sensitivity"]
