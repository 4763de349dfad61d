"""The verb `compare`: all rules and baselines, in any order, with the seed's draws."""

import csv
from pathlib import Path

import pytest

from coopetition.mechanisms import FEES, RULES
from tests.studies.command import (
    THREE,
    TWO,
    coopetition,
    written,
)


@pytest.fixture
def three(tmp_path: Path) -> Path:
    return written(tmp_path, THREE)


def test_compare_prints_the_rules_and_baselines(three: Path) -> None:
    answer = coopetition("compare", three, "--json")
    assert answer.code == 0
    rows = {row["rule"]: row for row in answer.document["rows"]}
    names = ["redistribution", "redistribution-published", *list(RULES)[2:], "k-implementation"]
    assert list(rows) == ["VCFL", "WCO", "RaDG", "WPR", *names, "planner"]
    solved = coopetition("solve", three, "--json").document
    assert rows["redistribution"]["welfare"] == pytest.approx(solved["welfare"], rel=1e-12)
    assert rows["planner"]["welfare"] == pytest.approx(solved["planner"]["welfare"], rel=1e-9)
    assert rows["planner"]["welfare"] >= max(row["welfare"] for row in rows.values()) - 1e-9
    assert answer.document["organizations"] == solved["organizations"]
    assert answer.document["digest"] == solved["digest"]


def test_compare_sorts_by_a_column_everywhere(three: Path, tmp_path: Path) -> None:
    out = tmp_path / "sorted.csv"
    answer = coopetition("compare", three, "--sort", "slack-exit", "--json", "--out", out)
    slack = [row["slack_exit"] for row in answer.document["rows"]]
    known = [value for value in slack if value is not None]
    assert known == pytest.approx(sorted(known, reverse=True), abs=1e-8)
    assert slack[len(known) :] == [None] * (len(slack) - len(known))
    with out.open(encoding="utf-8") as handle:
        names = [row["rule"] for row in csv.DictReader(handle)]
    assert names == [row["rule"] for row in answer.document["rows"]]
    wrong = coopetition("compare", three, "--sort", "note")
    assert wrong.code == 2
    assert wrong.out == ""
    assert wrong.err.strip().splitlines() == [
        "coopetition: `--sort` must be one of welfare, welfare_standard_error (± s.e.), efficiency "
        "(of planner), attainable_share (of attainable), total_contribution (contribution), "
        "deficit, payments, slack_autarky (worst vs autarky), slack_exit (worst vs exit), "
        "slack_sub_coalition (worst vs part), epsilon, got 'note'"
    ]


@pytest.mark.parametrize("fees", [name for name in FEES if name not in ("none", "equal-gain")])
def test_every_fee_rule_is_solved_from_a_file(three: Path, fees: str) -> None:
    plain = coopetition("solve", three, "--json").document
    power = 'power = "data"\n' if FEES[fees].weighted else ""
    written(three.parent, THREE.replace("equal-gain", fees) + power)
    said = coopetition("solve", three, "--json").document
    assert said["contribution"] == plain["contribution"]
    assert sum(said["fee"]) == pytest.approx(0, abs=1e-9)
    assert said["fee"] != plain["fee"]
    table = FEES[fees].ground == "sub-coalitions"
    assert ("sub-coalition" in said["outside"]) is table
    assert ("individual-rationality-sub-coalition" in said["properties"]) is table
    assert ("best part" in coopetition("solve", three).out) is table


def test_the_seed_decides_what_is_random(tmp_path: Path) -> None:
    two = written(tmp_path, "draws = 50\n" + TWO)

    def drawn(*options: str) -> float:
        rows = coopetition("compare", two, "--json", *options).document["rows"]
        return float(next(row["welfare"] for row in rows if row["rule"] == "RaDG"))

    assert drawn() == drawn("--seed", "0") != drawn("--seed", "5")
