"""Derivatives of an equilibrium, and of what follows from it, by the implicit function theorem."""

from coopetition.solvers.sensitivity.point import sensitivity

__all__ = ["sensitivity"]
