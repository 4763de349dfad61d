"""Mutants that change nothing that anybody can see: (module, change) and why."""

JUDGED: dict[tuple[str, str], str] = {}
