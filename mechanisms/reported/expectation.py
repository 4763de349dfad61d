"""Expectations over independent types: sums over finite ones, quadrature over intervals."""

from collections.abc import Callable, Sequence

import numpy as np

from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms.reported.problem import TypeProblem, beside
from coopetition.mechanisms.reported.types import Finite, Reports, TypeInterval, TypeSpace

LARGEST_SUM = 100_000  # terms


def countable(spaces: Sequence[TypeSpace]) -> bool:
    """Whether `expect` can treat these spaces: few enough types, at most two intervals."""
    sizes = [len(s.values) for s in spaces if isinstance(s, Finite)]
    intervals = len(spaces) - len(sizes)
    return intervals <= 2 and float(np.prod(sizes, dtype=float)) <= LARGEST_SUM


def expect(
    spaces: Sequence[TypeSpace],
    function: Callable[[Reports], float],
    label: Callable[[Reports], object] | None = None,
) -> float:
    """Return the expectation of a function of independent types.

    Parameters
    ----------
    label : types -> anything comparable, optional
        The function may jump where the label changes, and only there.

    Raises
    ------
    InvalidInputError
        If there are more than two intervals, or too many combinations of types.

    Examples
    --------
    >>> expect([Finite((0.0, 1.0)), Finite((2.0, 4.0))], lambda types: types[0] * types[1])
    1.5
    >>> unit = TypeInterval(0.0, 1.0)
    >>> first = lambda types: types[0] > types[1]
    >>> round(expect([unit, unit], lambda types: types[0] * first(types), first), 9)
    0.333333333
    """
    if not countable(spaces):
        raise InvalidInputError(
            f"an expectation over {len(spaces)} organizations' types must have at most two "
            f"intervals and {LARGEST_SUM} combinations of finite types: use fewer types"
        )
    order = sorted(range(len(spaces)), key=lambda n: isinstance(spaces[n], TypeInterval))
    types = [0.0] * len(spaces)

    def mean(depth: int) -> float:
        if depth == len(order):
            return float(function(tuple(types)))
        n = order[depth]

        def at(own: float) -> float:
            types[n] = own
            return mean(depth + 1)

        def labeled(own: float) -> object:
            types[n] = own
            return label(tuple(types)) if label is not None else None

        innermost = label is not None and depth + 1 == len(order)
        return spaces[n].mean(at, labeled if innermost else None)

    return mean(0)


def expect_others(
    problem: TypeProblem, n: int, report: float, function: Callable[[Reports], float]
) -> float:
    """Return the expectation of a function of all reports where n reports this, the others truth.

    Raises
    ------
    InvalidInputError
        If the others have more than two intervals, or too many combinations of types.
    """

    def at(others: Reports) -> float:
        return function(beside(n, report, others))

    def label(others: Reports) -> object:
        return problem.choose(beside(n, report, others))

    spaces = [space for m, space in enumerate(problem.types) if m != n]
    return expect(spaces, at, label if problem.discrete else None)
