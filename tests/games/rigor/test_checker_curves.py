"""The checker's gain curves against sixty digits and integrals by hand; and what makes no curve."""

from fractions import Fraction
from typing import Any

import mpmath
import pytest

from coopetition.games.checker.curves import read_curve
from coopetition.games.checker.numbers import Bounds

HALF = Fraction(1, 2)
SMOOTH: list[tuple[dict[str, Any], Any]] = [
    (
        {"family": "power", "ceiling": 1, "scale": "7/3", "exponent": "2/5", "offset": "1/2"},
        lambda z: 1 - mpmath.mpf(7) / 3 * (z + 0.5) ** (-mpmath.mpf(2) / 5),
    ),
    (
        {"family": "power", "ceiling": 1, "scale": 3, "exponent": 2},
        lambda z: 1 - 3 * mpmath.mpf(z) ** -2,
    ),
    (
        {"family": "exponential", "ceiling": "5/2", "scale": "7/2"},
        lambda z: 2.5 * (1 - mpmath.exp(-z / 3.5)),
    ),
    (
        {"family": "exponential", "scale": "7/2"},
        lambda z: 1 - mpmath.exp(-z / 3.5),
    ),
    (
        {"family": "exponential", "ceiling": "2/5", "scale": "1/2"},
        lambda z: 2 * (1 - mpmath.exp(-2 * z)) / 5,
    ),
    (
        {"family": "power", "ceiling": 1, "scale": "1/3", "exponent": "1/2"},
        lambda z: 1 - 1 / (3 * mpmath.sqrt(z)),
    ),
    (
        {"family": "logarithmic", "ceiling": "1/2", "scale": 9},
        lambda z: mpmath.log(z / 9) / 2,
    ),
    (
        {"family": "logarithmic", "ceiling": "5/2", "scale": 9, "offset": "1/2"},
        lambda z: 2.5 * mpmath.log((z + 0.5) / 9),
    ),
]


def number(value: Fraction) -> mpmath.mpf:
    """Return a fraction in the digits at work."""
    return mpmath.mpf(value.numerator) / value.denominator


def same(value: Any) -> Bounds:
    """Return bounds that are one number."""
    return Fraction(value), Fraction(value)


def encloses(bounds: Bounds, true: mpmath.mpf) -> bool:
    """Whether bounds hold a number, and nearly nothing else."""
    low, high = map(number, bounds)
    unit = 1 + abs(true)
    rounding, width = (unit * mpmath.mpf(10) ** -digits for digits in (62, 45))
    return bool(low - rounding <= true <= high + rounding and high - low <= width)


@pytest.mark.parametrize(("given", "exact"), SMOOTH)
def test_slopes_and_changes_are_those_of_the_formula(given: dict[str, Any], exact: Any) -> None:
    curve = read_curve(given)
    with mpmath.workdps(70):
        for a, b in ((1, 9), (9, 1), (HALF, Fraction(31, 3)), (4, 4)):
            a, b = Fraction(a), Fraction(b)
            assert encloses(curve.change(a, b), exact(number(b)) - exact(number(a)))
            with mpmath.workdps(140):
                slope = mpmath.diff(exact, number(a))
            assert encloses(curve.slope(a), slope)


TABLE = {"family": "tabulated", "knots": [1, 3, 7], "slopes": [8, 2, 1]}


@pytest.mark.parametrize(
    ("omega", "slope"),
    [(1, 8), (2, 5), ("5/2", "7/2"), (3, 2), (4, "7/4"), (5, "3/2"), (7, 1)],
)
def test_the_slope_of_a_table_is_on_the_line_between_its_knots(omega: Any, slope: Any) -> None:
    assert read_curve(TABLE).slope(Fraction(omega)) == same(slope)


@pytest.mark.parametrize(
    ("a", "b", "change"),
    [
        (1, 3, 10),  # (8 + 2)/2 · 2
        (3, 7, 6),  # (2 + 1)/2 · 4
        (1, 7, 16),
        (2, 5, 7),  # (5 + 2)/2 · 1 + (2 + 3/2)/2 · 2
        (4, 5, "13/8"),
        (3, 3, 0),
    ],
)
def test_the_change_of_a_table_is_the_area_below_its_slope(a: Any, b: Any, change: Any) -> None:
    curve = read_curve(TABLE)
    assert curve.change(Fraction(a), Fraction(b)) == same(change)
    assert curve.change(Fraction(b), Fraction(a)) == same(-Fraction(change))


def test_a_doubled_knot_is_a_jump_of_the_slope() -> None:
    curve = read_curve({"family": "tabulated", "knots": [0, 4, 4, 9], "slopes": [6, 6, 2, 0]})
    assert curve.slope(Fraction(399, 100)) == same(6)
    assert curve.slope(Fraction(401, 100))[0] == 2 - Fraction(2, 500)
    assert curve.change(Fraction(2), Fraction(9)) == same(17)
    first = read_curve({"family": "tabulated", "knots": [0, 0, 4], "slopes": [9, 6, 2]})
    assert first.change(Fraction(0), Fraction(4)) == same(16)
    last = read_curve({"family": "tabulated", "knots": [0, 4, 9, 9], "slopes": [6, 2, 1, 0]})
    assert last.slope(Fraction(9)) in (same(1), same(0))
    assert last.change(Fraction(4), Fraction(9)) == same("15/2")


POWER = {"family": "power", "ceiling": 1, "scale": 3, "exponent": 2, "offset": 0}
LOG = {"family": "logarithmic", "ceiling": 1, "scale": 1, "offset": 0}
SATURATING = {"family": "exponential", "ceiling": 1, "scale": 1}


@pytest.mark.parametrize(
    "given",
    [
        *({**POWER, key: value} for key in ("scale", "exponent") for value in (0, -1)),
        {**POWER, "offset": "-1/1000"},
        {**LOG, "ceiling": 0},
        {**LOG, "ceiling": -1},
        {**LOG, "offset": -1},
        *({**SATURATING, key: value} for key in ("ceiling", "scale") for value in (0, -1)),
        {**TABLE, "knots": [1, 3]},
        {**TABLE, "slopes": [8, 2]},
        {"family": "tabulated", "knots": [1], "slopes": [8]},
        {"family": "tabulated", "knots": [], "slopes": []},
        {**TABLE, "knots": [3, 3, 3]},
        {**TABLE, "knots": [1, 8, 7]},
        {**TABLE, "slopes": [1, 2, 1]},
        {**TABLE, "slopes": [8, 1, 2]},
        {**TABLE, "slopes": [8, 2, "-1/1000"]},
    ],
)
def test_what_makes_no_rising_concave_curve_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no rising concave curve"):
        read_curve(given)


@pytest.mark.parametrize(
    "given",
    [
        {"family": "magic", "scale": 1},
        {**SATURATING, "offset": 0},
        {**TABLE, "ceiling": 1},
        {**LOG, "exponent": 1},
    ],
)
def test_unknown_families_and_parameters_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="unknown gain family"):
        read_curve(given)


def test_the_least_table_is_two_points() -> None:
    curve = read_curve({"family": "tabulated", "knots": [1, 3], "slopes": [2, 0]})
    assert curve.change(Fraction(1), Fraction(3)) == same(2)
    assert read_curve({**TABLE, "slopes": [2, 2, 2]}).change(Fraction(1), Fraction(7)) == same(12)
