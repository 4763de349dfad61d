"""Whether a finite game has an exact or a weighted potential.

Ratios of weights are read off squares along a spanning forest of the players, the potential is
summed along paths, and one pass over the payoffs verifies it. Where that pass finds a payoff change
that does not fit, a ladder of squares leads to one that joins two components of the forest, or
contradicts it: a witness that there is no potential. So the answer does not depend on which
squares were looked at first.
"""

from dataclasses import dataclass, replace
from fractions import Fraction
from math import inf
from typing import Any

import numpy as np

from coopetition.games.finite.game import FiniteGame, Tensor
from coopetition.games.finite.potentials.paths import (
    Component,
    assemble,
    balance,
    integrate,
    loss,
    misfits,
    squares_of,
    verify,
)
from coopetition.games.finite.potentials.squares import Square, widest_square
from coopetition.games.finite.potentials.squares_in_floats import contradicting_square
from coopetition.games.finite.potentials.weights import (
    Edge,
    Forest,
    contradicts,
    read,
    spanning_forest,
)
from coopetition.games.finite.tolerance import Slack, slack_of


@dataclass(frozen=True, slots=True, eq=False)
class WeightSearch:
    """What was found: `holds` is None where payoffs within the tolerance allow both answers."""

    holds: bool | None
    weights: Tensor
    components: tuple[Component, ...] = ()
    deviation: Any = None  # largest misfit of a payoff change, relative to the player's tolerance
    squares: tuple[Square, ...] = ()
    reason: str = ""
    settled: bool = True  # whether squares fix the weights up to one factor per component


def search_exact(game: FiniteGame, slack: Slack) -> WeightSearch:
    """Look for an exact potential; the witness is a square within a factor 4 of the largest gap.

    Where that is in doubt by the square's own payoffs, it is the square furthest beyond what its
    payoffs allow.
    """
    found = equal_weights(game, slack)
    square = None if found.holds else widest_square(game)
    if square is None or not _sure(game, square, slack):
        square = contradicting_square(game, found.weights, slack)
    if square is None:
        return replace(found, holds=found.holds or None)
    sure = _sure(game, square, slack)
    return WeightSearch(False if sure else None, found.weights, squares=(square,), reason="gap")


def _sure(game: FiniteGame, square: Square, slack: Slack) -> bool:
    """Whether a square has a gap beyond doubt."""
    return bool(abs(square.gap(game)) > 2 * sum(slack.doubt(square)))


def equal_weights(game: FiniteGame, slack: Slack) -> WeightSearch:
    """Try the weights 1."""
    one: Any = Fraction(1) if game.exact else 1.0
    weights = np.array([one] * len(game.shape), dtype=game.tensor.dtype)
    component = integrate(game, _sorted(range(len(game.shape)), slack.most), weights)
    worst, miss = verify(game, component, weights, slack.most)
    deviation = _relative(worst, slack.most)
    return WeightSearch(miss is None, weights, (component,), deviation, settled=False)


def search_weighted(game: FiniteGame, slack: Slack) -> WeightSearch:
    """Look for weights and potential.

    Where weights are lost in what payoffs may be off, those read as if payoffs were off by
    rounding only may still fit, or equal ones.
    """
    found = estimated_weights(game, slack, spanning_forest(game, slack))
    if game.exact or found.holds is not None:
        return found
    finer = estimated_weights(game, slack, spanning_forest(game, slack_of(game, 0.0)))
    for other in (finer, search_exact(game, slack)):
        if other.holds:
            return replace(other, settled=False)
    return found


def estimated_weights(game: FiniteGame, slack: Slack, forest: Forest) -> WeightSearch:
    """Join and mend components of players until their weights fit, or a square excludes it."""
    for _ in range(8 * len(game.shape)):  # joins are fewer than players; mending edges is rare
        weights, groups = forest.weights()
        worst: dict[int, Any] = {}
        components = []
        for players in groups:
            component = integrate(game, _sorted(players, slack.most / weights), weights)
            components.append(component)
            found, miss = verify(game, component, weights, slack.most)
            worst |= found
            if miss is not None:
                squares = squares_of(miss)
                break
        else:
            wrong = contradicting_square(game, weights, slack)
            if wrong is None:
                return WeightSearch(True, weights, tuple(components), _relative(worst, slack.most))
            squares = [wrong]
        step = mend(forest, [read(game, square, slack) for square in squares])
        if not isinstance(step, Forest):
            return WeightSearch(step[0], weights, squares=step[1], reason=step[2])
        forest = step
    return WeightSearch(None, weights, reason="weak")


def mend(forest: Forest, edges: list[Edge]) -> Forest | tuple[bool | None, tuple[Square, ...], str]:
    """Return a better forest, or the verdict: (holds, squares that show it, reason)."""
    for edge in sorted(edges, key=lambda e: e.strength, reverse=True):
        if edge.reading in ("sign", "one-sided"):
            return False, (edge.square,), edge.reading
        if edge.reading != "ratio":
            continue
        path = forest.path(*edge.players)
        if path is None:
            return forest.plus(edge)
        if contradicts(edge, path):
            return False, (edge.square, *(step.square for step, _ in path)), "ratios"
        weakest = min((step for step, _ in path), key=lambda e: e.strength)
        if edge.strength > weakest.strength:
            return forest.swapped(weakest, edge)
    return None, (), "weak"


def summed(game: FiniteGame, found: WeightSearch, slack: Tensor) -> tuple[Tensor, Tensor, Any]:
    """Return the potential, its weights, and its largest misfit (a bound), in tolerances.

    The parts were verified one by one: where their sum may lose more digits than the tolerance
    allows, free factors bring them to like sizes, and where that is not enough it is measured.
    """
    components, weights = found.components, found.weights
    if game.exact:
        return assemble(game, components, weights), weights, 0
    deviation = found.deviation + _relative(loss(game, components, weights), slack)
    if deviation > 1 and len(components) > 1:
        weights = balance(game, components, weights)
        deviation = found.deviation + _relative(loss(game, components, weights), slack)
    potential = assemble(game, components, weights)
    if deviation > 1:
        deviation = _relative(misfits(game, potential, weights), slack)
    return potential, weights, deviation


def _sorted(players: Any, noise: Tensor) -> tuple[int, ...]:
    """Return players in the order of their paths: who is off by most first, by powers of ten.

    Else the first player comes last: its payoffs then enter in long runs of memory.
    """
    digits: Tensor = np.zeros(len(noise))
    if noise.dtype != object:
        digits = np.round(np.log10(np.maximum(noise, np.finfo(float).tiny)))
    return tuple(sorted(players, key=lambda n: (-digits[n], -n)))


def _relative(worst: dict[int, Any], slack: Tensor) -> Any:
    """Return the largest in units of tolerances: infinite if there should be none at all."""
    with np.errstate(over="ignore"):
        return max((v / slack[n] if slack[n] else v and inf for n, v in worst.items()), default=0)
