"""Grim trigger: textbook factors, and a direct sum of discounted payoffs."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coopetition.games import CoopetitionRound, ExponentialGain, InvalidInputError, PowerGain
from coopetition.games.finite import FiniteGame
from coopetition.games.repeated import grim_trigger
from coopetition.solvers import solve, solve_planner


@given(
    sucker=st.floats(0, 1), steps=st.tuples(*[st.floats(0.1, 3)] * 3), above=st.floats(1e-3, 0.2)
)
def test_a_discounted_sum_says_the_same(
    sucker: float, steps: tuple[float, float, float], above: float
) -> None:
    p = sucker + steps[0]
    r = p + steps[1]
    t = r + steps[2]
    game = FiniteGame([[[r, sucker], [t, p]], [[r, t], [sucker, p]]])
    factor = grim_trigger(game, (0, 0), (1, 1)).critical
    assert factor == pytest.approx((t - r) / (t - p))
    assert factor is not None
    for discount, stays in ((factor + above, True), (factor - above, False)):
        if 0 < discount < 1:
            cheat = t + discount * p / (1 - discount)
            assert (r / (1 - discount) > cheat) == stays


def test_the_classic_numbers_need_a_half() -> None:
    game = FiniteGame([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    assert grim_trigger(game, (0, 0), (1, 1)).critical == 0.5


def test_an_equilibrium_needs_no_threat_and_a_gift_none_that_works() -> None:
    game = FiniteGame([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    assert grim_trigger(game, (1, 1), (1, 1)).critical == 0.0
    found = grim_trigger(game, (0, 1), (1, 1))  # the row player has less than when punished
    assert found.critical is None
    assert "player 1" in str(found)


def test_a_threat_that_is_no_equilibrium_is_said() -> None:
    game = FiniteGame([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    assert grim_trigger(game, (0, 0), (1, 0)).punishment_regret == 1.0


def test_the_optimum_of_a_symmetric_round_can_be_kept_up() -> None:
    game = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0] * 6, max_contribution=20_000.0,
        value=1000.0, unit_cost=0.001, quadratic_cost=2e-6, damage=0.08)  # fmt: skip
    free, best = solve(game).profile, solve_planner(game).profile
    found = grim_trigger(game, best, free)
    stay, lone = game.payoffs(best)[0], game.payoffs(free)[0]
    alone = [best.copy() for _ in range(4001)]
    for x, y in zip(alone, np.linspace(0, 20_000, 4001), strict=True):
        x[0] = y
    deviation = game.payoffs(np.array(alone))[:, 0].max()
    truth = (deviation - stay) / (deviation - lone)
    assert found.critical == pytest.approx(truth, rel=1e-3)
    assert found.punishment_regret < 1e-6


def test_a_profile_of_the_wrong_length_is_refused() -> None:
    game = FiniteGame([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    with pytest.raises(InvalidInputError, match="strategy number"):
        grim_trigger(game, (0,), (1, 1))


@pytest.mark.parametrize("offset", [10**13, -(10**13)])
def test_a_constant_added_to_payoffs_changes_nothing(offset: int) -> None:
    prisoners = np.array([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    assert grim_trigger(FiniteGame(prisoners + offset), (0, 0), (1, 1)).critical == 0.5
    whole = FiniteGame(np.vectorize(Fraction, otypes=[object])(prisoners) + 10**7 * offset)
    assert grim_trigger(whole, (0, 0), (1, 1)).critical == 0.5


def test_equilibria_need_no_threat() -> None:
    game = CoopetitionRound(
        gain=ExponentialGain(1.0, 3254.6), local_data=[0.0, 500.0], value=[1795.0, 0.0],
        max_contribution=[5000.0, 300.0], unit_cost=[0.001, 0], quadratic_cost=[1e-6, 1e-4],
        quality=[0.5, 1], damage=0.05, fixed_cost=1.0,
    )  # fmt: skip
    profile = solve(game).profile
    found = grim_trigger(game, profile, profile)
    assert found.critical == 0.0
    assert found.punishment_regret == 0.0
    loose = grim_trigger(game, profile, [0.0, 0.0])
    assert loose.punishment_regret > 1.0
    assert "the threat is not credible" in str(loose)
