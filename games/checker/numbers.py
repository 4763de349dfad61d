"""Numbers of a file as fractions; exp, ln and powers in rational bounds that hold the true value.

Series with bounded remainders; every result is rounded outwards to 192 significant bits.
"""

import re
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any

BITS = 192
LARGEST = 1_000_000  # of an exponent
TEXT = re.compile(
    r"-?[0-9]+(/0*[1-9][0-9]*|\.[0-9]+)?"
)  # no exponents: "1e999999999" takes for ever
Bounds = tuple[Fraction, Fraction]


def exact(value: Any) -> Fraction:
    """Return a number of a file as a fraction: a finite JSON number, or a text such as "2/3".

    Raises
    ------
    ValueError
        If it is anything else.

    Examples
    --------
    >>> exact("2/3"), exact(0.5)
    (Fraction(2, 3), Fraction(1, 2))
    """
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number and abs(value) < float("inf"):
        return Fraction(value)
    if isinstance(value, str) and TEXT.fullmatch(value):
        return Fraction(value)
    raise ValueError(f"{value!r:.40} is not a number")


def rounded(value: Fraction, *, up: bool) -> Fraction:
    """Return a neighbor of a number with at most 192 significant bits, not below or not above it.

    Examples
    --------
    >>> third = Fraction(1, 3)
    >>> rounded(third, up=False) < third < rounded(third, up=True)
    True
    """
    top, bottom = value.numerator, value.denominator
    if top == 0:
        return value
    shift = BITS - abs(top).bit_length() + bottom.bit_length()
    over = top << shift if shift >= 0 else top
    under = bottom if shift >= 0 else bottom << -shift
    whole = -((-over) // under) if up else over // under
    return Fraction(whole, 1 << shift) if shift >= 0 else Fraction(whole << -shift)


def outward(low: Fraction, high: Fraction) -> Bounds:
    """Round bounds outwards."""
    return rounded(low, up=False), rounded(high, up=True)


@lru_cache(maxsize=4096)
def exp(value: Fraction) -> Bounds:
    """Return bounds of e^value.

    Examples
    --------
    >>> low, high = exp(Fraction(1))
    >>> low < high, float(low), float(high - low) < 1e-50
    (True, 2.718281828459045, True)
    """
    if value < -LARGEST:
        return Fraction(0), exp(Fraction(-LARGEST))[1]
    if value > LARGEST:
        raise ValueError(f"exp of {float(value):.3g} is out of range")
    if value < 0:
        low, high = exp(-value)
        return outward(1 / high, 1 / low)
    halvings = (value.numerator // value.denominator).bit_length() + 9
    small = outward(value / 2**halvings, value / 2**halvings)
    found = (_series(small[0], up=False), _series(small[1], up=True))
    for _ in range(halvings):
        found = outward(found[0] ** 2, found[1] ** 2)
    return found


def _series(small: Fraction, *, up: bool) -> Fraction:
    """Bound e^small, 0 <= small <= 1/256, by Taylor's series; what is left is < 2 · next term."""
    total = term = Fraction(1)
    for k in range(1, 26):
        term = rounded(term * small / k, up=up)
        total = rounded(total + term, up=up)
    return total + 2 * term * small if up else total


@lru_cache(maxsize=4096)
def ln(value: Fraction) -> Bounds:
    """Return bounds of the natural logarithm of a positive number.

    Examples
    --------
    >>> low, high = ln(Fraction(10))
    >>> float(low), low < high
    (2.302585092994046, True)
    """
    if value <= 0:
        raise ValueError("the logarithm of what is not positive")
    doublings = value.numerator.bit_length() - value.denominator.bit_length()
    rest = value / Fraction(2) ** doublings
    low, high = _twice_atanh((rest - 1) / (rest + 1))
    two = _ln_two() if doublings else (Fraction(0), Fraction(0))
    ends = (doublings * two[0], doublings * two[1])
    return outward(min(ends) + low, max(ends) + high)


@cache
def _ln_two() -> Bounds:
    return _twice_atanh(Fraction(1, 3))


def _twice_atanh(z: Fraction) -> Bounds:
    """Bound 2 artanh z, |z| <= 1/3, by its series; the remainder is geometric."""
    low, high = outward(z, z)
    return _atanh(low)[0], _atanh(high)[1]


def _atanh(z: Fraction) -> Bounds:
    square, term, total = rounded(z * z, up=True), z, Fraction(0)
    for k in range(64):
        total += term / (2 * k + 1)
        term = rounded(term * z * z, up=term > 0)
    left = 2 * abs(term) / (1 - square) + Fraction(1, 2 ** (BITS - 8))
    return 2 * total - left, 2 * total + left


def power(base: Fraction, exponent: Fraction) -> Bounds:
    """Return bounds of base^exponent for a positive base.

    Examples
    --------
    >>> low, high = power(Fraction(2), Fraction(1, 2))
    >>> low**2 < 2 < high**2
    True
    """
    if exponent.denominator == 1 and abs(exponent) <= 64:
        exact = base ** int(exponent)
        return exact, exact
    ends = [exponent * v for v in ln(base)]
    return exp(rounded(min(ends), up=False))[0], exp(rounded(max(ends), up=True))[1]
