"""Marginal transfer rules, a family a file; `catalogue` is their index."""
