"""Whether two mixtures are an equilibrium of the payoffs as they were given, how narrowly."""

from collections.abc import Sequence
from fractions import Fraction
from math import lcm
from typing import Any

from coopetition.solvers.finite.bimatrix.polytope import MixedWeights

PayoffTable = Sequence[Sequence[Any]]


def whole(table: PayoffTable) -> list[list[int]]:
    """Return payoffs, which may be floats, times a positive number that makes all whole."""
    ratios = [[value.as_integer_ratio() for value in row] for row in table]
    unit = lcm(*(d for row in ratios for _, d in row))
    return [[a * (unit // d) for a, d in row] for row in ratios]


def is_equilibrium(
    first: PayoffTable, second: PayoffTable, pair: tuple[MixedWeights, MixedWeights]
) -> bool:
    """Whether nobody can gain anything, compared in whole numbers; payoffs may be floats.

    Examples
    --------
    >>> pennies = [[1, -1], [-1, 1]], [[-1, 1], [1, -1]]
    >>> is_equilibrium(*pennies, ((1, 1), (1, 1))), is_equilibrium(*pennies, ((1, 1), (2, 1)))
    (True, False)
    """
    x, y = pair
    turned = list(zip(*whole(second), strict=True))
    return best_reply(whole(first), x, y) and best_reply(turned, y, x)


def best_reply(payoffs: Sequence[Sequence[int]], own: MixedWeights, other: MixedWeights) -> bool:
    """Whether a player uses best replies only; one row of whole payoffs per own strategy."""
    values = worth(payoffs, other)
    best = max(values)
    return all(value == best for value, weight in zip(values, own, strict=True) if weight)


def worth(payoffs: PayoffTable, other: MixedWeights) -> list[Any]:
    """Return what each own strategy is worth, times the sum of the other's weights."""
    used = [(j, weight) for j, weight in enumerate(other) if weight]
    return [sum(row[j] * weight for j, weight in used) for row in payoffs]


def margins(
    payoffs: Sequence[Sequence[int]], own: MixedWeights, other: MixedWeights
) -> tuple[float, float]:
    """Return a player's least probability, and its least loss by a strategy that it does not use.

    The loss is a share of the largest payoff, in absolute value, against what the other uses; it
    is infinite where all strategies are used. Where a margin is near the accuracy of the payoffs,
    other roundings of them would have other equilibria.

    Examples
    --------
    >>> margins([[4, 0], [3, 3]], (1, 0), (3, 1))
    (1.0, 0.0)
    """
    values = worth(payoffs, other)
    best = max(values)
    losses = [best - value for value, weight in zip(values, own, strict=True) if not weight]
    reach = max((abs(row[j]) for row in payoffs for j, w in enumerate(other) if w), default=0)
    loss = float(Fraction(min(losses), reach * sum(other) or 1)) if losses else float("inf")
    return float(Fraction(min(w for w in own if w), sum(own))), loss
