"""The verb `statics`: what it prints and writes, and what it refuses."""

import csv
import json
from pathlib import Path

import pytest

from coopetition.mechanisms import none
from coopetition.solvers import solve_planner
from coopetition.studies.statics import comparative_statics
from tests.studies.command import NO_PURE, THREE, TWO, coopetition, written
from tests.studies.statics.rounds import DAMAGE, MIXED, NORTH, VALUES


def test_no_rule_shows_no_transfers() -> None:
    found = comparative_statics(MIXED, VALUES, none(MIXED), span=0.01)
    assert {one.outcome for one in found[VALUES].effects} == {
        "total_contribution", "effective_data", "welfare", "efficiency", "attainable_share",
        "contribution", "gain", "payoff",
    }  # fmt: skip
    ratio = found[VALUES]["efficiency"].today
    assert ratio == pytest.approx(found[VALUES]["welfare"].today / solve_planner(MIXED).welfare)
    with pytest.raises(KeyError):
        found[DAMAGE]
    with pytest.raises(KeyError):
        found[VALUES]["transfer", "North"]


def test_the_verb(tmp_path: Path) -> None:
    scenario = written(tmp_path, THREE)
    out, table = tmp_path / "statics.json", tmp_path / "statics.csv"
    answer = coopetition(
        "statics", scenario, "--wrt", DAMAGE, "--wrt", "mechanism.rate", "--wrt", NORTH, "--out",
        out, "--out", table, "--json",
    )  # fmt: skip
    assert answer.code == 0
    document = answer.document
    assert document == json.loads(out.read_text(encoding="utf-8"))
    assert [one["parameter"] for one in document["statics"]] == [
        DAMAGE, "mechanism.rate", NORTH,
    ]  # fmt: skip
    assert document["margin"] > 0
    with table.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3 * (5 + 5 * 3)
    first = document["statics"][0]["effects"][0]
    assert float(rows[0]["right"]) == first["right"]
    shown = coopetition("statics", scenario, "--wrt", DAMAGE, "--prices", "anew")
    assert shown.code == 0
    assert "competition.damage (a common factor; prices made anew, by differences)" in shown.out
    assert "North" in shown.out


def test_the_verb_refuses(tmp_path: Path) -> None:
    scenario = written(tmp_path, THREE)
    for arguments, said in (
        (("--wrt", "size"), "cannot differentiate by 'size'"),
        (("--wrt", VALUES, "--span", "-1"), "`span`"),
    ):
        answer = coopetition("statics", scenario, *arguments)
        assert answer.code == 2
        assert said in answer.err
    ties = written(tmp_path, TWO.replace("unit_cost = 0.001", "unit_cost = 0.005"))
    assert "ties" in coopetition("statics", ties, "--wrt", VALUES).err
    assert "negative" in coopetition("statics", written(tmp_path, NO_PURE), "--wrt", VALUES).err
