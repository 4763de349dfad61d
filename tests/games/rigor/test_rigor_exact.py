"""Proofs in fractions: rational slopes of tables and logarithms, against fractions by hand."""

from fractions import Fraction
from itertools import pairwise
from typing import Any

import mpmath
import numpy as np
import pytest

import coopetition as co
from coopetition.games import LogarithmicGain, PowerGain, TabulatedGain, UnsupportedGameError
from coopetition.games.checker import check_document
from coopetition.games.rigor.exact import rounded_up
from coopetition.mechanisms import redistribution
from coopetition.solvers import solve
from tests.games.precise import regrets

TABLE = TabulatedGain([0.0, 100.0, 300.0, 600.0], [0.0, 0.5, 0.8, 0.9])
STRAIGHT = TabulatedGain([0.0, 100.0, 200.0, 400.0], [0.0, 0.5, 1.0, 1.5])  # a doubled knot


def by_hand(table: TabulatedGain, omega: Fraction) -> Fraction:
    """Return the slope on the line between the two knots around Ω, searched one by one."""
    knots, _, slopes = (list(map(Fraction, part.tolist())) for part in table.pieces)
    for left, right, a, b in zip(knots, knots[1:], slopes, slopes[1:], strict=False):
        if left <= omega <= right and left < right:
            return a + (b - a) * (omega - left) / (right - left)
    raise AssertionError("the point lies on no piece")


def places(table: TabulatedGain) -> list[Fraction]:
    """Return every knot, points just beside the knots, between them, and both ends."""
    knots = sorted({Fraction(v) for v in table.pieces[0].tolist()})
    between = [a + (b - a) * Fraction(1, 3) for a, b in pairwise(knots)]
    tiny = Fraction(1, 10**30)  # a float would be the knot
    beside = [k + tiny for k in knots[:-1]] + [k - tiny for k in knots[1:]]
    return knots + between + beside


@pytest.mark.parametrize("table", [TABLE, STRAIGHT])
def test_the_slope_of_a_table_is_the_fraction_on_its_piece(table: TabulatedGain) -> None:
    for omega in places(table):
        if omega > 0:
            assert table.exact_slope(omega) == by_hand(table, omega)


def test_some_knot_is_doubled() -> None:
    assert (np.diff(STRAIGHT.pieces[0]) == 0).any() or (np.diff(STRAIGHT.pieces[2]) == 0).any()


def test_the_slope_of_a_logarithm_is_a_fraction() -> None:
    gain = LogarithmicGain(ceiling=2.0, scale=3.0, offset=0.5)
    assert gain.exact_slope(Fraction(10)) == Fraction(4, 21)


def test_the_slope_of_a_power_is_a_fraction_where_the_exponent_is_whole() -> None:
    gain = PowerGain(ceiling=1.0, scale=3.0, exponent=2.0, offset=0.5)
    assert gain.exact_slope(Fraction(1, 2)) == 6
    for at in (Fraction(0), Fraction(-1)):
        with pytest.raises(UnsupportedGameError, match="no data"):
            PowerGain(ceiling=1.0, scale=3.0, exponent=2.0).exact_slope(at)


@pytest.mark.parametrize(("seed", "rigor"), [(0, "rational"), (1, "rational"), (2, "interval")])
def test_a_rule_that_keeps_one_from_moving_is_part_of_the_proof(seed: int, rigor: Any) -> None:
    rng = np.random.default_rng(seed)
    game = co.CoopetitionRound(
        gain=PowerGain(1.0, 50.0, 2.0), local_data=rng.uniform(5, 20, 3), max_contribution=30.0,
        value=rng.uniform(500, 1500, 3), unit_cost=rng.uniform(0, 1, 3), quadratic_cost=0.05,
        damage=0.1,
    )  # fmt: skip
    rule = redistribution(game, rate=rng.uniform(0.5, 2), balanced=bool(seed % 2))
    induced = co.redistribute(game, rule)
    x = solve(induced).profile
    assert ((x > 0) & (x < 30.0)).any()
    proof = co.prove(induced, x, rigor=rigor)
    assert proof.certificate.holds
    truth = regrets(game, x, rule.slope, rule.bend)
    assert all(b >= t for b, t in zip(proof.certificate.regret, truth, strict=True))
    assert check_document(proof.document) == Fraction(proof.certificate.epsilon)


def test_a_bound_is_the_least_float_that_is_not_below() -> None:
    for value in (Fraction(1, 3), Fraction(2, 3), Fraction(1, 2), Fraction(0), Fraction(1, 10)):
        found = rounded_up(value)
        assert Fraction(found) >= value
        assert Fraction(float(np.nextafter(found, -1))) < value


@pytest.mark.parametrize("gain", [TABLE, STRAIGHT, LogarithmicGain(0.4, 10.0, 2.0)])
@pytest.mark.parametrize("where", ["equilibrium", "low", "high", "mixed"])
def test_proofs_in_fractions_bound_the_true_regret(gain: Any, where: str) -> None:
    game = co.CoopetitionRound(
        gain=gain, local_data=[20.0, 60.0, 30.0], max_contribution=[80.0, 70.0, 90.0],
        value=[1000.0, 700.0, 900.0], unit_cost=0.9, quadratic_cost=[0.01, 0.02, 0.0],
        quality=[1.0, 0.75, 0.5], damage=0.1, rivalry=20.0, skew=1.0, personal_weight=0.05,
    )  # fmt: skip
    top = game.max_contribution
    x = {"low": 0 * top, "high": top, "mixed": top * [0.25, 1, 0]}.get(where, solve(game).profile)
    proof = co.prove(game, x, rigor="rational")
    for n, truth in enumerate(regrets(game, x)):
        bound = proof.certificate.regret[n]
        assert bound >= truth
        # the tangent at x: for a concave payoff never below, and equal to its rise at the end
        tangent = max(mpmath.mpf(0), *(_marginal(game, x, n) * (y - x[n]) for y in (0.0, top[n])))
        assert float(abs(bound - tangent)) <= 1e-12 * (1 + float(tangent))
    assert check_document(proof.document) <= Fraction(proof.certificate.epsilon)


def _marginal(game: co.CoopetitionRound, x: Any, n: int) -> Any:
    """Return U_n′(x_n) by hand, from the fraction above."""
    omega = Fraction(0)
    for data, quality, y in zip(game.local_data, game.quality, x, strict=True):
        omega += Fraction(float(data)) + Fraction(float(quality)) * Fraction(float(y))
    slope = (
        by_hand(game.gain, omega)
        if isinstance(game.gain, TabulatedGain)
        else Fraction(0.4) / (omega + 2)
    )
    value, data, y = (float(part[n]) for part in (game.value, game.local_data, x))
    rest = sum(map(float, game.value)) - value
    shared = (value - 0.1 * rest) * float(game.quality[n]) * float(slope)
    personal = 0.05 * data * (value + 40.0) / (data + y) ** 2
    return mpmath.mpf(shared + personal - 0.9 - float(game.quadratic_cost[n]) * y)


def test_a_negative_weight_has_no_proof_in_fractions_unless_it_cannot_matter() -> None:
    game = co.CoopetitionRound(
        gain=LogarithmicGain(0.4, 10.0, 2.0), local_data=[20.0, 60.0, 30.0],
        max_contribution=[80.0, 0.0, 90.0], value=[1000.0, 0.0, 900.0], unit_cost=0.9,
    )  # fmt: skip
    assert co.prove(game, [0, 0, 0], rigor="rational").certificate.claim == "proved"
    held = game.replace(damage=[[0, 0, 0], [2.0, 0, 0], [0, 0, 0]])  # of who cannot contribute
    assert (held.weights < 0).tolist() == [False, True, False]
    assert co.prove(held, [0, 0, 0], rigor="rational").certificate.regret[1] == 0
    moving = held.replace(max_contribution=80.0)
    with pytest.raises(UnsupportedGameError, match="organization 2 is negative: use the rigor int"):
        co.prove(moving, [0, 0, 0], rigor="rational")
    idle = game.replace(max_contribution=80.0)  # a weight of 0 is not negative
    assert co.prove(idle, [0, 0, 0], rigor="rational").certificate.regret[1] == 0


def test_a_table_that_ends_in_a_doubled_knot_ends_there() -> None:
    gain = TabulatedGain([0.0, 100.0, 200.0, 400.0], [0.0, 0.5, 0.9, 0.9])
    end = Fraction(400) + Fraction(1, 10**10)
    assert gain.exact_slope(end) == gain.exact_slope(Fraction(400)) == by_hand(gain, Fraction(400))
