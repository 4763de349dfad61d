"""A two-type menu: buying a contribution from an organization whose cost is private.

The buyer gains B(x), concave, and knows only that the cost is c_low with probability `share`, else
c_high, where c = unit·x + quadratic·x²/2. It offers two pairs (contribution, payment). At its best
the high type is paid its cost, the low type its cost plus what it could gain by posing as the high
type (the rent); the low type contributes efficiently, the high type less: it solves

    B′(x) = c′_high(x) + share/(1 − share) · (c′_high(x) − c′_low(x))

(Mussa and Rosen 1978; Laffont and Martimort, The Theory of Incentives, 2002, chapter 2).
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from coopetition.games.checks import finite, positive
from coopetition.games.errors import InvalidInputError
from coopetition.output.columns import keyed
from coopetition.output.result import Result
from coopetition.output.table import Table


@dataclass(frozen=True, slots=True)
class CostType:
    """A cost of contributing: unit·x + quadratic·x²/2, money."""

    unit: float
    quadratic: float = 0.0

    def __post_init__(self) -> None:
        """Refuse negative numbers."""
        positive("unit", self.unit, zero=True)
        positive("quadratic", self.quadratic, zero=True)

    def cost(self, x: float) -> float:
        """Return the cost of x."""
        return x * (self.unit + 0.5 * self.quadratic * x)

    def marginal(self, x: float) -> float:
        """Return the cost of a little more."""
        return self.unit + self.quadratic * x


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu(Result):
    """Two offers, the low-cost type's first.

    `rents` is what each type keeps over its cost. `efficient` holds the contributions that the
    buyer would order if it knew the type; `slack` the four amounts by which each type prefers its
    own offer to the other (low, high) and to none (low, high), at least 0 up to rounding.
    `expected` is the buyer's expected surplus, `informed` what it would have if it knew the type.
    """

    contributions: tuple[float, float]
    payments: tuple[float, float]
    rents: tuple[float, float]
    efficient: tuple[float, float]
    slack: tuple[float, float, float, float]
    expected: float
    informed: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers; of a pair the low-cost type's is first."""
        return asdict(self)

    def tables(self) -> tuple[Table]:
        """Return one row per offer."""
        values = {
            "cell": ["low cost", "high cost"],
            "contribution": self.contributions,
            "payment": self.payments,
            "rent": self.rents,
            "efficient": self.efficient,
        }
        told = f"The buyer expects {self.expected:.6g}; informed it would have {self.informed:.6g}."
        return (keyed("A menu of two offers", values, notes=(told,)),)

    @property
    def distortion(self) -> float:
        """How much less than efficient the high-cost type contributes."""
        return self.efficient[1] - self.contributions[1]

    @property
    def excludes(self) -> bool:
        """Whether the high-cost type is asked for nothing."""
        return self.contributions[1] == 0.0


def screening_menu(
    *,
    benefit: Callable[[float], float],
    marginal: Callable[[float], float],
    low: CostType,
    high: CostType,
    share: float,
    top: float,
) -> Menu:
    """Find the buyer's best menu for two cost types.

    Parameters
    ----------
    benefit, marginal : x -> money, x -> money per unit
        B and B′; B concave on [0, top].
    low, high : CostType
        The high type's marginal cost is larger at every x > 0.
    share : float
        Probability of the low-cost type, strictly between 0 and 1.
    top : float
        The largest contribution.

    Raises
    ------
    InvalidInputError
        If the types are not ordered, the share or the top is out of range, or B′ rises.

    Examples
    --------
    >>> menu = screening_menu(benefit=lambda x: 12 * x, marginal=lambda x: 12.0,
    ...     low=CostType(0, 2), high=CostType(0, 3), share=0.5, top=100)
    >>> menu.contributions, menu.payments, menu.rents
    ((6.0, 3.0), (40.5, 13.5), (4.5, 0.0))
    """
    _check(marginal, low, high, share, top)
    odds = share / (1.0 - share)
    virtual = CostType(
        high.unit + odds * (high.unit - low.unit),
        high.quadratic + odds * (high.quadratic - low.quadratic),
    )
    x_low, x_high = _best(marginal, low, top), _best(marginal, virtual, top)
    efficient = x_low, _best(marginal, high, top)
    rent = high.cost(x_high) - low.cost(x_high)
    payments = low.cost(x_low) + rent, high.cost(x_high)
    own = payments[0] - low.cost(x_low), payments[1] - high.cost(x_high)
    posing = payments[1] - low.cost(x_high), payments[0] - high.cost(x_low)
    kept = benefit(x_low) - payments[0], benefit(x_high) - payments[1]
    known = [benefit(x) - c.cost(x) for x, c in zip(efficient, (low, high), strict=True)]
    return Menu(
        contributions=(x_low, x_high),
        payments=payments,
        rents=(rent, 0.0),
        efficient=efficient,
        slack=(own[0] - posing[0], own[1] - posing[1], own[0], own[1]),
        expected=share * kept[0] + (1.0 - share) * kept[1],
        informed=share * known[0] + (1.0 - share) * known[1],
    )


def _check(
    marginal: Callable[[float], float], low: CostType, high: CostType, share: float, top: float
) -> None:
    finite("share", share)
    positive("top", top)
    if not 0 < share < 1:
        raise InvalidInputError(f"`share` must be strictly between 0 and 1, got {share:g}")
    ordered = low.unit <= high.unit and low.quadratic <= high.quadratic
    if not ordered or low == high:
        raise InvalidInputError(
            f"`high` must cost more than `low` = {low} at every contribution, got {high}"
        )
    slopes = np.array([float(marginal(float(x))) for x in np.linspace(0.0, top, 65)[1:]])
    if not np.isfinite(slopes).all():
        raise InvalidInputError("`marginal` must be finite on (0, top]")
    if (np.diff(slopes) > 1e-9 * np.abs(slopes[:-1])).any():
        raise InvalidInputError("`marginal` must not rise: the benefit must be concave")


def _best(marginal: Callable[[float], float], cost: CostType, top: float) -> float:
    """Return argmax of benefit − cost on [0, top]: where the falling slope passes zero."""
    from scipy.optimize import brentq

    def slope(x: float) -> float:
        return float(marginal(x)) - cost.marginal(x)

    if slope(top) >= 0:
        return float(top)
    if slope(0.0) <= 0:
        return 0.0
    start = 0.0 if np.isfinite(slope(0.0)) else 1e-12 * top
    if slope(start) <= 0:
        return start
    return float(brentq(slope, start, top, xtol=1e-12 * top, rtol=1e-14))
