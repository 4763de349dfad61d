"""What a measured scenario says where one curve explains its measurements well, little, or not."""

import tomllib
from functools import cache
from typing import Any

import numpy as np
import pytest

from coopetition.games.arrays import Array
from coopetition.games.errors import OracleError
from coopetition.mechanisms import Property
from coopetition.oracles.gains.skill import Skill
from coopetition.oracles.protocol.oracle import FunctionOracle
from coopetition.oracles.protocol.query import Evaluation
from coopetition.studies import parse_scenario, run_study
from coopetition.studies.audit.audit import full_audit
from coopetition.studies.compare.compare import compare
from coopetition.studies.design.design import design
from coopetition.studies.measured.backends import Backend
from coopetition.studies.measured.measured import Measured, measure_with
from coopetition.studies.report.design_sentences import design_lines
from coopetition.studies.report.sentences import study_lines
from coopetition.studies.solve.assumptions import SOLVED, as_known

DATA = np.array([60.0, 90.0])
TEXT = """
name = "known"
[oracle]
kind = "reference"
dataset = "breast-cancer"
profiles = 12
seeds = 2
holdout_seeds = 2
[competition]
damage = 0.1
[[organization]]
name = "North"
max_contribution = 400
value = 1000.0
unit_cost = 0.1
quadratic_cost = 1e-3
[[organization]]
name = "South"
max_contribution = 300
value = 1200.0
unit_cost = 0.12
quadratic_cost = 1e-3
"""
ADAPTIVE = TEXT.replace("profiles = 12\nseeds = 2\nholdout_seeds = 2", 'design = "adaptive"')
CURVE, MIXED, NOISE = (1.0, 0.0), (1.0, 0.06), (0.0, 0.06)  # weight of the curve, and of chance


@cache
def measured(kind: tuple[float, float], luck: int = 0, text: str = TEXT) -> Measured:
    """Measure a federation whose gain is a curve, a number by chance at each profile, or both."""
    curve, chance = kind

    def gain(x: Array, coalition: Any, seed: int) -> float:
        members = [0, 1] if coalition is None else list(coalition)
        words = [luck, len(members), members[0], *(int(8 * value) for value in x)]
        omega = float((DATA + x)[members].sum())
        drawn = (
            np.random.default_rng(words).normal()
            + 0.1 * np.random.default_rng([*words, seed]).normal()
        )
        return curve * (1 - 3 * omega**-0.5) + chance * float(drawn)

    scenario = parse_scenario(tomllib.loads(text))
    oracle = FunctionOracle(function=gain, upper=(400.0, 300.0), organizations=("North", "South"))
    found = measure_with(scenario, Backend(oracle, DATA, np.zeros(2)), range(2))
    assert isinstance(found, Measured)
    return found


def solved(found: Measured) -> tuple[Any, str]:
    rule = found.scenario.mechanism
    study = run_study(found.game, rule, alone=found.alone, skill=found.skill)
    return study, "\n".join(study_lines(study, found))


def test_a_curve_that_explains_all_says_so_and_its_verdicts_are_estimates() -> None:
    found = measured(CURVE)
    assert found.skill.value == pytest.approx(1.0, abs=1e-4)
    study, said = solved(found)
    assert "The curve explains most of what was measured (skill 1" in said
    assert "; on the fitted curve)" in said
    decided = [p for p in study.audit.properties if p.name in SOLVED and p.holds is not None]
    assert {one.claim for one in decided} == {"estimated"}
    assert found.to_dict()["skill"]["verdict"] == "explains most"
    assert str(found.skill) in found.tables()[0].notes[0]


def test_where_a_constant_does_as_well_nothing_is_known() -> None:
    found = measured(NOISE, luck=3)
    value = found.skill.value
    assert value is not None
    assert value <= 0
    study, said = solved(found)
    assert "The curve explains nothing of what was measured" in said
    assert "all numbers here are about the curve alone" in said
    assert "planner's" not in said.split("Certificate")[0].split("\n\n")[0]
    assert "attainable" not in said
    audit = full_audit(found.game, None, alone=found.alone, skill=found.skill)
    decided = [one for one in audit.audit.properties if one.name in SOLVED]
    assert decided
    assert all(one.holds is None and one.claim is None for one in decided)
    assert any("no better than a constant" in one.witness for one in decided)
    assert audit["budget-balance"].holds  # a fact about the rule's formula
    table = compare(found.game, draws=2, alone=found.alone, skill=found.skill)
    assert table.remarks[0].startswith("The curve explains nothing")
    assert table["bilateral-prices"].optimum_is_equilibrium == "unknown"
    assert study.equilibrium.success


def test_between_them_it_warns_and_verdicts_are_estimates() -> None:
    found = measured(MIXED, luck=5)
    value = found.skill.value
    assert value is not None
    assert 0 < value <= 0.5
    study, said = solved(found)
    assert "Warning: the curve explains little of what was measured" in said
    decided = [p for p in study.audit.properties if p.name in SOLVED and p.holds is not None]
    assert decided
    assert {one.claim for one in decided} == {"estimated"}
    assert study.audit["budget-balance"].claim == "proved"


def test_an_adaptive_search_has_the_skill_of_its_trend() -> None:
    found = measured(CURVE, text=ADAPTIVE)
    assert found.search is not None
    value = found.skill.value
    assert value is not None
    assert value > 0.9
    misses = found.fit.held_out_misses["power"]
    assert found.fit.held_out_error["power"] == pytest.approx(np.sqrt(np.mean(misses**2)))


@pytest.mark.parametrize("holds", [True, False, None])
def test_a_failure_is_as_little_known_as_a_success(holds: bool | None) -> None:
    one = Property("core", holds, None if holds is None else "checked", "said")
    assert as_known(one, Skill(-1.0, "")).holds is None
    weak, unknown = (as_known(one, Skill(value, "")) for value in (0.3, None))
    assert weak == unknown
    assert (weak.holds, weak.claim) == (holds, None if holds is None else "estimated")
    other = Property("budget-balance", holds, one.claim, "said")
    assert as_known(other, Skill(-1.0, "")) == other


def test_a_design_says_it_first() -> None:
    found = measured(NOISE, luck=3)
    first, second, *_ = design_lines(design(found.game, alone=found.alone), found.skill)
    assert first == f"{found.skill}."
    assert "on the fitted curve. Target" in second
    assert "attainable" not in second


def test_gains_that_are_not_the_common_one_are_refused() -> None:
    class Apart(FunctionOracle):
        def evaluate(self, queries: Any) -> list[Evaluation]:
            return [Evaluation("ok", 0.5, gains=(0.9, 0.1)) for _ in queries]

    oracle = Apart(function=len, upper=(400.0, 300.0), organizations=("North", "South"))
    scenario = parse_scenario(tomllib.loads(TEXT))
    with pytest.raises(OracleError, match="a gain for each organization"):
        measure_with(scenario, Backend(oracle, DATA, np.zeros(2)), range(2))
