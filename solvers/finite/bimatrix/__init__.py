"""All equilibria of two players' games, decided in whole numbers."""
