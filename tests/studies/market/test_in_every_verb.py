"""A scenario with [market] is, to every verb, the scenario of the numbers that follow from it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from coopetition.output.export import PROVENANCE
from tests.studies.command import coopetition

FIRMS = "name,units\nNorth,1200\nSouth,2300\nEast,300\n"
SURVEY = "customers of,North,South,East,none\nNorth,,35,5,60\nSouth,20,,5,75\nEast,8,26,,66\n"
SCENARIO = """
name = "market"
[gain]
family = "power"
ceiling = 1.0
scale = 2.0
exponent = 0.35
[market]
firms = "firms.csv"
second_choice = "survey.csv"
wtp = 1.0
""" + "".join(
    f'[[organization]]\nname = "{name}"\nlocal_data = {rows}\nmax_contribution = 4000\n'
    "unit_cost = 0.001\nquadratic_cost = 2e-4\n"
    for name, rows in (("South", 2300), ("North", 1200), ("East", 300))
)
WHOLE = ("--vary", "competition.damage*=0:2:3", "--jobs", "1")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in (("firms.csv", FIRMS), ("survey.csv", SURVEY), ("s.toml", SCENARIO)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert coopetition("calibrate", "s.toml", "--out", "numbers.toml").code == 0
    return tmp_path


def document(verb: str, scenario: str, words: Sequence[str]) -> Any:
    """Return what a verb says, without where it comes from, what it took, and customers."""
    answer = coopetition(verb, scenario, *words, "--json")
    assert answer.code in (0, 1), answer.err
    told = answer.document
    return {
        key: told[key] for key in told.keys() - {*PROVENANCE, "journal", "scenario", "over_nobody"}
    }


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        ("solve", ()),
        ("compare", ()),
        ("statics", ("--wrt", "competition.damage")),
        ("statics", ("--wrt", "organization.North.unit_cost")),
        ("sweep", WHOLE),
        ("play", ("--rounds", "1")),
        ("breakeven", ("--of", "contribution:East", "--wrt", "competition.damage*=0:2")),
    ],
)
def test_the_market_is_its_numbers(folder: Path, verb: str, words: Sequence[str]) -> None:
    assert document(verb, "s.toml", words) == document(verb, "numbers.toml", words)


def test_a_factor_on_damage_scales_the_markets_own(folder: Path) -> None:
    """Twice the damage, by hand, is the cell at 2; at 0 nobody is hurt."""
    cells = coopetition("sweep", "s.toml", *WHOLE, "--json").document["rows"]
    welfare = [cell["welfare"] for cell in cells]
    lines = Path("numbers.toml").read_text(encoding="utf-8")
    start = lines.index("damage = ")
    matrix = lines[start : lines.index("]\n", start) + 1]
    for factor, found in zip((0.0, 1.0, 2.0), welfare, strict=True):
        rows = json.loads(matrix.removeprefix("damage = "))
        scaled = [[factor * number for number in row] for row in rows]
        Path("scaled.toml").write_text(lines.replace(matrix, f"damage = {scaled}"))
        wanted = coopetition("solve", "scaled.toml", "--json").document["welfare"]
        assert found == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize(
    ("verb", "words"),
    [("sweep", ("--vary", "market.wtp=1:2:2")), ("statics", ("--wrt", "market.wtp"))],
)
def test_the_data_of_a_market_are_no_parameters(
    folder: Path, verb: str, words: Sequence[str]
) -> None:
    answer = coopetition(verb, "s.toml", *words)
    assert answer.code == 2
    assert "'market.wtp': there is no such parameter" in answer.err
