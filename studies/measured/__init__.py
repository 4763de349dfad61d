"""Scenarios whose gains are measured by an oracle."""
