"""What is known of a problem with private types, for the theorems that say what cannot be.

A balanced Groves rule needs terms with Σ_n h_n(θ_−n) = −(N − 1) W(θ): none exists where an
alternating sum of W over the corners of a box of types is not zero, as every h_n cancels in it.
"""

from collections.abc import Sequence
from itertools import combinations, product

from coopetition.mechanisms.reported.impossible import Setting
from coopetition.mechanisms.reported.private import Interval
from coopetition.mechanisms.reported.problem import TypeProblem


def describe(problem: TypeProblem) -> Setting:
    """Return what is known of a problem with types, its N-way interaction computed.

    The welfare at the chosen outcomes is taken for the largest. Up to 6 organizations three types
    each are tried, else the two extremes; 0 then means that none was found, and is not used.
    """
    convex = problem.linear and all(isinstance(space, Interval) for space in problem.types)
    return Setting(
        organizations=problem.size,
        convex=convex or None,
        interaction=_interaction(problem) if problem.efficiency is not None else None,
        independent=True,
    )


def _interaction(problem: TypeProblem, most: int = 12) -> float | None:
    """Return the alternating sum of the welfare that is largest, or None beyond `most`."""
    if problem.size > most:
        return None
    points = 3 if problem.size <= 6 else 2
    tried = [_three(space.grid(points)) for space in problem.types]
    welfare = {types: problem.welfare(types) for types in product(*tried)}
    unit = max(map(abs, welfare.values()), default=0.0)
    best = 0.0
    for box in product(*(tuple(combinations(grid, 2)) for grid in tried)):
        found = _alternating(welfare, box)
        best = found if abs(found) > abs(best) else best
    return best if abs(best) > 1e-7 * unit * 2**problem.size else 0.0


def _three(grid: Sequence[float]) -> tuple[float, ...]:
    """Return at most three of the types: the ends, and one between."""
    order = sorted(grid)
    return tuple(dict.fromkeys((order[0], order[len(order) // 2], order[-1])))


def _alternating(
    welfare: dict[tuple[float, ...], float], box: tuple[tuple[float, ...], ...]
) -> float:
    """Return Σ (−1)^(number of low types) W over the corners of a box."""
    return sum(
        (-1) ** sum(t == pair[0] for t, pair in zip(corner, box, strict=True)) * welfare[corner]
        for corner in product(*box)
    )
