"""Oracles in another program, on another machine, of another distribution."""
