"""What organizations get without the coalition: alone, after exit, in sub-coalitions."""
