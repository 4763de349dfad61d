"""The full audit of a mechanism: properties, verdicts, witnesses."""
