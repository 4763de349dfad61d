"""The command line: `command` is its index of verbs, each in a file of its own."""
