"""Several rounds in a row, with a journal and payments."""
