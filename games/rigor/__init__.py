"""Proofs of equilibria: interval and rational bounds, and the files that carry them."""
