"""How the numbers of a column are written: digits that show differences, residues as 0."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from math import floor, isfinite, log10
from typing import Any

from coopetition.output.numbers import FEW, number, share, spread

ROW, COLUMN = 1e-12, 1e-15  # of the largest number beside it, above it: what rounding leaves
SAME = 1e-7  # of the largest of a column: two numbers that are nearer need not look different
DIGITS = 12  # at most, before numbers are written one by one, with powers of ten


def formatted(
    values: Sequence[Any],
    *,
    scales: Sequence[float] | None = None,
    kind: str = "number",
    decimals: int | None = None,
) -> list[str]:
    """Return a column's values as a person reads them; a dash where there is none.

    All numbers have as many decimals as it takes to tell apart those that differ, and to show two
    digits of the smallest; cents from 10 to 100,000, whole numbers above, four digits below.

    Parameters
    ----------
    scales
        Of each row, the largest number of the same unit: what is 1e-12 of it is written 0.
    kind
        `share`: of an optimum, what is not 1 never reads as 1; `error`: known to two digits.
    decimals
        How many to write instead.

    Examples
    --------
    >>> formatted([40214512.25, 40214514.0, None]), formatted([0.5, 2.0]), formatted([1.0, 3.0])
    (['40,214,512', '40,214,514', '–'], ['0.5', '2.0'], ['1', '3'])
    >>> formatted([1e-11, 5.0], scales=[4e7, 4e7]), formatted([1e-5, 1e9]), formatted([-1e-14])
    (['0', '5'], ['1e-05', '1e+09'], ['0'])
    >>> formatted([1e-5, 1e9, 1.00001e9]), formatted([0.9996], kind="share", decimals=2)
    (['1e-05', '1e+09', '1.00001e+09'], ['0.9996'])
    >>> formatted([1234.5678, 2.0], decimals=1), formatted([0.5, 0.99999], kind="share")
    (['1,234.6', '2.0'], ['0.5', '0.99999'])
    """
    floats = [value for value in values if isinstance(value, float) and isfinite(value)]
    least = COLUMN * max(map(abs, floats), default=0.0)
    rows = scales or [0.0] * len(values)
    kept = [
        0.0 if isinstance(value, float) and abs(value) <= max(least, ROW * scale) else value
        for value, scale in zip(values, rows, strict=True)
    ]
    places = decimals if decimals is not None else decimals_of(kept)
    digits = _digits_of(kept) if places is None else FEW

    def written(value: Any) -> str:
        if not (isinstance(value, float) and isfinite(value) and value):
            return number(value)
        if kind == "share":
            return str(share(value, decimals))
        if kind == "error" and decimals is None:
            return spread(value)
        if places is None:
            return number(value, digits=digits)
        return f"{value:z,.{places}f}"  # no minus before a zero

    return [written(value) for value in kept]


def decimals_of(values: Sequence[Any]) -> int | None:
    """Return how many decimals a column takes; None if no number of them serves all.

    Examples
    --------
    >>> decimals_of([3.0, 12.0]), decimals_of([12.5]), decimals_of([12.0001, 12.0002])
    (0, 2, 4)
    >>> decimals_of([0.01234]), decimals_of([1e-9, 1e9]), decimals_of([])
    (5, None, 0)
    """
    floats = {v for v in values if isinstance(v, float) and isfinite(v)}
    sizes = [abs(value) for value in floats if value]
    if not sizes:
        return 0
    largest, smallest = floor(log10(max(sizes))), floor(log10(min(sizes)))
    if all(value == round(value) for value in floats) and largest < 9:
        return 0
    places = 2 if 1 <= largest < 5 else max(0, 3 - largest)
    apart = _apart(values)
    while any(f"{a:.{places}f}" == f"{b:.{places}f}" for a, b in apart):
        places += 1
    places = max(places, 1 - smallest) if smallest < 0 else places
    if largest < 1:  # 0.1 and 0.25 need no more
        places = min(
            places, max(len(f"{value:.12f}".rstrip("0").partition(".")[2]) for value in floats)
        )
    return places if max(largest, 0) + 1 + places <= DIGITS else None


def _digits_of(values: Sequence[Any]) -> int:
    """Return how many digits tell numbers apart that are written with powers of ten."""
    for digits in range(FEW, DIGITS):
        texts = [[number(one, digits=digits) for one in pair] for pair in _apart(values)]
        if all(one != other for one, other in texts):
            return digits
    return FEW


def _apart(values: Sequence[Any]) -> list[tuple[float, float]]:
    """Return the neighbors in size that must look different."""
    floats = sorted({v for v in values if isinstance(v, float) and isfinite(v)})
    same = SAME * max(map(abs, floats), default=0.0)
    return [(a, b) for a, b in pairwise(floats) if b - a > same]


def plain(value: Any) -> Any:
    """Return a value as Python has it: no NumPy scalar; money as it is.

    Examples
    --------
    >>> import numpy as np
    >>> plain(np.float64(0.5)), plain(np.bool_(True)), plain(Decimal("1.20"))
    (0.5, True, Decimal('1.20'))
    """
    return value.item() if hasattr(value, "item") and not isinstance(value, Decimal) else value
