"""What else is asked of rounds of everybody's own gains: audit, comparison, design, statics."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coopetition.games import InvalidInputError, UnsupportedGameError
from coopetition.games.measured import MeasuredGame
from coopetition.mechanisms import Redistribution
from coopetition.output.clean_values import clean
from coopetition.studies import comparative_statics, run_study
from coopetition.studies.audit import full_audit
from coopetition.studies.compare.compare import compare
from coopetition.studies.design.design import Constraints, design
from coopetition.studies.design.grid_search import SearchRange
from coopetition.studies.design.tune_rule import tune
from coopetition.studies.outside.outside import autarky
from coopetition.studies.scenario.mechanism_table import MechanismSettings
from tests.studies.command import coopetition, organization, written
from tests.studies.measured_rounds import alone, as_measured, curve_round, loser
from tests.studies.schemas import faults

UNMEASURED = {
    "individual-rationality-sub-coalition": "the gains of sub-coalitions were not measured",
    "core": "the gains of sub-coalitions were not measured",
    "false-name-proof": "what an organization would gain as two, or two as one, was not measured",
    "merger-proof": "what an organization would gain as two, or two as one, was not measured",
}
OPEN = {"potential-kept", "equilibrium-unique", "price-of-anarchy-1"}  # the curve's theory decides


@pytest.mark.parametrize("rule", ["none", "bilateral-prices"])
def test_every_property_is_judged_as_on_the_curve_or_unknown_with_a_reason(rule: str) -> None:
    round_ = curve_round()
    known = autarky(round_)
    curve, own = (full_audit(g, rule, alone=known) for g in (round_, as_measured(round_)))
    for name, said in own.audit.to_dict().items():
        if name in UNMEASURED:
            assert (said["holds"], said["witness"]) == (None, UNMEASURED[name])
        elif name not in OPEN:
            assert said["holds"] == curve[name].holds, name
            assert said["claim"] == curve[name].claim, name
        elif curve[name].holds is not False:
            assert said["holds"] is None
            assert said["witness"]
    assert own.to_dict().keys() == curve.to_dict().keys()
    np.testing.assert_allclose(own.most.amount, curve.most.amount, rtol=1e-9)  # type: ignore[union-attr]


def test_two_equilibria_that_were_found_are_more_than_one() -> None:
    game = MeasuredGame(
        gains=lambda x: np.repeat((x[..., :1] * x[..., 1:]), 2, axis=-1),
        max_contribution=[2.0, 2.0],
        value=1.0,
        unit_cost=1.0,
        bends=0,
    )
    verdict = full_audit(game)["equilibrium-unique"]
    assert (verdict.holds, verdict.claim, verdict.witness) == (False, "checked", "2 were found")
    anarchy = full_audit(game)["price-of-anarchy-1"]
    assert anarchy.holds is not True  # nobody contributing is an equilibrium, too


def test_a_comparison_scores_what_the_curve_s_does_and_says_why_where_not() -> None:
    round_ = curve_round()
    known, settings = autarky(round_), MechanismSettings("redistribution", rate=0.05)
    games = round_, as_measured(round_)
    tables = [compare(game, settings, draws=50, alone=known) for game in games]
    for row, other in zip(tables[0].rows, tables[1].rows, strict=True):
        assert row.rule == other.rule
        if row.rule == "partial-pigou":
            assert "needs a weighted potential" in other.note
            continue
        for name in ("welfare", "total_contribution", "payments", "slack_autarky"):
            assert getattr(other, name) == pytest.approx(getattr(row, name), abs=2e-2), row.rule
    assert tables[1]["bilateral-prices"].note == "the best profile found is an equilibrium"
    assert tables[1]["planner"].note == "best found: 7 climbs"


@pytest.mark.parametrize("objective", ["welfare", "contribution"])
def test_a_design_is_that_of_the_curve(objective: Any) -> None:
    round_ = curve_round()
    known, wanted = autarky(round_), Constraints(most=20.0)
    curve, own = (
        design(game, objective, wanted, alone=known) for game in (round_, as_measured(round_))
    )
    assert own.feasible
    np.testing.assert_allclose(own.target.profile, curve.target.profile, rtol=1e-3)
    np.testing.assert_allclose(own.payoff.sum(), curve.payoff.sum(), rtol=1e-5)
    assert np.abs(own.settlement.net).max() <= 20.0 + 1e-9  # type: ignore[union-attr]


def test_a_design_pays_who_would_lose() -> None:
    """West has 120 more alone than at the best profile; who pays for it has it to spare."""
    game = loser()
    free = design(game, alone=alone(0.0, 0.0, 0.0))
    assert free.target.known == free.planner.known == "best found: 6 climbs"
    west = float(game.payoffs(free.planner.profile)[2])
    found = design(game, alone=alone(0.0, 0.0, west + 120.0))
    assert found.feasible
    assert found.payoff[2] >= west + 120.0 - 1e-9
    assert found.payoff.sum() == pytest.approx(found.welfare)


def test_a_target_is_known_no_better_than_its_search() -> None:
    """Branch and bound is never claimed; all there is needs no search."""
    outside = [alone(*payoffs) for payoffs in ((500.0, 300.0, 150.0), (1900.0, 60.0, 30.0))]
    most, some = (design(loser(), "contribution", alone=each) for each in outside)
    assert most.target.known == "checked: there is no more"
    assert some.target.known == "not certified: welfare is not known to be concave"
    assert some.welfare == pytest.approx(1990.0, rel=1e-6)


def test_what_needs_one_curve_says_so() -> None:
    nothing = alone(0.0, 0.0, 0.0)
    with pytest.raises(InvalidInputError, match="`objective` = gain needs one curve"):
        design(loser(), "gain", alone=nothing)
    with pytest.raises(UnsupportedGameError, match="comparative statics need one curve of gains"):
        comparative_statics(loser(), "competition.damage")
    with pytest.raises(InvalidInputError, match="what each gains alone was not measured"):
        design(loser())


def test_a_rate_is_tuned() -> None:
    """With one curve both searches try the same rates."""
    round_ = curve_round()
    found = [
        tune(
            game,
            MechanismSettings("redistribution", rate=0.0),
            [SearchRange("mechanism.rate", 0.0, 0.1)],
            alone=autarky(round_),
        )
        for game in (round_, as_measured(round_))
    ]
    assert found[1].values == pytest.approx(found[0].values, rel=1e-3)
    assert isinstance(found[1].study.mechanism.rule, Redistribution)


def test_what_needs_one_curve_is_refused_before_anything_is_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = '[oracle]\nkind = "reference"\ndataset = "breast-cancer"\nown_test = true\n'
    both = [organization(name, max_contribution=20.0) for name in ("North", "South")]
    written(tmp_path, text + "".join(both).replace("local_data = 1500\n", ""))
    why = "need one curve of gains for all, and the oracle tells everybody's own"
    told = coopetition("statics", "scenario.toml", "--wrt", "competition.damage")
    assert (told.code, why in told.err) == (2, True)
    told = coopetition("design", "scenario.toml", "--objective", "gain")
    assert (told.code, why in told.err) == (2, True)
    ledger = sqlite3.connect(tmp_path / "scenario.ledger.sqlite")
    assert ledger.execute("select count(*) from evaluation").fetchone() == (0,)


@pytest.mark.parametrize("kind", ["solve", "audit", "compare", "design"])
def test_results_keep_the_form_of_those_of_a_curve(kind: str) -> None:
    """Whatever a program reads of a round it finds here, too; heads are the command's."""
    known, settings = alone(0.0, 0.0, 0.0), MechanismSettings("redistribution", rate=0.1)
    made: dict[str, Callable[[], Any]] = {
        "solve": lambda: run_study(loser(), settings, alone=known),
        "audit": lambda: full_audit(loser(), settings, alone=known),
        "compare": lambda: compare(loser(), settings, draws=2, alone=known),
        "design": lambda: design(loser(), alone=known),
    }
    schema = json.loads(Path(f"docs/schemas/{kind}.json").read_text())
    document = json.loads(json.dumps(clean(dict(made[kind]().to_dict()))))
    assert [fault for fault in faults(document, schema) if not fault.endswith("missing")] == []
