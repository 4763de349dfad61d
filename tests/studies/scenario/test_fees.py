"""Fees through whole studies: they move nothing, and give what slow sums say."""

import tomllib
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coopetition import audit
from coopetition.games.arrays import Array
from coopetition.games.certificate import certify
from coopetition.games.coopetition.gain import PowerGain
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError
from coopetition.games.unknown import Unknown
from coopetition.mechanisms import FEES, bilateral_prices, none
from coopetition.mechanisms.division import kohlberg
from coopetition.solvers import solve, solve_planner
from coopetition.studies import MechanismSettings, autarky, exit_payoffs, run_study
from coopetition.studies.audit.audit import full_audit
from coopetition.studies.outside.options import OUTSIDE_OPTIONS
from coopetition.studies.outside.subcoalitions import best_payoffs, subcoalitions
from coopetition.studies.scenario.fees import powers
from coopetition.studies.scenario.scenario import parse_scenario
from tests.instances import random_round
from tests.studies.command import MEASURED
from tests.studies.outside.test_outside import three

PAID = [name for name in FEES if name != "none"]
TABLED = ["shapley", "nucleolus", "least-core"]


@given(
    seed=st.integers(0, 10**6),
    players=st.integers(1, 4),
    rule=st.sampled_from(["none", "redistribution", "bilateral-prices", "revenue-shares"]),
    fees=st.sampled_from(PAID),
    option=st.sampled_from(list(OUTSIDE_OPTIONS)),
    power=st.sampled_from(["equal", "value"]),
)
@settings(max_examples=60, deadline=None)
def test_no_fees_move_the_equilibrium(
    seed: int, players: int, rule: str, fees: str, option: str, power: str
) -> None:
    game = random_round(seed, players=players, positive=True)
    chosen = MechanismSettings(rule, 0.01, fees=fees, outside_option=option, power=power)
    plain = run_study(game, MechanismSettings(rule, 0.01, outside_option=option))
    study, refused = None, ""
    try:
        study = run_study(game, chosen)
    except InvalidInputError as error:
        refused = str(error)
    if study is None:
        against = plain.outside["exit" if fees == "almost-ideal" else option]
        if isinstance(against, Unknown) or fees in TABLED:
            assert "infinite without data" in refused  # of somebody alone
            return
        short = float(against.sum() - plain.payoff.sum())
        assert fees == "nash"
        assert short > 0
        assert f"exceed all payoffs together by {short:.6g}" in refused
        return
    assert study.contribution.tolist() == plain.contribution.tolist()
    assert study.transfer.tolist() == plain.transfer.tolist()
    money = np.abs(plain.payoff).sum() + np.abs(study.fee).sum()
    assert abs(study.fee.sum()) <= 1e-12 * money
    assert study.deficit == pytest.approx(plain.deficit, abs=1e-12 * money)
    if plain.equilibrium.certificate.holds:
        assert certify(study.induced, study.contribution).holds


def slow_values(game: CoopetitionRound, together: float) -> Array:
    """Solve every part without a rule, one by one; one alone at its autarky."""
    size, alone = len(game.players), autarky(game).payoff
    values = np.zeros(1 << size)
    for mask in range(1, values.size):
        who = [n for n in range(size) if mask >> n & 1]
        part = float(solve(game.among(who)).payoffs.sum()) if len(who) > 1 else alone[who[0]]
        values[mask] = part
    values[-1] = together
    return values


def test_shapley_fees_are_means_over_all_orders() -> None:
    game = three()
    study = run_study(game, MechanismSettings(fees="shapley"))
    values = slow_values(game, study.welfare)
    orders = list(permutations(range(3)))
    due = np.zeros(3)
    for order in orders:
        mask = 0
        for n in order:
            due[n] += (values[mask | 1 << n] - values[mask]) / len(orders)
            mask |= 1 << n
    assert study.payoff == pytest.approx(due, rel=1e-9)


def test_nucleolus_and_least_core_fees_are_stable() -> None:
    game = three()
    values = slow_values(game, run_study(game).welfare)
    middle = run_study(game, MechanismSettings(fees="nucleolus"))
    assert kohlberg(values, middle.payoff) is None
    least = run_study(game, MechanismSettings(fees="least-core"))
    masks = np.arange(1, 7)
    inside = (masks[:, None] >> np.arange(3)) & 1
    worst = [(values[masks] - inside @ study.payoff).max() for study in (middle, least)]
    assert worst[0] == pytest.approx(worst[1], abs=1e-6)


def test_tables_are_of_the_same_rule_and_all_share_what_it_brings() -> None:
    """A rule that pays out more than it takes in: all together have that too."""
    game = three()
    study = run_study(game, MechanismSettings("full-pigou", fees="shapley"))
    assert study.deficit > 1000
    assert study.payoff.sum() == pytest.approx(study.welfare + study.deficit)
    priced = run_study(game, MechanismSettings("bilateral-prices", fees="shapley"))
    pair = game.among([0, 2])
    best = solve_planner(pair)
    parts = priced.parts
    assert parts is not None
    assert not isinstance(parts, Unknown)
    assert parts.values[0b101] == pytest.approx(best.welfare, rel=1e-9)


@pytest.mark.parametrize("power", ["equal", "value", "data", (1.0, 0.0, 3.0)])
def test_power_shares_the_surplus(power: str | tuple[float, ...]) -> None:
    game = three()
    columns = {"equal": np.ones(3), "value": game.value, "data": game.local_data}
    weight = columns[power] if isinstance(power, str) else np.array(power)
    rule = "bilateral-prices"
    for fees, option in (("nash", "autarky"), ("nash", "sub-coalition"), ("almost-ideal", "exit")):
        study = run_study(
            game, MechanismSettings(rule, fees=fees, outside_option=option, power=power)
        )
        outside = study.outside[option]
        assert not isinstance(outside, Unknown)
        surplus = study.welfare - outside.sum()
        assert surplus > 1
        assert study.payoff - outside == pytest.approx(surplus * weight / weight.sum(), abs=1e-9)


def test_almost_ideal_is_measured_against_exit_whatever_is_named() -> None:
    game = three()
    study = run_study(game, MechanismSettings(fees="almost-ideal", outside_option="autarky"))
    left = exit_payoffs(game, none, autarky(game))
    assert study.payoff - left == pytest.approx(np.full(3, (study.welfare - left.sum()) / 3))
    assert np.abs(left - autarky(game).payoff).max() > 0.1


def test_sub_coalitions_are_an_outside_option() -> None:
    game = three()

    def prices(part: CoopetitionRound) -> object:
        return bilateral_prices(part, target=solve_planner(part).profile)

    option = subcoalitions(game, prices).option  # type: ignore[arg-type]
    assert best_payoffs(game, prices, autarky(game)) == pytest.approx(option)  # type: ignore[arg-type]
    chosen = MechanismSettings(
        "bilateral-prices", fees="equal-gain", outside_option="sub-coalition"
    )
    study = run_study(game, chosen)
    gain = (study.welfare - option.sum()) / 3
    assert study.payoff - option == pytest.approx(np.full(3, gain), rel=1e-6)
    said = study.audit["individual-rationality-sub-coalition"]
    assert said.holds
    assert f"gains least, {gain:.6g}" in said.witness
    assert (option > autarky(game).payoff + 1).all()


def test_only_who_asks_has_sub_coalitions_solved() -> None:
    game = three()
    for chosen in (MechanismSettings(fees="equal-gain"), MechanismSettings(fees="almost-ideal")):
        study = run_study(game, chosen)
        assert study.parts is None
        assert set(study.outside) == {"autarky", "exit"}
    named = MechanismSettings(outside_option="sub-coalition")
    assert set(run_study(game, named).outside) == set(OUTSIDE_OPTIONS)
    found = full_audit(game, named)
    names = [p.name for p in found.audit.properties]
    assert len(names) == len(set(names))
    assert found.parts is found.study.parts  # solved once


def short_of() -> tuple[CoopetitionRound, float]:
    """Return two who lose by being together, and how much."""
    game = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35), local_data=[1500.0, 900.0], max_contribution=4000.0,
        value=[1000.0, 800.0], unit_cost=0.001, quadratic_cost=2e-6, fixed_cost=[100.0, 40.0],
        damage=0.05, organizations=["North", "South"],
    )  # fmt: skip
    return game, float(autarky(game).payoff.sum() - run_study(game).welfare)


def test_a_shortage_is_divided_or_refused_and_always_told() -> None:
    game, short = short_of()
    assert short > 50
    alone = autarky(game).payoff
    for name in PAID:
        chosen = MechanismSettings(fees=name)
        if name == "nash":
            with pytest.raises(InvalidInputError) as error:
                run_study(game, chosen)
            assert f"exceed all payoffs together by {short:.6g}: there is no" in str(error.value)
            continue
        study = run_study(game, chosen)
        assert study.payoff - alone == pytest.approx(np.full(2, -short / 2), abs=1e-6), name
        verdict = study.audit["individual-rationality-autarky"]
        assert verdict.holds is False
        assert f"together by {short:.6g}: no fee can repair it" in verdict.witness


def test_limits_are_told_in_one_sentence() -> None:
    many = CoopetitionRound(
        gain=PowerGain(1, 2, 0.35), local_data=[900.0] * 13, max_contribution=10.0, value=1.0
    )
    for name in TABLED:
        with pytest.raises(
            InvalidInputError, match=rf"{name} needs .* above 12 organizations, got"
        ):
            run_study(many, MechanismSettings(fees=name))
    nine = many.among(range(9))
    with pytest.raises(InvalidInputError, match="above 8 organizations under a rule whose"):
        run_study(nine, MechanismSettings("pool-shares", fees="shapley"))
    named = run_study(many, MechanismSettings(outside_option="sub-coalition"))
    assert named.audit["individual-rationality-sub-coalition"].holds is None
    with pytest.raises(InvalidInputError, match="`power` must hold 13 numbers"):
        run_study(many, MechanismSettings(fees="nash", power=(1.0, 2.0)))
    with pytest.raises(InvalidInputError, match="`power` must be one of equal, value, data"):
        powers(many, "fame")


@pytest.mark.parametrize("asked", ['fees = "shapley"', 'outside_option = "sub-coalition"'])
def test_measured_gains_say_nothing_of_sub_coalitions(asked: str) -> None:
    text = MEASURED + f"[mechanism]\n{asked}\n"
    with pytest.raises(InvalidInputError, match=r"sub-coalitions, which an \[oracle\] does not"):
        parse_scenario(tomllib.loads(text))
    with pytest.raises(InvalidInputError, match="gains of sub-coalitions were not measured"):
        run_study(three(), MechanismSettings(fees="shapley"), alone=autarky(three()))


def test_the_short_audit_takes_them_all() -> None:
    game = three()
    prices = bilateral_prices(game, target=solve_planner(game).profile)
    for name in PAID:
        found = audit(game, prices, fees=name, outside_option="exit")
        assert found["individual-rationality-exit"].holds, name
    best = audit(game, prices, fees="nash", outside_option="sub-coalition", power=[3, 2, 1])
    assert best["individual-rationality-sub-coalition"].holds
