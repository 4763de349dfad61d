"""Are reports truthful? Profitable lies, searched over types, reports and the others' types."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Literal

import numpy as np

from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms.reported.expectation import countable, expect_others
from coopetition.mechanisms.reported.problem import TypeProblem, beside, without
from coopetition.mechanisms.reported.rule import ReportRule
from coopetition.mechanisms.reported.types import Finite, Reports, TypeInterval, jumps
from coopetition.mechanisms.reported.verdict import Lie, Verdict

# Finite types are all tried. Of intervals a grid is, and points off the grid, as a rule may be
# right on every grid point and nowhere else (a reserve price on the grid); where outcomes are
# discrete, so are both sides of the places at which the outcome jumps, as the worst lie or deficit
# often lies there.


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
    intervals = any(isinstance(space, TypeInterval) for space in problem.types)
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
    free = [n for n, space in enumerate(problem.types) if isinstance(space, TypeInterval)]
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


def check_incentives(
    rule: ReportRule,
    *,
    concept: Literal["dominant strategy", "Bayesian"] | None = None,
    points: int = 5,
    draws: int | None = None,
    seed: int = 0,
) -> Verdict:
    """Search for a profitable lie, over a grid of types and reports.

    Dominant strategy: the others report anything on the grid, or the types drawn. Bayesian: they
    tell the truth, and the gain is its expectation: exact sums over finite types, quadrature over
    intervals, or with `draws` an estimate, whose best lie is confirmed on fresh draws.

    Parameters
    ----------
    concept : default the rule's own
    points : int
        Types of each interval that are tried; finite types are all tried.
    draws : int, optional
        Draw this many profiles instead of trying all.

    Raises
    ------
    InvalidInputError
        If the search would be too large, or there are fewer than 2 points or draws.

    Examples
    --------
    >>> from coopetition.mechanisms.reported import Finite, clarke, equal_items
    >>> rule = clarke(equal_items([Finite((1.0, 2.0, 3.0))] * 3))
    >>> print(check_incentives(rule).claim)
    proved
    """
    concept = concept or ("Bayesian" if rule.promise.incentives == "BIC" else "dominant strategy")
    if concept not in ("dominant strategy", "Bayesian"):
        raise InvalidInputError(
            f"`concept` must be 'dominant strategy' or 'Bayesian', got {concept!r}"
        )
    checked_counts(points, draws)
    if concept == "dominant strategy":
        return _dominant(rule, points, draws, seed)
    return _bayesian(rule, points, draws, seed)


class _Best:
    """The best lie of each organization, and the size of its payoffs, which is its unit."""

    def __init__(self, size: int) -> None:
        self.lies: list[Lie | None] = [None] * size
        self.units = [0.0] * size
        self.count = 0

    def truth(self, n: int, payoff: float) -> None:
        self.units[n] = max(self.units[n], abs(payoff))

    def lie(self, n: int, lie: Lie) -> None:
        self.count += 1
        best = self.lies[n]
        if best is None or not lie.gain <= best.gain:
            self.lies[n] = lie

    def verdict(self, rule: ReportRule, name: str, how: str, *, estimated: bool = False) -> Verdict:
        """Judge each one's best lie: beyond its tolerance it fails, and nothing is proved."""
        found = [lie for lie in self.lies if lie is not None]
        best = max(found, key=lambda lie: lie.gain, default=None)
        gaining = [
            lie
            for lie, unit in zip(self.lies, self.units, strict=True)
            if lie is not None and not lie.gain <= TOLERANCE * unit + 3.0 * (lie.error or 0.0)
        ]
        if gaining:
            witness = max(gaining, key=lambda lie: lie.gain)
            return Verdict(name, False, "estimated" if estimated else "checked", how, witness)
        proof = rule.proof(name) or rule.proof("dominant-strategy-incentives")
        if proof:
            return Verdict(name, True, "proved", f"{proof}; no lie found, {how}", best)
        return Verdict(name, True, "estimated" if estimated else "checked", how, best)


def _dominant(rule: ReportRule, points: int, draws: int | None, seed: int) -> Verdict:
    problem, tried = rule.problem, trial(rule, points, draws, seed)
    best = _Best(problem.size)
    known: dict[Reports, tuple[object, tuple[float, ...]]] = {}

    def payoff(n: int, own: float, reports: Reports) -> float:
        if reports not in known:
            known[reports] = rule.settle(reports)
        outcome, paid = known[reports]
        return problem.worth(n, outcome, own) + paid[n]

    for types in tried.profiles:
        for n, own in enumerate(types):
            others = without(n, types)
            truth = payoff(n, own, types)
            best.truth(n, truth)
            for report in tried.lies[n]:
                if report != own:
                    gain = payoff(n, own, beside(n, report, others)) - truth
                    best.lie(n, Lie(problem.organizations[n], own, report, gain, others))
    return best.verdict(rule, "dominant-strategy-incentives", tried.said(best.count, "lies"))


def _bayesian(rule: ReportRule, points: int, draws: int | None, seed: int) -> Verdict:
    name, problem = "bayesian-incentives", rule.problem
    if draws is not None:
        return _sampled(rule, name, points, draws, seed)
    if not countable(problem.types[1:]) or not countable(problem.types[:-1]):
        raise InvalidInputError(
            "expected gains over this many types must be estimated: give `draws`"
        )
    best, tried = _Best(problem.size), trial(rule, points, None, seed)
    for n, lies in enumerate(tried.lies):
        types = own_types(problem, n, points)
        for own in types:
            truth = expected_payoff(rule, n, own, own)
            best.truth(n, truth)
            for report in dict.fromkeys((*types, *lies)):
                if report != own:
                    gain = expected_payoff(rule, n, own, report) - truth
                    best.lie(n, Lie(problem.organizations[n], own, report, gain))
    return best.verdict(rule, name, f"on {own_said(problem, points)}, {best.count} lies on average")


def _sampled(rule: ReportRule, name: str, points: int, draws: int, seed: int) -> Verdict:
    """Search on one sample; the lie of each that gains most there is judged on another."""
    problem, best = rule.problem, _Best(rule.problem.size)
    search, fresh = (
        problem.sample(rng, draws)
        for rng in map(np.random.default_rng, np.random.SeedSequence(seed).spawn(2))
    )
    for n in range(problem.size):
        types = own_types(problem, n, points)
        found: tuple[float, float, float] | None = None
        count = 0
        for own, report in product(types, types):
            if own == report:
                continue
            gains, truth = _gains(rule, n, own, report, search)
            best.truth(n, truth)
            count += 1
            if found is None or gains.mean() > found[0]:
                found = float(gains.mean()), own, report
        if found is not None:
            _, own, report = found
            gains, _ = _gains(rule, n, own, report, fresh)
            error = float(gains.std(ddof=1) / np.sqrt(draws))
            mean = float(gains.mean())
            best.lie(n, Lie(problem.organizations[n], own, report, mean, None, error))
        best.count += count - (found is not None)
    how = f"on {draws} draws, {best.count} lies; the best of each on {draws} fresh draws"
    return best.verdict(rule, name, how, estimated=True)


def _gains(
    rule: ReportRule, n: int, own: float, report: float, sample: Sequence[Reports]
) -> tuple[np.ndarray, float]:
    """Return the paired gains of a lie on drawn types, and the mean payoff of the truth."""

    def average(told: float) -> Callable[[Reports], float]:
        return lambda types: rule.payoff(n, own, beside(n, told, without(n, types)))

    truth = np.array([average(own)(types) for types in sample])
    lied = np.array([average(report)(types) for types in sample])
    return lied - truth, float(truth.mean())
