"""What a plan leaves out is not trained, and what it lets through is answered rightly."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coopetition.games.coopetition.gain import PowerGain
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError
from coopetition.games.unknown import Unknown
from coopetition.mechanisms import RULES
from coopetition.oracles.protocol.oracle import FunctionOracle
from coopetition.studies.measured.held_out import besides_gain, check_study, weights_of
from coopetition.studies.scenario.mechanism_table import MechanismSettings
from coopetition.studies.solve import run_study
from tests.studies.command import coopetition, written
from tests.studies.counting import asked, scenario

__all__ = ["asked"]  # a fixture

THREE = CoopetitionRound(
    gain=PowerGain(1.0, 2.0, 0.35),
    organizations=["North", "South", "West"],
    local_data=[1500.0, 900.0, 500.0],
    max_contribution=[4000.0, 3000.0, 2000.0],
    value=[1000.0, 800.0, 1200.0],
    unit_cost=0.001,
    quadratic_cost=[2e-6, 3e-6, 2e-6],
    damage=0.08,
    skew=[1.0, 0.5, 0.0],
    personal_weight=0.05,
)
GIVEN: dict[str, Any] = {"redistribution": {"rate": 0.02}, "partial-pigou": {"alpha": 0.4}}


@pytest.mark.parametrize("rule", RULES)
def test_what_a_deviation_pays_is_told_from_the_gain(rule: str) -> None:
    study = run_study(
        THREE, MechanismSettings(rule=rule, **GIVEN.get(rule, {})), alone=Unknown("unasked")
    )
    rng = np.random.default_rng(5)
    for n in range(3):
        x = rng.uniform(0, 1, 3) * THREE.max_contribution
        y = x.copy()
        y[n] = rng.uniform() * THREE.max_contribution[n]
        before, after = (study.induced.payoffs(profile)[n] for profile in (x, y))
        rise = THREE.gain.value(THREE.form.aggregate(y)) - THREE.gain.value(THREE.form.aggregate(x))
        besides = besides_gain(study, y)[n] - besides_gain(study, x)[n]
        told = weights_of(study)[n] * rise + besides
        assert told == pytest.approx(after - before, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("rule", ["redistribution", "full-pigou", "revenue-shares"])
def test_an_oracle_that_is_the_curve_finds_no_deviation(rule: str) -> None:
    study = run_study(
        THREE, MechanismSettings(rule=rule, **GIVEN.get(rule, {})), alone=Unknown("unasked")
    )
    oracle = FunctionOracle(
        function=lambda x: float(THREE.gain.value(THREE.form.aggregate(x))),
        upper=tuple(THREE.max_contribution.tolist()),
    )
    found = check_study(
        study, oracle, allowed=np.zeros(3), seeds=range(2, 4), used_seeds=range(2), currency="EUR"
    )
    assert found.regret == pytest.approx(np.zeros(3), abs=1e-6)


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize("name", ["full-pigou", "proportional"])
def test_any_rule_is_solved_where_gains_are_measured(tmp_path: Path, name: str) -> None:
    answer = coopetition("solve", written(tmp_path, scenario()), "--rule", name, "--json")
    assert answer.code == 0, answer.err
    assert answer.document["measured"]["check"]["within"]


def test_an_adaptive_design_searches_under_the_rule_that_is_asked_for(
    asked: list[Any], tmp_path: Path
) -> None:
    text = scenario('design = "adaptive"\ntrainings = 5').replace('ledger = "asked.sqlite"\n', "")
    stated = written(tmp_path, text, "stated.toml")
    other = written(tmp_path, text.replace('"bilateral-prices"', '"none"'), "other.toml")
    found = []
    for words in ([stated], [other, "--rule", "bilateral-prices"], [other]):
        asked.clear()
        answer = coopetition("solve", *words, "--json")
        assert answer.code == 0, answer.err
        found.append((list(asked), answer.document["contribution"]))
    assert found[0] == found[1]
    assert found[0] != found[2]


def test_money_of_constraints_is_checked_with_them() -> None:
    from coopetition.studies.design.design import Constraints

    for wrong in ({"most": -1.0}, {"pair": float("inf")}, {"subsidy": float("nan")},
                  {"contracts": -1}):  # fmt: skip
        with pytest.raises(InvalidInputError, match=f"`{next(iter(wrong))}` must be"):
            Constraints(**wrong)
