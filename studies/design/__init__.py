"""Mechanisms designed for a target that everybody accepts."""
