"""Finding equilibria and optima."""
