"""Tolerances are local: nobody's regret is hidden by what others have, or by what is fixed."""

from dataclasses import dataclass, replace
from typing import Any

import mpmath
import numpy as np
import pytest

from coopetition.games import CoopetitionRound, SmoothGame, TabulatedGain, certify, prove
from coopetition.games.arrays import Array
from coopetition.games.coopetition.best_response import best_response
from coopetition.games.coopetition.gain import (
    ExponentialGain,
    GainCurve,
    LogarithmicGain,
    PowerGain,
)
from coopetition.games.errors import InvalidInputError
from coopetition.games.tolerance import checked_tolerance, tolerances
from coopetition.mechanisms import (
    Mechanism,
    SeparableRule,
    audit_mechanism,
    redistribute,
)
from coopetition.mechanisms.division import core_check, least_core
from coopetition.mechanisms.fees import nash_fees
from coopetition.mechanisms.settlement.requirements import Requirements
from coopetition.mechanisms.settlement.settlement import settle
from coopetition.solvers import solve, solve_many
from coopetition.studies.audit.audit import full_audit
from tests.games.precise import curve, regrets
from tests.instances import random_round


def beside_a_giant(scale: float, **changes: Any) -> CoopetitionRound:
    """Return a round of a giant, who counts in `scale` times the money, and a small one."""
    unit = np.array([scale, 1.0])
    fields: dict[str, Any] = {
        "value": 1000.0 * unit,
        "unit_cost": 0.001 * unit,
        "quadratic_cost": 2e-6 * unit,
    }
    return CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35), local_data=[1000.0, 1000.0],
        organizations=["Giant", "Small"], **({"max_contribution": 4000.0} | fields | changes),
    )  # fmt: skip


def giant_answers(game: CoopetitionRound, small: float) -> Array:
    """Return the profile in which the small one contributes something and the giant answers."""
    form = game.form
    return np.array([best_response(form, 0, form.base + small, 0.0), small])


@pytest.mark.parametrize("scale", [1.0, 1e4, 1e8, 1e12])
def test_a_giant_hides_nobodys_regret(scale: float) -> None:
    game = beside_a_giant(scale)
    assert solve(game).success
    x = giant_answers(game, 4000.0)
    refused = certify(game, x)
    assert not refused.holds
    assert refused.deviation is not None
    assert refused.deviation.player == "Small"
    assert refused.deviation.gain == pytest.approx(4.19218, rel=1e-5)
    assert refused.regret[1] == pytest.approx(float(regrets(game, x)[1]), rel=1e-6)
    assert not prove(game, x).certificate.holds
    assert "Small gains 4.19218" in str(refused)


@pytest.mark.parametrize(
    "changes",
    [
        {"fixed_cost": [0.0, 1e12]},
        {"fixed_cost": 1e12},
        {"gain": PowerGain(1e12, 2.0, 0.35)},
        {"max_contribution": [4000.0, 1e15]},
        {"value": [1e18, 1000.0], "unit_cost": [1e12, 0.001], "quadratic_cost": [2e9, 2e-6]},
    ],
)
def test_what_is_fixed_or_another_s_changes_no_tolerance(changes: dict[str, Any]) -> None:
    game = beside_a_giant(1.0)
    if "gain" in changes:
        other = game.replace(**changes)
    else:
        other = beside_a_giant(1.0, **changes) if "value" in changes else game.replace(**changes)
    x = np.array([1500.0, 4000.0])
    before, after = tolerances(game, x), tolerances(other, x)
    if "max_contribution" in changes:
        assert before[1] <= after[1] <= 50 * before[1]  # idle room: at most what P can still rise
    else:
        assert after[1] == pytest.approx(before[1], rel=1e-9)
    assert not certify(other, giant_answers(other, 4000.0)).holds
    assert solve(other).success


def test_tolerances_follow_the_units_of_money_and_data() -> None:
    for seed in range(20):
        game = random_round(seed, players=4)
        if not isinstance(game.gain, PowerGain) or game.personal_weight:
            continue
        x = game.spaces.sample(np.random.default_rng(seed), 1)[0]
        unit = 1e6
        money = game.replace(
            value=unit * game.value, unit_cost=unit * game.unit_cost, rivalry=0.0,
            quadratic_cost=unit * game.quadratic_cost, fixed_cost=unit * game.fixed_cost,
        )  # fmt: skip
        np.testing.assert_allclose(tolerances(money, x), unit * tolerances(game, x), rtol=1e-12)
        gain = replace(
            game.gain,
            scale=game.gain.scale * unit**game.gain.exponent,
            offset=game.gain.offset * unit,
        )
        data = game.replace(
            gain=gain, local_data=unit * game.local_data, rivalry=0.0,
            max_contribution=unit * game.max_contribution, unit_cost=game.unit_cost / unit,
            quadratic_cost=game.quadratic_cost / unit**2,
        )  # fmt: skip
        np.testing.assert_allclose(tolerances(data, unit * x), tolerances(game, x), rtol=1e-9)


def test_who_can_move_nothing_has_no_tolerance_and_no_regret() -> None:
    game = beside_a_giant(1.0, max_contribution=[4000.0, 0.0])
    found = solve(game)
    assert found.success
    assert (found.certificate.tolerance[1], found.certificate.regret[1]) == (0.0, 0.0)
    nobody = game.replace(max_contribution=0.0)
    assert certify(nobody, [0.0, 0.0]).holds
    assert not certify(nobody, [0.0, 0.0]).tolerance.any()


def test_one_giant_by_ten_to_the_twelfth_in_random_rounds() -> None:
    """Against 60 digits: what is certified is an equilibrium to everybody; what is not is none."""
    rng = np.random.default_rng(1)
    for seed in range(24):
        base = random_round(seed, players=3, positive=True)
        one = np.ones(3)
        one[seed % 3] = 10.0 ** (3 * (seed % 5))
        game = base.replace(
            value=base.value * one, unit_cost=base.unit_cost * one,
            quadratic_cost=base.quadratic_cost * one, fixed_cost=base.fixed_cost + one, damage=0.0,
        )  # fmt: skip
        found = solve(game)
        assert found.success, seed
        for x in (found.profile, rng.uniform(0.0, game.max_contribution)):
            certificate = certify(game, x)
            true = np.array([float(v) for v in regrets(game, x)])
            assert (true <= certificate.regret * (1 + 1e-9) + 1e-3 * certificate.tolerance).all(), (
                seed
            )
            if not certificate.holds:
                assert (true > 0.5 * certificate.tolerance).any(), seed


@pytest.mark.parametrize(
    "gain",
    [
        PowerGain(1e9, 2.0, 0.35),
        PowerGain(1.0, 2.0, 3.0, 7.0),
        ExponentialGain(2.0, 5000.0),
        LogarithmicGain(0.3, 1e-9, 2.0),
        TabulatedGain([0.0, 1e3, 1e4, 1e6], [0.0, 0.5, 0.8, 0.9]),
    ],
    ids=lambda gain: type(gain).__name__,
)
def test_rises_of_a_gain_lose_no_digits(gain: GainCurve) -> None:
    value, _ = curve(gain)
    with mpmath.workdps(200):
        for omega in (0.5, 900.0, 9e5):
            for step in (1e-6, 1.0, 1e3, 5e4):
                true = value(mpmath.mpf(omega) + mpmath.mpf(step)) - value(mpmath.mpf(omega))
                digits = 1e-7 if isinstance(gain, TabulatedGain) and step < 1 else 1e-12
                assert float(gain.rise(omega, step)) == pytest.approx(
                    float(true), rel=digits, abs=1e-15 if isinstance(gain, TabulatedGain) else 0
                )
    assert gain.rise(np.array([5.0, 9.0]), np.zeros(2)).tolist() == [0.0, 0.0]


def test_payoffs_known_as_numbers_only_have_local_tolerances_too() -> None:
    game = SmoothGame(
        bounds=[(0, 10), (0, 10)],
        payoffs=[lambda x: 1e12 * x[0] * (11 - x.sum()), lambda x: x[1] * (10 - x.sum())],
    )
    assert certify(game, [4.0, 3.0]).holds
    away = certify(game, [4.25, 2.5])  # the giant's answer to 2.5
    assert not away.holds
    assert away.deviation is not None
    assert away.deviation.player == "player 2"


def levy(game: Any, x: Array) -> Array:
    """Take 60 from the small one for the giant."""
    return np.zeros(x.shape) + np.array([60.0, -60.0])


def test_the_audit_sees_what_a_small_one_loses() -> None:
    found = full_audit(beside_a_giant(1e8), levy)
    for name in ("autarky", "exit", "sub-coalition"):
        verdict = found[f"individual-rationality-{name}"]
        assert verdict.holds is False
        assert "Small would" in verdict.witness
        assert "39.4" in verdict.witness
    assert found["core"].holds is False
    assert found["budget-balance"].holds is True


def test_a_leak_beside_large_flows_is_no_balance() -> None:
    game = beside_a_giant(1e8)

    def leaking(game: Any, x: Array) -> Array:
        return 1e6 * (x - x.mean(axis=-1, keepdims=True)) + np.array([0.0, 50.0])

    x = solve(game).profile
    audit = audit_mechanism(
        game, Mechanism(leaking, np.zeros(2)), profile=x, target=None, outside={}
    )
    assert audit["budget-balance"].holds is False


@dataclass(frozen=True)
class Promising(SeparableRule):
    """Pay what it pays per unit, from nobody; promise something else."""

    pays: Array
    promised: Array

    @property
    def slope(self) -> Array:
        """What it promises."""
        return self.promised

    @property
    def bend(self) -> Array:
        """Nothing."""
        return np.zeros(2)

    @property
    def leak(self) -> Array:
        """All of it comes from outside."""
        return self.pays

    def __call__(self, game: Any, x: Array) -> Array:
        """Return the transfers."""
        return self.pays * x


def test_a_rule_s_broken_promise_to_a_small_one_is_seen() -> None:
    game, pays = beside_a_giant(1e8), np.array([1e7, 0.05])
    redistribute(game, Promising(pays, pays))
    with pytest.raises(InvalidInputError, match="when Small goes from"):
        redistribute(game, Promising(pays, pays + np.array([0.0, 5e-5])))


def test_each_coalition_is_judged_by_its_own_amounts() -> None:
    values = np.array([0.0, 0.0, 0.0, 100.0, 1e11, 1e11, 1e11, 1e11 + 100.0])
    assert core_check(values, [50.0, 50.0, 1e11]).inside
    short = core_check(values, [50.0, 49.0, 1e11 + 1.0])
    assert not short.inside
    assert short.coalition == (0, 1)
    assert short.excess == pytest.approx(1.0)
    values[-1] = 1e11 + 90.0
    empty = least_core(values)
    assert empty.empty_core is True
    assert empty.how == "proved"


def test_a_small_shortage_beside_large_options_leaves_no_agreement() -> None:
    with pytest.raises(InvalidInputError, match="exceed all payoffs together by 39"):
        nash_fees([1e10, 900.0], [1e10, 939.0])


def test_a_settlement_misses_nobody_s_need_in_silence() -> None:
    needs = np.array([1e11, -1e11, 50.0, -60.0])
    found = settle(Requirements(names=list("ABCD"), needs=needs, contracts=3), "least")
    assert (found.net - needs >= -1e-6 * np.abs(needs)).all()  # type: ignore[union-attr]


def test_a_batch_judges_each_organization_by_its_own() -> None:
    game = beside_a_giant(1e8)
    found = solve_many(game, {"damage": np.zeros(3)})
    assert found.success.all()
    alone = certify(game, found.profiles[0])
    np.testing.assert_allclose(found.tolerance[0], alone.tolerance, rtol=1e-9)
    assert found.tolerance[0, 0] == pytest.approx(1e8 * found.tolerance[0, 1], rel=1e-9)


def test_a_tolerance_of_minus_0_is_0() -> None:
    assert str(checked_tolerance(-0.0)) == "0.0"
