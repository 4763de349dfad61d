"""What the checks of a rule for reports try: types, profiles, lies, expectations.

Finite types are all tried. Of intervals a grid is, and points off the grid, as a rule may be right
on every grid point and nowhere else (a reserve price on the grid); where outcomes are discrete, so
are both sides of the places at which the outcome jumps, as the worst lie or deficit often lies
there.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np

from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms.reported.expectation import expect_others
from coopetition.mechanisms.reported.private import Finite, Interval, Reports
from coopetition.mechanisms.reported.problem import TypeProblem, beside, without
from coopetition.mechanisms.reported.quadrature import jumps
from coopetition.mechanisms.reported.rule import ReportRule

LARGEST_SEARCH = 1_000_000
TOLERANCE = (
    1e-8  # of an organization's largest payoff seen: planners and quadratures are that exact
)
OFF_GRID = 16  # profiles off the grid; fewer where payoffs change with types without jumps
OFF_GRID_SMOOTH = 4
OWN_OFF_GRID = 2  # types of each organization off the grid, where others are averaged
LINES = 24  # lines, along one organization's types, on which jumps are looked for


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried: profiles of types, lies of each organization, and both in words."""

    profiles: tuple[Reports, ...]
    lies: tuple[tuple[float, ...], ...]
    words: str

    def said(self, count: int, what: str) -> str:
        """Say what was tried."""
        return f"on {self.words}, {count} {what}"


@dataclass(frozen=True, slots=True)
class Line:
    """All types of one organization beside the others' types, with places to look at on it."""

    player: int
    others: Reports
    places: tuple[float, ...]

    @property
    def profiles(self) -> list[Reports]:
        """The profiles at these places."""
        return [beside(self.player, own, self.others) for own in self.places]


def checked_counts(points: int, draws: int | None) -> None:
    """Refuse grids and samples that cannot be."""
    for name, count in (("points", points), ("draws", draws)):
        if count is None:
            continue
        if isinstance(count, bool) or not isinstance(count, (int, np.integer)) or count < 2:
            raise InvalidInputError(f"`{name}` must be an integer of at least 2, got {count!r}")


def trial(rule: ReportRule, points: int, draws: int | None, seed: int) -> Trial:
    """Return what to try: all on the grid or draws, what is off it, and both sides of jumps.

    Raises
    ------
    InvalidInputError
        If the grid has too many profiles.
    """
    problem, rng = rule.problem, np.random.default_rng(seed)
    lies = tuple(space.grid(points) for space in problem.types)
    intervals = any(isinstance(space, Interval) for space in problem.types)
    if draws is not None:
        tried, words = problem.sample(rng, draws), f"{draws} draws"
    else:
        tried, words = on_grid(problem, points), "all types"
        if intervals:
            off = OFF_GRID if problem.discrete else OFF_GRID_SMOOTH
            tried += problem.sample(rng, off)
            words = f"{points} grid points an interval, {off} profiles off the grid"
    if intervals and problem.discrete:
        found = lines(problem, tried, rng, problem.choose)
        sides = [profile for line in found for profile in line.profiles]
        tried, words = tried + sides, f"{words}, both sides of {len(sides) // 2} jumps"
        lies = tuple(own + _lasting(n, found) for n, own in enumerate(lies))
    return Trial(tuple(tried), lies, words)


def on_grid(problem: TypeProblem, points: int) -> list[Reports]:
    """Return all profiles of the grid."""
    grids = [space.grid(points) for space in problem.types]
    size = float(np.prod([len(grid) for grid in grids], dtype=float))
    if size * problem.size > LARGEST_SEARCH:
        raise InvalidInputError(
            f"`points` = {points} gives {size:.3g} profiles of {problem.size} types: "
            "use fewer, or give `draws`"
        )
    return list(product(*grids))


def own_types(problem: TypeProblem, n: int, points: int) -> tuple[float, ...]:
    """Return types of one organization: all, or the grid and some off it, always the same ones."""
    space = problem.types[n]
    if isinstance(space, Finite):
        return space.values
    return (*space.grid(points), *space.sample(np.random.default_rng((17, n)), OWN_OFF_GRID))


def own_said(problem: TypeProblem, points: int) -> str:
    """Say which types of each organization these are."""
    if all(isinstance(space, Finite) for space in problem.types):
        return "all types"
    return f"{points} grid points an interval and {OWN_OFF_GRID} off the grid"


def lines(
    problem: TypeProblem,
    tried: Sequence[Reports],
    rng: np.random.Generator,
    label: Callable[[Reports], object],
    *,
    between: bool = False,
) -> list[Line]:
    """Return some lines through tried profiles on which a label jumps, with both sides of jumps.

    `between` adds the middles between neighboring jumps and ends.
    """
    free = [n for n, space in enumerate(problem.types) if isinstance(space, Interval)]
    through = {(n, without(n, types)): None for types in tried for n in free}
    order = list(through)
    found = []
    for k in sorted(rng.permutation(len(order))[:LINES].tolist()):
        n, others = order[k]
        places = _places(problem, n, others, label, between)
        if places:
            found.append(Line(n, others, places))
    return found


def _places(
    problem: TypeProblem, n: int, others: Reports, label: Callable[[Reports], object], between: bool
) -> tuple[float, ...]:
    space = problem.types[n]
    width = space.high - space.low

    def at(share: float) -> float:
        return min(space.low + width * share, space.high)

    ends = jumps(lambda share: label(beside(n, at(share), others)))
    inner = ends[1:-1]
    sides = [at(share) for end in inner for share in (np.nextafter(end, 0.0), end)]
    if between and inner:
        sides += [at(0.5 * (a + b)) for a, b in pairwise(ends)]
    return tuple(map(float, sides))


def _lasting(n: int, found: Sequence[Line]) -> tuple[float, ...]:
    """Return up to two jumps of an organization that stay where they are whatever others report.

    Averaging over the others smooths the other jumps out, but not these: a posted price, say.
    """
    seen = defaultdict(list)
    for line in found:
        for own in line.places if line.player == n else ():
            seen[f"{own:.9g}"].append(own)
    often = sorted((ends for ends in seen.values() if len(ends) > 4), key=len, reverse=True)
    return tuple(own for ends in often[:2] for own in sorted({min(ends), max(ends)}))


def expected_payoff(rule: ReportRule, n: int, own: float, report: float) -> float:
    """Return n's expected payoff where the others tell the truth: sums and quadrature."""
    problem = rule.problem
    if rule.expected is None:
        return expect_others(problem, n, report, lambda r: rule.payoff(n, own, r))
    value = expect_others(problem, n, report, lambda r: problem.worth(n, problem.choose(r), own))
    return value + rule.expected(n, report)
