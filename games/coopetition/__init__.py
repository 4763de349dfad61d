"""The coopetition round: its payoffs, gain curves, competition, best responses."""
