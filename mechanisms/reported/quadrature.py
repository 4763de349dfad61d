"""Integrals over [0, 1] of functions that may jump."""

from collections.abc import Callable

from coopetition.games.errors import NotConvergedError

CELLS = 64


def jumps(label: Callable[[float], object]) -> list[float]:
    """Return 0, the places in [0, 1] where a label changes, and 1.

    Two changes within one of 64 cells that cancel are not seen.

    Examples
    --------
    >>> [round(u, 9) for u in jumps(lambda u: u > 0.3)]
    [0.0, 0.3, 1.0]
    """
    found, start, here = [0.0], 0.0, label(0.0)
    for cell in range(1, CELLS + 1):
        end = cell / CELLS
        while label(end) != here:
            low, high = start, end
            while low < (middle := 0.5 * (low + high)) < high:
                low, high = (middle, high) if label(middle) == here else (low, middle)
            found.append(high)
            start, here = high, label(high)
        start = end
    return [*found, 1.0]


def quadrature(function: Callable[[float], float], low: float, high: float) -> float:
    """Integrate a function without jumps.

    Raises
    ------
    NotConvergedError
        If the quadrature's own error estimate exceeds 1e-6 of the result (or of 1).

    Examples
    --------
    >>> round(quadrature(lambda u: u * u, 0.0, 3.0), 12)
    9.0
    """
    from scipy.integrate import quad

    result = quad(function, low, high, epsabs=1e-10, epsrel=1e-10, limit=200, full_output=1)
    value, error = float(result[0]), float(result[1])
    if not error <= 1e-6 * (1.0 + abs(value)):
        raise NotConvergedError(f"the expectation {value:g} is only known to ± {error:.3g}")
    return value
