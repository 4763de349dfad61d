"""Numbers that are known as ranges, as a mean and a deviation, or as draws; and what follows."""
