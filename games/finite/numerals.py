"""Payoffs in text: whole numbers, decimals, fractions; read exactly, written so as to come back."""

import re
from fractions import Fraction

from coopetition.games.errors import InvalidInputError

NUMERAL = re.compile(r"[+-]?(?:[0-9]+/[0-9]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?)")
LARGEST = Fraction(10) ** 300  # below the largest float, so that every number read has a float


def exact_number(text: str) -> Fraction:
    """Return the number that a text says, exactly: "0.1" is 1/10.

    Raises
    ------
    InvalidInputError
        If the text is no whole number, decimal (with or without exponent) or fraction p/q, or
        one above 1e300 in size.

    Examples
    --------
    >>> exact_number("0.1"), exact_number("-2/6"), exact_number("1e-2")
    (Fraction(1, 10), Fraction(-1, 3), Fraction(1, 100))
    """
    if not NUMERAL.fullmatch(text):
        raise InvalidInputError(f"a payoff must be like 2, -0.5, 1e-3 or 1/3, got {text!r:.40}")
    try:
        number = Fraction(text)
    except ZeroDivisionError:
        raise InvalidInputError(f"a payoff must not divide by zero, got {text!r:.40}") from None
    except ValueError:  # more digits than Python turns into a number
        raise InvalidInputError(f"a payoff must have fewer digits, got {text!r:.40}") from None
    if abs(number) > LARGEST:
        raise InvalidInputError(f"a payoff must be at most 1e300 in size, got {text!r:.40}")
    return number


def numeral(value: Fraction | float) -> str:
    """Return a fraction as it is, a float as the shortest decimal nearest to it: 1/3, 0.1, 2.0."""
    return str(value) if isinstance(value, Fraction) else repr(float(value))


def as_float(value: Fraction | float) -> float | None:
    """Return a number as a float; None where it is beyond all floats, or none but 0 is near."""
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if found or not value else None
