"""Smooth games: payoffs are functions of one or more numbers per player; their potentials."""
