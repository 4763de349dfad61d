"""The full audit: agreement with what it rests on, and the verb `coopetition audit`."""

import json
from pathlib import Path

import numpy as np
import pytest

from coopetition.games.coopetition.gain import PowerGain
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.mechanisms import bilateral_prices, redistribute
from coopetition.solvers import solve
from coopetition.studies.audit.audit import MORE, full_audit
from coopetition.studies.audit.splitting import merge
from coopetition.studies.outside.subcoalitions import SubCoalitions
from coopetition.studies.scenario.mechanism_table import MechanismSettings
from coopetition.studies.scenario.rules import make_rule
from coopetition.studies.scenario.scenario import load_scenario
from tests.instances import SYMMETRIC
from tests.studies.command import MEASURED, NO_PURE, THREE, TWO, coopetition, written


def test_optimal_prices_pass_where_theory_says_so() -> None:
    found = full_audit(SYMMETRIC, MechanismSettings(rule="bilateral-prices"))
    for name in ("efficient", "price-of-anarchy-1", "equilibrium-unique", "collateral-bounded"):
        assert found[name].holds, name
    assert found["equilibrium-unique"].claim == "proved"
    assert found["core"].holds  # equals that share equally, and more data is better
    assert found["free-for-the-mediator"].holds
    target = found.study.planner.profile
    prices = bilateral_prices(SYMMETRIC, target=target)
    most = prices.price[0] * SYMMETRIC.max_contribution[0]  # the others give all, n nothing
    assert most == pytest.approx(float(found.to_dict()["collateral"]["amount"][0]), rel=1e-6)


def test_witnesses_are_what_was_solved(tmp_path: Path) -> None:
    scenario = load_scenario(written(tmp_path, THREE))
    game, settings = scenario.round(), scenario.mechanism
    found = full_audit(game, settings)
    assert not found["merger-proof"].holds
    assert found["merger-proof"].witness.startswith("South and West merged: +3.07889")
    joined = merge(game, 1, 2)
    after = solve(redistribute(joined, make_rule(joined, settings, None))).payoffs[1]
    study = found.study
    before = (study.payoff_before + study.transfer)[[1, 2]].sum()
    assert after - before == pytest.approx(3.07889, rel=1e-5)
    assert isinstance(found.parts, SubCoalitions)
    slack = (study.payoff - found.parts.option).min()
    assert f"{slack:.6g}" in found["individual-rationality-sub-coalition"].witness
    for mask in range(1, 8):
        who = [n for n in range(3) if mask >> n & 1]
        assert found.parts.values[mask] <= study.payoff[who].sum() + 1e-6


def test_payoffs_that_leave_one_too_little_are_blocked() -> None:
    found = full_audit(SYMMETRIC.among([0, 1, 2]))
    assert isinstance(found.parts, SubCoalitions)
    payoffs = found.study.payoff.copy()
    payoffs += np.array([-400.0, 200.0, 200.0])
    blocked = found.parts.core(payoffs)
    assert not blocked.inside
    assert 0 in blocked.coalition


def test_a_mediator_that_pays_is_seen(tmp_path: Path) -> None:
    scenario = load_scenario(written(tmp_path, THREE))
    found = full_audit(scenario.round(), MechanismSettings(rule="full-pigou"))
    assert not found["free-for-the-mediator"].holds
    assert f"pays {found.study.deficit:.6g}" in found["free-for-the-mediator"].witness
    assert not found["core"].holds
    assert "more than there is" in found["core"].witness
    assert found["collateral-bounded"].holds is None


def test_the_verb_prints_one_object_and_the_same_in_words(tmp_path: Path) -> None:
    file = written(tmp_path, THREE)
    outs = [tmp_path / f"a.{ending}" for ending in ("json", "csv", "md")]
    words = [word for out in outs for word in ("--out", out)]
    answer = coopetition("audit", file, "--json", *words)
    assert answer.code == 0, answer.err
    document = answer.document
    assert json.loads(outs[0].read_text(encoding="utf-8")) == document
    solved = coopetition("solve", file, "--json").document
    for name, said in solved["properties"].items():
        mine = document["properties"][name]
        assert {key: mine[key] for key in said} == said
    assert set(document["properties"]) == {*solved["properties"], *MORE}
    assert document["payoff"] == solved["payoff"]
    assert document["worth"] == "equilibrium"
    assert len(document["subcoalitions"]["values"]) == 8
    anarchy = solved["planner"]["welfare"] / solved["welfare"]
    assert document["properties"]["price-of-anarchy-1"]["witness"].startswith(f"{anarchy:.6g} ")
    rows = outs[1].read_text(encoding="utf-8").splitlines()
    assert rows[0] == "property,verdict,claim,witness,provenance"
    assert len(rows) == 1 + len(document["properties"])
    told = coopetition("audit", file)
    assert told.code == 0
    for name, said in document["properties"].items():
        assert any(
            line.startswith(name) and said["verdict"] in line for line in told.out.splitlines()
        )


def test_another_rule_and_the_planners_worth(tmp_path: Path) -> None:
    file = written(tmp_path, THREE)
    document = coopetition(
        "audit", file, "--rule", "bilateral-prices", "--worth", "optimum", "--json"
    ).document
    assert document["mechanism"]["rule"] == "bilateral-prices"
    assert document["properties"]["efficient"]["verdict"] == "holds"
    assert document["subcoalitions"]["worth"] == "optimum"
    assert document["subcoalitions"]["values"][-1] == pytest.approx(document["welfare"], rel=1e-6)


def test_without_an_equilibrium_all_is_unknown_and_that_is_an_answer(tmp_path: Path) -> None:
    answer = coopetition("audit", written(tmp_path, NO_PURE), "--json")
    assert answer.code == 0, answer.err
    said = answer.document["properties"]
    assert {entry["verdict"] for entry in said.values()} == {"unknown"}
    assert answer.document["collateral"] is None


def test_of_measured_gains_sub_coalitions_are_unknown(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    answer = coopetition("audit", written(tmp_path, MEASURED), "--json")
    assert answer.code == 0, answer.err
    said = answer.document["properties"]
    for name in ("core", "individual-rationality-sub-coalition"):
        assert said[name]["verdict"] == "unknown"
        assert "not measured" in said[name]["witness"]
    assert said["efficient"]["claim"] == "estimated"
    assert said["false-name-proof"]["claim"] == "estimated"


def test_bad_input_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path, TWO)
    for words in (["--out", "x.png"], ["--worth", "fame"], ["--rule", "redistribution"]):
        assert coopetition("audit", file, *words).code == 2
    assert coopetition("audit", tmp_path / "nowhere.toml").code == 2


def test_of_many_organizations_what_needs_all_parts_is_unknown() -> None:
    many = CoopetitionRound(
        gain=PowerGain(1.0, 2.0, 0.35), local_data=[900.0] * 40, max_contribution=4000.0,
        value=1000.0, unit_cost=0.001, quadratic_cost=2e-6, damage=0.01,
    )  # fmt: skip
    found = full_audit(many, MechanismSettings(rule="bilateral-prices"))
    for name in ("core", "false-name-proof", "merger-proof"):
        assert found[name].holds is None
        assert "above 12 organizations" in found[name].witness
    assert found["efficient"].holds
    assert found["collateral-bounded"].claim == "proved"
