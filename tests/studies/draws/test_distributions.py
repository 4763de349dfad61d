"""Numbers as distributions: read strictly, solved at their middles, drawn as they say."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coopetition import InvalidInputError
from coopetition.studies import Scenario, parse_scenario, run_study
from coopetition.studies.draws.inputs import Inputs
from coopetition.studies.sweep import Grid, read_axis, run_sweep

RANGE = {"low": 0.01, "high": 0.03, "group": "costs"}


def content(**first: Any) -> dict[str, Any]:
    """Return a scenario of two whose first has some columns of its own."""
    common = {"local_data": 900, "max_contribution": 4000, "value": 1000, "unit_cost": 0.002,
              "quadratic_cost": 5e-6}  # fmt: skip
    return {
        "gain": {"family": "power", "ceiling": 1.0, "scale": 2.0, "exponent": 0.35},
        "organization": [{"name": "No.rth", **common, **first}, {"name": "South", **common}],
        "competition": {"damage": [[0, 0.1], [0.2, 0]], "counts": "gains"},
    }


def spread() -> dict[str, Any]:
    """Return a scenario with a distribution of every kind, and in every place."""
    known = content(value={"low": 900, "high": 1100}, unit_cost=RANGE)
    known["organization"][1]["unit_cost"] = RANGE | {"low": 0.02, "high": 0.04}
    known["gain"]["ceiling"] = {"mean": 1.0, "sd": 0.1}
    known["competition"]["damage"] = [[0, {"draws": "d.csv", "column": "a"}], [0.2, 0]]
    known["competition"]["rivalry"] = {"draws": "d.csv", "column": "b"}
    known["personal_gain"] = {"weight": {"low": 0.0, "high": 0.5}}
    return known


@pytest.fixture
def scenario(tmp_path: Path) -> Scenario:
    (tmp_path / "d.csv").write_text("a,b\n0.1,1\n0.2,2\n0.6,6\n")
    return parse_scenario(spread(), tmp_path)


def test_a_scenario_with_distributions_solves_at_their_middles(scenario: Scenario) -> None:
    plain = content(value=1000.0, unit_cost=0.02)
    plain["organization"][1]["unit_cost"] = 0.03
    plain["competition"] |= {"damage": [[0, 0.3], [0.2, 0]], "rivalry": 3.0}
    plain["personal_gain"] = {"weight": 0.25}
    stated = parse_scenario(plain)
    found = run_study(scenario.round(), scenario.mechanism)
    assert found.payoff == pytest.approx(run_study(stated.round()).payoff, rel=1e-12)
    assert "7 numbers are uncertain" in scenario.notes[0]
    assert stated.digest != scenario.digest


def test_what_was_said_is_kept(scenario: Scenario, tmp_path: Path) -> None:
    said = scenario.to_dict()
    assert said["organization"][0]["unit_cost"] == RANGE
    assert said["competition"]["damage"][0][1] == {"draws": "d.csv", "column": "a"}
    again = parse_scenario(said, tmp_path)
    assert again.digest == scenario.digest
    assert again == scenario
    (tmp_path / "d.csv").write_text("a,b\n0.1,1\n0.2,2\n0.7,6\n")
    assert parse_scenario(said, tmp_path).digest != scenario.digest


def test_draws_are_what_was_said(scenario: Scenario) -> None:
    inputs = Inputs(scenario)
    assert inputs.names == (
        "organization.No.rth.value", "costs", "gain.ceiling", "personal_gain.weight", "d.csv"
    )  # fmt: skip
    drawn = inputs.changes(inputs.sample(4000, 1))
    assert drawn["unit_cost"][:, 1] == pytest.approx(drawn["unit_cost"][:, 0] + 0.01)
    assert drawn["damage"][:, 0, 1] * 10 == pytest.approx(drawn["rivalry"])
    assert set(drawn["rivalry"]) == {1.0, 2.0, 6.0}
    assert (drawn["damage"][:, 1, 0] == 0.2).all()
    assert drawn["gain.ceiling"].mean() == pytest.approx(1.0, abs=0.01)
    assert drawn["gain.ceiling"].std() == pytest.approx(0.1, abs=0.01)
    value = drawn["value"][:, 0]
    assert np.quantile(value, [0.0, 0.5, 1.0]) == pytest.approx([900, 1000, 1100], abs=5)
    assert abs(np.corrcoef(value, drawn["gain.ceiling"])[0, 1]) < 0.05
    same = inputs.changes(inputs.sample(4000, 1))
    assert all((same[key] == drawn[key]).all() for key in drawn)


def test_one_input_moves_alone(scenario: Scenario) -> None:
    inputs = Inputs(scenario)
    drawn = inputs.changes(inputs.only(inputs.sample(50, 1), "costs"))
    assert np.ptp(drawn["unit_cost"], axis=0).min() > 0.01
    assert all(np.ptp(drawn[key], axis=0).max() == 0 for key in drawn if key != "unit_cost")
    assert drawn["personal_weight"][0] == 0.25
    first, second = inputs.pairs(8, 1)
    mixed, whole = inputs.changes(inputs.mixed(first, second, "costs")), inputs.changes(first)
    assert (mixed["unit_cost"] == inputs.changes(second)["unit_cost"]).all()
    assert all((mixed[key] == whole[key]).all() for key in whole if key != "unit_cost")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"low": 2, "high": 1}, "`low` below `high`, got 2 and 1"),
        ({"low": 2, "high": 2}, "`low` below `high`"),
        ({"low": 2}, "needs the key `high`"),
        ({"low": 2, "hihg": 3}, "needs the key `high` .found `hihg`"),
        ({"low": 2, "high": 3, "sd": 1}, "must be a number, { low, high }"),
        ({}, "must be a number, { low, high }.* got nothing"),
        ({"middle": 2}, "must be a number.*got middle"),
        ({"mean": 0, "sd": 1}, "`mean` that is positive, got 0: give `low` and `high`"),
        ({"mean": 1, "sd": 0}, "`sd` that is positive, got 0"),
        ({"mean": "1", "sd": 1}, "`mean` must be a finite number"),
        ({"mean": 1, "sd": float("nan")}, "`sd` must be a finite number"),
        ({"low": -1, "high": 3}, "`value` must be .*, got -1"),
        ({"low": 1, "high": 3, "group": ""}, "`group` must be a text"),
        ({"low": 1, "high": 3, "shape": "normal"}, "unknown key `shape`"),
        ({"draws": "d.csv"}, "needs the key `column`"),
        ({"draws": "d.csv", "column": "z"}, "d.csv, line 1 has no column `z`, it has a, b"),
        ({"draws": "e.csv", "column": "a"}, "e.csv"),
        ({"draws": "d.csv", "column": "b"}, "d.csv, line 3: `b` must be a number, got 'x'"),
        ({"draws": "one.csv", "column": "a"}, "must hold at least two draws, got 1"),
    ],
)
def test_malformed_distributions_get_one_sentence(
    given: dict[str, Any], said: str, tmp_path: Path
) -> None:
    (tmp_path / "d.csv").write_text("a,b\n1,1\n2,x\n")
    (tmp_path / "one.csv").write_text("a\n1\n")
    with pytest.raises(InvalidInputError, match=said) as caught:
        parse_scenario(content(value=given), tmp_path)
    assert "\n" not in str(caught.value)


def test_a_sweep_scales_middles() -> None:
    known = content(value={"low": 900, "high": 1100})
    swept = run_sweep(Grid(known, [read_axis("organization.*.value*=0.5,2")]))
    plain = run_sweep(Grid(content(), [read_axis("organization.*.value*=0.5,2")]))
    for one, other in zip(swept.rows, plain.rows, strict=True):
        assert one.welfare == pytest.approx(other.welfare, rel=1e-12)


def test_what_must_be_known_is_no_distribution(tmp_path: Path) -> None:
    for key in ("name", "local_data_typo"):
        with pytest.raises(InvalidInputError):
            parse_scenario(content(**{key: {"low": 1, "high": 2}}))
    with pytest.raises(InvalidInputError, match="nothing in the scenario is uncertain"):
        Inputs(parse_scenario(content()))
