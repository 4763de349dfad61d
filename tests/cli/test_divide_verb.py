"""The command `coopetition divide`: published divisions, exact reading, and what is refused."""

import csv
import json
from pathlib import Path

import pytest

from tests.studies.command import Answer, coopetition, written

GLOVE = "coalition,value\nL,0\nR,0\nS,0\nL+R,1\nL+S,1\nR+S,0\nL+R+S,1\n"
MAJORITY = "coalition,value\nA,0\nB,0\nC,0\nA+B,1\nC+A,1\nB+C,1\nA+B+C,1\n"
# Airport: planes need runways of 1, 2 and 4 (Littlechild and Owen 1973); costs are shared.
AIRPORT = "value,coalition\n1,A\n2,B\n4,C\n2,A+B\n4,A+C\n4,B+C\n4,A+B+C\n0,\n"
CLAIMS = "player,claim\nA,100\nB,200\nC,300\n"


def divided(folder: Path, text: str, *options: str, name: str = "game.csv") -> Answer:
    return coopetition("divide", written(folder, text, name), *options)


def amounts(answer: Answer) -> dict[str, list[float]]:
    assert answer.code == 0, answer.err
    return {row["rule"]: row["values"] for row in answer.document["divisions"]}


def test_the_glove_market(tmp_path: Path) -> None:
    answer = divided(tmp_path, GLOVE, "--json")
    found = amounts(answer)
    assert found["shapley"] == pytest.approx([2 / 3, 1 / 6, 1 / 6])
    assert found["banzhaf"] == pytest.approx([3 / 4, 1 / 4, 1 / 4])
    assert found["leave-one-out"] == [1, 0, 0]
    assert found["nucleolus"] == pytest.approx([1, 0, 0])
    assert found["equal-surplus"] == pytest.approx([1 / 3] * 3)
    assert found["nash"] == pytest.approx([1 / 3] * 3)
    document = answer.document
    assert "proportional" in document["refused"]  # nobody has anything alone
    assert document["core"]["empty_core"] is False
    stable = {row["rule"]: row["in_core"] for row in document["divisions"]}
    assert stable["nucleolus"] is stable["least-core"] is True
    shapley = document["divisions"][0]
    assert (shapley["in_core"], shapley["leaving"]) == (False, ["L", "R"])
    assert shapley["excess"] == pytest.approx(1 / 6)


def test_more_than_there_is_makes_nobody_leave(tmp_path: Path) -> None:
    """Two who have 120 only together: each one's last contribution is all of it."""
    both = "coalition,value\nA,0\nB,0\nA+B,120\n"
    rows = divided(tmp_path, both, "--json").document["divisions"]
    given = {row["rule"]: row for row in rows}["leave-one-out"]
    assert (given["values"], given["in_core"], given["leaving"]) == ([120.0, 120.0], False, [])
    assert (
        "leave-one-out: the amounts sum to 120 more than there is." in divided(tmp_path, both).out
    )


def test_an_empty_core_has_a_witness_that_arithmetic_can_check(tmp_path: Path) -> None:
    core = divided(tmp_path, MAJORITY, "--json").document["core"]
    assert core["empty_core"] is True
    assert core["how"] == "proved"
    assert sorted(core["weights"]) == [
        [["A", "B"], "1/2"], [["A", "C"], "1/2"], [["B", "C"], "1/2"]
    ]  # fmt: skip
    assert core["lower"] == pytest.approx(1 / 3)
    out = divided(tmp_path, MAJORITY).out
    assert "The core is empty (proved): 1/2 v(A + B) + 1/2 v(A + C) + 1/2 v(B + C)" in out


def test_numbers_are_read_exactly_where_floats_would_lie(tmp_path: Path) -> None:
    # Three pairs of 0.2 at weight 1/2 have 0.3 exactly, but 3 * 0.2 / 2 > 0.3 in floats.
    tie = "coalition,value\nA,0\nB,0\nC,0\nA+B,0.2\nA+C,1/5\nB+C,2e-1\nA+B+C,0.3\n"
    core = divided(tmp_path, tie, "--json").document["core"]
    assert core["lower"] == 0
    assert core["empty_core"] is False


def test_the_airport(tmp_path: Path) -> None:
    found = amounts(divided(tmp_path, AIRPORT, "--json", "--rule", "shapley", "--rule", "equal"))
    assert list(found) == ["shapley", "equal"]
    assert found["shapley"] == pytest.approx([1 / 3, 1 / 3 + 1 / 2, 1 / 3 + 1 / 2 + 2])


@pytest.mark.parametrize(
    ("estate", "talmud"),
    [("100", [100 / 3] * 3), ("200", [50, 75, 75]), ("300", [50, 100, 150])],
)
def test_the_talmuds_table(tmp_path: Path, estate: str, talmud: list[float]) -> None:
    answer = divided(
        tmp_path, CLAIMS, "--estate", estate, "--json", "--rule", "talmud", "--rule", "nucleolus"
    )
    assert amounts(answer)["talmud"] == pytest.approx(talmud)
    assert amounts(answer)["nucleolus"] == pytest.approx(talmud)  # Aumann and Maschler 1985
    every = amounts(divided(tmp_path, CLAIMS, "--estate", estate, "--json"))
    assert list(every) == ["proportional", "equal-awards", "equal-losses", "talmud"]
    assert every["proportional"] == pytest.approx([float(estate) * k / 6 for k in (1, 2, 3)])


def test_weights_are_of_named_players(tmp_path: Path) -> None:
    game = "coalition,value\nA,0\nB,0\nA+B,6\n"
    found = amounts(divided(tmp_path, game, "--weights", "B=2,A=1", "--json"))
    assert found["weighted-shapley"] == pytest.approx([2, 4])
    assert found["nash"] == pytest.approx([2, 4])
    assert found["shapley"] == pytest.approx([3, 3])
    assert "weighted-shapley" not in amounts(divided(tmp_path, game, "--json"))


def test_json_says_the_same_as_csv(tmp_path: Path) -> None:
    rows = list(csv.DictReader(GLOVE.splitlines()))
    as_text = divided(tmp_path, json.dumps(rows), "--json", name="game.json")
    lists = [{"coalition": r["coalition"].split("+"), "value": int(r["value"])} for r in rows]
    as_lists = divided(tmp_path, json.dumps(lists), "--json", name="game.json")
    as_csv = divided(tmp_path, GLOVE, "--json").document
    for answer in (as_text, as_lists):
        assert answer.document == as_csv | {"command": answer.document["command"]}
    assert as_csv["digest"] != divided(tmp_path, MAJORITY, "--json").document["digest"]


def test_files(tmp_path: Path) -> None:
    outs = [tmp_path / f"out.{kind}" for kind in ("json", "csv", "md", "tex")]
    options = [word for out in outs for word in ("--out", str(out))]
    answer = divided(tmp_path, GLOVE, *options, "--json")
    assert json.loads(outs[0].read_text()) == answer.document
    rows = list(csv.DictReader(outs[1].read_text().splitlines()))
    assert [float(rows[0][f"value.{name}"]) for name in "LRS"] == answer.document["divisions"][0][
        "values"
    ]
    assert rows[0]["leaving"] == "L + R"
    assert "nucleolus" in outs[2].read_text()
    assert "nucleolus" in outs[3].read_text()
    game = tmp_path / "game.csv"
    assert "reads or keeps" in coopetition("divide", game, "--out", game).err


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        (GLOVE.replace("L+S,1\n", ""), [], "coalition is missing: L+S"),
        (
            GLOVE.replace("L+S,1\n", "").replace("R+S,0\n", ""),
            [],
            "2 coalitions are missing: L+S, R+S",
        ),
        (GLOVE + "S+L,2\n", [], "line 9 repeats the coalition S+L"),
        (GLOVE + "L+L,2\n", [], "line 9 names a player twice: L+L"),
        (GLOVE + "L+Rr,2\n", [], "line 9: 'Rr' is not a player: there is no row of 'Rr' alone"),
        (GLOVE + "R,2\n", [], "names must differ, got 'R' twice"),
        (GLOVE.replace("L+S,1", "L+S,one"), [], "line 6: a value must be like 2, -0.5"),
        (GLOVE.replace("L+S,1", "L+S"), [], "line 6 must have coalition and value, no more"),
        (GLOVE.replace(",", ";"), [], "this looks like a semicolon file"),
        ("coalition,worth\nA,1\n", [], "the columns must be coalition, value"),
        ("", [], "the columns must be coalition, value"),
        (GLOVE, ["--estate", "3"], "`--estate` goes with claims"),
        (GLOVE, ["--rule", "talmud"], "the rule talmud divides claims"),
        (GLOVE, ["--rule", "weighted-shapley"], "needs `--weights`"),
        (GLOVE, ["--rule", "proportional"], "`amounts` must not all be 0"),
        (GLOVE, ["--weights", "L=1,R=1"], "`--weights` lacks S"),
        (GLOVE, ["--weights", "L=1,R=1,T=1"], "'T' is not a player: L, R, S"),
        (GLOVE, ["--weights", "L=1,R=1,S=0"], "`--weights` must be positive, got 0 for S"),
        (GLOVE, ["--weights", "L"], "`--weights` must be like A=2,B=1, got 'L'"),
        (CLAIMS, [], "claims need `--estate`"),
        (CLAIMS, ["--estate", "700"], "between 0 and the sum of the claims, 600, got 700"),
        (CLAIMS + "D,-1\n", ["--estate", "1"], "line 5: a claim must be at least 0, got -1"),
        (CLAIMS + "A,1\n", ["--estate", "1"], "names must differ, got 'A' twice"),
    ],
)
def test_refusals_are_one_sentence(
    tmp_path: Path, text: str, options: list[str], said: str
) -> None:
    answer = divided(tmp_path, text, *options)
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert said in answer.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not JSON"),
        ("{}", "the JSON must be a list of objects"),
        ('[{"coalition": "A", "value": true}]', "[0]: the value must be a number, got True"),
        ('[{"coalition": "A", "value": NaN}]', "[0]: a value must be like"),
        ('[{"coalition": [["A"]], "value": 1}]', "[0]: the coalition must be names"),
        ('[{"coalition": "A", "value": 1}, {"value": 1}]', "[1] must have coalition and value"),
    ],
)
def test_json_that_is_refused(tmp_path: Path, text: str, said: str) -> None:
    answer = divided(tmp_path, text, name="game.json")
    assert answer.code == 2
    assert said in answer.err


def test_the_page_shows_what_is_printed(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "division.md").read_text(encoding="utf-8")
    assert f"```csv\n{GLOVE}```" in page
    for title, text, options in (
        ("glove.csv", GLOVE, []),
        ("widows.csv --estate 200", CLAIMS, ["--estate", "200"]),
    ):
        out = divided(tmp_path, text, *options).out
        assert f"$ coopetition divide {title}\n{out}```" in page
