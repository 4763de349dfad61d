"""An equilibrium with few trainings: a gain surface, and where to train next."""
