"""Finite games: payoff tensors, files, dominance, potentials."""

from coopetition.games.finite.game import FiniteGame

__all__ = ["FiniteGame"]
