"""Regret bounds in fractions, for rounds whose gain has a rational slope."""

from fractions import Fraction
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.coopetition.competition import (
    Competition,
    LowRankCompetition,
    MatrixCompetition,
    UniformCompetition,
)
from coopetition.games.coopetition.sectors import SectorCompetition
from coopetition.games.errors import UnsupportedGameError
from coopetition.games.rigor.enclosure import RoundUnderRule, refuse_negative

ZERO = Fraction(0)
LIMIT = 2000  # organizations: products with a matrix are exact, one entry after the other


def exact_regrets(part: RoundUnderRule, profile: Array) -> Array:
    """Bound all regrets by exact tangents, rounded up to floats; shape (N,)."""
    game = part.round
    if len(game.players) > LIMIT:
        raise UnsupportedGameError(f"fractions are for at most {LIMIT} organizations: use interval")
    refuse_negative(game.damage, game.rivalry)
    x, quality, data = fractions(profile), fractions(game.quality), fractions(game.local_data)
    omega = sum(data, Fraction(0))
    omega += sum((q * y for q, y in zip(quality, x, strict=True)), Fraction(0))
    slope = game.gain.exact_slope(omega)
    value, harm = fractions(game.value), exact_rows(game.damage, fractions(game.value))
    stake = exact_rows(game.rivalry, [Fraction(1)] * len(x))
    personal, skew = Fraction(game.personal_weight), fractions(game.skew)
    own, bend = fractions(part.slope), fractions(part.bend)
    unit, square = fractions(game.unit_cost), fractions(game.quadratic_cost)
    top = fractions(game.max_contribution)
    found = []
    for n in range(len(x)):
        weight = value[n] - harm[n]
        if weight < 0 and top[n] > 0:
            raise UnsupportedGameError(
                f"the weight of {game.players[n]} is negative: use the rigor interval"
            )
        pull = weight * quality[n] * slope + own[n] - unit[n] - (square[n] + bend[n]) * x[n]
        if part_of := personal * skew[n] * data[n] * (value[n] + stake[n]):
            pull += part_of / (data[n] + x[n]) ** 2
        bound = max(pull * (top[n] - x[n]), -pull * x[n], Fraction(0))
        found.append(rounded_up(bound))
    return np.array(found)


def rounded_up(value: Fraction) -> float:
    """Return the least float that is not below a fraction; infinity beyond the largest."""
    try:
        near = float(value)
    except OverflowError:
        return float("inf")
    return near if Fraction(near) >= value else float(np.nextafter(near, np.inf))


def fractions(values: Array) -> list[Fraction]:
    """Return floats as the fractions that they are."""
    return [Fraction(v) for v in np.asarray(values, dtype=float).tolist()]


def exact_rows(competition: Competition, values: list[Fraction]) -> list[Fraction]:
    """Return C @ values in fractions.

    Examples
    --------
    >>> exact_rows(UniformCompetition(0.5, 2), [Fraction(1), Fraction(3)])
    [Fraction(3, 2), Fraction(1, 2)]
    """
    if isinstance(competition, UniformCompetition):
        level, whole = Fraction(competition.level), sum(values, Fraction(0))
        return [level * (whole - v) for v in values]
    if isinstance(competition, MatrixCompetition):
        found = [Fraction(0)] * len(values)
        for n, m, entry in entries(competition):
            found[n] += Fraction(entry) * values[m]
        return found
    if isinstance(competition, SectorCompetition):
        competition = competition.factors
    if isinstance(competition, LowRankCompetition):
        left, right = (
            [[Fraction(v) for v in row] for row in factor.tolist()]
            for factor in (competition.left, competition.right)
        )
        sums = [
            sum((row[k] * v for row, v in zip(right, values, strict=True)), Fraction(0))
            for k in range(len(left[0]))
        ]
        return [
            sum((a * (total - b * v) for a, b, total in zip(mine, yours, sums, strict=True)), ZERO)
            for mine, yours, v in zip(left, right, values, strict=True)
        ]
    raise UnsupportedGameError(
        f"a proof needs a number, a matrix or factors for competition, got "
        f"{type(competition).__name__}"
    )


def entries(competition: MatrixCompetition) -> list[tuple[int, int, float]]:
    """Return the entries (row, column, value) of a dense or sparse matrix that are not zero."""
    matrix: Any = competition.matrix
    rows, columns = (index.tolist() for index in matrix.nonzero())
    if hasattr(matrix, "tocsr"):
        values = np.asarray(matrix.tocsr()[rows, columns]).ravel().tolist() if rows else []
    else:
        values = matrix[rows, columns].tolist()
    return list(zip(rows, columns, values, strict=True))
