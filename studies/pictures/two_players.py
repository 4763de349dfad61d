"""Two players of a game, as pictures need them: replies to each other, heights, and a path.

Of more than two players the others keep to the equilibrium. Curves are sampled finer where they
bend, so that kinks show; where a best response jumps, the line is broken.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.base import Game, PotentialGame
from coopetition.games.coopetition.aggregate import AggregativeGame
from coopetition.games.errors import InvalidInputError, UnsupportedGameError
from coopetition.games.reduced import ReducedGame, reduced
from coopetition.games.smooth.potential import potential_of_smooth
from coopetition.solvers import Equilibrium, best_response_dynamics, solve
from coopetition.solvers.best_response import best_reply
from coopetition.studies.design.result import Design
from coopetition.studies.design.tune_rule import Tuned
from coopetition.studies.solve.study import Study

Solved = Study | Design | Tuned | Game
FIRST, HALVINGS = 49, 14  # points of a curve, and how often a bend is halved
BEND, JUMP = 0.002, 0.01  # of the range: a curve is a line within the one, and jumps by the other
SWEEPS, NEAR = 100, 1e-3  # of a path; of the range: how near its end counts as there
GRID = 81  # points of each axis of a map
FAR, WHOLE = 3.0, 0.4  # times what is shown: a kink that far is shown too; of the box: so is all


@dataclass(frozen=True, slots=True, eq=False)
class TwoPlayers:
    """Two players who face the equilibrium contributions of all others.

    Attributes
    ----------
    game
        The game among the two.
    equilibria : shape (K, 2)
        The answer first, then other equilibria where all are known.
    marks
        Other points worth a mark, by name; of a game of two only.
    others : int
        How many others keep to the equilibrium.
    certified : bool
        Whether it is one; else the profile at which a solver gave up.
    """

    game: ReducedGame
    equilibria: Array
    marks: Mapping[str, Array] = field(default_factory=dict)
    others: int = 0
    certified: bool = True


def two_players(result: Solved, pair: Sequence[str] | None = None) -> TwoPlayers:
    """Return two players of a result's game: those named, or the two that contribute most.

    Raises
    ------
    UnsupportedGameError
        If there is only one player, or players choose more than one number.
    InvalidInputError
        If the pair is not two names of players.
    NotConvergedError
        If a game is given, and no equilibrium of it is found.
    """
    game, profile, equilibria, marks, certified = _solved(result)
    names = game.players
    if len(names) < 2:
        raise UnsupportedGameError("a picture of two players needs two, got one")
    most = sorted(np.argsort(-profile, kind="stable")[:2].tolist())
    who = most if pair is None else numbers_of(names, pair)
    two = reduced(game, profile, who)
    if len(names) > 2:
        return TwoPlayers(two, profile[None, who], {}, len(names) - 2, certified)
    points = np.vstack((profile, *(one for one in equilibria if not np.allclose(one, profile))))
    marked = {name: at[who] for name, at in marks.items()}
    return TwoPlayers(two, points[:, who], marked, certified=certified)


def numbers_of(names: Sequence[str], pair: Sequence[str], said: str = "pair") -> list[int]:
    """Return the numbers of two players; `said` is what the user calls the argument.

    Raises
    ------
    InvalidInputError
        If they are not two names of players.
    """
    if len(pair) != 2 or len(set(pair)) < 2 or not set(pair) <= set(names):
        raise InvalidInputError(
            f"`{said}` must be two of {', '.join(names[:8])}{' …' * (len(names) > 8)}, "
            f"got {' and '.join(map(repr, pair))}"
        )
    return [list(names).index(name) for name in pair]


def _solved(result: Solved) -> tuple[Game, Array, list[Array], dict[str, Array], bool]:
    """Return the game in force, its equilibrium, all that are known, marks, and if it is one."""
    if isinstance(result, Tuned):
        result = result.study
    if isinstance(result, Study):
        marks = {"planner": result.planner.profile}
        if result.settings.rule != "none" and result.free.success:
            marks["without a rule"] = result.free.profile
        listed = [one.profile for one in result.equilibrium.listed or ()]
        certified = result.equilibrium.success
        return result.induced, result.contribution, listed, marks, certified
    if isinstance(result, Design):
        marks = {"planner": result.planner.profile}
        return result.induced, result.target.profile, [], marks, result.certificate.holds
    found: Equilibrium = solve(result).raise_if_failed()
    return result, found.profile, [one.profile for one in found.listed or ()], {}, True


@dataclass(frozen=True, slots=True, eq=False)
class ReplyCurve:
    """What a player answers to the other: NaN in `own` where the answer jumps."""

    other: Array
    own: Array


def reply_curve(two: TwoPlayers, player: int) -> ReplyCurve:
    """Return the best responses of player 0 or 1 to all that the other can do.

    Examples
    --------
    >>> from coopetition.games.smooth.game import SmoothGame
    >>> duopoly = SmoothGame(bounds=[(0, 10), (0, 10)],
    ...     payoffs=[lambda x: x[0] * (11 - x.sum()), lambda x: x[1] * (10 - x.sum())])
    >>> curve = reply_curve(two_players(duopoly), 0)
    >>> curve.other[[0, -1]].tolist(), curve.own[[0, -1]].round(6).tolist()
    ([0.0, 10.0], [5.5, 0.5])
    """
    box, other = two.game.spaces, 1 - player
    here = two.equilibria[0]

    def answer(value: float) -> float:
        facing = here.copy()
        facing[other] = value
        return best_reply(two.game, player, facing)

    span = float(box.upper[player] - box.lower[player])
    return ReplyCurve(*traced(answer, float(box.lower[other]), float(box.upper[other]), span))


def traced(
    function: Callable[[float], float], low: float, high: float, span: float
) -> tuple[Array, Array]:
    """Return points of a function, halved where it bends by more than a share of `span`.

    Between the two ends of a jump stands a NaN.
    """
    if not high > low:
        return np.array([low]), np.array([function(low)])
    start = np.linspace(low, high, FIRST).tolist()
    points = [(start[0], function(start[0]))]

    def halve(left: tuple[float, float], right: tuple[float, float], depth: int) -> None:
        x = 0.5 * (left[0] + right[0])
        middle = (x, function(x))
        bent = abs(middle[1] - 0.5 * (left[1] + right[1])) > BEND * span
        if bent and depth:
            halve(left, middle, depth - 1)
        points.append(middle)
        if bent and depth:
            halve(middle, right, depth - 1)

    for value in start[1:]:
        left, right = points[-1], (value, function(value))
        halve(left, right, HALVINGS)
        points.append(right)
    x, y = np.array(points).T
    finest = (high - low) / (FIRST - 1) / 2.0**HALVINGS
    jumps = np.flatnonzero((np.diff(x) <= finest) & (np.abs(np.diff(y)) > JUMP * span)) + 1
    return np.insert(x, jumps, x[jumps]), np.insert(y, jumps, np.nan)


@dataclass(frozen=True, slots=True, eq=False)
class ReplyPath:
    """Best replies in turn, from where both do least: corners, shape (T, 2)."""

    corners: Array
    arrived: bool


def reply_path(two: TwoPlayers) -> ReplyPath:
    """Return the way of best replies from the lower bounds, the first player moving first."""
    box = two.game.spaces
    visited = best_response_dynamics(two.game, box.lower, max_iter=SWEEPS).path
    assert visited is not None
    between = np.column_stack((visited[1:, 0], visited[:-1, 1]))
    corners = np.vstack((visited[:1], np.stack((between, visited[1:]), axis=1).reshape(-1, 2)))
    width = np.where(box.upper > box.lower, box.upper - box.lower, 1.0)
    off = (np.abs(corners - corners[-1]) / width).max(axis=1)
    settled = bool(off[-3:].max() <= NEAR)
    if settled:
        corners = corners[: int(np.argmax(off <= NEAR)) + 1]
    return ReplyPath(corners, settled)


@dataclass(frozen=True, slots=True, eq=False)
class Landscape:
    """Heights over a grid: row i, column j is at (x[j], y[i]).

    `what` is "potential", or "welfare" where there is none. A potential is `known` because the game
    is made with it (promised), or checked on random changes; it is counted from the equilibrium's.
    Heights that are not finite are NaN.
    """

    x: Array
    y: Array
    heights: Array
    what: str
    known: str


def landscape(two: TwoPlayers, low: Array, high: Array) -> Landscape:
    """Return the potential, or else the welfare of all, between two corners."""
    game = two.game
    height: Callable[[Array], Array] = game.welfare
    what, known = "welfare", ""
    if isinstance(game, PotentialGame):
        if not isinstance(game, AggregativeGame) or game.has_potential:
            height, what, known = game.potential, "potential", "promised"
    else:
        found = potential_of_smooth(game)
        if found.holds:
            height, what, known = found.potential, "potential", found.claim
    x, y = (np.linspace(a, b, GRID) for a, b in zip(low, high, strict=True))
    with np.errstate(all="ignore"):
        heights = np.array(height(np.stack(np.meshgrid(x, y), axis=-1)), dtype=float)
        if what == "potential":
            heights = heights - float(height(two.equilibria[0]))
    heights[~np.isfinite(heights)] = np.nan
    return Landscape(x, y, heights, what, known)


def window(two: TwoPlayers, curves: Sequence[ReplyCurve], path: ReplyPath) -> tuple[Array, Array]:
    """Return the corners of what is worth showing: replies, marks, the path, kinks near them.

    The whole box, where that is not much more.
    """
    box = two.game.spaces
    points = np.vstack((two.equilibria, path.corners, *two.marks.values()))
    top = points.max(axis=0) - box.lower
    for player, curve in enumerate(curves):
        top[player] = max(top[player], float(np.nanmax(curve.own)) - box.lower[player])
    for player, curve in enumerate(curves):  # up to where a reply reaches its lower bound
        least = box.lower[player] + BEND * top[player]
        ends = curve.other[np.nan_to_num(curve.own, nan=np.inf) > least] - box.lower[1 - player]
        if ends.size and ends[-1] <= FAR * top[1 - player]:
            top[1 - player] = max(top[1 - player], ends[-1])
    wide, width = 1.1 * top, box.upper - box.lower
    return box.lower, box.lower + np.where((wide >= WHOLE * width) | (top <= 0), width, wide)
