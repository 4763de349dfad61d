"""Symbolic games: payoffs are SymPy expressions; potentials proved or refuted."""
