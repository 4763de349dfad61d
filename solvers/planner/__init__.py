"""The planner: contributions that maximize the sum of payoffs."""
