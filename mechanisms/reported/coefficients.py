"""Coefficients of rebates that are linear in the sorted reports of the others, in fractions."""

from collections.abc import Sequence
from fractions import Fraction
from math import comb

from coopetition.games.errors import InvalidInputError


def worst_case_coefficients(size: int, units: int = 1) -> tuple[Fraction, ...]:
    """Return c_1 … c_{N−1}: the rebate to n is Σ c_i · (i-th highest report of the others).

    Raises
    ------
    InvalidInputError
        Unless 1 ≤ units ≤ N − 2.

    Examples
    --------
    >>> [str(c) for c in worst_case_coefficients(4)]
    ['0', '2/7', '-1/7']
    """
    if not 1 <= units <= size - 2:
        raise InvalidInputError(
            f"`units` must be from 1 to {size - 2} for {size} organizations, got {units}: "
            "otherwise no linear rebate returns anything in the worst case"
        )
    total = sum(comb(size - 1, j) for j in range(units, size))
    found = [Fraction(0)] * (size - 1)
    for i in range(units + 1, size):
        tail = sum(comb(size - 1, j) for j in range(i, size))
        scale = Fraction((size - units) * comb(size - 1, units - 1), i * total)
        found[i - 1] = (-1) ** (i + units - 1) * scale * Fraction(tail, comb(size - 1, i))
    return tuple(found)


def bailey_coefficients(size: int, units: int = 1) -> tuple[Fraction, ...]:
    """Return the coefficients of Bailey's rebate, m/N at place m + 1.

    Examples
    --------
    >>> [str(c) for c in bailey_coefficients(4)]
    ['0', '1/4', '0']
    """
    return tuple(Fraction(units, size) * (i == units + 1) for i in range(1, size))


def returned_shares(
    coefficients: Sequence[Fraction], units: int = 1
) -> tuple[Fraction, Fraction] | None:
    """Return the least and the largest share of the Clarke payments that rebates return.

    Exact: sorted reports are a cone, on which payments and rebates are linear, so that its rays
    (the j highest report 1, all others 0) decide. None where rebates are paid although nobody pays.

    Examples
    --------
    >>> [str(share) for share in returned_shares(worst_case_coefficients(4))]
    ['4/7', '1']
    """
    size = len(coefficients) + 1
    sums = [sum(coefficients[:j], Fraction(0)) for j in range(size)]  # rebate beside j ones
    given = [
        j * sums[j - 1] + (size - j) * (sums[j] if j < size else 0) for j in range(1, size + 1)
    ]
    if any(given[:units]):
        return None
    shares = [total / units for total in given[units:]]
    return min(shares), max(shares)
