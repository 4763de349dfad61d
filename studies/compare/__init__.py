"""All rules and baselines on one round, side by side."""
