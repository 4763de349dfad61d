"""Variational inequalities: monotone games, joint convex constraints."""
