"""Marginal transfer rules, one family per file; `catalogue` is their index."""
