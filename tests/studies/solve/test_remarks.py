"""Lines that say where bounds decide, and where no rule is needed."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from coopetition.games.coopetition.gain import PowerGain
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.solvers import solve_planner
from coopetition.studies import parse_scenario, run_study
from coopetition.studies.compare.compare import compare
from coopetition.studies.design.design import design
from coopetition.studies.report.design_sentences import design_lines
from coopetition.studies.report.sentences import study_lines
from coopetition.studies.solve.remarks import remarks
from tests.studies.quadratic import DATA, GAINS, quadratic

NO_RULE = "No rule is needed: the planner's optimum is an equilibrium without one"
TIES = "every rule that brings them there ties in welfare"


def said(game: CoopetitionRound) -> list[str]:
    return remarks(game, solve_planner(game))


def test_the_planner_inside_is_no_remark() -> None:
    """Alone each contributes 100, the planner wants 200 of each."""
    assert said(quadratic()) == []
    assert said(quadratic(max_contribution=[1000.0, 150.0])) == []  # one of two is at a bound


@pytest.mark.parametrize(
    ("size", "top", "words"),
    [
        (2, 150.0, ["The planner has both at max_contribution"]),
        (2, 90.0, ["The planner has both at max_contribution", NO_RULE]),
        (7, 300.0, ["The planner has all seven at max_contribution"]),
        (13, 90.0, ["The planner has all 13 at max_contribution", NO_RULE]),
        (1, 90.0, ["The planner has the only one at max_contribution", NO_RULE]),
        (1, 1000.0, [NO_RULE]),
        (2, 0.0, ["Nobody can generate anything: every max_contribution is 0", NO_RULE]),
    ],
)
def test_everybody_at_the_most(size: int, top: float, words: list[str]) -> None:
    wanted = [f"{w}: {TIES}" if w.startswith("The planner") else w for w in words]
    assert said(quadratic(size, max_contribution=top)) == wanted


def test_everybody_at_nothing_and_everybody_at_some_bound() -> None:
    nobody = said(quadratic(unit_cost=3.0))
    assert nobody == [f"The planner has both at 0: {TIES}", NO_RULE]
    mixed = said(quadratic(3, max_contribution=50.0, unit_cost=[0.0, 0.0, 9.0]))
    assert mixed == [f"The planner has 2 of 3 at max_contribution and 1 at 0: {TIES}", NO_RULE]


def test_who_cannot_generate_is_at_no_bound() -> None:
    one = said(quadratic(max_contribution=[0.0, 150.0]))
    assert one == [f"The planner has the only one at max_contribution: {TIES}"]


def test_an_optimum_that_is_not_known_says_so_and_nothing_else() -> None:
    game = quadratic(max_contribution=90.0)
    best = replace(solve_planner(game), gap=12.5)
    (only,) = remarks(game, best)
    assert only.startswith("The planner is not known for sure, up to 12.50 more welfare may be")
    (only,) = remarks(game, replace(best, gap=np.inf))
    assert "any amount more welfare" in only


def test_a_comparison_counts_what_ties() -> None:
    """At most 150 each: without a rule they choose 100. At most 90: all choose that."""
    some = compare(quadratic(max_contribution=150.0), draws=2)
    reach = [
        row for row in some.rows
        if row.kind == "rule" and row.rule != "WPR" and np.isfinite(row.welfare)
    ]  # fmt: skip
    there = sum(row.attainable_share > 1 - 1e-9 for row in reach if row.attainable_share)
    assert 0 < there < len(reach)
    assert some.remarks == (
        f"The planner has both at max_contribution: of {len(reach)} rules, {there} reach its "
        "welfare",
    )
    assert some.sorted_by("welfare").remarks == some.remarks
    assert some.to_dict()["remarks"] == list(some.remarks)


def test_what_is_remarked_is_printed() -> None:
    content = {
        "gain": {"family": "tabulated", "data": DATA, "gains": GAINS},
        "organization": [
            {"name": name, "local_data": 100, "value": 1000, "max_contribution": 90,
             "quadratic_cost": 0.01, "unit_cost": 0} for name in ("North", "South")
        ],
    }  # fmt: skip
    scenario = parse_scenario(content)
    study, made = run_study(scenario.round()), design(scenario.round())
    printed = list(study_lines(study))
    designed = list(design_lines(made))
    for line in (f"The planner has both at max_contribution: {TIES}.", f"{NO_RULE}."):
        assert line in printed
        assert line in designed
        assert line.removesuffix(".") in study.to_dict()["remarks"]
        assert line.removesuffix(".") in made.to_dict()["remarks"]


@pytest.mark.parametrize(
    ("value", "damage", "who"),
    [
        ([1000.0, 50.0, 900.0], 0.08, "South"),
        ([1000.0, 50.0, 20.0], 0.08, "South, East"),
        ([1000.0, 400.0, 900.0], 0.3, None),  # South is below 0, yet values are alike
        ([1000.0, 250.0, 900.0], 0.08, None),  # values differ, and nobody is below 0
        ([1000.0, 50.0, 900.0], [[0, 0.08, 0.08], [0.08, 0, 0.08], [0.08, 0.08, 0]], None),
        ([1000.0, 50.0, 900.0], 0.0, None),
    ],
)
def test_one_damage_beside_values_that_differ_makes_up_negative_weights(
    value: list[float], damage: Any, who: str | None
) -> None:
    game = CoopetitionRound(
        gain=PowerGain(1, 2, 0.35), local_data=[900.0] * 3, max_contribution=50.0, value=value,
        damage=damage, unit_cost=0.001, organizations=["North", "South", "East"],
    )  # fmt: skip
    lines = [line for line in said(game) if line.startswith("Negative weights here")]
    assert [line.split(" are ")[0] for line in lines] == [f"Negative weights here ({who})"] * bool(
        who
    )


def test_solve_and_compare_both_say_where_one_damage_is_doubtful() -> None:
    game = CoopetitionRound(
        gain=PowerGain(1, 2, 0.35), local_data=[900.0] * 2, max_contribution=50.0,
        value=[1000.0, 50.0], damage=0.08, unit_cost=0.001,
    )  # fmt: skip
    assert run_study(game).remarks[0].startswith("Negative weights here")
    assert any("one damage, 0.08, for all" in line for line in compare(game, ["none"]).remarks)
