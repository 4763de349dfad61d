"""How results are shown: tables, data frames, pictures and files, the same for every result."""

__all__: list[str] = []
