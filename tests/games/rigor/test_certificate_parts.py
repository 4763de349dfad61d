"""The parts of certificates, number by number."""

import math
from typing import Any

import numpy as np
import pytest

from coopetition.games import CoopetitionRound, ExponentialGain, LogarithmicGain, certify
from coopetition.games.arrays import Array
from coopetition.games.base import Box
from coopetition.games.certificate import (
    Certificate,
    Deviation,
    _zero_is_dominant,
    in_units,
    not_below,
    worst_of,
)
from coopetition.games.coopetition.best_response import first_order
from coopetition.games.coopetition.gain import TabulatedGain
from coopetition.games.tolerance import checked_tolerance, rounding, share_of


def given(regret: list[float], tolerance: list[float], **changes: Any) -> Certificate:
    """Return a certificate with these numbers."""
    names = ("A", "B", "C")[: len(regret)]
    fields: dict[str, Any] = {"claim": "checked", "method": "by hand", "deviation": None} | changes
    return Certificate(names, np.array(regret), np.array(tolerance), **fields)


def test_regrets_in_units_of_tolerances() -> None:
    found = in_units(np.array([0.0, -1.0, 1e-12, 2.0, math.nan]), np.array([0, 0, 0, 4.0, 1.0]))
    assert found.tolist() == [0.0, 0.0, math.inf, 0.5, math.inf]
    assert in_units(np.array([math.inf]), np.array([math.inf])).tolist() == [math.inf]


def test_below_the_smallest_normal_float_nothing_is_told_apart() -> None:
    assert rounding(0.0) == np.finfo(float).tiny
    assert (rounding(np.zeros(2), np.array([0.0, 2.0])) >= [np.finfo(float).tiny, 2e-12]).all()


def test_who_is_worst_off() -> None:
    assert worst_of(np.array([1.0, 2.0, 2.0]), np.array([1.0, 4.0, 4.0])) == 0  # its tolerance
    assert worst_of(np.array([1.0, 2.0, 2.0]), np.zeros(3)) == 1  # gains most, the first of such
    assert worst_of(np.array([1.0, 3.0, 2.0]), np.zeros(3)) == 1
    assert worst_of(np.array([-1.0, math.nan, 0.25]), np.ones(3)) == 2


def test_the_largest_regret_and_how_it_compares() -> None:
    some = given([0.25, 0.125], [0.5, 0.5])
    assert (some.epsilon, some.excess, some.holds) == (0.25, 0.5, True)
    assert given([0.5, 0.0], [0.5, 0.0]).holds
    assert not given([0.5, 1e-300], [0.5, 0.0]).holds
    for bad in (math.inf, math.nan):
        assert not given([bad], [math.inf]).holds
    assert given([], []).epsilon == 0.0
    assert given([], []).excess == 0.0


def test_what_a_certificate_says() -> None:
    proud = given([1 / 3, 0.0], [1.0, 2.0])
    assert str(proud) == (
        "equilibrium (checked: by hand): nobody can gain more than 0.334 (tolerance 1 to 2)"
    )
    assert "(tolerance 1)" in str(given([0.25, 0.0], [1.0, 1.0]))
    gain = Deviation("B", (1.0, 0.5), 0.25)
    refused = given([0.9, 0.25], [1.0, 0.125], deviation=gain)
    assert str(refused) == (
        "not an equilibrium: B gains 0.25 by contributing (1, 0.5) (regret 0.25, tolerance 0.125)"
    )
    assert not_below(1.0001, 3) == "1.01"
    assert not_below(-0.12345, 3) == "-0.123"


@pytest.mark.parametrize(
    ("slope", "x", "upper", "most"),
    [(2.0, 1.0, 4.0, 6.0), (-3.0, 1.0, 4.0, 3.0), (-3.0, 0.0, 4.0, 0.0), (2.0, 4.0, 4.0, 0.0),
     (math.inf, 0.0, 4.0, math.inf), (math.inf, 0.0, 0.0, 0.0), (math.inf, 4.0, 4.0, 0.0)],
)  # fmt: skip
def test_the_first_order_bound(slope: float, x: float, upper: float, most: float) -> None:
    found = first_order(np.array([slope]), np.array([x]), Box(np.zeros(1), np.array([upper])))
    assert found.tolist() == [most]


def losing(gain: Any, **changes: Any) -> CoopetitionRound:
    """Return a round in which the first organization has the weight −3."""
    fields: dict[str, Any] = {
        "local_data": [1.0, 1.0], "max_contribution": [4.0, 4.0], "value": [1.0, 8.0],
        "damage": 0.5, "unit_cost": 0.0, "quality": [0.5, 1.0],
    }  # fmt: skip
    return CoopetitionRound(gain=gain, **(fields | changes))


def test_a_zero_is_dominant_where_no_slope_is_positive() -> None:
    """−3 · 1/2 · P′(rest + 2) + own slope at 0, and P′(Ω) = 1/Ω: 0 at a rest of 2 is −3/8."""
    for own, dominant in ((0.37, True), (0.38, False)):
        game = losing(LogarithmicGain(1.0, 1.0, 0.0), personal_weight=1.0, skew=[own, 0.0])
        assert game.form.weight[0] == -3.0
        assert game.form.own_slope(np.zeros(2))[0] == pytest.approx(own)
        assert _zero_is_dominant(game.form, 0, 2.0) is dominant
    flat = losing(TabulatedGain([0.0, 1.0, 2.0, 20.0], [0.0, 1.0, 1.0, 1.0]))
    assert _zero_is_dominant(flat.form, 0, 5.0)  # all slopes are exactly 0


def test_nobody_is_said_to_gain_at_a_dominant_zero_nor_at_an_answer() -> None:
    game = losing(ExponentialGain(1.0, 3.0))
    answered = certify(game, [0.0, 4.0])
    assert answered.bounded
    assert answered.deviation is None
    assert answered.epsilon == 0.0
    away = certify(game, [4.0, 4.0])
    change = np.exp(-(2.0 + 4.0 + 2.0) / 3.0) - np.exp(-(2.0 + 4.0) / 3.0)
    assert away.deviation is not None
    assert away.deviation.contribution == 0.0
    assert away.deviation.gain == pytest.approx(-3.0 * change)
    assert away.regret[0] == pytest.approx(-3.0 * change, rel=1e-9)


def test_an_interval_of_length_1_hides_no_deviation() -> None:
    """A convex payoff at its right end lies above its tangent: only the other end shows it."""
    game = losing(ExponentialGain(1.0, 3.0), max_contribution=[1.0, 4.0])
    found = certify(game, [1.0, 4.0])
    gain = 3.0 * (np.exp(-6.0 / 3.0) - np.exp(-6.5 / 3.0))
    assert found.deviation is not None
    assert (found.deviation.player, found.deviation.contribution) == (game.players[0], 0.0)
    assert found.regret[0] == pytest.approx(gain, rel=1e-9)


HALF = CoopetitionRound(
    gain=LogarithmicGain(1.0, 1.0, 0.0), local_data=[1.0, 1.0], max_contribution=[4.0, 0.0],
    value=[0.5, 0.0], damage=0.0, unit_cost=0.15,
)  # fmt: skip


def test_the_regret_of_a_small_positive_weight_is_bounded_by_its_best_response() -> None:
    """½ ln(2 + y) − 3/20 y is largest at 4/3, which is on no grid of halves."""
    most = 0.5 * np.log((2.0 + 4.0 / 3.0) / 2.0) - 0.15 * 4.0 / 3.0
    found = certify(HALF, [0.0, 0.0])
    assert found.method == "concavity bound"
    assert most * (1 - 1e-14) <= found.regret[0] <= most * (1 + 1e-9)
    assert found.deviation is not None
    assert found.deviation.contribution == pytest.approx(4.0 / 3.0, rel=1e-7)


def test_where_the_first_order_bound_is_within_the_tolerance_no_best_response_is_sought() -> None:
    """½ ln(2 + y) − 3/20 y rises by (½/2 − 3/20) 4 = 2/5 at most."""
    found = certify(HALF, [0.0, 0.0], tol=1.0)
    assert found.regret == pytest.approx([0.4, 0.0])
    assert found.deviation is None
    just = certify(HALF, [0.0, 0.0], tol=found.epsilon)
    assert (just.epsilon, just.deviation) == (found.epsilon, None)
    assert certify(HALF, [0.0, 0.0], tol=0.39).epsilon < 0.06


def test_deviations_stay_within_what_is_allowed() -> None:
    game = losing(LogarithmicGain(1.0, 1.0, 0.0), damage=0.0)
    x = np.array([1.0, 1.0])
    assert certify(game, x, within=Box(x, x)).epsilon == 0.0
    some = certify(game, x, within=Box(np.zeros(2), np.array([2.0, 1.0])))
    assert some.regret == pytest.approx([np.log(4.0 / 3.5), 0.0], rel=1e-9)
    assert some.deviation is not None
    assert some.deviation.contribution == 2.0
    assert certify(game, x).deviation != some.deviation
    assert x.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("tol", [0.0, 0, 1e-9, 0.5, np.float64(2.0)])
def test_a_tolerance_may_be_small(tol: Any) -> None:
    assert checked_tolerance(tol) == tol
    assert checked_tolerance(None) is None


def test_what_rounding_and_a_share_are() -> None:
    assert float(rounding(2.0, -3.0)) == pytest.approx(5e-12)
    amounts: Array = np.array([1e9, 0.0])
    assert share_of(amounts).tolist() == [1.0, 0.0]
