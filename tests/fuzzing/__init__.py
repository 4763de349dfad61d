"""Command lines that nobody would write, of files that are valid but for a change or three."""
