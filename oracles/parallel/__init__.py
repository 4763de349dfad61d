"""Several evaluations at once, in processes or on a cluster."""
