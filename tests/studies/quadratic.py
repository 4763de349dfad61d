"""A round whose equilibrium and optimum are known by hand."""

from typing import Any

from coopetition.games.arrays import Array
from coopetition.games.base import Game
from coopetition.games.coopetition.gain import TabulatedGain
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.mechanisms import TransferRule

DATA, GAINS = [0.0, 1e4, 2e4], [0.0, 10.0, 20.0]


def quadratic(size: int = 2, **fields: Any) -> CoopetitionRound:
    """Return a round with s = 1 and b = 0.01: each contributes 100, or N × 100."""
    known: dict[str, Any] = {
        "gain": TabulatedGain(DATA, GAINS), "local_data": [100.0] * size, "value": 1000.0,
        "max_contribution": 1000.0, "quadratic_cost": 0.01,
    }  # fmt: skip
    return CoopetitionRound(**known | fields)


def paying(rate: float) -> TransferRule:
    """Return a rule of which nothing is known, that pays so much a sample."""

    def rule(game: Game, profile: Array) -> Array:
        return rate * profile

    return rule
