"""Aggregative games solved exactly: one scalar equation instead of N."""
