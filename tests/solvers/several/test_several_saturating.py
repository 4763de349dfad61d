"""Several aggregates whose gains saturate far below what organizations could contribute."""

import numpy as np
import pytest

from coopetition.games import SeveralAggregatesGame
from coopetition.games.coopetition.gain import ExponentialGain, GainCurve
from coopetition.solvers import solve, solve_aggregate, solve_several
from tests.campaign import draws
from tests.several_instances import as_round


def saturated(
    *gains: GainCurve, unit_cost: float = 0.01, quadratic_cost: float = 0.0, people: int = 1
) -> SeveralAggregatesGame:
    return SeveralAggregatesGame(
        gains=gains,
        local_data=np.zeros((people, len(gains))),
        max_contribution=20_000.0,
        value=1000.0,
        unit_cost=unit_cost,
        quadratic_cost=quadratic_cost,
    )


def draw(seed: int) -> SeveralAggregatesGame:
    """Draw up to 8 organizations and 3 kinds; every third game has linear costs only."""
    rng = np.random.default_rng((77, seed))
    n, k = int(rng.integers(1, 9)), int(rng.integers(1, 4))
    curves = [
        ExponentialGain(float(rng.uniform(0.5, 2.0)), float(10.0 ** rng.uniform(1.0, 4.0)))
        for _ in range(k)
    ]
    return SeveralAggregatesGame(
        gains=curves,
        local_data=10.0 ** rng.uniform(0.0, 3.0, (n, k)) * (rng.random((n, k)) < 0.5),
        quality=rng.uniform(0.1, 1.0, (n, k)),
        max_contribution=10.0 ** rng.uniform(2.0, 5.0, n),
        value=10.0 ** rng.uniform(1.0, 4.0, n),
        unit_cost=10.0 ** rng.uniform(-4.0, 0.0, n),
        quadratic_cost=10.0 ** rng.uniform(-10.0, -4.0, n)
        * (rng.random(n) < [1.0, 0.5, 0.0][seed % 3]),
    )


def test_a_closed_form_on_the_slope_before_the_plateau() -> None:
    """All of the gain but e^−7 of it: p s e^(−x/s) = a."""
    game = saturated(ExponentialGain(1.0, 100.0), quadratic_cost=1e-9)
    found = solve_several(game)
    assert found.success, found
    assert found.unique
    assert found.profile == pytest.approx([100.0 * np.log(1000.0)], rel=1e-3)
    assert found.profile == pytest.approx(solve_aggregate(as_round(game)).profile, rel=1e-9)


def test_two_saturating_kinds_and_linear_costs() -> None:
    game = saturated(*[ExponentialGain(1.0, 100.0)] * 2, people=2)
    found = solve_several(game)
    assert found.success, found
    assert found.profile.sum() == pytest.approx(100.0 * np.log(2000.0), rel=1e-4)


@pytest.mark.campaign
def test_ordinary_saturating_games_are_all_certified() -> None:
    failed = [seed for seed in range(draws(120, 300)) if not solve_several(draw(seed)).success]
    assert failed == []


@pytest.mark.parametrize("seed", range(0, 60, 3))
def test_one_saturating_kind_agrees_with_the_exact_solver(seed: int) -> None:
    game = draw(seed)
    one = SeveralAggregatesGame(
        gains=game.gains[:1],
        local_data=game.local_data[:, :1],
        quality=game.quality[:, :1],
        max_contribution=game.max_contribution,
        value=game.value,
        unit_cost=game.unit_cost,
        quadratic_cost=game.quadratic_cost,
    )
    exact = solve_aggregate(as_round(one)).profile
    # A slope of e^−700 P′(0) has few digits: where all is on the plateau 1e-6 is what is left.
    assert solve_several(one).profile == pytest.approx(exact, rel=1e-6, abs=1e-6)


def test_the_potential_is_climbed_where_the_answer_is_not_certified() -> None:
    """Far more is possible than is worth while: proximal steps are too long."""
    game = SeveralAggregatesGame(
        gains=[ExponentialGain(46_000.0, 2e-5)],
        local_data=[[0.0]],
        quality=0.01,
        max_contribution=2e9,
        value=2000.0,
        unit_cost=12_000.0,
    )
    alone, found = solve_several(game), solve(game)
    assert not alone.success
    assert found.success, found
    assert found.solver == "ascend_potential"
    assert found.reason.endswith("was not certified: the potential was climbed")
    best = 2e-5 / 0.01 * np.log(2000.0 * 46_000.0 * 0.01 / 2e-5 / 12_000.0)
    assert found.profile == pytest.approx([best], rel=1e-6)


def test_slopes_that_nearly_underflow_on_the_plateau_warn_of_nothing() -> None:
    """At the start P′ is 1e-309 of what it was, and nothing costs anything."""
    game = SeveralAggregatesGame(
        gains=[ExponentialGain(1.0, 1.0)], local_data=[[700.0]], max_contribution=20.0, value=1e-5
    )
    assert solve_several(game).success


def test_tolerances_do_not_vanish_where_nobody_contributes() -> None:
    game = saturated(ExponentialGain(1.0, 100.0), unit_cost=20.0)  # more than it is ever worth
    found = solve(game)
    assert found.success
    assert found.profile.tolist() == [0.0]
    assert found.certificate.tolerance > 0
