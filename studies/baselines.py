"""Baselines to compare a mechanism with (our reading of the names in the literature).

VCFL: nobody generates. WCO: organizations ignore competition when they choose, payoffs are scored
with it. RaDG: contributions drawn uniformly from [0, X]. WPR: the equilibrium without
redistribution, which is the rule `none`.
"""

from dataclasses import dataclass

import numpy as np

from coopetition.games.competition import UniformCompetition
from coopetition.games.gain import Array
from coopetition.games.round import CoopetitionRound
from coopetition.solvers import solve_aggregate

CELLS = 1_000_000  # numbers drawn at once


@dataclass(frozen=True, slots=True, eq=False)
class RandomGeneration:
    """RaDG: means over draws, and the standard error of the mean welfare."""

    contribution: Array
    payoff: Array
    welfare: float
    standard_error: float
    draws: int


def without_generation(game: CoopetitionRound) -> Array:
    """Return VCFL's profile: zeros."""
    return np.zeros_like(game.max_contribution)


def without_competition(game: CoopetitionRound) -> Array:
    """Return WCO's profile: the equilibrium of the round with ρ = σ = 0.

    Examples
    --------
    >>> from coopetition.games.gain import PowerGain
    >>> game = CoopetitionRound(gain=PowerGain(1, 2, 0.35), local_data=[1500.0] * 6,
    ...     max_contribution=20_000.0, value=1000.0, unit_cost=0.001, quadratic_cost=2e-6,
    ...     damage=0.08)
    >>> without_competition(game).round(1).tolist()[0]
    552.2
    """
    nothing = UniformCompetition(0.0, len(game.players))
    return solve_aggregate(game.replace(damage=nothing, rivalry=nothing)).profile


def random_generation(game: CoopetitionRound, draws: int, seed: int) -> RandomGeneration:
    """Return RaDG's averages over `draws` random profiles."""
    sequence = np.random.SeedSequence([seed, 1])
    rng, size = np.random.default_rng(sequence), len(game.players)
    welfare = np.empty(draws)
    contribution, payoff = np.zeros(size), np.zeros(size)
    step = max(1, CELLS // size)
    for start in range(0, draws, step):
        profiles = game.spaces.sample(rng, min(step, draws - start))
        payoffs = game.payoffs(profiles)
        welfare[start : start + step] = payoffs.sum(axis=1)
        contribution += profiles.sum(axis=0) / draws
        payoff += payoffs.sum(axis=0) / draws
    error = float(welfare.std(ddof=1) / np.sqrt(draws))
    return RandomGeneration(contribution, payoff, float(welfare.mean()), error, draws)
