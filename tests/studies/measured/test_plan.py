"""What a plan leaves out is not trained, and what it lets through is answered rightly."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coopetition.games.coopetition.gain import PowerGain
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.games.errors import InvalidInputError
from coopetition.games.unknown import Unknown
from coopetition.oracles.protocol.oracle import FunctionOracle
from coopetition.oracles.protocol.query import OracleSpec
from coopetition.studies.measured.oracle_needs import Plan
from coopetition.studies.scenario.mechanism_table import MechanismSettings
from coopetition.studies.scenario.scenario import Scenario, parse_scenario
from coopetition.studies.solve.study import run_study
from coopetition.studies.verification.verify import verify_study
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


@pytest.mark.parametrize("rule", ["redistribution", "full-pigou", "revenue-shares"])
def test_an_oracle_that_is_the_curve_finds_no_deviation(rule: str) -> None:
    study = run_study(
        THREE, MechanismSettings(rule=rule, **GIVEN.get(rule, {})), alone=Unknown("unasked")
    )
    oracle = FunctionOracle(
        function=lambda x: float(THREE.gain.value(THREE.form.aggregate(x))),
        upper=tuple(THREE.max_contribution.tolist()),
    )
    found = verify_study(study, oracle, first_seed=2, seeds=2, most=2, benefit_regret=None).check
    assert found.regret == pytest.approx(np.zeros(3), abs=1e-6)


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize("name", ["full-pigou", "proportional"])
def test_any_rule_is_solved_where_gains_are_measured(tmp_path: Path, name: str) -> None:
    answer = coopetition("solve", written(tmp_path, scenario()), "--rule", name, "--json")
    assert answer.code == 0, answer.err
    assert max(answer.document["measured"]["check"]["share_of_payoff"]) < 1e-6


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


# What is needed, and what cannot be had, from the settings alone


def asking(design: str = "fixed", fees: str = "none", **given: Any) -> Scenario:
    names = ("North", "South", "West")
    return parse_scenario({
        "oracle": {"kind": "process", "command": ["train"], "design": design},
        "mechanism": {"fees": fees} | given.pop("mechanism", {}),
        "organization": [
            {"name": name, "local_data": 9 + n, "max_contribution": 40 + n, "value": 1,
             "unit_cost": 0.1} for n, name in enumerate(names)
        ],
        **given,
    })  # fmt: skip


def test_everybody_is_trained_alone_unless_nobody_asks() -> None:
    fixed, adaptive = asking(), asking("adaptive")
    fair = asking("adaptive", "nash", mechanism={"outside_option": "exit"})
    assert Plan().trains_alone(fixed)
    assert not Plan().trains_alone(adaptive)
    assert not Plan(alone=False).trains_alone(fixed)
    for plan in (Plan(), Plan(alone=False)):
        assert plan.needs(fixed) is None
        assert plan.needs(fair) == "exit"
        assert plan.trains_alone(fair)
    assert Plan(participation=True).needs(fixed) == "autarky"
    assert Plan(participation=True, alone=False).trains_alone(adaptive)
    assert Plan(outside="sub-coalition").needs(fair) == "sub-coalition"


def test_some_may_have_nothing_to_bring_but_not_all() -> None:
    spec = OracleSpec(
        organizations=("North", "South", "West"), lower=(0.0,) * 3, upper=(40.0, 41.0, 42.0),
        provides=frozenset({"gain"}), metric="accuracy", unit="samples", baseline=0.0,
        deterministic=True, fingerprint="none",
    )  # fmt: skip
    some = asking()
    some.columns["max_contribution"][1] = 0.0
    Plan().check(some, spec, np.array([9.0, 10.0, 11.0]))
    some.columns["max_contribution"][:] = [0.0, 0.0, 0.0]
    with pytest.raises(InvalidInputError, match="`max_contribution` is 0 for all"):
        Plan().check(some, spec, np.array([9.0, 10.0, 11.0]))


@pytest.mark.parametrize(
    ("option", "provides", "rivalry", "words"),
    [
        ("autarky", {"gain", "coalition"}, 0.5, None),
        ("exit", {"gain", "coalition"}, 0.0, None),
        ("exit", {"gain", "coalition"}, 0.5, "gains of those who stay"),
        # one who minds one other is enough
        ("exit", {"gain", "coalition"}, [[0, 1, 0], [0, 0, 0], [0, 0, 0]], "those who stay"),
        ("exit", {"gain"}, 0.0, "cannot train an organization alone"),
        ("sub-coalition", {"gain", "coalition"}, 0.0, "gains of sub-coalitions"),
    ],
)
def test_which_options_measured_gains_can_tell(
    option: str, provides: set[str], rivalry: Any, words: str | None
) -> None:
    scenario = asking(competition={"rivalry": rivalry})
    spec = OracleSpec(
        organizations=("North", "South", "West"), lower=(0.0,) * 3, upper=(40.0, 41.0, 42.0),
        provides=frozenset(provides), metric="accuracy", unit="samples", baseline=0.0,
        deterministic=True, fingerprint="none",
    )  # fmt: skip
    data = np.array([9.0, 10.0, 11.0])
    Plan().check(scenario, spec, data)  # where nothing asks for it, it need not be known
    if words is None:
        Plan(outside=option).check(scenario, spec, data)
        return
    with pytest.raises(InvalidInputError, match=f"option {option} is not known: .*{words}"):
        Plan(outside=option).check(scenario, spec, data)
