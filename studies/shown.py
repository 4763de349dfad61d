"""How numbers are shown to a person: the same in every table and sentence."""

from decimal import Decimal
from math import isfinite
from typing import Any

TINY = 5e-10  # what is shown as 0


def number(value: Any) -> str:
    """Return a number as a person reads it; a dash where there is none."""
    if value is None or (isinstance(value, float) and not isfinite(value)):
        return "–"
    if isinstance(value, Decimal):
        return f"{value:,}"  # money, to the cent
    if not isinstance(value, float):
        return str(value)
    if abs(value) < TINY:
        return "0"
    return f"{value:,.2f}" if 10 <= abs(value) < 1e9 else f"{value:.4g}"


def share(value: float | None) -> str | None:
    """Return a share of the optimum; what is less than 1 never reads as 1.

    Examples
    --------
    >>> share(0.98765), share(0.999961), share(1 - 1e-12), share(None)
    ('0.9877', '0.99996', '1', None)
    """
    if value is None:
        return None
    short = f"{value:.4g}"
    return f"{value:.5f}" if short == "1" and abs(value - 1) > 1e-6 else short
