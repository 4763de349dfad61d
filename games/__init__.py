"""What is played: gain curves, the coopetition round, certificates, the oracle protocol."""
