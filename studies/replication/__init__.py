"""Published experiments repeated on real training, with what came out and what did not."""
