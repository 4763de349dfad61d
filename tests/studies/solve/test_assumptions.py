"""What each verdict rests on that nobody stated, and nothing where nothing is assumed."""

from dataclasses import replace
from typing import Any

import numpy as np

from coopetition.games.coopetition.gain import PowerGain
from coopetition.games.unknown import Unknown
from coopetition.mechanisms import redistribution
from coopetition.studies import autarky, run_study
from coopetition.studies.audit.audit import full_audit
from coopetition.studies.compare.compare import compare
from coopetition.studies.compare.result import Comparison, Row
from coopetition.studies.solve import assumptions as said
from coopetition.studies.solve.study import Study
from tests.studies.quadratic import paying, quadratic

POWER = PowerGain(1.0, 2.0, 0.35)
AUTARKY, EXIT, OPTIMUM = (
    "individual-rationality-autarky", "individual-rationality-exit", "optimum-is-equilibrium",
)  # fmt: skip


def by_effort(game: Any, x: Any) -> Any:
    """Pay for contributions above the average: a formula."""
    return 0.1 * (x - x.mean(axis=-1, keepdims=True))


def assumed(study: Study) -> dict[str, set[str]]:
    """Return the properties that rest on something, and on what."""
    return {name: set(those) for name, those in study.audit.assumptions.items() if those}


def test_nothing_is_assumed_where_all_is_stated() -> None:
    """A table covers one alone, nobody competes, and theory says that there is one equilibrium."""
    study = run_study(quadratic(), "bilateral-prices")
    assert assumed(study) == {}
    assert said.assumption_lines(study.audit.assumptions) == []
    assert all(p["assumptions"] == [] for p in study.to_dict()["properties"].values())


def test_what_a_stated_curve_and_competition_add() -> None:
    assert assumed(run_study(quadratic(gain=POWER))) == {
        AUTARKY: {said.SMALLER}, EXIT: {said.SMALLER},
    }  # fmt: skip
    assert assumed(run_study(quadratic(1, gain=POWER))) == {}  # its own data are all there are
    assert assumed(run_study(quadratic(damage=0.1))) == {AUTARKY: {said.APART}, EXIT: {said.APART}}
    rivals: dict[str, Any] = {"skew": [1.0, 0.5], "personal_weight": 0.05, "rivalry": 5.0}
    assert assumed(run_study(quadratic(**rivals))) == {
        AUTARKY: {said.APART}, EXIT: {said.APART, said.OTHERS},
    }  # fmt: skip


def test_a_rule_that_promises_nothing_is_searched_and_its_code_believed() -> None:
    study = run_study(quadratic(3), by_effort)
    assert study.audit[OPTIMUM].holds is False
    assert assumed(study) == {
        "budget-balance": {said.CODE}, "potential-kept": {said.CODE},
        AUTARKY: {said.FOUND, said.SEARCHED}, EXIT: {said.FOUND, said.SEARCHED},
    }  # fmt: skip


def test_a_search_that_missed_nothing_is_assumed_only_where_it_found_nothing() -> None:
    """Each is paid what the other two gain by a sample, 2: the optimum is an equilibrium."""
    study = run_study(quadratic(3), paying(2.0))
    assert study.audit[OPTIMUM].holds
    assert said.SEARCHED in assumed(study)[OPTIMUM]


def test_a_custom_rule_that_promises_its_form() -> None:
    study = run_study(quadratic(damage=0.1), redistribution(quadratic(damage=0.1), rate=0.1))
    assert study.settings.own is not None
    for name in (AUTARKY, "potential-kept", OPTIMUM):
        assert said.PROMISED in assumed(study)[name]
    assert said.SEARCHED not in assumed(study)[AUTARKY]


def test_measured_gains_rest_on_the_curve_and_on_what_was_trained() -> None:
    game = quadratic(gain=POWER, value=1000.0)
    alone = replace(autarky(game), measured=True)
    found = assumed(run_study(game, alone=alone))
    assert found[AUTARKY] == found[EXIT] == {said.CURVE, said.FIVE}
    assert found[OPTIMUM] == {said.CURVE}
    unknown = assumed(run_study(game, alone=Unknown("nobody was trained alone")))
    assert unknown == {OPTIMUM: {said.CURVE}}  # what is undecided rests on nothing


def test_an_optimum_or_an_equilibrium_that_is_not_the_only_candidate() -> None:
    study = run_study(quadratic(damage=0.1), "bilateral-prices")
    gap = replace(study, planner=replace(study.planner, gap=12.5))
    (only,) = assumed(gap)[OPTIMUM]
    assert only == (
        "the most welfare known is the planner's, though up to 12.50 more may be possible"
    )
    several = replace(study, equilibrium=replace(study.equilibrium, unique=False))
    assert said.BEST in assumed(several)[AUTARKY]
    assert said.BEST not in assumed(several).get(OPTIMUM, set())


def test_the_full_audit_says_more() -> None:
    found = full_audit(quadratic(damage=0.1), by_effort)
    grounds = found.audit.assumptions
    assert said.EQUALLY in grounds["individual-rationality-sub-coalition"]
    assert said.EQUALLY not in grounds["core"]
    assert said.APART in grounds["core"]
    assert said.ITSELF in grounds["false-name-proof"]
    assert said.FOUND in grounds["efficient"]
    for prop in found.audit.properties:
        if prop.holds is None:
            assert prop.assumptions == ()
    assert found.to_dict()["properties"]["core"]["assumptions"] == list(grounds["core"])


def test_a_comparison_says_it_once_for_all_rules() -> None:
    def row(name: str, **assumptions: tuple[str, ...]) -> Row:
        return Row(
            rule=name, kind="rule", welfare=1.0, total_contribution=1.0, deficit=0.0, payments=0.0,
            note="", assumptions=assumptions,
        )  # fmt: skip

    rows = [row(name, individual_rationality=("A",), potential_kept=()) for name in "abcd"]
    few = row("e", individual_rationality=("A", "B"), potential_kept=("B",))
    baseline = replace(few, rule="VCFL", kind="baseline", assumptions={})
    table = Comparison((baseline, *rows, few))
    assert table.assumed() == [
        "rationality rests on the assumption that A",
        "rationality of e and potential of e rest on the assumption that B",
    ]
    many = replace(rows[0], assumptions={"individual_rationality": ("A", "C")})
    table = Comparison((*[replace(many, rule=n) for n in "wxyz"], few))
    assert "rationality of 4 rules rests on the assumption that C" in table.assumed()


def test_a_comparison_takes_them_from_its_audits() -> None:
    table = compare(quadratic(damage=0.1), draws=2)
    assert table["bilateral-prices"].assumptions["individual_rationality"] == (said.APART,)
    assert said.SEARCHED in table["pool-shares"].assumptions["individual_rationality"]
    assert table["planner"].assumptions == {}
    assert np.isnan(table["walker"].welfare)
    assert table["walker"].assumptions == {}
