"""What the checks of a rule for reports try: types, profiles, expectations."""

from itertools import product

import numpy as np

from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms.reported.expectation import expect_others
from coopetition.mechanisms.reported.private import Finite, Reports
from coopetition.mechanisms.reported.rule import ReportRule

LARGEST_SEARCH = 1_000_000
TOLERANCE = 1e-8  # of the largest payoff seen: planners and quadratures are that exact


def checked_counts(points: int, draws: int | None) -> None:
    """Refuse grids and samples that cannot be."""
    for name, count in (("points", points), ("draws", draws)):
        if count is None:
            continue
        if isinstance(count, bool) or not isinstance(count, (int, np.integer)) or count < 2:
            raise InvalidInputError(f"`{name}` must be an integer of at least 2, got {count!r}")


def profiles(rule: ReportRule, points: int, draws: int | None, seed: int) -> list[Reports]:
    """Return the profiles of types to try: all on the grid, or drawn ones."""
    problem = rule.problem
    if draws is not None:
        return problem.sample(np.random.default_rng(seed), draws)
    grids = [space.grid(points) for space in problem.types]
    size = float(np.prod([len(grid) for grid in grids], dtype=float))
    if size * problem.size > LARGEST_SEARCH:
        raise InvalidInputError(
            f"`points` = {points} gives {size:.3g} profiles of {problem.size} types: "
            "use fewer, or give `draws`"
        )
    return list(product(*grids))


def said(rule: ReportRule, count: int, points: int, draws: int | None, what: str) -> str:
    """Say what was tried."""
    if draws is not None:
        return f"on {draws} draws, {count} {what}"
    finite = all(isinstance(space, Finite) for space in rule.problem.types)
    grid = "all types" if finite else f"{points} grid points an interval"
    return f"on {grid}, {count} {what}"


def expected_payoff(rule: ReportRule, n: int, own: float, report: float) -> float:
    """Return n's expected payoff where the others tell the truth: sums and quadrature."""
    problem = rule.problem
    if rule.expected is None:
        return expect_others(problem, n, report, lambda r: rule.payoff(n, own, r))
    value = expect_others(problem, n, report, lambda r: problem.worth(n, problem.choose(r), own))
    return value + rule.expected(n, report)
