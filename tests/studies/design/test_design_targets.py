"""Targets that other constraints hold back, mechanisms with few contracts, linear costs."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

from benchmarks.design import drawn, linear
from coopetition.games.coopetition.gain import ExponentialGain, PowerGain
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.mechanisms import redistribute
from coopetition.mechanisms.settlement.settlement import Conflict, Settlement
from coopetition.solvers import solve, solve_planner
from coopetition.studies import prices_many
from coopetition.studies.design.design import Constraints, design, perturbed
from coopetition.studies.outside.outside import autarky
from tests.instances import payoff_scale
from tests.studies.command import coopetition

BIG = CoopetitionRound(
    gain=PowerGain(1.0, 2.0, 0.35), organizations=["A", "B"], local_data=[1500.0, 300.0],
    max_contribution=40_000.0, value=[1000.0, 400.0], unit_cost=0.001, quadratic_cost=2e-6,
)  # fmt: skip


@pytest.mark.parametrize("objective", ["contribution", "gain"])
@pytest.mark.parametrize(
    "limits",
    [{"box": 0.1}, {"most": 5.0}, {"pair": 5.0}, {"most": 0.0}, {"most": 5.0, "contracts": 1}],
)
def test_a_target_moves_towards_the_planners_until_all_can_be_met(
    objective: Any, limits: Any
) -> None:
    wanted = Constraints(**limits)
    free, found = design(BIG, objective), design(BIG, objective, wanted)
    assert found.feasible
    assert found.target.held_back
    assert "found" in found.target.known
    assert not free.target.held_back
    assert found.planner.profile.sum() < found.target.value < free.target.value
    assert found.target.value + found.target.gap == pytest.approx(
        free.target.value + free.target.gap
    )
    net = found.mechanism(BIG, found.target.profile)
    for game in (BIG, *found.samples):
        slack = game.payoffs(found.target.profile) + net - autarky(game).payoff
        assert slack.min() >= -1e-6
    # A little further on the way it cannot be met.
    beyond = found.target.profile + 1e-3 * (free.target.profile - found.target.profile)
    lacks = np.max(
        [autarky(game).payoff - game.payoffs(beyond) for game in (BIG, *found.samples)], axis=0
    )
    cap = min(limits.get(name, np.inf) for name in ("most", "pair"))
    assert lacks.sum() > 0 or lacks.max() > cap


def test_a_target_held_back_by_a_box_is_close_to_the_best_there_is() -> None:
    """Against a local search of the constrained maximum itself."""
    found = design(BIG, "contribution", Constraints(box=0.1))
    rounds = [(game, autarky(game).payoff) for game in found.samples]

    def spare(x: Any) -> float:
        return -float(np.max([option - game.payoffs(x) for game, option in rounds], axis=0).sum())

    assert spare(found.target.profile) >= -1e-6
    limits: Any = [{"type": "ineq", "fun": spare}]
    start, ends = found.target.profile, [(0.0, 40_000.0)] * 2
    search: Any = minimize
    best = search(lambda x: -x.sum(), start, method="SLSQP", bounds=ends, constraints=limits)
    assert found.target.value >= (1 - 1e-3) * -float(best.fun)


def test_samples_hold_a_target_back_too() -> None:
    samples = perturbed(BIG, 0.1, 5)
    found = design(BIG, "contribution", samples=samples)
    assert found.feasible
    assert found.target.held_back


def test_where_not_even_the_planners_will_do_the_value_is_the_objectives() -> None:
    found = design(BIG, "contribution", Constraints(guarantee=50.0))
    assert isinstance(found.settlement, Conflict)
    assert found.target.value == pytest.approx(found.planner.profile.sum())
    assert not found.elsewhere_open
    capped = design(BIG, "contribution", Constraints(guarantee=14.0, most=0.5))
    assert isinstance(capped.settlement, Conflict)
    assert capped.elsewhere_open


def test_one_organization_alone_keeps_to_its_own_optimum(tmp_path: Path) -> None:
    alone = BIG.among([0])
    found = design(alone, "contribution", Constraints(guarantee=-20.0))
    assert found.feasible
    assert found.certificate.holds
    np.testing.assert_allclose(found.target.profile, found.planner.profile)


def test_a_design_whose_target_is_no_equilibrium_is_not_feasible() -> None:
    from dataclasses import replace

    found = design(BIG)
    moved = replace(found, target=replace(found.target, profile=found.target.profile * 1.5))
    assert not moved.certificate.holds
    assert not moved.feasible


def test_who_cannot_contribute_needs_no_contract() -> None:
    game = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0, 900.0, 800.0], value=1000.0,
        max_contribution=[4000.0, 4000.0, 0.0], unit_cost=0.001, damage=0.08,
        quadratic_cost=[2e-6, 2e-6, 0.0],
    )  # fmt: skip
    found = design(game, constraints=Constraints(contracts=1))
    assert found.feasible
    assert isinstance(found.settlement, Settlement)
    assert found.prices[2].tolist() == [0.0, 0.0, 0.0]
    assert found.certificate.holds
    assert isinstance(design(game, constraints=Constraints(contracts=0)).settlement, Conflict)


def test_who_contributes_nothing_by_itself_needs_no_contract() -> None:
    """Its cost is far above what data are worth: it stays at nothing without a price."""
    game = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0, 900.0, 800.0], value=1000.0,
        max_contribution=4000.0, unit_cost=[0.001, 0.001, 5.0], damage=0.08, quadratic_cost=2e-6,
    )  # fmt: skip
    found = design(game, constraints=Constraints(contracts=1))
    assert found.target.profile[2] == 0
    assert found.feasible
    np.testing.assert_allclose(
        solve(found.induced).profile, found.target.profile, atol=1e-6 * 4000.0
    )


@pytest.mark.parametrize("limits", [{}, {"contracts": 6}])
def test_the_matrix_of_prices_says_who_pays_whom(limits: Any) -> None:
    game = drawn(3).among([0, 1, 2, 3, 4])
    found = design(game, constraints=Constraints(guarantee=-50.0, **limits))
    assert found.feasible
    document = found.to_dict()
    matrix = document["prices"]  # row: who pays
    np.testing.assert_allclose(matrix.sum(axis=0), document["price"], rtol=1e-9, atol=1e-12)
    assert not matrix.diagonal().any()
    x = game.spaces.sample(np.random.default_rng(0), 1)[0]
    eta, off = document["sharpening"], x - found.target.profile
    linear_part = matrix.sum(axis=0) * x - matrix @ x
    if not np.any(eta):
        np.testing.assert_allclose(found.rule(game, x), linear_part, atol=1e-9)  # type: ignore[misc]
    assert off.any()


@pytest.mark.parametrize("seed", range(12))
def test_linear_costs_are_implemented_by_sharpening(seed: int) -> None:
    game = linear(seed)
    found, best = design(game), solve_planner(game)
    inside = (best.profile > 0) & (best.profile < game.max_contribution)
    scale = payoff_scale(game, best.profile)
    if isinstance(found.settlement, Conflict):
        missing = float(autarky(game).payoff.sum()) - best.welfare
        assert found.settlement.shortfall == pytest.approx(missing, rel=1e-4)
        return
    assert found.feasible
    assert found.rule is not None
    assert (found.rule.bend > 0).any()
    full = solve(found.induced)
    assert abs(float(game.welfare(full.profile)) - best.welfare) <= 1e-6 * scale
    top = game.max_contribution
    assert np.abs(full.profile - best.profile)[inside].max(initial=0.0) <= 2e-4 * top.max()


@pytest.mark.parametrize("seed", [203, 291])
def test_sharpening_is_felt_where_the_gain_is_saturated(seed: int) -> None:
    """Without a floor η was 1e-17 and less: ties, and up to 0.06 % of the welfare lost."""
    rng = np.random.default_rng(seed)
    size = int(rng.integers(2, 7))
    game = CoopetitionRound(
        gain=ExponentialGain(1.0, float(10 ** rng.uniform(0, 3.5))),
        local_data=rng.uniform(0, 300, size), max_contribution=rng.uniform(100, 5000, size),
        value=rng.uniform(300, 1500, size),
        unit_cost=rng.choice([0.0, 1e-9, 1e-5, 1e-3], size) * rng.uniform(0.5, 2, size),
        damage=float(rng.uniform(0, 1.2 / size)), rivalry=float(rng.choice([0, 0.1])),
    )  # fmt: skip
    found = design(game, constraints=Constraints(guarantee=-1e4))
    assert found.rule is not None
    best = found.planner.welfare
    profile = solve(redistribute(game, found.rule)).profile
    assert float(game.welfare(profile)) == pytest.approx(best, rel=1e-9)
    batch = prices_many(game, {"value": game.value[None]})
    np.testing.assert_allclose(batch.sharpening[0], found.rule.bend, rtol=1e-6)
    assert batch.lost[1][0] <= 1e-9 * best


def test_the_verb_says_what_holds_a_target_back(tmp_path: Path) -> None:
    text = """
[gain]
family = "power"
ceiling = 1.0
scale = 2.0
exponent = 0.35
"""
    for name, data, value in (("A", 1500, 1000), ("B", 300, 400)):
        text += (
            f'[[organization]]\nname = "{name}"\nlocal_data = {data}\nvalue = {value}\n'
            "max_contribution = 40000\nunit_cost = 0.001\nquadratic_cost = 2e-6\n"
        )
    file = tmp_path / "big.toml"
    file.write_text(text)
    found = coopetition("design", file, "--objective", "contribution", "--most", "5")
    assert found.code == 0, found.err
    assert "constraints hold the target back" in found.out
    asked = ("--guarantee", "14", "--most", "0.5")
    none = coopetition("design", file, "--objective", "contribution", *asked)
    assert none.code == 1
    assert "That is known of this target only" in none.out
    told = coopetition("design", file, "--objective", "contribution", "--pair", "5", "--json")
    assert told.document["held_back"] is True
    assert told.document["floor_price"] is None
    assert set(told.document["shadow"]) == set(told.document["costs"])
