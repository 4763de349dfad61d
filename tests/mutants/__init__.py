"""Mutants: each changes one word of the code; a test should see it. `make mutants` runs them."""
