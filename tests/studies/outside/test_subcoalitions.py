"""Sub-coalitions against rounds built by hand, loops over sets, and symmetric closed forms."""

from itertools import combinations

import numpy as np
import pytest

from benchmarks.design import drawn
from coopetition.games.coopetition.gain import ExponentialGain, PowerGain
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms import none, pool_shares
from coopetition.solvers import solve, solve_planner
from coopetition.studies.compare.compare import compare
from coopetition.studies.outside.outside import autarky
from coopetition.studies.outside.subcoalitions import best_options, subcoalitions
from coopetition.studies.scenario.mechanism_table import MechanismSettings
from coopetition.studies.scenario.rules import rule_maker


def test_one_alone_has_its_autarky_and_all_have_the_round() -> None:
    game = drawn(3).among([0, 1, 2, 3]).replace(fixed_cost=0.0)
    found = subcoalitions(game, none)
    singles = found.values[[1, 2, 4, 8]]
    np.testing.assert_allclose(singles, autarky(game).payoff)
    direct = [float(solve(game.among([n])).payoffs.sum()) for n in range(4)]
    np.testing.assert_allclose(singles, direct, rtol=1e-9)
    assert found.values[-1] == pytest.approx(float(solve(game).payoffs.sum()))
    pair = CoopetitionRound(
        gain=game.gain, local_data=game.local_data[[1, 3]], value=game.value[[1, 3]],
        max_contribution=game.max_contribution[[1, 3]], unit_cost=game.unit_cost[[1, 3]],
        quadratic_cost=game.quadratic_cost[[1, 3]], quality=game.quality[[1, 3]],
        skew=game.skew[[1, 3]], personal_weight=game.personal_weight,
        damage=game.damage.spread(np.eye(4))[np.ix_([1, 3], [1, 3])],
        rivalry=game.rivalry.spread(np.eye(4))[np.ix_([1, 3], [1, 3])],
    )  # fmt: skip
    assert found.values[0b1010] == pytest.approx(float(solve(pair).payoffs.sum()), rel=1e-9)


def test_under_optimal_prices_a_part_has_its_planners_welfare() -> None:
    game = drawn(3).among([0, 1, 2, 3])
    prices = rule_maker(game, MechanismSettings(rule="bilateral-prices"))
    found = subcoalitions(game, prices)
    best = subcoalitions(game, none, worth="optimum")
    np.testing.assert_allclose(found.values, best.values, rtol=1e-6)
    assert best.values[0b0111] == pytest.approx(solve_planner(game.among([0, 1, 2])).welfare)


def test_the_best_option_against_a_loop_over_sets() -> None:
    rng = np.random.default_rng(4)
    for size in (2, 3, 5):
        values, alone = rng.uniform(-1, 5, 1 << size), rng.uniform(0, 2, size)
        values[0] = 0.0
        values[[1 << n for n in range(size)]] = alone
        option, best = best_options(values, alone)
        for n in range(size):
            shares = [
                alone[n] + (values[sum(1 << k for k in who)] - alone[list(who)].sum()) / len(who)
                for count in range(1, size)
                for who in combinations(range(size), count)
                if n in who
            ]
            assert option[n] == pytest.approx(max(shares))
            assert best[n] >> n & 1
        assert (option >= alone - 1e-12).all()


def test_equals_without_costs_have_the_closed_form() -> None:
    """Nobody can contribute: v(S) = s P(s D), and the best part of N is one short of all."""
    game = CoopetitionRound(
        gain=ExponentialGain(1.0, 1000.0), local_data=[400.0] * 4, max_contribution=0.0, value=10.0
    )
    found = subcoalitions(game, none)
    count = np.array([bin(mask).count("1") for mask in range(16)])
    np.testing.assert_allclose(found.values, 10 * count * (1 - np.exp(-0.4 * count)))
    np.testing.assert_allclose(found.option, 10 * (1 - np.exp(-1.2)))
    assert all(len(who) == 3 for who in found.partners)
    payoffs = game.payoffs(np.zeros(4))
    assert found.core(payoffs).inside
    shifted = payoffs + np.array([-6.0, 2.0, 2.0, 2.0])
    blocked = found.core(shifted)
    assert not blocked.inside
    assert 0 in blocked.coalition
    who = list(blocked.coalition)
    mask = sum(1 << n for n in who)
    assert found.values[mask] - shifted[who].sum() == pytest.approx(blocked.excess)


def test_what_cannot_be_solved_is_said() -> None:
    many = CoopetitionRound(
        gain=PowerGain(1, 2, 0.35), local_data=[900.0] * 13, max_contribution=10.0, value=1.0
    )
    with pytest.raises(InvalidInputError, match="not solved above 12 organizations, got 13"):
        subcoalitions(many, none)
    with pytest.raises(InvalidInputError, match="above 8 organizations under a rule whose"):
        subcoalitions(many.among(range(9)), pool_shares)
    with pytest.raises(InvalidInputError, match="`worth` must be equilibrium or optimum"):
        subcoalitions(many.among([0, 1]), none, worth="fame")  # type: ignore[arg-type]
    symmetric = rule_maker(
        many.among([0, 1, 2]), MechanismSettings(rule="symmetric-redistribution")
    )
    with pytest.raises(InvalidInputError, match="organization 1, organization 2 has no known"):
        subcoalitions(many.among([0, 1, 2]), symmetric)


def test_a_comparison_goes_on_where_a_rule_has_no_equilibrium() -> None:
    game = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35), local_data=[16, 29], max_contribution=4000,
        value=[289, 835], unit_cost=[1.0, 0.1],
    )  # fmt: skip
    table = compare(game, MechanismSettings(rule="none", outside_option="sub-coalition"))
    row = next(row for row in table.rows if row.rule == "proportional")
    assert row.note == "no pure equilibrium found"
    assert (row.budget_balance, row.individual_rationality) == ("unknown", "unknown")
