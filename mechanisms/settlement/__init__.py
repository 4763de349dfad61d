"""Who pays whom at a solved profile: linear programs with names for their constraints."""
