"""Finite games as files, tables and other libraries' objects."""
