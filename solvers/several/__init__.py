"""Equilibria where gains pass through several aggregates: dual Newton in their number."""
