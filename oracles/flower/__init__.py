"""Flower as a backend."""
