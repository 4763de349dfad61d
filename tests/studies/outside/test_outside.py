"""Outside options against slow, independent maximizations and rounds rebuilt by hand."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from coopetition.games.arrays import Array
from coopetition.games.coopetition.gain import ExponentialGain, PowerGain, TabulatedGain
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError
from coopetition.games.unknown import Unknown
from coopetition.mechanisms import TransferRule, none, redistribute, redistribution
from coopetition.solvers import best_response_dynamics, solve
from coopetition.studies import MechanismSettings, autarky, exit_payoffs, run_study
from coopetition.studies.outside.options import outside_options
from coopetition.studies.outside.outside import EXIT_LIMIT
from tests.instances import random_round


def alone_payoff(game: CoopetitionRound, n: int, x: Array) -> Array:
    """Write out what n alone gets, from the model's text: no fixed cost, no competition."""
    data, quality, value = game.local_data[n], game.quality[n], game.value[n]
    shared = game.gain.value(data + quality * x)
    washed = game.personal_weight * game.skew[n] * data / np.maximum(data + x, 1e-300)
    cost = game.unit_cost[n] * x + 0.5 * game.quadratic_cost[n] * x**2
    return np.asarray(value * (shared - washed) - cost)


def slow_best(game: CoopetitionRound, n: int) -> tuple[float, float]:
    """Maximize on a grid, then between the neighbors of its best point."""
    top = float(game.max_contribution[n])
    grid = np.linspace(0.0, top, 20_001)
    payoffs = alone_payoff(game, n, grid)
    k = int(np.argmax(payoffs))
    low, high = grid[max(k - 1, 0)], grid[min(k + 1, grid.size - 1)]
    best = float(grid[k]), float(payoffs[k])
    if high > low:
        fine = minimize_scalar(
            lambda x: -float(alone_payoff(game, n, np.array(x))),
            bounds=(low, high),
            method="bounded",
            options={"xatol": 1e-9 * (high - low)},
        )
        best = max(best, (float(fine.x), -float(fine.fun)), key=lambda pair: pair[1])
    return best


@pytest.mark.parametrize("seed", range(40))
def test_autarky_is_the_best_anyone_can_do_alone(seed: int) -> None:
    game = random_round(seed, players=4)
    without = (game.local_data == 0) & (not game.gain.finite_at_zero)
    if without.any():
        name = game.players[int(np.argmax(without))]
        with pytest.raises(InvalidInputError, match=rf"autarky of {name}.*offset"):
            autarky(game)
        return
    found = autarky(game)
    for n in range(4):
        x, best = slow_best(game, n)
        size = abs(best) + float(game.value[n])
        here = float(alone_payoff(game, n, np.array(found.contribution[n])))
        assert found.payoff[n] == pytest.approx(here, abs=1e-12 * size)
        assert found.payoff[n] == pytest.approx(best, abs=1e-9 * size)
        assert 0 <= found.contribution[n] <= game.max_contribution[n]
        if game.quadratic_cost[n] > 1e-3 * game.unit_cost.mean():  # curved enough to compare
            assert found.contribution[n] == pytest.approx(x, abs=1e-3 * game.max_contribution[n])
        cost = game.unit_cost[n] * x + 0.5 * game.quadratic_cost[n] * x**2
        assert game.value[n] * found.gain[n] == pytest.approx(best + cost, abs=1e-3 * size)


def test_autarky_ignores_competition_and_fixed_costs() -> None:
    game = three()
    bare = CoopetitionRound(
        gain=game.gain,
        local_data=game.local_data,
        max_contribution=game.max_contribution,
        value=game.value,
        unit_cost=game.unit_cost,
        quadratic_cost=game.quadratic_cost,
        quality=game.quality,
        skew=game.skew,
        personal_weight=game.personal_weight,
    )
    assert autarky(game).payoff.tolist() == autarky(bare).payoff.tolist()


def test_autarky_outside_a_measured_curve_is_not_known() -> None:
    curve = TabulatedGain([2000.0, 4000.0, 9000.0], [0.1, 0.2, 0.3])
    game = CoopetitionRound(
        gain=curve, local_data=[1500.0, 2500.0], max_contribution=500.0, value=100.0
    )
    with pytest.raises(InvalidInputError, match=r"organization 1.*2000 to 9000"):
        autarky(game)
    with pytest.raises(InvalidInputError, match=r"organization 2.*2000 to 9000"):
        autarky(game.replace(local_data=[2500.0, 0.0]))  # whose gain at 0 is finite, but unknown
    options = outside_options(game, none)
    assert options["autarky"] == options["exit"]
    assert "organization 1" in str(options["autarky"])


@pytest.mark.parametrize("rest", [1e-13, 0.0, -1e-13])
def test_alone_one_may_reach_the_end_of_a_measured_curve(rest: float) -> None:
    curve = TabulatedGain([2000.0, 4000.0, 9000.0], [0.1, 0.2, 0.3])
    game = CoopetitionRound(
        gain=curve, local_data=[4000.0 * (1 + rest)], max_contribution=5000.0, value=100.0
    )
    assert autarky(game).payoff[0] == pytest.approx(30.0, rel=1e-12)


DAMAGE = np.array([[0, 0.08, 0.02], [0.05, 0, 0.1], [0, 0.03, 0]])
RIVALRY = np.array([[0, 20.0, 0], [5.0, 0, 30.0], [10.0, 0, 0]])
DATA = np.array([1500.0, 900.0, 500.0])
VALUE = np.array([1000.0, 800.0, 1200.0])
SKEW = np.array([1.0, 0.5, 0.0])
FIXED = np.array([3.0, 0.0, 1.0])
QUALITY = np.array([0.8, 1.0, 0.9])


def three(members: tuple[int, ...] = (0, 1, 2)) -> CoopetitionRound:
    k = list(members)
    return CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35),
        local_data=DATA[k],
        max_contribution=4000.0,
        value=VALUE[k],
        unit_cost=0.001,
        quadratic_cost=2e-6,
        fixed_cost=FIXED[k],
        quality=QUALITY[k],
        skew=SKEW[k],
        personal_weight=0.05,
        damage=DAMAGE[np.ix_(k, k)],
        rivalry=RIVALRY[np.ix_(k, k)],
        organizations=[("North", "South", "West")[n] for n in k],
    )


@pytest.mark.parametrize("rate", [None, 0.05])
def test_exit_by_hand(rate: float | None) -> None:
    """The others play among themselves; who left is alone, without damage, but with rivalry."""

    def rule(game: CoopetitionRound) -> TransferRule:
        return none(game) if rate is None else redistribution(game, rate=rate)

    found = exit_payoffs(three(), rule, autarky(three()))
    for n in range(3):
        others = tuple(m for m in range(3) if m != n)
        rest = three(others)
        x = best_response_dynamics(redistribute(rest, rule(rest))).raise_if_failed().profile
        shared = float(rest.gain.value(DATA[list(others)].sum() + QUALITY[list(others)] @ x))
        gains = {
            m: shared - 0.05 * SKEW[m] * DATA[m] / (DATA[m] + x[k]) for k, m in enumerate(others)
        }
        y, alone = slow_best(three(), n)
        own = float(three().gain.value(DATA[n] + QUALITY[n] * y))
        own -= 0.05 * SKEW[n] * DATA[n] / (DATA[n] + y)
        envy = sum(RIVALRY[n, m] * (gains[m] - own) for m in others)
        assert found[n] == pytest.approx(alone - envy, rel=1e-7)


def test_exit_of_one_of_two_leaves_the_other_alone() -> None:
    game = three((0, 1))
    found = exit_payoffs(game, none, autarky(game))
    for n, m in ((0, 1), (1, 0)):
        # The one that stays has nobody to be compared with, but still pays its fixed cost,
        # which moves nothing: its gain is that of autarky.
        _, alone = slow_best(game, n)
        gains = autarky(game).gain
        assert found[n] == pytest.approx(alone - RIVALRY[n, m] * (gains[m] - gains[n]), rel=1e-7)


def test_without_rivalry_exit_is_autarky() -> None:
    game = random_round(3, players=5)
    assert not game.rivalry.row_sums.any()
    alone = autarky(game)
    assert exit_payoffs(game, none, alone).tolist() == alone.payoff.tolist()


def test_measured_gains_say_what_exit_is_without_rivalry_only() -> None:
    game = three()
    alone = replace(autarky(game), measured=True, payoff=np.array([5.0, 6.0, 7.0]))
    with pytest.raises(InvalidInputError, match="those who stay, which were not measured"):
        exit_payoffs(game, none, alone)
    assert exit_payoffs(game.replace(rivalry=0.0), none, alone).tolist() == [5.0, 6.0, 7.0]


def test_why_exit_is_not_known_is_said() -> None:
    chased = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.74), organizations=["West", "North", "South"],
        local_data=[10.0, 574, 368], max_contribution=[10.0, 4279, 3425],
        value=[10.0, 852.0, 1260.0], unit_cost=[1e-3, 1.67e-4, 1.42e-4],
        quadratic_cost=[1e-3, 1.92e-7, 2.94e-7], skew=[0.5, 0.0, 0.0], personal_weight=0.05,
        damage=[[0, 0, 0], [0, 0, 2.48], [0, 0.86, 0]], rivalry=[[0, 1, 0], [1, 0, 0], [0, 0, 0]],
    )  # fmt: skip

    def paid(part: CoopetitionRound) -> TransferRule:
        return redistribution(part, rate=6.7e-4)

    half = outside_options(chased, paid)
    assert set(half) == {"autarky", "exit"}
    assert half["autarky"] == pytest.approx(autarky(chased).payoff)
    assert str(half["exit"]) == "exit of West: no certified equilibrium of the others was found"
    many = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35), local_data=[900.0] * 21, max_contribution=10.0, value=1.0,
        skew=0.5, personal_weight=0.1, rivalry=0.5,
    )  # fmt: skip
    with pytest.raises(InvalidInputError, match="not computed above 20 organizations"):
        exit_payoffs(many, lambda part: lambda game, x: 0.0 * x, autarky(many))
    why = outside_options(three(), none, Unknown("nobody trained alone"))
    assert why == dict.fromkeys(("autarky", "exit"), Unknown("nobody trained alone"))


def test_one_organization_has_nobody_to_leave() -> None:
    game = three((2,))
    alone = autarky(game)
    assert exit_payoffs(game, none, alone).tolist() == alone.payoff.tolist()


def test_as_many_exits_as_are_allowed_are_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    game = three()
    known = exit_payoffs(game, none, autarky(game))
    monkeypatch.setattr("coopetition.studies.outside.outside.EXIT_LIMIT", 3)
    assert exit_payoffs(game, none, autarky(game)) == pytest.approx(known)
    monkeypatch.setattr("coopetition.studies.outside.outside.EXIT_LIMIT", 2)
    with pytest.raises(InvalidInputError, match="not computed above 2 organizations"):
        exit_payoffs(game, none, autarky(game))


def test_too_many_exits_are_not_computed() -> None:
    assert EXIT_LIMIT == 200  # documented
    many = EXIT_LIMIT + 1
    game = CoopetitionRound(
        gain=ExponentialGain(1.0, 1e5),
        local_data=[10.0] * many,
        max_contribution=10.0,
        value=1.0,
        rivalry=0.1,
    )
    options = outside_options(game, none)
    assert "200 organizations" in str(options["exit"])
    assert not isinstance(options["autarky"], Unknown)


@pytest.mark.parametrize("rule", ["none", "redistribution", "bilateral-prices"])
@pytest.mark.parametrize("option", ["autarky", "exit"])
def test_equal_gain_fees_share_the_surplus_and_move_nothing(rule: str, option: str) -> None:
    game = three()
    rate = 0.05 if rule == "redistribution" else None
    plain = run_study(game, MechanismSettings(rule, rate, outside_option=option))
    study = run_study(game, MechanismSettings(rule, rate, fees="equal-gain", outside_option=option))
    assert study.contribution.tolist() == plain.contribution.tolist()
    assert study.payoff_before.tolist() == plain.payoff_before.tolist()
    assert plain.fee.tolist() == [0, 0, 0]
    assert abs(study.fee.sum()) < 1e-9
    outside = study.outside[option]
    assert not isinstance(outside, Unknown)
    surplus = study.payoff - outside
    total = study.welfare - outside.sum()
    assert surplus == pytest.approx(np.full(3, total / 3), abs=1e-9)
    assert np.abs(study.fee).max() > 0.1
    assert solve(redistribute(study.game, study.mechanism)).profile == pytest.approx(
        study.contribution, rel=1e-6
    )


def test_where_all_together_is_worth_less_than_alone_everybody_loses_the_same() -> None:
    game = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35),
        local_data=[1500.0, 900.0],
        max_contribution=4000.0,
        value=[1000.0, 800.0],
        unit_cost=0.001,
        quadratic_cost=2e-6,
        fixed_cost=[100.0, 40.0],  # paid in the coalition only
        damage=0.05,
        organizations=["North", "South"],
    )
    study = run_study(game, MechanismSettings(fees="equal-gain"))
    alone = autarky(game).payoff
    short = float(alone.sum() - study.welfare)
    assert short > 50
    assert study.payoff - alone == pytest.approx(np.full(2, -short / 2), abs=1e-9)
    verdict = study.audit["individual-rationality-autarky"]
    assert verdict.holds is False
    assert f"exceed all payoffs together by {short:.6g}: no fee can repair it" in verdict.witness


def test_fees_without_their_outside_option_are_refused() -> None:
    game = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35), local_data=[900.0, 0.0], max_contribution=9.0, value=1.0
    )
    assert isinstance(run_study(game).outside["autarky"], Unknown)
    with pytest.raises(InvalidInputError, match="equal-gain needs the outside option autarky"):
        run_study(game, MechanismSettings(fees="equal-gain"))
