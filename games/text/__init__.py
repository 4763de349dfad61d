"""Text from and for people: names, words, files read and written, strictly."""
