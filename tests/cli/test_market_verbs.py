"""`calibrate`, `reveal` and `breakeven`: from a survey to a scenario, and what it tells."""

import json
from pathlib import Path

import pytest

from coopetition.studies import load_scenario
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


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in (("firms.csv", FIRMS), ("survey.csv", SURVEY), ("s.toml", SCENARIO)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_what_is_calibrated_is_the_same_scenario(folder: Path) -> None:
    answer = coopetition("calibrate", "s.toml", "--out", "numbers.toml", "--json")
    assert answer.code == 0, answer.err
    market, numbers = load_scenario("s.toml"), load_scenario("numbers.toml")
    assert market.digest == numbers.digest
    assert market.columns["value"] == [2300.0, 1200.0, 300.0]
    assert market.counts == "gains"
    # South loses 20 % of its customers' worth to North: D q_S/q_N.
    assert market.damage[0][1] == pytest.approx(0.20 * 2300 / 1200)
    assert answer.document["organizations"] == ["South", "North", "East"]


def test_a_market_alone_says_what_a_scenario_still_needs(folder: Path) -> None:
    (folder / "m.toml").write_text(SCENARIO[SCENARIO.index("[market]") : SCENARIO.index("[[")])
    assert coopetition("calibrate", "m.toml", "--out", "m2.toml").code == 0
    first = (folder / "m2.toml").read_text().splitlines()[0]
    assert first == (
        "# To solve this, state: local_data, max_contribution, unit_cost, [gain] or [oracle]."
    )


def test_past_contributions_reveal_or_contradict(folder: Path) -> None:
    solved = coopetition("solve", "s.toml", "--json").document["contribution"]
    rows = [f"1,{n},{x}" for n, x in zip(("South", "North", "East"), solved, strict=True)]
    (folder / "past.csv").write_text("\n".join(["round,name,contribution", *rows]))
    words = ("reveal", "s.toml", "--observed", "past.csv", "--slack")
    answer = coopetition(*words, "0.01", "--json")
    assert answer.code == 0
    found = answer.document
    for low, value, high in zip(found["low"], found["stated"], found["high"], strict=True):
        assert low <= value <= high
    more = [f"2,{n},{4000 - x}" for n, x in zip(("South", "North", "East"), solved, strict=True)]
    (folder / "past.csv").write_text("\n".join(["round,name,contribution", *rows, *more]))
    answer = coopetition(*words, "0.01")
    assert answer.code == 1
    assert "No value explains what South did in 2 rounds within 0.01" in answer.out
    (folder / "past.csv").write_text("round,name,contribution\n1,Nort,3\n")
    answer = coopetition(*words, "0.01")
    assert answer.code == 2
    assert "line 2 has the unknown organization 'Nort': did you mean" in answer.err


def test_a_break_even_of_a_market_takes_factors(folder: Path) -> None:
    answer = coopetition(
        "breakeven", "s.toml", "--of", "contribution:East", "--wrt",
        "organization.*.unit_cost*=0:100", "--json",
    )  # fmt: skip
    assert answer.code == 0, answer.err
    (crossing,) = answer.document["crossings"]
    assert crossing["above"] == "East contributes nothing"
    assert json.loads(json.dumps(crossing))["value"] > 1
    for words, said in (
        (("--of", "contribution:East", "--wrt", "competition.damage"), "`--wrt` must be PARAMETER"),
        (("--of", "East", "--wrt", "competition.damage*=0:2"), "`--of` must be contribution:NAME"),
    ):
        wrong = coopetition("breakeven", "s.toml", *words)
        assert wrong.code == 2
        assert said in wrong.err


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("wtp = 1.0", "", "give `wtp`"),
        ("wtp = 1.0", 'wtp = 1.0\noutside = 0.2', "`outside` goes with `method` = logit"),
        ("wtp = 1.0", 'wtp = 1.0\ndiversion = "survey.csv"', "not both"),
        ("wtp = 1.0", 'wtp = 1.0\nmethod = "margins"', "need the column `margin`"),
        ("wtp = 1.0", 'wtp = 1.0\nprices = "free"', "must be fixed, linear, logit"),
        ('name = "East"', 'name = "East"\nvalue = 3', "`value` follows from [market]"),
        ('name = "market"', 'name = "market"\ncompetition = {damage = 0.1}', "`damage` follows"),
        ('name = "East"', 'name = "West"', "West is missing"),
    ],
)  # fmt: skip
def test_a_wrong_market_is_one_sentence(folder: Path, old: str, new: str, said: str) -> None:
    (folder / "s.toml").write_text(SCENARIO.replace(old, new, 1))
    answer = coopetition("solve", "s.toml")
    assert answer.code == 2
    assert said in answer.err


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("firms.csv", "2300", "0", "`units` must be finite and positive, got 0"),
        ("firms.csv", "2300", "23 %", "must be a number, got '23 %'"),
        ("firms.csv", "South", "Sout", "South is missing"),
        ("firms.csv", "name,units", "name,sold", "unknown column `sold`"),
        ("survey.csv", ",35,", ";35;", "must have 5 cells"),
        ("survey.csv", ",none", ",nobody", "unknown firm 'nobody'"),
        ("survey.csv", "East,8", "North,8", "'North' a second time"),
        ("survey.csv", "South,20,,", "South,20,7,", "must be blank or 0, got 7"),
        ("survey.csv", ",35,", ",-35,", "must be at least 0, got -35"),
        ("survey.csv", ",35,", ',"3,5",', "decimals have a point"),
        ("survey.csv", ",35,", ",3.5,", "counts of North must be whole numbers"),
    ],
)
def test_wrong_files_are_one_sentence(
    folder: Path, file: str, old: str, new: str, said: str
) -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    answer = coopetition("solve", "s.toml")
    assert answer.code == 2
    assert said in answer.err
    assert answer.err.count("\n") == 1


def test_customers_gain_beside_the_members(folder: Path) -> None:
    answer = coopetition("solve", "s.toml", "--json")
    found = answer.document["over_nobody"]
    omega = 3800.0 + sum(answer.document["contribution"])
    rise = 2.0 * (3800.0**-0.35 - omega**-0.35)
    assert found["customers"] == pytest.approx(3800 * rise, rel=1e-9)  # units × wtp × gain
    assert 0 < found["members"] < found["customers"]
    said = coopetition("solve", "s.toml").out
    assert f"customers gain {found['customers']:.4g} money (to first order)" in said
    assert "over_nobody" not in json.dumps(coopetition("solve", numbers(folder), "--json").document)


def numbers(folder: Path) -> Path:
    """Return the same scenario with numbers in place of its market."""
    assert coopetition("calibrate", "s.toml", "--out", "numbers.toml").code == 0
    return folder / "numbers.toml"
