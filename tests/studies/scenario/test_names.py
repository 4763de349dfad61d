"""Names as people write them: tidied, told apart as the eye does, and harmless in tables."""

import csv
import json
import math
from pathlib import Path

import pytest

from coopetition.games.errors import InvalidInputError
from coopetition.games.finite.files.load import load_game
from coopetition.oracles.protocol.query import OracleSpec
from coopetition.output.data_files import to_csv
from coopetition.output.export import to_json
from coopetition.output.latex import latex
from coopetition.output.markdown import markdown
from coopetition.studies import parse_scenario
from tests.output.rows import table
from tests.studies.command import GAIN, coopetition, organization, written

ALIKE = ["North ", "\tNorth", "No\u200brth", "North\u00a0", "\ufeffNorth", "Nor\u00adth",
         "Nor\u034fth", "North\ufe0f", "North\U000e0041", "North\u3164", "\u2800North"]  # fmt: skip


def two(first: str, second: str) -> dict[str, object]:
    """Return a scenario's content with two organizations."""
    row = {"local_data": 900, "max_contribution": 4000, "value": 1000, "unit_cost": 0.001}
    gain = {"family": "power", "ceiling": 1, "scale": 2, "exponent": 0.35}
    return {"gain": gain, "organization": [{"name": n, **row} for n in (first, second)]}


@pytest.mark.parametrize("other", [name for name in ALIKE if "\t" not in name])
def test_names_that_look_the_same_are_not_distinct(other: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="distinct names"):
        parse_scenario(two("North", other))
    with pytest.raises(InvalidInputError, match="distinct names"):
        OracleSpec(
            organizations=("North", other), metric="a", unit="rows", lower=(0, 0), upper=(1, 1),
            baseline=0, deterministic=True, provides=frozenset({"gain"}), fingerprint="f",
        )  # fmt: skip
    game = {"players": ["North", other], "payoffs": [[[1]], [[1]]]}
    with pytest.raises(InvalidInputError, match="different names"):
        load_game(written(tmp_path, json.dumps(game), "game.json"))


def test_names_are_kept_tidy() -> None:
    scenario = parse_scenario(two("  No\u0308rd\u00a0 AG ", "A\u200db"))
    assert scenario.organizations == ("Nörd AG", "A\u200db")


def test_halves_of_surrogate_pairs_are_no_names(tmp_path: Path) -> None:
    game = written(tmp_path, '{"players": ["A", "B\\ud800"], "payoffs": [[[1]], [[1]]]}', "g.json")
    answer = coopetition("equilibria", game)
    assert (answer.code, answer.out) == (2, "")
    assert "must be names in Unicode, got ['A', 'B\\ud800']" in answer.err


ARMED = ["=1+1", "+SUM(A1)", "-A1", "@cmd", " =1", "\t=1", "\n=1", "＝1", "-1; -2"]


def test_no_cell_of_a_csv_file_is_a_formula() -> None:
    cells = next(csv.reader(to_csv(table(ARMED, [])).splitlines(keepends=True)))
    assert cells == [f"'{cell}" for cell in ARMED]
    assert to_csv(table(["n"], [[-1.5], ["-1.5"], ["1=1"]])) == "n\n-1.5\n-1.5\n1=1\n"


def test_tables_hold_no_control_characters() -> None:
    name = "a\x1b[2J\x9b1m\r\nb\u202ec"
    nasty = table([name], [[name]])
    for text in (to_csv(nasty), markdown(nasty), latex(nasty)):
        assert not set("\x1b\x9b\r\u202e") & set(text)
    assert json.loads(to_json({"a": name, "b": "\ud800"})) == {"a": name, "b": "\ud800"}
    assert to_json({"a": "\x9b\u202e\ud800"}) == '{\n  "a": "\\u009b\\u202e\\ud800"\n}'


def test_markdown_is_no_markup() -> None:
    row = markdown(table(["n"], [["[a](http://b) `c` _d_ ~~e~~ &lt; $f$"]])).splitlines()[-1]
    assert row == r"| \[a\](http\://b) \`c\` \_d\_ \~\~e\~\~ \&lt; \$f\$ |"


def test_formulas_are_defused_in_what_solve_writes(tmp_path: Path) -> None:
    path = written(tmp_path, GAIN + organization("=1+1") + organization("@cmd"))
    assert coopetition("solve", path, "--out", tmp_path / "o.csv").code == 0
    with (tmp_path / "o.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert [row[0] for row in rows[1:]] == ["'=1+1", "'@cmd"]
    assert rows[0][-1] == "provenance"
    assert all(math.isfinite(float(cell)) for row in rows[1:] for cell in row[1:-1])


def test_a_blank_cell_is_the_default_and_said(tmp_path: Path) -> None:
    table = "name,local_data,max_contribution,value,unit_cost,quality\nA,9,9,9,1,\nB,9,9,9,1, \n"
    written(tmp_path, table, "people.csv")
    path = written(tmp_path, 'organizations = "people.csv"\n' + GAIN)
    note = "people.csv: `quality` is blank in lines 2, 3: taken as 1, the default"
    assert coopetition("solve", path, "--json").document["notes"] == [note]
    assert coopetition("solve", path).err == f"Note: {note}.\n"
    axis = ("--vary", "competition.damage=0,0.1", "--jobs", "1")
    swept = coopetition("sweep", path, *axis, "--json")
    assert swept.document["notes"] == [note]
    assert f"Note: {note}.\n" in swept.err


@pytest.mark.parametrize("vary", ["organization.*.value=1,2", "competition.damage=0,1"])
@pytest.mark.parametrize("rows", ["", "organization = 3\n", "organization = []\n"])
def test_a_sweep_of_nobody_is_refused(tmp_path: Path, rows: str, vary: str) -> None:
    path = written(tmp_path, rows + GAIN)
    answer = coopetition("sweep", path, "--vary", vary)
    assert (answer.code, answer.out, len(answer.err.splitlines())) == (2, "", 1)
    assert "[[organization]]" in answer.err


def test_minus_zero_is_no_number_of_a_scenario_but_zero_in_python() -> None:
    content = two("A", "B")
    for row in content["organization"]:  # type: ignore[attr-defined]
        row["max_contribution"] = -0.0
    with pytest.raises(InvalidInputError, match="`max_contribution` must be 0 without a minus"):
        parse_scenario(content)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--seed", "1", "--seed", "1"), "--seed is given 2 times"),
        (("--rate", "1", "--json", "--rate", "2"), "--rate is given 2 times"),
        (("--rule", ""), "--rule must not be empty"),
        (("--out", "a.json", "--out", ""), "--out must not be empty"),
    ],
)
def test_an_option_is_given_once_and_not_empty(
    tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    path = written(tmp_path, GAIN + organization("A"))
    answer = coopetition("solve", path, *words)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"coopetition: {said} (see `")
    assert len(answer.err.splitlines()) == 1


def test_a_key_of_very_many_parts_is_refused_at_once(tmp_path: Path) -> None:
    for text in (".".join("a" * 50_000), ".".join(['"a b"'] * 60), "x" * 100_000 + ".b" * 60):
        answer = coopetition("solve", written(tmp_path, f"{text} = 1\n"))
        assert (answer.code, "more than 50 parts" in answer.err) == (2, True)
    long = written(tmp_path, GAIN.replace("1.0", "1.0 # " + "x" * 100_000) + organization("A"))
    assert coopetition("solve", long).code == 0
