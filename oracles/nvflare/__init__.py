"""NVIDIA FLARE as a backend."""
