"""The parts of proofs against fractions and the checker: enclosures, tangents, cells, tables."""

from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import mpmath
import numpy as np
import pytest
from scipy import sparse

from coopetition.games import (
    CoopetitionRound,
    InvalidInputError,
    LogarithmicGain,
    LowRankCompetition,
    PowerGain,
    SectorCompetition,
    TabulatedGain,
    UnsupportedGameError,
)
from coopetition.games.checker import check_document
from coopetition.games.checker.curves import Logarithmic, Tabulated
from coopetition.games.checker.regret_bound import Player
from coopetition.games.coopetition.competition import MatrixCompetition, UniformCompetition
from coopetition.games.finite import FiniteGame
from coopetition.games.rigor.certified_game import about, stake
from coopetition.games.rigor.enclosure import RoundUnderRule, enclose, own_part, weighted
from coopetition.games.rigor.exact import exact_rows, fractions
from coopetition.games.rigor.finite import certify_finite, prove_finite
from coopetition.games.rigor.interval import Interval
from coopetition.games.rigor.one_player import OnePlayer, context, floats
from coopetition.games.rigor.proof import prove
from coopetition.mechanisms import none, redistribute, redistribution

F = Fraction
GAIN = LogarithmicGain(2.0, 1.0, 0.5)
NUMBERS: dict[str, Any] = {
    "rest": 2.0, "quality": 0.5, "weight": 3.0, "linear": -1.0, "curve": 0.25, "skew": 4.0,
    "data": 1.0,
}  # fmt: skip


def both(**changes: float) -> tuple[OnePlayer, Player]:
    """Return one organization in intervals, and the checker's."""
    numbers = NUMBERS | changes
    iv = context()
    one = OnePlayer(gain=GAIN, **{key: iv.mpf(value) for key, value in numbers.items()})
    curve = Logarithmic(F(2), F(1, 2))
    return one, Player(gain=curve, **{key: F(value) for key, value in numbers.items()})


def near(found: Any, true: Fraction, digits: float = 1e-13) -> bool:
    """Whether an interval holds a fraction, and little else."""
    low, high = (float(end) for end in floats(found))
    return F(low) <= true <= F(high) and high - low <= digits * (1 + abs(float(true)))


@pytest.mark.parametrize(
    "changes", [{}, {"weight": -3.0}, {"weight": 0.0}, {"skew": 0.0, "data": 0.0}]
)
def test_one_payoff_is_that_of_the_checker(changes: dict[str, float]) -> None:
    one, other = both(**changes)
    iv = context()
    for x, y in ((0.0, 3.0), (3.0, 0.0), (1.5, 1.75)):
        a, b = iv.mpf(x), iv.mpf(y)
        assert near(one.own_slope(b), other.own_slope(F(y)))
        assert near(one.own_change(a, b), other.own_change(F(x), F(y)))
        assert near(one.shared_slope(b), other.shared_slope(F(y))[0])
        assert near(one.shared_change(a, b), other.shared_change(F(x), F(y)))
        assert near(one.change(a, b), other.change(F(x), F(y)))


def test_tangents_are_those_of_the_checker() -> None:
    for linear in (-1.0, 5.0, -9.0):
        one, other = both(linear=linear)
        for x, y in ((0.0, 3.0), (3.0, 0.0), (2.0, 2.0), (1.0, 4.0)):
            hints = {"point": str(F(y))} if x != y else {}
            exact = float(other.bound(F(x), F(4), hints))
            assert one.tangent(x, y, 4.0) == pytest.approx(exact, rel=1e-13)
            assert F(one.tangent(x, y, 4.0)) >= other.bound(F(x), F(4), hints)


@pytest.mark.parametrize("x", [0.0, 5.0, 7.75, 20.0])
def test_cells_bound_a_payoff_that_dips_and_rises_again(x: float) -> None:
    one, other = both(weight=-3.0, linear=1.0, curve=0.05, skew=0.0)
    y = np.linspace(0.0, 20.0, 200_001)
    payoff = -6.0 * np.log(2.5 + 0.5 * y) + y - 0.025 * y * y
    here = -6.0 * np.log(2.5 + 0.5 * x) + x - 0.025 * x * x
    most = max(float(payoff.max() - here), 0.0)
    for tol in (1e-2, 1e-5):
        found, edges = one.cells(x, 20.0, tol)
        assert most - 1e-8 <= found <= most + 1.0001 * tol
        assert edges == sorted(set(edges))
        assert (edges[0], edges[-1], x in edges) == (0.0, 20.0, True)
        assert len(edges) < 400
        proved = other.bound(F(x), F(20), {"cells": edges})
        assert float(proved) == pytest.approx(found, rel=1e-9, abs=1e-12)
        assert F(found) >= proved
    for a, b in ((0.0, 1.0), (4.0, 6.0), (5.0, 9.0), (2.0, 5.0), (19.0, 20.0)):
        exact = other.cell(F(x), F(a), F(b))
        assert one.cell(x, a, b) == pytest.approx(float(exact), rel=1e-12, abs=1e-13)
        assert F(one.cell(x, a, b)) >= exact


def test_slopes_beside_are_better_than_a_chord_where_they_nearly_vanish() -> None:
    changes = {"weight": -1.0, "quality": 1.0, "curve": 1.0, "skew": 0.0}
    for linear, x, bound in ((1.7, 1.0, 0.1), (0.65, 0.0, 0.65 - 4 / 7)):
        one, other = both(linear=linear, **changes)
        assert one.cell(x, 0.0, 1.0) == pytest.approx(bound, rel=1e-12)  # the chord: 1/8
        assert F(one.cell(x, 0.0, 1.0)) >= other.cell(F(x), F(0), F(1))


def test_the_slope_and_change_of_a_power() -> None:
    gain, iv = PowerGain(1.0, 3.0, 0.5, 1.0), context()
    assert near(gain.slope_within(iv.mpf(3), iv), F(3, 16))
    assert near(gain.change_within(iv.mpf(3), iv.mpf(8), iv), F(1, 2))


TABLE = TabulatedGain([0.0, 100.0, 200.0, 400.0], [0.0, 0.5, 1.0, 1.25])


def test_tables_in_intervals_are_those_in_fractions() -> None:
    knots, _, slopes = TABLE.pieces
    exact = Tabulated(tuple(fractions(knots)), tuple(fractions(slopes)))
    iv = context()
    for omega in (1.0, 50.0, 99.0, 101.0, 250.0, 399.0):
        assert near(TABLE.slope_within(iv.mpf(omega), iv), TABLE.exact_slope(F(omega)), 1e-12)
    wide = TABLE.slope_within(iv.mpf([150.0, 350.0]), iv)
    for omega in (150.0, 200.0, 350.0):
        value = float(TABLE.exact_slope(F(omega)))
        assert float(wide.a) <= value * (1 + 1e-12)
        assert float(wide.b) >= value * (1 - 1e-12)
    assert float(wide.b) - float(wide.a) <= float(slopes.max()) * 1.0001
    for a, b in ((10.0, 350.0), (350.0, 10.0), (120.0, 130.0), (100.0, 200.0), (90.0, 90.0)):
        change = exact.change(F(a), F(b))[0]
        assert near(TABLE.change_within(iv.mpf(a), iv.mpf(b), iv), change, 1e-10)
        ends = iv.mpf([a - 1e-3, a + 1e-3]), iv.mpf([b - 1e-3, b + 1e-3])
        unsure = TABLE.change_within(*ends, iv)
        for p, q in ((a - 1e-3, b + 1e-3), (a + 1e-3, b - 1e-3), (a + 1e-3, b + 1e-3)):
            within = exact.change(F(p), F(q))[0]
            assert F(float(unsure.a)) - F(1, 10**12) <= within <= F(float(unsure.b)) + F(1, 10**12)
        assert float(unsure.b) - float(unsure.a) <= 5e-3 * float(slopes.max())


def test_between_ends_that_overlap_every_change_of_a_table_is_enclosed() -> None:
    knots, _, slopes = TABLE.pieces
    exact, iv = Tabulated(tuple(fractions(knots)), tuple(fractions(slopes))), context()
    rng = np.random.default_rng(1)
    for _ in range(30):
        p, q, r, s = np.sort(rng.uniform(0.0, 400.0, 4)).tolist()
        for one, other in (((p, r), (q, s)), ((q, s), (p, r)), ((p, s), (q, r)), ((q, r), (p, s))):
            found = TABLE.change_within(iv.mpf(list(one)), iv.mpf(list(other)), iv)
            low, high = F(float(found.a)), F(float(found.b))
            for a in one:
                for b in other:
                    change = exact.change(F(a), F(b))[0]
                    assert low - F(1, 10**12) <= change <= high + F(1, 10**12)


VALUES = np.array([0.1, 0.0, 3.7, 1e-3])
COMPETITIONS = [
    UniformCompetition(0.3, 4), UniformCompetition(0.0, 4),
    MatrixCompetition(0.1 * np.arange(16.0).reshape(4, 4) * (1 - np.eye(4))),
    MatrixCompetition(sparse.csr_array(0.7 * np.eye(4, k=1))),
    LowRankCompetition(0.1 + 0.3 * np.eye(4)[:, :2], 0.2 + np.eye(4)[:, 1:3]),
    SectorCompetition([0, 1, 1, 0], [[0.04, 0.1], [0.3, 0.2]]),
]  # fmt: skip


@pytest.mark.parametrize("competition", COMPETITIONS)
def test_what_competition_takes_is_enclosed(competition: Any) -> None:
    found, exact = weighted(competition, VALUES), exact_rows(competition, fractions(VALUES))
    low, high = np.broadcast_to(found.low, 4), np.broadcast_to(found.high, 4)
    for n in range(4):
        assert F(float(low[n])) <= exact[n] <= F(float(high[n]))
        assert high[n] - low[n] <= 2e-15 * (1 + float(exact[n]))


def test_a_row_whose_every_addition_is_lost_is_enclosed() -> None:
    """1 and 60 times nearly half a unit of its last place: sparse rows add one after the other."""
    size = 62
    matrix = np.zeros((size, size))
    matrix[0, 1:] = [1.0, *[2.0**-53] * (size - 2)]
    exact = 1 + (size - 2) * F(1, 2**53)
    for entries in (matrix, sparse.csr_array(matrix)):
        found = weighted(MatrixCompetition(entries), np.ones(size))
        assert F(float(found.low[0])) <= exact <= F(float(found.high[0]))


class Own:
    """A competition of the user's own, with nothing but what the protocol asks."""

    size = 4
    row_sums = np.ones(4)

    def weigh(self, values: Any) -> Any:
        """Return each entry of one, as if each lost to itself."""
        return values


def test_one_alone_loses_nothing() -> None:
    alone = LowRankCompetition(np.array([[2.0, 1.0]]), np.array([[3.0, 5.0]]))
    assert exact_rows(alone, [F(5)]) == [F(0)]


def test_competition_of_ones_own_is_refused() -> None:
    with pytest.raises(UnsupportedGameError, match="matrix or factors for competition, got Own"):
        weighted(Own(), VALUES)  # type: ignore[arg-type]
    with pytest.raises(UnsupportedGameError, match="matrix or factors for competition, got Own"):
        exact_rows(Own(), fractions(VALUES))  # type: ignore[arg-type]


@pytest.mark.parametrize("damage", [0.3, COMPETITIONS[2], COMPETITIONS[5], 0.0])
def test_coefficients_are_enclosed(damage: Any) -> None:
    game = CoopetitionRound(
        gain=GAIN, local_data=[0.1, 0.0, 7.3, 2.0], max_contribution=9.0,
        value=[0.1, 0.0, 3.7, 0.7],
        unit_cost=[0.1, 0.7, 0.0, 0.3], quadratic_cost=[0.0, 0.1, 0.3, 0.7], skew=[0.1, 1, 1.3, 0],
        quality=[0.1, 0.3, 0.7, 1.0], damage=damage, rivalry=damage, personal_weight=0.3,
    )  # fmt: skip
    slope, bend = np.array([0.1, 0.2, -0.3, 0.7]), np.array([0.1, 0.0, 0.7, 0.2])
    x = np.array([0.1, 0.7, 3.3, 9.0])
    names = ("value", "local_data", "skew", "quality", "unit_cost", "quadratic_cost")
    value, data, skew, quality, unit, square = (fractions(getattr(game, name)) for name in names)
    harm = exact_rows(game.damage, value)
    rival = exact_rows(game.rivalry, [F(1)] * 4)
    for own, curve in ((slope, bend), (np.zeros(4), np.zeros(4))):
        found = enclose(RoundUnderRule(round=game, slope=own, bend=curve), x)
        exact: dict[str, list[Fraction]] = {
            "weight": [v - h for v, h in zip(value, harm, strict=True)],
            "linear": [F(s) - u for s, u in zip(own.tolist(), unit, strict=True)],
            "curvature": [F(s) + u for s, u in zip(curve.tolist(), square, strict=True)],
            "skew": [
                F(0.3) * s * d * (v + r)
                for s, d, v, r in zip(skew, data, value, rival, strict=True)
            ],
            "omega": [
                sum(data, F(0)) + sum(q * F(y) for q, y in zip(quality, x.tolist(), strict=True))
            ],
        }
        assert (found.skew.low[3], found.skew.high[3]) == (0.0, 0.0)  # no skew, to the last bit
        for name, numbers in exact.items():
            part: Interval = getattr(found, name)
            size = len(numbers)
            low, high = np.broadcast_to(part.low, size), np.broadcast_to(part.high, size)
            for n, true in enumerate(numbers):
                assert F(float(low[n])) <= true <= F(float(high[n])), name
                assert high[n] - low[n] <= 1e-14 * (1 + abs(float(true))), name
    if damage == 0.0:
        assert (found.weight.low == game.value).all()  # who harms nobody: without rounding


SIMPLE = CoopetitionRound(
    gain=LogarithmicGain(2.0, 1.0, 1.0), local_data=[1.0, 1.0], max_contribution=[3.0, 2.0],
    value=[5.0, 7.0], quality=[0.5, 1.0], unit_cost=0.001, organizations=["North", "South"],
    damage=[[0.0, 0.25], [0.125, 0.0]],
)  # fmt: skip


def test_what_a_bound_may_be_compared_with() -> None:
    document = prove(SIMPLE, [3.0, 2.0]).document
    size, what = stake(document)
    assert float(size) == pytest.approx(7.0 * 2.0 * np.log((2.0 + 3.5 + 1.0) / 3.0))
    assert "one organization" in what
    with mpmath.workdps(90):  # rounded down: the share that a bound is of it is not made smaller
        true = 14 * mpmath.log(mpmath.mpf(13) / 6)
        assert true - mpmath.mpf(10) ** -50 < mpmath.mpf(size.numerator) / size.denominator < true
    bare = {**document, "local_data": [0.0, 0.0]}
    bare["gain"] = {"family": "power", "ceiling": 1, "scale": 1, "exponent": 0.5, "offset": 0}
    assert stake(bare)[0] == 0  # without data it falls to −∞: there is nothing to compare with
    game = FiniteGame([[[3, -8], [0, 0]], [[0, 5], [1, 0]]])
    assert stake(prove(game, (0, 1)).document) == (F(8), "the largest payoff")


def test_a_certificate_of_other_numbers_is_refused_by_name() -> None:
    document = prove(SIMPLE, [3.0, 2.0]).document
    about(document, SIMPLE)
    for key, field in (("value", [5.0, 8.0]), ("unit_cost", [0.001, 0.002])):
        other = {**document, key: field}
        with pytest.raises(InvalidInputError, match=f"`{key}` of South is {field[1]} in it"):
            about(other, SIMPLE)
        about(other, SIMPLE, unknown=(key,))
    with pytest.raises(InvalidInputError, match=r"`damage`\['rows'\]\[1\]\[2\] is 0.5 in it"):
        about({**document, "damage": {"rows": [[0, 1, 0.25], [1, 0, 0.5]]}}, SIMPLE)
    with pytest.raises(InvalidInputError, match=r"`players`.*is 'West' in it"):
        about({**document, "players": ["West", "South"]}, SIMPLE)
    with pytest.raises(InvalidInputError, match="`value` is"):
        about({**document, "value": [5.0]}, SIMPLE)
    with pytest.raises(InvalidInputError, match="`gain` is"):
        about({**document, "gain": {"family": "logarithmic"}}, SIMPLE)


def test_what_a_rule_pays_may_differ_by_what_nobody_feels() -> None:
    game = redistribute(SIMPLE, redistribution(SIMPLE, rate=0.1))
    x = np.array([3.0, 2.0])
    proof = prove(game, x)
    document, tolerance = proof.document, proof.certificate.tolerance
    for n, top in enumerate((3.0, 2.0)):
        for key, change in (("transfer_slope", top), ("transfer_bend", 0.5 * top * top)):
            for share, fits in ((0.9, True), (-0.9, True), (1.1, False), (-1.1, False)):
                numbers = list(document[key])
                numbers[n] += share * float(tolerance[n]) / change
                if fits:
                    about({**document, key: numbers}, game)
                else:
                    with pytest.raises(InvalidInputError, match=f"`{key}` of {'NS'[n]}"):
                        about({**document, key: numbers}, game)
    numbers = ["odd", document["transfer_slope"][1]]
    with pytest.raises(InvalidInputError, match="`transfer_slope` of North is 'odd'"):
        about({**document, "transfer_slope": numbers}, game)


def test_what_a_proof_needs() -> None:
    part = own_part(SIMPLE)
    assert part.round is SIMPLE
    assert not part.slope.any()
    with pytest.raises(UnsupportedGameError, match="a proof needs a CoopetitionRound"):
        own_part(FiniteLike())  # type: ignore[arg-type]
    zeros = np.zeros(2)
    plain = SimpleNamespace(
        players=SIMPLE.players, base=SIMPLE, own=SimpleNamespace(slope=zeros, bend=zeros)
    )  # that its payoffs are aggregative is not said
    ruled: Any = redistribute(SIMPLE, none(SIMPLE))
    assert not own_part(ruled).bend.any()
    halved = replace(ruled, own=SimpleNamespace(slope=zeros))
    for other in (plain, halved):
        with pytest.raises(UnsupportedGameError, match="under a separable one"):
            own_part(other)  # type: ignore[arg-type]
    uneven = SIMPLE.replace(max_contribution=[3.0, 0.0])
    found = prove(uneven, [0.0, 0.0]).certificate
    assert found.regret[1] == 0.0
    assert found.regret[0] > 0.0
    assert found.deviation is not None


class FiniteLike:
    """No game that a proof knows."""

    players = ("a",)


def test_regrets_of_pure_profiles() -> None:
    table = [[[3, 1], [0, 4]], [[1, 2], [5, 5]]]
    for game in (FiniteGame(table), FiniteGame((np.array(table) * 1.0).tolist())):
        found = certify_finite(game, (0, 0), None)
        assert found.regret.tolist() == [0.0, 1.0]
        assert found.tolerance.tolist() == [0.0, 0.0]
        assert found.deviation is not None
        assert (found.deviation.player, found.deviation.contribution) == (game.players[1], 1.0)
        assert found.deviation.gain == 1.0
        assert found.deviation.strategy == game.strategies[1][1]
        assert not found.holds
        assert certify_finite(game, (0, 0), 1.0).holds
        calm = certify_finite(game, (1, 1), None)
        assert calm.holds
        assert calm.deviation is None
    proved, write = prove_finite(FiniteGame(table), (0, 1), 0.5)
    assert proved.regret.tolist() == [3.0, 0.0]
    assert proved.tolerance.tolist() == [0.5, 0.5]
    assert write()["regret"] == ["3", "0"]


def test_who_has_neither_data_nor_skew_has_no_personal_gain_to_divide_by() -> None:
    game = SIMPLE.replace(local_data=[0.0, 2.0], skew=[0.0, 1.0], personal_weight=0.1)
    plain = game.replace(personal_weight=0.0)
    x = [0.0, 2.0]
    regret, without = (prove(one, x).certificate.regret for one in (game, plain))
    assert regret[0] == without[0]  # whose payoff is the same in both
    assert np.isfinite(regret).all()


def test_units_of_money_and_data_change_no_proof() -> None:
    """One loses by what it brings, a weight of −3; the other gains: both in units of any size."""
    game = CoopetitionRound(
        gain=LogarithmicGain(1.0, 1.0, 1.0), local_data=[1.0, 1.0], max_contribution=[4.0, 4.0],
        value=[1.0, 8.0], unit_cost=0.25, quality=[0.5, 1.0], damage=0.5,
    )  # fmt: skip
    for x in ([0.0, 4.0], [4.0, 4.0], [1.0, 1.0]):
        regret = prove(game, x).certificate.regret
        for money, data in ((1.0, 1.0 / 32), (1.0 / 64, 1.0), (1.0 / 64, 1.0 / 32), (64.0, 32.0)):
            other = game.replace(
                gain=LogarithmicGain(1.0, data, data), local_data=data, max_contribution=4 * data,
                value=[money, 8 * money], unit_cost=0.25 * money / data,
            )  # fmt: skip
            found = prove(other, [data * y for y in x]).certificate.regret
            assert found / money == pytest.approx(regret, rel=1e-9, abs=1e-9)
    best = max(
        float(game.payoffs(np.array([y, 4.0]))[0] - game.payoffs(np.array([4.0, 4.0]))[0])
        for y in np.linspace(0.0, 4.0, 401)
    )
    proof = prove(game, [4.0, 4.0])
    assert best <= proof.certificate.regret[0] <= best * (1 + 1e-6)
    assert "branch and bound where w < 0" in proof.certificate.method
    assert check_document(proof.document) >= best  # a tangent proves nothing where w < 0
    patient = prove(game, [4.0, 4.0], tol=best + 1.0).certificate
    assert (patient.holds, patient.deviation) == (True, None)  # nothing to show against it


def test_a_weight_of_nothing_is_concave_and_one_that_may_be_negative_is_refused() -> None:
    """What the others lose is a tenth of 3, and 0.3 in floats is less than that."""
    game = SIMPLE.replace(value=[0.0, 7.0], unit_cost=0.25, damage=[[0.0, 0.0], [0.125, 0.0]])
    proof = prove(game, [1.0, 2.0])
    assert proof.certificate.regret[0] == pytest.approx(0.25, rel=1e-12)  # its cost, saved
    assert "cells" not in str(proof.document)
    bent = prove(game.replace(quadratic_cost=1.0), [1.0, 2.0]).certificate
    assert bent.regret[0] == pytest.approx(0.25 + 0.5, rel=1e-12)  # a tangent at 1 says 5/4
    for own in (0.3, 0.1 * 3.0):
        torn = SIMPLE.replace(value=[own, 3.0], damage=[[0.0, 0.1], [0.0, 0.0]])
        with pytest.raises(UnsupportedGameError, match="weight of North cannot be told from 0"):
            prove(torn, [1.0, 2.0])
    still = torn.replace(max_contribution=[0.0, 2.0])  # whose weight moves nothing
    assert prove(still, [0.0, 2.0]).certificate.regret[0] == 0.0
