from typing import Any

import numpy as np
import pytest
import sympy

from coopetition.games import CoopetitionRound, PowerGain, certify
from coopetition.games.arrays import Array
from coopetition.games.measured import GameOfGains, MeasuredGame
from coopetition.games.measured.gains import differences
from coopetition.mechanisms import (
    Mechanism,
    audit_mechanism,
    bilateral_prices,
    equal_gain,
    redistribute,
)
from coopetition.mechanisms.rules.redistribution import redistribution
from coopetition.solvers import solve, solve_planner
from tests.games.measured.test_measured_gains import measured, separable, transfer


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("counts", ["contributions", "gains"])
@pytest.mark.parametrize("family", [transfer, separable])
def test_prices_sum_to_zero_and_make_the_target_an_equilibrium(
    family: Any, counts: Any, seed: int
) -> None:
    game = measured(family(seed, 4), counts=counts, damage=0.3)
    best = solve_planner(game)
    rule = bilateral_prices(game, target=best.profile)
    x = game.spaces.sample(np.random.default_rng(seed), 50)
    paid = rule(game, x)
    np.testing.assert_allclose(paid.sum(axis=-1), 0, atol=1e-12 * np.abs(paid).max())
    np.testing.assert_allclose(rule.flows(game, x[0]).sum(axis=1), paid[0], atol=1e-9)
    induced = redistribute(game, rule)
    assert certify(induced, best.profile).holds
    assert isinstance(induced, GameOfGains)
    slopes = differences(induced.payoffs, x[0], game.max_contribution)
    tight = 1e-5 * np.abs(slopes).max()
    np.testing.assert_allclose(induced.payoff_gradient(x[0]), slopes, atol=tight)
    np.testing.assert_allclose(induced.marginal_payoffs(x[0]), slopes.diagonal(), atol=tight)
    np.testing.assert_allclose(induced.payoffs(x), game.payoffs(x) + paid)
    found = solve(induced)
    assert found.success
    assert found.welfare >= solve(game).welfare - 1e-6 * abs(best.welfare)


def test_prices_are_the_marginal_effects_on_each_other() -> None:
    game = measured(transfer(2), max_contribution=transfer(2).unit)
    best = solve_planner(game).profile
    inside = (best > 0) & (best < game.max_contribution)
    slopes = differences(game.payoffs, best, game.max_contribution)
    matrix = bilateral_prices(game, target=best).matrix
    for n in np.flatnonzero(inside):
        others = np.arange(3) != n
        np.testing.assert_allclose(matrix[n, others], slopes[others, n], rtol=1e-2, atol=1e-2)


def test_with_one_curve_they_are_the_rounds_prices() -> None:
    round_ = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35),
        local_data=[1500.0, 900.0, 400.0],
        max_contribution=4000.0,
        value=[1000.0, 800.0, 1200.0],
        unit_cost=0.001,
        quadratic_cost=2e-6,
        damage=0.1,
    )

    def gains(x: Array) -> Array:
        shared = round_.gain.value(round_.form.aggregate(x))
        return np.repeat(shared[..., None], 3, axis=-1)

    names = ("max_contribution", "value", "unit_cost", "quadratic_cost", "damage")
    game = MeasuredGame(gains=gains, **{name: getattr(round_, name) for name in names})
    target = np.array([2000.0, 0.0, 4000.0])
    ours = bilateral_prices(game, target=target).matrix
    known = bilateral_prices(round_, target=target).prices()
    np.testing.assert_allclose(ours, known, rtol=1e-5, atol=1e-9)


def test_fines_hold_those_whose_payoff_is_convex() -> None:
    """Rivals' gains that the own rows raise hurt more than the own gain is worth."""
    gains = transfer(7, 3)
    game = measured(gains, damage=[[0, 2, 2], [0.1, 0, 0.1], [0.1, 0.1, 0]], quadratic_cost=0.0)
    target = 0.5 * game.max_contribution
    bare = redistribute(game, bilateral_prices(game, target=target, sharpen=False))
    assert not certify(bare, target).holds
    rule = bilateral_prices(game, target=target)
    assert rule.sharpening[0] > 0
    assert certify(redistribute(game, rule), target).holds
    x = game.spaces.sample(np.random.default_rng(0), 9)
    np.testing.assert_allclose(
        rule(game, x).sum(axis=-1), 0, atol=1e-9 * np.abs(rule(game, x)).max()
    )


def test_one_alone_pays_nobody() -> None:
    game = MeasuredGame(gains=np.log1p, max_contribution=[3.0], value=1.0)
    rule = bilateral_prices(game, target=[1.0])
    assert rule(game, np.array([2.0])).tolist() == [0]


def test_fees_and_the_audit_take_it() -> None:
    game = measured(transfer(1))
    best, alone = solve_planner(game), solve(game)
    rule = bilateral_prices(game, target=best.profile)
    found = solve(redistribute(game, rule))
    fees = equal_gain(found.payoffs, alone.payoffs)
    mechanism = Mechanism(rule, fees)
    with_fees = solve(redistribute(game, mechanism))
    np.testing.assert_allclose(with_fees.profile, found.profile, rtol=1e-9)
    gains = with_fees.payoffs - alone.payoffs
    np.testing.assert_allclose(gains, gains[0])
    audit = audit_mechanism(
        game, mechanism, profile=found.profile, target=best.profile, outside={"none": alone.payoffs}
    )
    verdicts = {one.name: one.holds for one in audit.properties}
    assert verdicts == {
        "budget-balance": True,
        "individual-rationality-none": True,
        "potential-kept": False,
        "optimum-is-equilibrium": True,
    }
    assert audit["budget-balance"].claim == "proved"
    assert "organization" in audit["potential-kept"].witness


def test_redistribution_is_taken_too() -> None:
    game = measured(transfer(1))
    induced = redistribute(game, redistribution(game, rate=2.0, intensity=0.1))
    found = solve(induced)
    assert found.certificate.method == "branch and bound"
    assert found.success


def test_contracts_sum_to_zero_as_a_formula_and_the_code_is_that_formula() -> None:
    """Σ_n [Σ_m (π_nm x_n − π_mn x_m) − φ_n + Σ_m s_mn φ_m] = 0 where each row of s sums to 1."""
    size = 3
    x, fine = sympy.symbols("x:3"), sympy.symbols("f:3")
    pi, s = (sympy.Matrix(size, size, sympy.symbols(f"{name}:9")) for name in "ps")
    for n in range(size):
        pi[n, n] = s[n, n] = 0
        s[n, (n + 2) % size] = 1 - s[n, (n + 1) % size]
    transfers = [
        sum(pi[n, m] * x[n] - pi[m, n] * x[m] + s[m, n] * fine[m] for m in range(size)) - fine[n]
        for n in range(size)
    ]
    assert sympy.expand(sum(transfers)) == 0
    game = measured(transfer(7), quadratic_cost=0.0, damage=2 * (1 - np.eye(3)))
    rule = bilateral_prices(game, target=0.5 * game.max_contribution)
    assert (rule.sharpening > 0).any()
    at = game.spaces.sample(np.random.default_rng(3), 1)[0]
    fines = 0.5 * rule.sharpening * (at - rule.target) ** 2
    values = [*zip(x, at, strict=True), *zip(fine, fines, strict=True)]
    for n, m in np.argwhere(~np.eye(size, dtype=bool)):
        values.append((pi[n, m], rule.matrix[n, m]))
        if m == (n + 1) % size:
            values.append((s[n, m], rule.shares[n, m]))
    exact = [float(one.subs(values)) for one in transfers]
    np.testing.assert_allclose(rule(game, at), exact, rtol=1e-9)
