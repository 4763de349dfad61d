"""Gains through several aggregates: one contribution brings several kinds of data."""
