"""How numbers are shown to a person: the same in every table and sentence."""

from decimal import Decimal
from math import inf, isfinite
from typing import Any

FEW = 4  # digits of small and of very large numbers
TINY = 5e-10  # what is shown as 0
RESIDUE = 1e-12  # of a value: a spread that rounding alone explains
ROUNDING = 1e-9  # how far from the optimum a share may be and still be shown as 1


def number(value: Any, beside: float = 0.0, digits: int = FEW) -> str:
    """Return a number as a person reads it; a dash where there is none.

    What rounding leaves of the numbers `beside` it, of this size, is 0.

    Examples
    --------
    >>> number(-1.5e-8), number(-1.5e-8, beside=4e7), number(1234.567)
    ('-1.5e-08', '0', '1,234.57')
    """
    if value is None or (isinstance(value, float) and not isfinite(value)):
        return "–"
    if isinstance(value, Decimal):
        return f"{value:,}"  # money, to the cent
    if not isinstance(value, float):
        return str(value)
    if abs(value) <= max(TINY, RESIDUE * beside):
        return "0"
    cents = 10 <= abs(value) < 1e9 and digits == FEW
    return f"{value:,.2f}" if cents else f"{value:,.{digits}g}"


def efficiency(welfare: float, best: float) -> float | None:
    """Return welfare relative to the optimum's; None where that is not positive.

    At most 1: the optimum's welfare is known to its gap only, and what is above it is within that.

    Examples
    --------
    >>> efficiency(2.0, 4.0), efficiency(4.0 + 1e-12, 4.0), efficiency(1.0, -1.0)
    (0.5, 1.0, None)
    """
    return min(welfare / best, 1.0) if best > 0 else None


def attainable_share(welfare: float, best: float, nobody: float, least: float) -> float | None:
    """Return the share of the attainable gain: (W − W_nobody)/(W_best − W_nobody).

    0 where welfare is that of nobody generating anything, negative below it, 1 at the optimum and,
    as `efficiency`, never above. None where the optimum brings nothing that counts: no more than
    `least`, money, or than rounding, over nobody.

    Examples
    --------
    >>> attainable_share(98.0, 100.0, 90.0, 1e-7), attainable_share(85.0, 100.0, 90.0, 1e-7)
    (0.8, -0.5)
    >>> attainable_share(100.0 - 1e-11, 100.0, 90.0, 1e-7)  # but for rounding the optimum's
    1.0
    >>> attainable_share(90.0, 90.0, 90.0, 1e-7) is None
    True
    """
    attainable, small = best - nobody, RESIDUE * (abs(best) + abs(nobody))
    if not max(least, small) < attainable < inf:
        return None
    return 1.0 if best - welfare <= small else (welfare - nobody) / attainable


def share(value: float | None, decimals: int | None = None) -> str | None:
    """Return a share of the optimum; what is not 1 never reads as 1, whatever the decimals.

    Examples
    --------
    >>> share(0.98765), share(0.999961), share(0.9999996), share(1 - 1e-12), share(None)
    ('0.9877', '0.99996', '0.9999996', '1', None)
    """
    if value is None:
        return None
    short = f"{value:.{FEW}g}" if decimals is None else f"{value:z.{decimals}f}"
    if float(short) == 1 and abs(value - 1) > ROUNDING:
        return _apart(value, 1.0, FEW + 1 if decimals is None else decimals + 1)
    return short


def percent(value: float, digits: int = 2) -> str:
    """Return a share of the optimum in percent; what is not 100 never reads as 100.

    Examples
    --------
    >>> percent(0.98765), percent(0.999961), percent(0.9999996), percent(1 - 1e-12)
    ('98.77', '99.996', '99.99996', '100.00')
    """
    short = f"{100 * value:.{digits}f}"
    whole = float(short) == 100 and abs(value - 1) > ROUNDING
    return _apart(100 * value, 100.0, digits + 1) if whole else short


def percents(least: float, most: float, digits: int = 2) -> str:
    """Return a share that is known to a range, in percent: one number where that is all it shows.

    Examples
    --------
    >>> percents(0.6, 0.75), percents(0.75, 0.75 + 1e-9)
    ('60.00 to 75.00', '75.00')
    """
    return " to ".join(dict.fromkeys(percent(end, digits) for end in (least, most)))


def _apart(value: float, from_: float, digits: int) -> str:
    """Return as many decimals as it takes to differ, at least so many."""
    while float(text := f"{value:.{digits}f}") == from_:
        digits += 1
    return text


def spread(error: float) -> str:
    """Return a standard error: two digits are all that it is known to.

    Examples
    --------
    >>> spread(0.2134), spread(9.02), spread(1234.5), spread(0.0)
    ('0.21', '9', '1,234', '0')
    """
    return f"{error:,.0f}" if error >= 100 else f"{error:.2g}"


def plus_minus(error: float | None, scale: float) -> str:
    """Return what stands behind an estimate; a residue of rounding is no standard error.

    Parameters
    ----------
    error
        Standard error; None where one seed leaves it unknown.
    scale
        Size of the numbers that were averaged.

    Examples
    --------
    >>> plus_minus(0.2134, 1.9), plus_minus(3.1e-16, 2.74), plus_minus(None, 1.0)
    ('± 0.21 (s.e.)', '± 0 (s.e.; all seeds gave the same)', '(one seed: no s.e.)')
    """
    if error is None:
        return "(one seed: no s.e.)"
    if error <= RESIDUE * abs(scale):
        return "± 0 (s.e.; all seeds gave the same)"
    return f"± {spread(error)} (s.e.)"
