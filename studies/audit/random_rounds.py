"""Random rounds for audits of rules: a fixed mix of kinds, each a function of seed and number.

Numbers come from Python's own generator, whose stream is the same everywhere, and have three
significant digits, so that every round can be written down.
"""

from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import ArrayLike

from coopetition.games.arrays import Array
from coopetition.games.checks import positive
from coopetition.games.coopetition.gain import GainCurve, PowerGain
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError

KINDS = {
    "alike": "identical organizations, the same damage to all",
    "unlike": "different data, values, costs and qualities; no competition",
    "rivals": "different, with damage, rivalry and personal gains",
    "paired": "different, with damage and a quadratic gain: contributions interact in pairs only",
    "torn": "as rivals, but to one of them rivals matter more than the model: w_n < 0",
}
SMALLEST, LARGEST = 2, 6


@dataclass(frozen=True, slots=True)
class QuadraticGain(GainCurve):
    """P(Ω) = 2u − u², u = Ω/reach: products of two contributions, never of three.

    Examples
    --------
    >>> curve = QuadraticGain(1000.0)
    >>> curve.value([0, 500, 1000]).tolist(), float(curve.inverse_slope(0.0012))
    ([0.0, 0.75, 1.0], 400.0)
    """

    reach: float

    def __post_init__(self) -> None:
        """Refuse a reach that is not a positive number."""
        positive("reach", self.reach)

    @property
    def domain(self) -> tuple[float, float]:
        """Where the curve rises."""
        return 0.0, self.reach

    def value(self, data: ArrayLike) -> Array:
        """Return P(Ω)."""
        u = np.asarray(data, dtype=float) / self.reach
        return np.asarray(u * (2.0 - u))

    def slope(self, data: ArrayLike) -> Array:
        """Return P′(Ω)."""
        u = np.asarray(data, dtype=float) / self.reach
        return np.asarray(2.0 * (1.0 - u) / self.reach)

    def curvature(self, data: ArrayLike) -> Array:
        """Return P″(Ω)."""
        return np.full_like(np.asarray(data, dtype=float), -2.0 / self.reach**2)

    def inverse_slope(self, slope: float) -> float:
        """Return the Ω at which P′ is `slope`."""
        return min(max(self.reach * (1.0 - 0.5 * slope * self.reach), 0.0), self.reach)


def kind_of(number: int) -> str:
    """Return the kind of the round with this number: all kinds in turn."""
    return tuple(KINDS)[number % len(KINDS)]


def random_round(seed: int, number: int) -> CoopetitionRound:
    """Draw one round: all kinds in turn, each with 2, 3, ... 6 organizations in turn.

    Examples
    --------
    >>> game = random_round(0, 7)
    >>> kind_of(7), len(game.players), game.value.tolist()
    ('rivals', 3, [1080.0, 1290.0, 1030.0])
    """
    if seed < 0 or number < 0:
        raise InvalidInputError(f"seed and number must not be negative, got {seed}, {number}")
    random, kind = Random(f"{seed}/{number}"), kind_of(number)
    size = SMALLEST + number // len(KINDS) % (LARGEST - SMALLEST + 1)

    def drawn(low: float, high: float) -> Array:
        same = kind == "alike"
        numbers = [random.uniform(low, high) for _ in range(1 if same else size)]
        return np.array([float(f"{x:.3g}") for x in numbers * (size if same else 1)])

    def matrix(low: float, high: float) -> Array:
        rows = np.array([drawn(low / size, high / size) for _ in range(size)])
        return np.asarray(rows * (1.0 - np.eye(size)))

    # w_n > 0 except for the torn one: Σ_m ρ_nm p_m < 0.5 · 5/6 · 1400 < 600, and > 0.125 · 600 > 70
    data, top, quality = drawn(400, 1500), drawn(3000, 9000), drawn(0.6, 1.0)
    value, unit, bend = drawn(600, 1400), drawn(0.0005, 0.003), drawn(2e-6, 1e-5)
    competing = kind in ("rivals", "torn")
    if kind == "torn":
        value[0] *= 0.05
    reach = float(data.sum() + quality @ top)
    level = float(drawn(0.02, 0.3)[0]) / size
    return CoopetitionRound(
        gain=QuadraticGain(1.25 * reach) if kind == "paired" else PowerGain(1.0, 2.0, 0.35),
        local_data=data,
        max_contribution=top,
        value=value,
        unit_cost=unit,
        quadratic_cost=(5.0 if kind == "paired" else 1.0) * bend,
        quality=quality,
        skew=drawn(0.2, 1.5) if competing else 0.0,
        personal_weight=0.05 if competing else 0.0,
        damage={"alike": level, "unlike": 0.0}.get(kind, matrix(0.25, 0.5)),
        rivalry=matrix(0.0, 100.0) if competing else 0.0,
    )
