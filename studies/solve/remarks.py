"""What makes a comparison of rules idle: bounds that decide, and optima that need no rule."""

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.certificate import certify
from coopetition.games.coopetition.competition import UniformCompetition
from coopetition.games.measured.round import TrainingRound
from coopetition.games.text.words import first_few
from coopetition.output.numbers import number
from coopetition.solvers.planner.planner import Optimum

AT = 1e-9  # of a bound: how near it counts as there
APART = 3.0  # factor between values beyond which one damage for all pairs is no market's
COUNTS = ["three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
ALL = {1: "the only one", 2: "both"} | {k: f"all {word}" for k, word in enumerate(COUNTS, 3)}
TIES = "every rule that brings them there ties in welfare"


def remarks(game: TrainingRound, planner: Optimum, ties: str = TIES) -> list[str]:
    """Return sentences without a period on what bounds, and the round itself, decide already.

    Parameters
    ----------
    ties
        What follows where the planner has everybody at a bound.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> from coopetition.solvers import solve_planner
    >>> game = CoopetitionRound(
    ...     gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0] * 7, max_contribution=50.0,
    ...     value=1000.0, unit_cost=0.001)
    >>> for said in remarks(game, solve_planner(game)):
    ...     print(said)
    The planner has all seven at max_contribution: every rule that brings them there ties in
    welfare
    No rule is needed: the planner's optimum is an equilibrium without one
    """
    doubts = one_damage(game)
    if not planner.success:
        more = f"up to {number(planner.gap)}" if planner.gap < float("inf") else "any amount"
        return [
            *doubts,
            f"The planner is not known for sure, {more} more welfare may be possible: shares of "
            "the attainable gain are at most those said, or at least where they are negative",
        ]
    said = doubts
    where = _at_bounds(planner.profile, game.max_contribution)
    if not game.max_contribution.any():
        said.append("Nobody can generate anything: every max_contribution is 0")
    elif where:
        who = planner.named.capitalize() if planner.climbs else "The planner"
        said.append(f"{who} has {where}: {ties}")
    if certify(game, planner.profile).holds:
        said.append(f"No rule is needed: {planner.named} is an equilibrium without one")
    return said


def one_damage(game: TrainingRound) -> list[str]:
    """Say where weights below 0 come from one number of damage beside values that differ.

    In a market ρ_nm grows with the size of n, who loses, relative to m's. One number for all pairs
    has small organizations lose more than they have.

    Examples
    --------
    >>> from coopetition import CoopetitionRound, PowerGain
    >>> game = CoopetitionRound(gain=PowerGain(1.0, 2.0, 0.35), local_data=[9.0, 9.0],
    ...     max_contribution=50.0, value=[1000.0, 50.0], damage=0.08,
    ...     organizations=["North", "South"])
    >>> print(*one_damage(game))
    Negative weights here (South) are probably an artefact of one damage, 0.08, for all pairs:
    values differ by a factor of 20, and who is small loses more than it has; state a matrix, or
    [market]
    """
    if not isinstance(game.damage, UniformCompetition) or game.value.min() <= 0:
        return []
    factor = float(game.value.max() / game.value.min())
    below = np.flatnonzero(game.value < game.damage.weigh(game.value))
    if factor <= APART or not below.size:
        return []
    return [
        f"Negative weights here ({first_few([game.players[n] for n in below])}) are probably "
        f"an artefact of one damage, {number(game.damage.level)}, for all pairs: values differ by "
        f"a factor of {factor:.3g}, and who is small loses more than it has; state a matrix, or "
        "[market]"
    ]


def _at_bounds(profile: Array, top: Array) -> str:
    """Say at which bounds all are who can generate; empty where somebody is at none."""
    x, most = profile[top > 0], top[top > 0]
    full, idle = x >= (1 - AT) * most, x <= AT * most
    if not (full | idle).all():
        return ""
    if full.all() or idle.all():
        bound = "max_contribution" if full.all() else "0"
        return f"{ALL.get(x.size, f'all {x.size:,}')} at {bound}"
    return f"{int(full.sum())} of {x.size} at max_contribution and {int(idle.sum())} at 0"
