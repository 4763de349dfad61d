"""Scenario files: what a user writes, read strictly."""
