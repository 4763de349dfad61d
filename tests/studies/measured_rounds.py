"""Rounds of everybody's own gains whose answers are known, and the same with one curve."""

from typing import Any

import numpy as np

from coopetition.games import CoopetitionRound, PowerGain
from coopetition.games.arrays import Array
from coopetition.games.measured import MeasuredGame
from coopetition.studies.outside.outside import Autarky

NAMES = ("max_contribution", "value", "unit_cost", "quadratic_cost", "fixed_cost")


def curve_round(**fields: Any) -> CoopetitionRound:
    """Three organizations with one curve of gains."""
    given: dict[str, Any] = {
        "gain": PowerGain(1.0, 2.0, 0.35),
        "local_data": [1500.0, 900.0, 400.0],
        "max_contribution": [4000.0, 4000.0, 3000.0],
        "value": [1000.0, 800.0, 1200.0],
        "unit_cost": 0.001,
        "quadratic_cost": 2e-6,
        "fixed_cost": [3.0, 0.0, 1.0],
        "damage": [[0.0, 0.1, 0.05], [0.02, 0.0, 0.1], [0.1, 0.0, 0.0]],
        "organizations": ["North", "South", "West"],
    }
    return CoopetitionRound(**(given | fields))


def as_measured(round_: CoopetitionRound, **fields: Any) -> MeasuredGame:
    """Return the same round, with the curve as everybody's own measured gain."""

    def gradient(x: Array) -> Array:
        slope = round_.gain.slope(round_.form.aggregate(x))[..., None, None] * round_.quality
        own = round_.personal_slope(x)[..., None] * np.eye(x.shape[-1])
        return np.asarray(slope + own)

    given = {name: getattr(round_, name) for name in NAMES} | {
        "damage": round_.damage,
        "rivalry": round_.rivalry,
        "counts": round_.counts,
        "organizations": round_.organizations,
    }
    return MeasuredGame(gains=round_.gains_at, gradient=gradient, bends=-1, **(given | fields))


def loser(**fields: Any) -> MeasuredGame:
    """North's rows hurt West, who would have 400 alone."""

    def gains(x: Array) -> Array:
        rows = x / 1000
        return np.stack(
            [
                0.30 * np.log1p(4 * rows[..., 0] + 2 * rows[..., 1]),
                0.25 * np.log1p(1 * rows[..., 0] + 4 * rows[..., 1]),
                0.20 * np.log1p(4 * rows[..., 2]) - 0.06 * rows[..., 0],
            ],
            axis=-1,
        )

    given: dict[str, Any] = {
        "max_contribution": [1000.0, 1000.0, 1000.0],
        "value": [4000.0, 3000.0, 3000.0],
        "unit_cost": 0.5,
        "quadratic_cost": 0.001,
        "bends": [[-1, -1, 0], [-1, -1, 0], [0, 0, -1]],
        "organizations": ["North", "South", "West"],
    }
    return MeasuredGame(gains=gains, **(given | fields))


def alone(*payoffs: float, measured: bool = True) -> Autarky:
    """Measured autarky of some payoffs, of North, South and West."""
    nothing = np.zeros(len(payoffs))
    names = ("North", "South", "West")
    return Autarky(names, nothing, nothing, np.array(payoffs), measured=measured)
