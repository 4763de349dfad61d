"""A pie in a file divided: coalition values, or claims on an estate."""
