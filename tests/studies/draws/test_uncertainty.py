"""What uncertain numbers leave open: against plain loops, and where it is known in closed form."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coopetition import InvalidInputError, solve
from coopetition.mechanisms import redistribute
from coopetition.studies import MechanismSettings, Scenario, parse_scenario, run_study
from coopetition.studies.draws.inputs import Inputs
from coopetition.studies.draws.robust_fees import AIMS, RobustAim, robust_fees
from coopetition.studies.draws.uncertain_study import UncertainStudy
from coopetition.studies.draws.uncertainty import uncertainty
from coopetition.studies.market import second_choice
from tests.campaign import draws
from tests.studies.command import coopetition
from tests.studies.draws.test_distributions import content

PRICES = {"rule": "bilateral-prices", "fees": "equal-gain"}
COUNTS = [[0, 30, 20, 50], [50, 0, 10, 40], [20, 30, 0, 50]]


def uncertain(**mechanism: str) -> dict[str, Any]:
    """Return a scenario with uncertain values, costs, fixed costs and damage."""
    known = content(
        value={"low": 500, "high": 1500}, unit_cost={"mean": 0.003, "sd": 0.002},
        fixed_cost={"low": 0, "high": 40},
    )  # fmt: skip
    known["competition"]["damage"] = [[0, {"low": 0, "high": 0.6}], [0.2, 0]]
    return known | {"mechanism": PRICES | mechanism, "seed": 3}


def certain(known: dict[str, Any], drawn: dict[str, Any], row: int) -> Scenario:
    """Return a scenario with the numbers of one draw written into it."""
    first = {key: float(drawn[key][row, 0]) for key in ("value", "unit_cost", "fixed_cost")}
    rows = [known["organization"][0] | first, known["organization"][1]]
    market = known["competition"] | {"damage": drawn["damage"][row].tolist()}
    return parse_scenario(known | {"organization": rows, "competition": market})


@pytest.mark.campaign
@pytest.mark.parametrize("option", ["autarky", "exit"])
def test_quantiles_are_those_of_a_loop_of_single_studies(option: str) -> None:
    known, count = uncertain(outside_option=option), draws(8, 500)
    scenario = parse_scenario(known)
    found = uncertainty(scenario, draws=count)
    assert dict(found.solved) == dict.fromkeys(("without", "fixed", "remade"), count)
    inputs = Inputs(scenario)
    drawn = inputs.changes(inputs.sample(count, scenario.seed))
    today = run_study(scenario.round(), scenario.mechanism).mechanism
    payoff: dict[str, list[Any]] = {"without": [], "fixed": [], "remade": []}
    contribution: dict[str, list[Any]] = {"without": [], "fixed": [], "remade": []}
    short: dict[str, list[Any]] = {"without": [], "fixed": [], "remade": []}
    for row in range(count):
        game = certain(known, drawn, row).round()
        free = run_study(game, MechanismSettings(outside_option=option))
        made = run_study(game, scenario.mechanism)
        profile = solve(redistribute(game, today.rule)).profile
        paid = game.payoffs(profile) + today.rule(game, profile) + today.fees
        outside = made.outside[option]
        for arm, x, u, other in (
            ("without", free.contribution, free.payoff, free.outside[option]),
            ("fixed", profile, paid, outside),
            ("remade", made.contribution, made.payoff, outside),
        ):
            contribution[arm].append(x)
            payoff[arm].append(u)
            assert isinstance(other, np.ndarray)
            short[arm].append(u < other - 1e-9 * np.abs(other))
    levels = (0.05, 0.5, 0.95)
    for arm in payoff:
        for one, all_of in ((found.payoff, payoff), (found.contribution, contribution)):
            expected = np.quantile(all_of[arm], levels, axis=0)
            assert one[arm] == pytest.approx(expected, rel=1e-9, abs=1e-9 * np.abs(expected).max())
        assert found.fails[arm] == pytest.approx(np.mean(short[arm], axis=0))


@cache
def studied() -> UncertainStudy:
    return uncertainty(
        parse_scenario(uncertain()),
        draws=256,
        rules=[MechanismSettings("bilateral-prices"), MechanismSettings()],
    )


def test_participation_fails_where_a_fixed_cost_exceeds_what_the_coalition_brings() -> None:
    known = content(fixed_cost={"low": 0, "high": 400}) | {"seed": 5}
    scenario = parse_scenario(known)
    found = uncertainty(scenario, draws=200)
    free = run_study(parse_scenario(content()).round())
    alone = free.outside["autarky"]
    assert isinstance(alone, np.ndarray)
    most = (free.payoff - alone)[0]  # what a fixed cost may be
    inputs = Inputs(scenario)
    cost = inputs.changes(inputs.sample(200, 5))["fixed_cost"][:, 0]
    assert 0 < (cost > most).mean() < 1
    assert found.fails["without"].tolist() == [(cost > most).mean(), 0.0]


def test_what_changes_no_contract_is_worth_nothing_to_know() -> None:
    worth = {one.name: one.information for one in studied().inputs}
    fixed = worth["organization.No.rth.fixed_cost"]
    assert fixed is not None
    assert (fixed.value, fixed.standard_error) == (0.0, 0.0)
    damage = worth["organization.No.rth.unit_cost"]
    assert damage is not None
    assert damage.value > 2 * damage.standard_error > 0
    assert studied().information.value > damage.value


def test_without_a_rule_there_is_nothing_to_decide() -> None:
    found = uncertainty(parse_scenario(uncertain(rule="none", fees="none")), draws=16)
    assert found.information.value == 0
    assert all(one.information and one.information.value == 0 for one in found.inputs)
    assert (found.payoff["without"] == found.payoff["remade"]).all()


def test_rules_are_compared_draw_by_draw() -> None:
    [odds] = studied().odds
    assert (odds.rule, odds.other) == ("bilateral-prices", "none")
    assert odds.more > 0.95
    assert odds.less == 0


def test_sobol_indices_are_shares_of_variance_where_welfare_is_linear() -> None:
    known = content(fixed_cost={"low": 0, "high": 30})
    known["organization"][1]["fixed_cost"] = {"low": 0, "high": 10}
    found = uncertainty(parse_scenario(known), draws=1024)
    total = [one.sobol_total for one in found.inputs]
    assert total == pytest.approx([0.9, 0.1], abs=0.005)
    widths = [one.high - one.low for one in found.inputs]
    assert widths == pytest.approx([0.9 * 30, 0.9 * 10], rel=0.01)


def test_more_answers_bring_the_estimate_nearer_to_the_truth() -> None:
    market = second_choice([350, 250, 180], COUNTS, wtp=0.02)
    assert market.asker is not None
    errors = []
    for who, more in (([], 100), ([1], 100), ([1], 100_000)):
        true, seen = market.asker(np.random.default_rng(1), 300, who, more)
        errors.append(np.abs(true - seen).sum(axis=2).mean(axis=0))
    first, asked, exact = errors
    assert asked[[0, 2]] == pytest.approx(first[[0, 2]], rel=1e-12)
    assert exact[1] < 0.1 * asked[1] < 0.1 * first[1]


def test_a_market_is_drawn_and_its_surveys_are_valued(tmp_path: Path) -> None:
    (tmp_path / "firms.csv").write_text("name,units\nNorth,350\nSouth,250\n")
    (tmp_path / "s.csv").write_text("of,North,South,none\nNorth,,30,70\nSouth,50,,50\n")
    file = tmp_path / "two.toml"
    rows = [
        f'[[organization]]\nname = "{name}"\nlocal_data = 900\nmax_contribution = 4000\n'
        "unit_cost = {low = 0.001, high = 0.003}\nquadratic_cost = 5e-6\n"
        for name in ("North", "South")
    ]
    file.write_text(
        '[gain]\nfamily = "power"\nceiling = 1\nscale = 2\nexponent = 0.35\n[market]\n'
        'firms = "firms.csv"\nsecond_choice = "s.csv"\nwtp = 2\n[mechanism]\n'
        'rule = "bilateral-prices"\n' + "".join(rows)
    )
    rules = "bilateral-prices,none"
    found = coopetition("uncertainty", file, "--draws", "64", "--rules", rules, "--json").document
    names = [one["input"] for one in found["inputs"]]
    assert names == ["organization.North.unit_cost", "organization.South.unit_cost", "market"]
    assert list(found["answers"]) == ["North", "South", "all"]
    assert found["contracts"]["remade"]["solved"] == 64


def test_rules_that_are_solved_one_by_one_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="draws are solved under the rules none,"):
        uncertainty(parse_scenario(uncertain()), rules=[MechanismSettings("walker")])
    with pytest.raises(InvalidInputError, match="`draws` must be"):
        uncertainty(parse_scenario(uncertain()), draws=1)


@pytest.mark.parametrize("aim", AIMS)
def test_robust_fees_are_the_best_of_a_fine_grid(aim: RobustAim) -> None:
    surplus = np.random.default_rng(4).normal([2.0, -1.0], [1.0, 1.5], (120, 2))
    fees = robust_fees(surplus, aim)
    assert fees.sum() == pytest.approx(0.0, abs=1e-12)

    def worth(paid: float) -> float:
        least = np.sort(np.min(surplus + np.array([-paid, paid]), axis=1))
        return float((least >= -1e-9).mean() if aim == "everybody" else least[:12].mean())

    best = max(worth(paid) for paid in np.linspace(-4, 4, 4001))
    assert worth(float(fees[1])) >= best - 1e-6


def test_fees_over_draws_keep_everybody_in_more_often() -> None:
    scenario = parse_scenario(uncertain())
    found = {aim: uncertainty(scenario, draws=256, fees_for=aim) for aim in AIMS}
    plain = studied()
    assert found["everybody"].everybody["fixed"] >= plain.everybody["fixed"]
    assert found["everybody"].everybody["without"] == plain.everybody["without"]
    assert found["worst-decile"].fees.sum() == pytest.approx(0.0, abs=1e-9)
    assert found["worst-decile"].fees.tolist() != plain.fees.tolist()
    with pytest.raises(InvalidInputError, match="`aim` must be one of everybody"):
        robust_fees(np.ones((2, 2)), "nobody")  # type: ignore[arg-type]
