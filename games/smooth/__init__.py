"""Smooth games: payoffs are functions of one or more numbers a player; their potentials."""
