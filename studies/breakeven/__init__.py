"""At which value of a parameter a decision changes."""
