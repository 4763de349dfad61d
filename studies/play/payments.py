"""Amounts of money rounded so that their sum is exactly what it should be."""

from collections.abc import Sequence
from decimal import Context, Decimal
from fractions import Fraction
from math import floor, isfinite

from coopetition.games.errors import InvalidInputError

DECIMALS = 2  # of a currency: cents
_EXACT = Context(prec=400)  # digits: sums of any amounts that floats can hold, without rounding


def round_payments(
    amounts: Sequence[float], total: float | None = None, *, decimals: int = DECIMALS
) -> tuple[Decimal, ...]:
    """Round amounts to cents by the largest remainder, so that they sum to the rounded total.

    Every amount is rounded down; the cents that are then missing go one each to the amounts with
    the largest remainders, among equal ones to the first. So each is less than a cent from its
    exact value, if the total is the amounts' sum.

    Parameters
    ----------
    amounts : money
        Of any sign.
    total : money, optional
        What they must sum to once it is rounded to cents (half to even); by default their exact
        sum. Say 0 of payments that balance by construction: the sum of large floats may be off by
        more than a cent, which is then spread evenly.
    decimals
        Of the currency.
    """
    for value in (*amounts, 0.0 if total is None else total):
        if not isfinite(value):
            raise InvalidInputError(f"`amounts` and `total` must be finite, got {value!r}")
    unit = 10**decimals
    exact = [Fraction(value) * unit for value in amounts]
    aim = round(sum(exact, Fraction(0)) if total is None else Fraction(total) * unit)
    cents = [floor(value) for value in exact]
    if cents:
        everybody, left = divmod(aim - sum(cents), len(cents))
        order = sorted(range(len(cents)), key=lambda n: (cents[n] - exact[n], n))
        cents = [value + everybody for value in cents]
        for n in order[:left]:
            cents[n] += 1
    return tuple(Decimal(value).scaleb(-decimals, _EXACT) for value in cents)


def add(amounts: Sequence[Decimal], *, decimals: int = DECIMALS) -> Decimal:
    """Return the exact sum of amounts of money, also of none.

    Examples
    --------
    >>> str(add([Decimal("0.10"), Decimal("-0.30")])), str(add([]))
    ('-0.20', '0.00')
    """
    total = Decimal(0).scaleb(-decimals)
    for amount in amounts:
        total = _EXACT.add(total, amount)
    return total
