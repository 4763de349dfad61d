"""What tests of the catalogue share: every rule made for a round, and a round with witnesses."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games import CoopetitionRound, LogarithmicGain
from coopetition.games.arrays import Array
from coopetition.games.coopetition.gain import GainCurve
from coopetition.games.errors import UnsupportedGameError
from coopetition.mechanisms import RULES
from coopetition.solvers import solve, solve_planner
from coopetition.solvers.planner.planner import Optimum

# U_n = b_n log(1 + X) − c_n x_n²/2
FIRMS = CoopetitionRound(
    gain=LogarithmicGain(1.0, 1.0, offset=1.0),
    local_data=[0.0] * 4,
    max_contribution=20.0,
    value=[4.7, 3.0, 1.8, 2.1],
    quadratic_cost=[1.0, 1.4, 0.7, 1.0],
    unit_cost=0.0,
)


@dataclass(frozen=True, slots=True)
class QuadraticGain(GainCurve):
    """P(Ω) = Ω − bend Ω²/2: products of two contributions, never of three."""

    bend: float

    @property
    def domain(self) -> tuple[float, float]:
        """Where the curve rises."""
        return 0.0, 1.0 / self.bend

    def value(self, data: ArrayLike) -> Array:
        """Return P(Ω)."""
        omega = np.asarray(data, dtype=float)
        return np.asarray(omega - 0.5 * self.bend * omega**2)

    def slope(self, data: ArrayLike) -> Array:
        """Return P′(Ω)."""
        return np.asarray(1.0 - self.bend * np.asarray(data, dtype=float))

    def curvature(self, data: ArrayLike) -> Array:
        """Return P″(Ω)."""
        return np.full_like(np.asarray(data, dtype=float), -self.bend)

    def inverse_slope(self, slope: float) -> float:
        """Return the Ω at which P′ is `slope`."""
        return max((1.0 - slope) / self.bend, 0.0)


def planned(game: CoopetitionRound) -> Optimum:
    """Return the planner's optimum."""
    return solve_planner(game, start=solve(game).profile)


def made(name: str, game: CoopetitionRound, target: Array, **given: Any) -> Any:
    """Make a rule of the catalogue for a round; None where it is not for such a round."""
    entry = RULES[name]
    defaults = {"rate": 1e-3, "intensity": _lopsided(len(game.players)), "alpha": 0.4}
    if "rate" in entry.needs:
        given = {"rate": defaults["rate"], "intensity": defaults["intensity"]} | given
    if "alpha" in entry.needs:
        given = {"alpha": defaults["alpha"]} | given
    if entry.targeted:
        given["target"] = target
    try:
        return entry.factory(game, **given)
    except UnsupportedGameError:
        return None


def _lopsided(size: int) -> Array:
    rows = np.arange(1.0, size + 1.0)[:, None] + np.zeros(size)
    return np.asarray(rows * (1.0 - np.eye(size)))
