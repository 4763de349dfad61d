"""The planner: contributions that maximize the sum of payoffs, of one round or of thousands."""
