"""The audit: verdicts that are true, witnesses that can be checked, honest words."""

import re

import numpy as np
import pytest

from coopetition import audit
from coopetition.games import CoopetitionRound, Game, InvalidInputError, PowerGain
from coopetition.games.arrays import Array
from coopetition.games.unknown import Unknown
from coopetition.mechanisms import (
    Mechanism,
    SeparableRule,
    audit_mechanism,
    bilateral_prices,
    equal_gain,
    none,
    redistribute,
    redistribution,
)
from coopetition.solvers import solve, solve_planner

GAME = CoopetitionRound(
    gain=PowerGain(1.0, 2.0, 0.35),
    local_data=[1500.0, 900.0, 300.0],
    max_contribution=4000.0,
    value=[1000.0, 800.0, 1200.0],
    unit_cost=0.001,
    quadratic_cost=2e-6,
    damage=[[0, 0.1, 0.02], [0.0, 0, 0.05], [0.12, 0.03, 0]],
    organizations=["North", "South", "West"],
)


def audited(game: CoopetitionRound, rule: object, **options: str) -> object:
    return audit(game, rule, **options)  # type: ignore[arg-type]


def test_the_published_form_leaks_for_asymmetric_damage_by_the_amount_said() -> None:
    rule = redistribution(GAME, rate=0.02, balanced=False)
    verdict = audit(GAME, rule)["budget-balance"]
    x = solve(redistribute(GAME, rule)).profile
    deficit = float(rule(GAME, x).sum())
    assert verdict.holds is False
    assert abs(deficit) > 0.1
    assert f"{deficit:.6g} at the equilibrium" in verdict.witness
    corners = np.array(np.meshgrid(*[[0.0, 4000.0]] * 3)).reshape(3, -1).T
    sums = rule(GAME, corners).sum(axis=1)
    assert f"between {sums.min():.6g} and {sums.max():.6g}" in verdict.witness
    assert audit(GAME, redistribution(GAME, rate=0.02))["budget-balance"].claim == "proved"


def test_bilateral_prices_pass_everything() -> None:
    rule = bilateral_prices(GAME, target=solve_planner(GAME).profile)
    result = audit(GAME, rule, fees="equal-gain")
    assert {p.name: p.holds for p in result.properties} == {
        "budget-balance": True,
        "individual-rationality-autarky": True,
        "individual-rationality-exit": True,
        "potential-kept": True,
        "optimum-is-equilibrium": True,
    }
    assert "holds    proved" in str(result)


def test_the_optimum_fails_without_a_rule_and_the_witness_gains() -> None:
    verdict = audit(GAME, none(GAME))["optimum-is-equilibrium"]
    assert verdict.holds is False
    best = solve_planner(GAME).profile
    name, rest = verdict.witness.split(" gains ")
    gain, where = rest.split(" by contributing ")
    n = GAME.players.index(name)
    moved = best.copy()
    moved[n] = float(where)
    change = float((GAME.payoffs(moved) - GAME.payoffs(best))[n])
    assert change == pytest.approx(float(gain), rel=1e-4)


def test_a_leak_that_is_rounding_is_not_proved_to_be_none() -> None:
    """Of two rows of damage one has some last digits more: what leaks is too little to be seen."""
    damage = np.array([[0, 0.1, 0.05], [0.1, 0, 0.03], [0.05, 0.03, 0]])
    for extra, claim in ((0.0, "proved"), (2.0**-54, "checked")):
        damage[0, 1] = 0.1 + extra
        rule = redistribution(GAME.replace(damage=damage), rate=0.02, balanced=False)
        assert rule.leak.any() == bool(extra)
        verdict = audit(GAME, rule)["budget-balance"]
        assert (verdict.holds, verdict.claim) == (True, claim)


def winner_takes(game: Game, profile: Array) -> Array:
    """Zero-sum, not separable: the largest contributor takes 5 from each other."""
    first = profile == profile.max(axis=-1, keepdims=True)
    return np.where(first, 5.0 * (profile.shape[-1] - 1), -5.0) * 1.0


def convex_pairs(game: Game, profile: Array) -> Array:
    """Zero-sum in pairs, a square of differences: destroys the potential."""
    gap = profile[..., :, None] - profile[..., None, :]
    return 1e-6 * (gap * np.abs(gap)).sum(axis=-1)


def test_nonlinear_pair_payments_break_the_potential_with_a_cycle() -> None:
    x = solve(GAME).profile
    mechanism = Mechanism(convex_pairs, np.zeros(3))
    result = audit_mechanism(GAME, mechanism, profile=x, target=None, outside={})
    assert result["potential-kept"].holds is False
    assert "4-cycle" in result["potential-kept"].witness
    assert result["budget-balance"].holds is True
    assert result["budget-balance"].claim == "checked"
    assert result["optimum-is-equilibrium"].holds is None


def test_participation_that_fails_names_who_and_how_much() -> None:
    x = solve(GAME).profile
    high = GAME.payoffs(x) + np.array([-1.0, 7.5, -1.0])
    result = audit_mechanism(
        GAME, Mechanism(none(GAME), np.zeros(3)), profile=x, target=None,
        outside={"autarky": high, "exit": Unknown("not known here")},
    )  # fmt: skip
    verdict = result["individual-rationality-autarky"]
    assert verdict.holds is False
    assert "South would lose 7.5" in verdict.witness
    assert "no fee can repair it" in verdict.witness  # Σ o exceeds Σ v by 5.5
    assert result["individual-rationality-exit"].holds is None
    assert result["individual-rationality-exit"].witness == "not known here"


def test_a_shortage_that_others_can_make_up_is_repaired_by_fees() -> None:
    x = solve(GAME).profile
    some = GAME.payoffs(x) + np.array([-5.0, 7.5, -5.0])
    result = audit_mechanism(
        GAME, Mechanism(none(GAME), np.zeros(3)), profile=x, target=None, outside={"autarky": some}
    )
    said = "South would lose 7.5; a zero-sum fee can repair it"
    assert result["individual-rationality-autarky"].witness == said


@pytest.mark.parametrize(("money", "data"), [(1.0, 1.0), (2.0**-12, 2.0**-13), (2.0**12, 2.0**13)])
def test_mixed_weights_have_no_potential_to_keep(money: float, data: float) -> None:
    """In whatever unit of money and data: that of West alone is negative."""
    game = GAME.replace(
        value=money * np.array([1000.0, 800.0, 30.0]), local_data=data * GAME.local_data,
        max_contribution=4000.0 * data, unit_cost=0.001 * money / data,
        quadratic_cost=2e-6 * money / data**2,
    )  # fmt: skip
    assert game.weights[2] < 0
    verdict = audit(game, none(game))["potential-kept"]
    assert verdict.holds is False
    assert verdict.witness.endswith(" (West)")


def test_fees_equalize_gains_and_move_nobody() -> None:
    rule = redistribution(GAME, rate=0.02)
    before = solve(redistribute(GAME, rule))
    outside = np.array([700.0, 650.0, 900.0])
    fees = equal_gain(before.payoffs, outside)
    after = solve(redistribute(GAME, Mechanism(rule, fees)))
    assert fees.sum() == pytest.approx(0.0, abs=1e-12)
    assert after.profile.tolist() == before.profile.tolist()
    gains = after.payoffs - outside
    assert gains == pytest.approx([gains[0]] * 3)


def test_the_range_of_a_leak_is_known_where_the_equilibrium_hides_it() -> None:
    """Equal contributions sum to zero even in the published form; elsewhere they do not."""
    game = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0, 900.0], max_contribution=1000.0,
        value=1000.0, damage=[[0, 0.1], [0.05, 0]],
    )  # fmt: skip
    verdict = audit(game, redistribution(game, rate=0.2, balanced=False))["budget-balance"]
    assert verdict.holds is False
    assert "between -10 and 10" in verdict.witness


class Threshold(SeparableRule):
    """Promises nothing, pays nothing, but for the last sliver of one organization's interval."""

    @property
    def slope(self) -> Array:
        """Zeros."""
        return np.zeros(3)

    @property
    def bend(self) -> Array:
        """Zeros."""
        return np.zeros(3)

    @property
    def leak(self) -> Array:
        """Zeros."""
        return np.zeros(3)

    def __call__(self, game: Game, profile: Array) -> Array:
        """Pay 500 beyond 99.95 % of the first interval: random draws rarely see it."""
        paid = 500.0 * (profile[..., :1] > 0.9995 * 4000)
        return np.concatenate((paid, -paid, 0.0 * paid), axis=-1)


def test_a_users_promise_is_checked_never_proved() -> None:
    verdict = audit(GAME, Threshold())["potential-kept"]
    assert verdict.claim == "checked"
    assert "32 draws" in verdict.witness
    assert audit(GAME, Threshold())["budget-balance"].claim == "checked"


def stepped(game: Game, profile: Array) -> Array:
    """Seven to each who contributes more than half: sums to 0, 7, 14 or 21."""
    return np.where(profile > 2000.0, 7.0, 0.0)


def weighed(game: Game, profile: Array) -> Array:
    """Pay a common function and parts that are own or another's, all by weight: a potential."""
    assert isinstance(game, CoopetitionRound)
    common = np.maximum(profile[..., :1], profile[..., 1:2])
    own, others = np.abs(profile - 1000.0), np.roll(profile, 1, axis=-1)
    return game.weights * (common + np.array([1.0, 2.0, 4.0]) * (own + others)) * 1e-3


def test_the_worst_deficit_that_was_drawn_is_the_witness() -> None:
    rule = Mechanism(stepped, np.zeros(3))
    result = audit_mechanism(GAME, rule, profile=np.zeros(3), target=None, outside={})
    verdict = result["budget-balance"]
    assert (verdict.holds, verdict.claim) == (False, "checked")
    assert verdict.witness.startswith("transfers sum to 0 at the equilibrium, and to 21 on one of")
    with pytest.raises(InvalidInputError, match=r"must be one of budget-balance, .* got 'budget'"):
        result["budget"]


def test_a_common_function_by_weight_keeps_the_potential() -> None:
    rule = Mechanism(weighed, np.zeros(3))
    result = audit_mechanism(GAME, rule, profile=np.zeros(3), target=None, outside={})
    verdict = result["potential-kept"]
    assert (verdict.holds, verdict.claim) == (True, "checked")
    assert "4-cycles close" in verdict.witness


def nearly(game: Game, profile: Array) -> Array:
    """Pay a common function by weight, to the first by a last digit more: no formula keeps that."""
    assert isinstance(game, CoopetitionRound)
    much = np.array([1.0 + 2.0**-52, 1.0, 1.0])
    return np.asarray(1e-7 * game.weights * much * profile.sum(axis=-1, keepdims=True) ** 2)


def test_a_formula_that_only_rounding_opens_is_checked() -> None:
    rule = Mechanism(nearly, np.zeros(3))
    result = audit_mechanism(GAME, rule, profile=np.zeros(3), target=None, outside={})
    verdict = result["potential-kept"]
    assert (verdict.holds, verdict.claim) == (True, "checked")


def test_what_an_open_cycle_misses_is_what_its_corners_say() -> None:
    """Written out: changes of the payments to two, each over its weight."""

    def paid(x: Array) -> Array:
        much = np.where(x[0] > 100.0, x[0], 0.0) * x[1]  # no formula: checked on draws
        return 1e-5 * np.array([much, -much, 0.0])

    def rule(game: Game, profile: Array) -> Array:
        return np.apply_along_axis(paid, -1, profile)

    pair = GAME.among([0, 1])
    mechanism = Mechanism(lambda game, x: rule(game, x)[..., :2], np.zeros(2))
    result = audit_mechanism(pair, mechanism, profile=np.zeros(2), target=None, outside={})
    verdict = result["potential-kept"]
    assert (verdict.holds, verdict.claim) == (False, "checked")
    numbers = [float(v) for v in re.findall(r"-?\d[\d.]*(?:e[+-]?\d+)?", verdict.witness)]
    a, b, c, d, gap = numbers[1:]
    if "North" not in verdict.witness.split(" and ")[0]:
        a, b, c, d, gap = c, d, a, b, -gap
    corners = [paid(np.array(at))[:2] for at in ((b, d), (a, d), (b, c), (a, c))]
    mixed = (corners[0] - corners[1] - corners[2] + corners[3]) / pair.weights
    assert gap == pytest.approx(mixed[0] - mixed[1], rel=1e-2)
