"""Joint deviations against closed forms, the planner, and the definition."""

import re
import tomllib

import numpy as np
import pytest

from coopetition.games import CoopetitionRound, LogarithmicGain
from coopetition.games.base import Game
from coopetition.games.coopetition.gain import PowerGain
from coopetition.mechanisms import (
    Mechanism,
    bilateral_prices,
    full_pigou,
    linear_pigou,
    none,
    redistribute,
)
from coopetition.solvers import solve, solve_planner
from coopetition.studies import parse_scenario
from coopetition.studies.audit.audit import full_audit
from coopetition.studies.audit.joint_deviations import JointDeviations, joint_deviations
from tests.instances import random_round
from tests.studies.command import THREE

seeds = pytest.mark.parametrize("seed", range(8))


def search(game: Game, profile: np.ndarray, unit: float = 1e-6) -> JointDeviations:
    found = joint_deviations(game, profile, unit=unit)
    assert isinstance(found, JointDeviations)
    return found


@seeds
def test_two_together_are_the_planner(seed: int) -> None:
    game = random_round(seed, players=2, positive=True)
    found, best = search(game, solve(game).profile), solve_planner(game)
    assert found.found is not None
    free = float(game.welfare(solve(game).profile))
    assert found.found.gain == pytest.approx(best.welfare - free, abs=1e-6 * abs(best.welfare))
    assert (found.tried, found.largest) == (1, 2)


def test_two_firms_with_a_logarithmic_gain() -> None:
    """Together max 2 ln(1 + x1 + x2) − (x1² + x2²)/2 at x (1 + 2x) = 2; alone x (1 + 2x) = 1."""
    game = CoopetitionRound(
        gain=LogarithmicGain(1.0, 1.0, offset=1.0), local_data=[0.0] * 2, max_contribution=9.0,
        value=1.0, unit_cost=0.0, quadratic_cost=1.0,
    )  # fmt: skip
    found = search(game, np.array([0.5, 0.5])).found
    assert found is not None
    x = (np.sqrt(17) - 1) / 4
    assert found.contribution == pytest.approx([x, x], abs=1e-5)
    each = (np.log(1 + 2 * x) - x**2 / 2) - (np.log(2) - 0.125)
    assert found.gains == pytest.approx([each, each], abs=1e-9)


@seeds
def test_what_is_found_is_gained(seed: int) -> None:
    game = random_round(seed, players=4, positive=True)
    x = solve(game).profile
    found = search(game, x).found
    assert found is not None
    moved, who = x.copy(), [game.players.index(name) for name in found.members]
    moved[who] = found.contribution
    change = (game.payoffs(moved) - game.payoffs(x))[who]
    assert change == pytest.approx(found.gains, abs=1e-9 * np.abs(game.payoffs(x)).max())
    draws = np.repeat(x[None], 3000, axis=0)  # nobody finds a better one by chance
    draws[:, who] = game.spaces.sample(np.random.default_rng(seed), 3000)[:, who]
    lucky = game.payoffs(draws)[:, who].sum(axis=1).max() - game.payoffs(x)[who].sum()
    assert lucky <= found.gain + 1e-6 * np.abs(game.payoffs(x)).sum()


@seeds
def test_where_all_have_the_welfare_no_coalition_gains_at_the_optimum(seed: int) -> None:
    game = random_round(seed, players=4, positive=True)
    best = solve_planner(game)
    found = search(redistribute(game, full_pigou(game)), best.profile, 1e-6 * abs(best.welfare))
    assert (found.tried, found.largest) == (11, 4)
    assert found.found is not None
    assert found.found.gain <= 1e-6 * abs(best.welfare)


def test_prices_that_the_gainers_pay_withstand_coalitions_and_others_do_not() -> None:
    """π_nm = ∂U_m/∂x_n: inside S they cancel, outside they are what S does to others."""
    games = [parse_scenario(tomllib.loads(THREE)).round()]
    games += [random_round(seed, players=4, positive=True) for seed in range(6)]
    for game in games:
        best = solve_planner(game).profile
        unit = 1e-6 * float(np.abs(game.payoffs(best)).sum())
        found = search(redistribute(game, bilateral_prices(game, target=best)), best, unit).found
        assert found is not None
        assert found.gain <= unit
    pigou = linear_pigou(games[0], target=solve_planner(games[0]).profile)
    paid_outside = search(redistribute(games[0], pigou), pigou.anchor).found
    assert paid_outside is not None
    assert paid_outside.members == ("South", "West")
    assert paid_outside.gain > 1


def test_many_organizations() -> None:
    def alike(size: int) -> CoopetitionRound:
        return CoopetitionRound(
            gain=PowerGain(1.0, 2.0, 0.35), local_data=[900.0] * size, max_contribution=4000.0,
            value=1000.0, unit_cost=0.001, quadratic_cost=2e-6,
        )  # fmt: skip

    for size, tried, largest in ((1, 0, 1), (6, 57, 6), (7, 56, 3), (13, 78, 2)):
        game = redistribute(alike(size), full_pigou(alike(size)))
        found = search(game, solve_planner(alike(size)).profile, unit=1.0)
        assert (found.tried, found.largest) == (tried, largest)
    said = joint_deviations(alike(31), alike(31).max_contribution, unit=1.0)
    assert str(said) == "coalitions' joint changes are not searched above 30 organizations, got 31"


def test_the_audit_says_who_and_what() -> None:
    game = random_round(2, players=3, positive=True)
    audit = full_audit(game, "none")
    verdict, found = audit["joint-deviation-proof"], audit.joint
    assert isinstance(found, JointDeviations)
    assert found.found is not None
    assert verdict.holds is False
    assert verdict.claim == "checked"
    assert verdict.witness.endswith("checked on 3 coalitions of 2")
    gain = re.match(r"([\d.e+-]+) more for", verdict.witness)
    assert gain is not None
    assert float(gain[1]) == pytest.approx(found.found.gain, rel=1e-5)
    assert audit.to_dict()["joint_deviations"]["members"] == list(found.found.members)
    optimum = full_audit(game, full_pigou)["joint-deviation-proof"]
    assert optimum.holds
    assert optimum.witness == "no gain found; checked on 4 coalitions of 2 to 3"
    alone = full_audit(game.among([0]), none)["joint-deviation-proof"]
    assert alone.witness == "there is nobody to deviate with"


def test_lump_sums_move_nobody() -> None:
    game = random_round(1, players=3, positive=True)
    x, fees = solve(game).profile, np.array([5.0, -3.0, -2.0])
    one = search(game, x).found
    other = search(redistribute(game, Mechanism(none(game), fees)), x).found
    assert one is not None
    assert other is not None
    assert other.gains == pytest.approx(one.gains, abs=1e-6)
