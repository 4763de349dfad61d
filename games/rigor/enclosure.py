"""A round's aggregate form in intervals, from the round's own numbers: no rounding is forgotten."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.base import Game
from coopetition.games.coopetition.aggregate import AggregativeGame
from coopetition.games.coopetition.competition import (
    Competition,
    LowRankCompetition,
    MatrixCompetition,
    UniformCompetition,
)
from coopetition.games.coopetition.round import CoopetitionRound, refuse_beyond
from coopetition.games.coopetition.sectors import SectorCompetition
from coopetition.games.errors import UnsupportedGameError
from coopetition.games.rigor.interval import Interval, products, total

COLUMNS = (
    "local_data", "quality", "max_contribution", "value", "unit_cost", "quadratic_cost", "skew",
)  # fmt: skip
UNIT = 2.0**-53


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RoundUnderRule:
    """A round, and the own part slope·x − bend·x²/2 of a separable rule in force."""

    round: CoopetitionRound
    slope: Array
    bend: Array


def own_part(game: Game) -> RoundUnderRule:
    """Split a game into its round and the rule's own part."""
    base = game if isinstance(game, CoopetitionRound) else getattr(game, "base", None)
    if isinstance(base, CoopetitionRound):
        refuse_beyond(base, (*COLUMNS, "fixed_cost"), "proofs")
    own: Any = getattr(game, "own", None)
    zeros = np.zeros(len(game.players))
    if isinstance(game, CoopetitionRound):
        return RoundUnderRule(round=game, slope=zeros, bend=zeros)
    aggregative = isinstance(game, AggregativeGame) and isinstance(base, CoopetitionRound)
    if not aggregative or not (hasattr(own, "slope") and hasattr(own, "bend")):
        raise UnsupportedGameError(
            "a proof needs a CoopetitionRound, without a rule or under a separable one, or a "
            f"FiniteGame; got {type(game).__name__}"
        )
    assert isinstance(base, CoopetitionRound)
    bend = np.asarray(own.bend, dtype=float)
    if not (bend >= 0).all():
        raise UnsupportedGameError("a proof needs a rule whose own part is concave: `bend` >= 0")
    return RoundUnderRule(round=base, slope=np.asarray(own.slope, dtype=float), bend=bend)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Enclosed:
    """Intervals that hold the exact coefficients, each of shape (N,); Ω of shape ()."""

    weight: Interval
    linear: Interval
    curvature: Interval
    skew: Interval
    omega: Interval


def enclose(part: RoundUnderRule, profile: Array) -> Enclosed:
    """Enclose a round's coefficients and Ω at a profile."""
    game = part.round
    refuse_negative(game.damage, game.rivalry)
    value = Interval.of(game.value)
    zero = Interval.of(np.zeros_like(game.value))
    personal = zero
    if game.form.personal:
        stake = value + weighted(game.rivalry, np.ones_like(game.value))
        personal = Interval.of(game.personal_weight) * Interval.of(game.skew)
        personal = (personal * Interval.of(game.local_data) * stake).where(
            (game.personal_weight > 0) & (game.skew > 0) & (game.local_data > 0)
        )
    return Enclosed(
        weight=_weight(game),
        linear=_sum(part.slope, -game.unit_cost),
        curvature=_sum(part.bend, game.quadratic_cost),
        skew=personal,
        omega=total(game.local_data) + products(game.quality, profile),
    )


def _weight(game: CoopetitionRound) -> Interval:
    """Enclose the weights; who harms nobody has its value as weight, without rounding.

    Sums of zeros and positive numbers are 0 exactly if all are 0; factors are no such sums.
    """
    found = Interval.of(game.value) - weighted(game.damage, game.value)
    if not isinstance(game.damage, (UniformCompetition, MatrixCompetition)):
        return found
    harmless = game.damage.weigh((game.value > 0).astype(float)) == 0
    ends = (np.where(harmless, game.value, end) for end in (found.low, found.high))
    return Interval(*ends)


def _sum(own: Array, cost: Array) -> Interval:
    return Interval.of(own) + Interval.of(cost) if own.any() else Interval.of(cost)


def weighted(competition: Competition, values: Array) -> Interval:
    """Enclose C @ values for values that are not negative.

    Sums of terms that are not negative are off by (terms + 1) units at most, in whatever order.

    Raises
    ------
    UnsupportedGameError
        For a custom competition.
    """
    if isinstance(competition, UniformCompetition):
        rest = total(values) - Interval.of(values)
        found = Interval.of(competition.level) * rest
        return Interval(np.maximum(found.low, 0.0), found.high)
    if isinstance(competition, MatrixCompetition):
        return _widened(competition.weigh(values), competition.size)
    if isinstance(competition, SectorCompetition):
        competition = competition.factors
    if isinstance(competition, LowRankCompetition):
        width = competition.left.shape[1]
        sums = [products(competition.right[:, k], values) for k in range(width)]
        found = Interval.of(np.zeros_like(values))
        for k, each in enumerate(sums):
            mine = Interval.of(competition.right[:, k]) * Interval.of(values)
            found = found + Interval.of(competition.left[:, k]) * (each - mine)
        return found
    raise UnsupportedGameError(
        f"a proof needs a number, a matrix or factors for competition, got "
        f"{type(competition).__name__}"
    )


def refuse_negative(*competitions: Competition) -> None:
    """Refuse what `as_competition` would, made by hand: bounds rest on signs."""
    for competition in competitions:
        entries: Any = 0.0
        if isinstance(competition, UniformCompetition):
            entries = competition.level
        elif isinstance(competition, MatrixCompetition):
            matrix: Any = competition.matrix
            entries = matrix.data if hasattr(matrix, "tocsr") else matrix
        if not (np.asarray(entries) >= 0).all():
            raise UnsupportedGameError("a proof needs competition without negative entries")


def _widened(values: Array, terms: int) -> Interval:
    slack = (terms + 2) * UNIT * 1.01
    return Interval(values * (1 - slack) - 1e-300, values * (1 + slack) + 1e-300)
