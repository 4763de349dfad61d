"""Potentials of finite games: of which kind, with which weights, and if none, why."""
