"""Results for people and programs: numbers, tables, figures, files."""
