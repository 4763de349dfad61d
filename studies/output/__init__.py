"""How results are written: numbers for people, files for programs, by the ending of their names."""
