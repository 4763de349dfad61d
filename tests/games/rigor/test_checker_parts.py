"""The parts of the checker in fractions by hand: one player, a round's numbers, roundings."""

import copy
from dataclasses import replace
from fractions import Fraction
from random import Random
from typing import Any

import mpmath
import pytest

from coopetition.games.checker import RefusedError, check_document, digest
from coopetition.games.checker.curves import Power, Tabulated
from coopetition.games.checker.document import _weighted_rows
from coopetition.games.checker.numbers import BITS, LARGEST, _atanh, exact, exp, ln, power, rounded
from coopetition.games.checker.regret_bound import Player

F = Fraction
LINE = Tabulated((F(0), F(10)), (F(10), F(0)))  # P′ = 10 − Ω
ONE = Player(
    gain=LINE, rest=F(2), quality=F(1, 2), weight=F(3), linear=F(-1), curve=F(2), skew=F(4),
    data=F(1),
)  # fmt: skip


def test_slopes_and_changes_of_one_payoff() -> None:
    """U = 3 P(2 + y/2) − y − y² − 4/(1 + y)."""
    assert ONE.own_slope(F(1)) == -2
    assert ONE.shared_slope(F(2)) == (F(21, 2), F(21, 2))
    assert ONE.slope(F(1)) == (F(37, 4), F(37, 4))
    assert ONE.own_change(F(1), F(3)) == -9
    assert ONE.own_change(F(3), F(1)) == 9
    assert ONE.shared_change(F(0), F(2)) == F(45, 2)  # from Ω = 2 to 3: 3 (10 − 5/2)
    assert ONE.change(F(1), F(3)) == 3 * (10 - 3) - 9  # from Ω = 5/2 to 7/2
    plain = replace(ONE, skew=F(0), data=F(0))
    assert plain.own_slope(F(0)) == -1
    assert plain.own_change(F(0), F(2)) == -6
    nothing = replace(ONE, weight=F(0), rest=F(99))  # a table asked where it does not reach
    assert nothing.shared_slope(F(1)) == (F(0), F(0))
    assert nothing.shared_change(F(0), F(1)) == 0
    assert replace(ONE, rest=F(99)).shared_change(F(1), F(1)) == 0


def test_a_tangent_bounds_what_is_concave() -> None:
    slope = F(12) - 1 + 4  # at 0: 3/2 · 8, less 1, and 4
    assert ONE.bound(F(0), F(4), {}) == 4 * slope
    assert ONE.bound(F(0), F(0), {}) == 0
    assert ONE.bound(F(0), F(1), {}) == slope
    down = replace(ONE, linear=F(-50))
    assert down.bound(F(0), F(4), {}) == 0
    assert down.bound(F(2), F(4), {}) == -2 * down.slope(F(2))[0]
    lead, at = ONE.change(F(0), F(5)), ONE.slope(F(5))[0]
    assert at < 0
    assert ONE.bound(F(0), F(8), {"point": 5}) == lead - 5 * at
    assert ONE.bound(F(0), F(4), {"point": 1}) == ONE.change(F(0), F(1)) + 3 * ONE.slope(F(1))[0]
    assert ONE.bound(F(5), F(8), {"point": 5}) == -5 * at
    assert down.bound(F(0), F(4), {"point": 4}) == max(
        0, down.change(F(0), F(4)) - 4 * down.slope(F(4))[0]
    )
    assert ONE.bound(F(0), F(4), {"point": 0}) == 4 * slope
    flat = replace(ONE, weight=F(0), linear=F(1), curve=F(0), skew=F(0))
    assert flat.bound(F(1), F(4), {}) == 3
    for point in (F(-1, 9), F(41, 10)):
        with pytest.raises(ValueError, match="out of the interval"):
            ONE.bound(F(0), F(4), {"point": str(point)})


def test_what_is_no_fraction_has_two_ends_whatever_the_sign() -> None:
    for weight in (F(5), F(-5)):
        one = replace(ONE, gain=Power(F(2), F(1, 3), F(1)), weight=weight, quality=F(1))
        low, high = one.shared_slope(F(4))  # at Ω + 1 = 7
        with mpmath.workdps(90):
            true = int(weight) * mpmath.mpf(2) / 3 * mpmath.mpf(7) ** (-mpmath.mpf(4) / 3)
            assert mpmath.mpf(low.numerator) / low.denominator < true
            assert mpmath.mpf(high.numerator) / high.denominator > true


def convex(linear: int, curve: int = 4) -> Player:
    """Return −P(y) + linear y − curve y²/2 with P′ = 10 − y."""
    return replace(
        ONE, rest=F(0), quality=F(1), weight=F(-1), linear=F(linear), curve=F(curve), skew=F(0)
    )


def test_a_cell_is_bounded_by_a_chord_and_a_tangent_or_by_slopes_beside() -> None:
    line = replace(convex(1, 0), rest=F(2), weight=F(-2))  # U = y² − 15 y: the chord is exact
    assert line.cell(F(0), F(2), F(4)) == -26
    assert line.cell(F(4), F(2), F(4)) == 18
    assert line.cell(F(1), F(3), F(4)) == -22
    bent = convex(10)  # U = −3/2 y²
    assert bent.cell(F(0), F(0), F(2)) == 2  # 8 − 6 at the middle; beside: 4
    assert convex(9).cell(F(0), F(0), F(1, 2)) == 0  # by the slope at 0; the chord says 1/8
    assert convex(9).cell(F(0), F(1, 2), F(1)) < 0
    assert convex(30).cell(F(2), F(3, 2), F(2)) == 0  # rises up to 2; the chord says 1/8
    assert convex(30).cell(F(2), F(1), F(3, 2)) < 0
    assert convex(30).cell(F(0), F(1), F(2)) == F(69, 2)  # not beside x: 81/2 − 6
    assert bent.bound(F(0), F(2), {"cells": [0, 1, 2]}) == F(1, 2)  # that of [0, 1]
    assert bent.bound(F(0), F(0), {}) == 0  # nowhere to go: no cells
    assert convex(9).bound(F(0), F(1), {"cells": [0, "1/2", 1]}) == 0
    for cells in ([0, 1], [1, 2], [0, 1, 1, 2], [0, 2, 1, 2], [0, 1, 3]):
        with pytest.raises(ValueError, match="cover"):
            bent.bound(F(0), F(2), {"cells": cells})


def test_slopes_beside_are_taken_at_their_outer_ends() -> None:
    one = replace(
        ONE, gain=Power(F(2), F(1, 3), F(1)), weight=F(-1), quality=F(1), curve=F(1), skew=F(0)
    )
    rising, falling = replace(one, linear=F(11, 10)), replace(one, linear=F(3, 20))
    low, high = rising.shared_slope(F(0))[0], falling.shared_slope(F(1))[1]
    assert rising.cell(F(1), F(0), F(1)) == -(low + F(1, 10)) > 0
    assert falling.cell(F(0), F(0), F(1)) == high + F(3, 20) > 0


def test_competition_in_every_form() -> None:
    values = [F(1), F(2), F(4)]
    assert _weighted_rows("1/2", values) == [3, F(5, 2), F(3, 2)]
    square = [[9, 1, 2], [0, 9, 3], [1, 0, 9]]  # the diagonal is nobody's
    assert _weighted_rows(square, values) == [10, 12, 1]
    sparse = {"rows": [[0, 1, 1], [0, 2, 2], [1, 2, 3], [2, 0, 1]]}
    assert _weighted_rows(sparse, values) == [10, 12, 1]
    left, right = [[1, 2], [0, 1], [3, 0]], [[1, 1], [2, 0], [0, 5]]
    factors = [[sum(a * b for a, b in zip(m, y, strict=True)) for y in right] for m in left]
    found = _weighted_rows({"left": left, "right": right}, values)
    assert found == _weighted_rows(factors, values)


@pytest.mark.parametrize(
    "given",
    [
        -1, {"rows": [[0, 0, 1]]}, {"rows": [[0, 2, 1]]}, {"rows": [[2, 0, 1]]},
        {"rows": [[0, -1, 1]]}, {"rows": [[-1, 0, 1]]}, {"rows": [[0, 1, -1]]},
        [[0, -1], [0, 0]], [[0, 1]], [[0, 1, 1], [0, 0, 0]], [[0, 1], [0]],
        {"left": [[1]], "right": [[1], [1]]}, {"left": [[1], [1]], "right": [[1], [1], [1]]},
        {"left": [[1], [1]], "right": [[1, 2], [1, 2]]},
        {"left": [[1], [1, 2]], "right": [[1]] * 2},
        {"left": [[-1], [1]], "right": [[1], [1]]},
        {"left": [[1], [1]], "right": [[1], [-1]]},
    ],
)  # fmt: skip
def test_competition_that_does_not_fit(given: Any) -> None:
    with pytest.raises(ValueError, match=r"competition|zip"):
        _weighted_rows(given, [F(1), F(2)])


PROFILES = ("unit_cost", "quadratic_cost", "skew", "transfer_bend", "local_data", "quality")


def drawn(seed: int) -> dict[str, Any]:
    """Draw a round of three whose payoffs are concave, and its regrets in fractions by hand."""
    random = Random(seed)

    def some(most: int, least: int = 0) -> list[int]:
        return [random.randint(least, most) for _ in range(3)]

    knots = {"family": "tabulated", "knots": [0, 1000], "slopes": [1000, 0]}  # P′ = 1000 − Ω
    given: dict[str, Any] = {
        "format": "coopetition certificate 1", "kind": "round", "players": ["a", "b", "c"],
        "gain": knots, "damage": "1/100", "rivalry": "1/3", "personal_weight": "1/2",
        "local_data": some(9, 1), "quality": some(3, 1), "max_contribution": some(20, 10),
        "value": some(9, 5), "unit_cost": some(9000), "quadratic_cost": some(9), "skew": some(5),
        "transfer_slope": some(50), "transfer_bend": some(5), "profile": some(10),
    }  # fmt: skip
    data, q, x, v = (given[k] for k in ("local_data", "quality", "profile", "value"))
    slope = 1000 - sum(data) - sum(a * b for a, b in zip(q, x, strict=True))
    regret = []
    for n in range(3):
        own = F(1, 2) * given["skew"][n] * data[n] * (v[n] + F(1, 3) * 2)
        bend = given["quadratic_cost"][n] + given["transfer_bend"][n]
        marginal = (v[n] - F(sum(v) - v[n], 100)) * q[n] * slope + given["transfer_slope"][n]
        marginal += own / (data[n] + x[n]) ** 2 - given["unit_cost"][n] - bend * x[n]
        top = given["max_contribution"][n]
        regret.append(max(marginal * (top - x[n]), -marginal * x[n], F(0)))
    return {**given, "regret": [str(v) for v in regret]}


def sealed(given: dict[str, Any]) -> dict[str, Any]:
    """Return the file with the digest that fits."""
    return {**given, "digest": digest(given)}


@pytest.mark.parametrize("seed", range(8))
def test_the_regrets_of_a_round_are_proved_to_the_last_digit(seed: int) -> None:
    given = drawn(seed)
    regret = [F(v) for v in given["regret"]]
    assert check_document(sealed(given)) == max(regret)
    for n in range(3):
        if regret[n]:
            less = [str(v - F(k == n, 10**30)) for k, v in enumerate(regret)]
            with pytest.raises(RefusedError, match=f"organization {n + 1}: no more than"):
                check_document(sealed({**given, "regret": less}))
        for name in PROFILES:
            bad = copy.deepcopy(given)
            bad[name][n] = "-1/1000"
            with pytest.raises(RefusedError, match="malformed"):
                check_document(sealed(bad))
        for x in ("-1/1000", str(given["max_contribution"][n] + F(1, 1000))):
            bad = {**copy.deepcopy(given), "regret": [10**9] * 3}
            bad["profile"][n] = x
            with pytest.raises(RefusedError, match=f"contribution {n + 1}"):
                check_document(sealed(bad))
    for name in ("personal_weight", "damage", "rivalry"):
        with pytest.raises(RefusedError, match="negative"):
            check_document(sealed({**given, name: -1}))


@pytest.mark.parametrize("x", [-900, F(-1, 3), F(1, 10**30), F(1, 3), 1, F(255, 2), 300])
def test_bounds_of_exp_ln_and_powers_are_tight(x: Any) -> None:
    x = F(x)
    ends = [exp(x), power(F(7, 3), x), power(F(1, 10**9), x + F(1, 7))]
    for low, high in (*ends, ln(abs(x) + F(1, 9)), ln(1 / (abs(x) + 3))):
        assert 0 <= high - low <= F(1, 10**48) * max(abs(low), F(1))
        assert high - low <= F(1, 10**40) * abs(high)
        for end in (low, high):
            assert abs(end.numerator).bit_length() <= BITS + 1 or end.denominator == 1
    with mpmath.workdps(80):
        true = mpmath.power(mpmath.mpf(7) / 3, mpmath.mpf(x.numerator) / x.denominator)
        low, high = ends[1]
        assert mpmath.mpf(low.numerator) / low.denominator <= true * (1 + mpmath.mpf(10) ** -70)
        assert mpmath.mpf(high.numerator) / high.denominator >= true * (1 - mpmath.mpf(10) ** -70)


def test_powers_of_whole_exponents_are_exact_up_to_64() -> None:
    assert power(F(2, 3), F(64)) == (F(2, 3) ** 64,) * 2
    assert power(F(2, 3), F(-64)) == (F(3, 2) ** 64,) * 2
    low, high = power(F(3), F(65))
    assert low < 3**65 < high
    low, high = power(F(2), F(1, 2))
    assert low**2 < 2 < high**2


def test_what_has_few_bits_is_not_rounded() -> None:
    for value in (F(0), F(5), F(-3, 8), F(7) * 2**300, F(-7, 2**300)):
        assert rounded(value, up=True) == rounded(value, up=False) == value
    assert exp(F(0)) == (F(1), F(1))
    assert exp(F(LARGEST))[0] > 0
    with pytest.raises(ValueError, match="out of range"):
        exp(F(LARGEST) + F(1, 9))
    assert exp(F(-LARGEST) - 1) == (F(0), exp(F(-LARGEST))[1])
    assert exp(F(-LARGEST))[0] > 0
    for bad in (0, -1):
        with pytest.raises(ValueError, match="not positive"):
            ln(F(bad))


@pytest.mark.parametrize(
    "value", [True, float("inf"), -float("inf"), float("nan"), "1/0", "1/00", "1e3", " 1", "", None]
)
def test_what_is_no_number_of_a_file(value: Any) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        exact(value)


@pytest.mark.parametrize("z", [F(1, 3), F(2, 7), F(-1, 3), F(1, 11), F(-3, 13)])
def test_no_rounding_of_a_series_is_forgotten(z: Fraction) -> None:
    """Some forty terms are rounded, to 192 bits each: what is left must cover it."""
    low, high = _atanh(z)
    with mpmath.workdps(120):
        true = 2 * mpmath.atanh(mpmath.mpf(z.numerator) / z.denominator)
        assert mpmath.mpf(low.numerator) / low.denominator < true
        assert mpmath.mpf(high.numerator) / high.denominator > true


def test_finite_games_of_uneven_shape() -> None:
    first, second = [[3, 1, 4], [1, 5, 9]], [[2, 6, 5], [3, 5, 8]]
    given: dict[str, Any] = {
        "format": "coopetition certificate 1", "kind": "finite", "shape": [2, 3],
        "payoffs": [[str(v) for row in table for v in row] for table in (first, second)],
    }  # fmt: skip
    for a in range(2):
        for b in range(3):
            regret = [max(row[b] for row in first) - first[a][b], max(second[a]) - second[a][b]]
            fair = {**given, "profile": [a, b], "regret": regret}
            assert check_document(sealed(fair)) == max(regret)
            for n in range(2):
                less = [v - F(k == n, 7) for k, v in enumerate(regret)]
                with pytest.raises(RefusedError, match=f"player {n + 1} gains {regret[n]} by"):
                    check_document(sealed({**fair, "regret": [str(v) for v in less]}))


def test_what_does_not_fit_a_file_is_refused() -> None:
    given = drawn(0)
    with pytest.raises(RefusedError, match="digest does not fit"):
        check_document({**sealed(given), "unit_cost": [9, 9, 9]})
    for values in ("123", [1, 2, 3, 4], [1, 2]):
        with pytest.raises(RefusedError, match="a list of 3 numbers"):
            check_document(sealed({**given, "unit_cost": values}))
    for tolerance in ([1, -1, 1], -1, [-1, -1, -1]):
        with pytest.raises(RefusedError, match="`tolerance` must be at least 0"):
            check_document(sealed({**given, "tolerance": tolerance}))
    assert check_document(sealed({**given, "tolerance": [0, "1/3", 1]})) >= 0


@pytest.mark.parametrize("stated", ["1/0", "nan", "x", -1, [0, -1], None])
def test_a_tolerance_that_is_none_is_refused(stated: Any) -> None:
    document = {"format": "coopetition certificate 1", "kind": "finite", "shape": [1, 2],
                "profile": [0, 0], "payoffs": [["0", "0"]] * 2, "regret": ["0", "0"]}  # fmt: skip
    plain = {**document, "tolerance": ["0", "1/2"]}
    assert check_document({**plain, "digest": digest(plain)}) == 0
    other = {**document, "tolerance": stated}
    with pytest.raises(RefusedError, match="`tolerance`"):
        check_document({**other, "digest": digest(other)})


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_finite_game_has_one_table_of_payoffs_a_player(count: int) -> None:
    document = {"format": "coopetition certificate 1", "kind": "finite", "shape": [1, 2],
                "profile": [0, 0], "payoffs": [["0", "0"]] * count,
                "regret": ["0", "0"]}  # fmt: skip
    with pytest.raises(RefusedError, match="malformed"):
        check_document({**document, "digest": digest(document)})


@pytest.mark.parametrize("root", [F(3) ** 4000, F(7) ** -3000, F(10) ** 900 + 1])
def test_square_roots_of_squares_are_enclosed_however_large(root: Fraction) -> None:
    for exponent, true in ((F(1, 2), root), (F(-1, 2), 1 / root), (F(3, 2), root**3)):
        low, high = power(root**2, exponent)
        assert low <= true <= high
