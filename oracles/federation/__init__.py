"""The reference oracle: a small federation that really learns."""
