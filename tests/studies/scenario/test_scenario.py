"""What a scenario file says is what the game gets."""

import tomllib
from pathlib import Path

import numpy as np
import pytest

from coopetition.games.coopetition.gain import (
    ExponentialGain,
    LogarithmicGain,
    PowerGain,
    TabulatedGain,
)
from coopetition.games.errors import InvalidInputError
from coopetition.mechanisms import FEES
from coopetition.studies import MechanismSettings, Scenario, load_scenario, parse_scenario
from coopetition.studies.scenario.oracle_kinds import OracleSettings
from tests.studies.command import GAIN, MEASURED, THREE, TWO, organization, written


def parsed(text: str) -> Scenario:
    return parse_scenario(tomllib.loads(text))


def test_every_default() -> None:
    scenario = parsed(GAIN + organization("North"))
    assert (scenario.name, scenario.currency) == ("scenario", "money")
    assert (scenario.seed, scenario.draws) == (0, 1000)
    assert scenario.mechanism == MechanismSettings("none", None, True, "damage", "none", "autarky")
    game = scenario.round()
    assert game.quality.tolist() == [1.0]
    for column in (game.quadratic_cost, game.fixed_cost, game.skew):
        assert column.tolist() == [0.0]
    assert game.personal_weight == 0.0
    assert game.damage.row_sums.tolist() == game.rivalry.row_sums.tolist() == [0.0]
    assert game.gain == PowerGain(1.0, 2.0, 0.35, 0.0)


def test_every_default_of_the_tables() -> None:
    rule = '[mechanism]\nrule = "redistribution"\nrate = 2\n'
    assert parsed(TWO + rule).mechanism == MechanismSettings("redistribution", 2.0)
    bare = '[oracle]\nkind = "reference"\n' + organization("A").replace("local_data = 1500\n", "")
    scenario = parsed(bare)
    assert scenario.oracle == OracleSettings(
        "reference", "digits", 2.0, 10, 2, 5, 8, profiles=24, local_rows=None
    )
    with pytest.raises(InvalidInputError, match="measured first"):
        scenario.round()


@pytest.mark.parametrize("name", FEES)
def test_every_fee_rule_is_a_name(name: str) -> None:
    text = THREE.replace('"equal-gain"', f'"{name}"')
    assert parsed(text).mechanism.fees == name
    if FEES[name].weighted:
        assert parsed(text + 'power = "data"\n').mechanism.power == "data"
        assert parsed(text + "power = [1, 0, 2]\n").mechanism.power == (1.0, 0.0, 2.0)


def test_every_field_arrives() -> None:
    text = THREE.replace('fees = "equal-gain"', 'fees = "equal-gain"\noutside_option = "exit"')
    scenario = parsed("seed = 7\ndraws = 50\n" + text + 'balanced = false\nintensity = "rivalry"\n')
    assert (scenario.name, scenario.currency) == ("three-hospitals", "EUR")
    assert (scenario.seed, scenario.draws) == (7, 50)
    assert scenario.mechanism == MechanismSettings(
        "redistribution", 0.03, False, "rivalry", "equal-gain", "exit"
    )
    game = scenario.round()
    assert game.players == ("North", "South", "West")
    assert game.local_data.tolist() == [1500, 900, 500]
    assert game.value.tolist() == [1000, 800, 1200]
    assert game.unit_cost.tolist() == [0.001, 0.001, 0.002]
    assert game.quadratic_cost.tolist() == [2e-6] * 3
    assert game.fixed_cost.tolist() == [3, 0, 0]
    assert game.quality.tolist() == [0.8, 1, 1]
    assert game.skew.tolist() == [1, 0.5, 0]
    assert game.personal_weight == 0.05
    unit = np.eye(3)
    damage = [game.damage.weigh(e).tolist() for e in unit]  # column m: what all lose to m
    assert np.transpose(damage).tolist() == [[0, 0.08, 0.02], [0.05, 0, 0.1], [0, 0.03, 0]]
    rivalry = [game.rivalry.weigh(e).tolist() for e in unit]
    assert np.transpose(rivalry).tolist() == [[0, 20, 0], [5, 0, 30], [10, 0, 0]]


@pytest.mark.parametrize(
    ("table", "curve"),
    [
        ('family = "exponential"\nceiling = 2\nscale = 900', ExponentialGain(2.0, 900.0)),
        ('family = "logarithmic"\nceiling = 0.1\nscale = 9', LogarithmicGain(0.1, 9.0, 0.0)),
        (
            'family = "power"\nceiling = 0\nscale = 2\nexponent = 1\noffset = 5',
            PowerGain(0.0, 2.0, 1.0, 5.0),
        ),
        (
            'family = "tabulated"\ndata = [0, 2000, 9000]\ngains = [0, 1, 2]',
            TabulatedGain([0.0, 2000.0, 9000.0], [0.0, 1.0, 2.0]),
        ),
    ],
    ids=["exponential", "logarithmic", "power", "tabulated"],
)
def test_every_family(table: str, curve: object) -> None:
    assert parsed(f"[gain]\n{table}\n" + organization("North")).gain == curve


ROWS = """name,unit_cost,value,local_data,max_contribution,quality,skew,quadratic_cost,fixed_cost
North,0.001,1000,1500,4000,0.8,1.0,2e-6,3
South,0.001,800,900,4000,,0.5,2e-6,
"West, by the sea",0.002,1200,500,4000,1.0,0,2e-6,0
"""


def test_a_csv_says_the_same_as_tables(tmp_path: Path) -> None:
    tables = THREE.replace('"West"', '"West, by the sea"')
    start, end = tables.index("[[organization]]"), tables.index("[competition]")
    (tmp_path / "data").mkdir()
    written(tmp_path / "data", ROWS, "hospitals.csv")
    text = 'organizations = "data/hospitals.csv"\n' + tables[:start] + tables[end:]
    by_file = load_scenario(written(tmp_path, text))
    by_tables = parsed(tables)
    assert by_file == by_tables
    assert by_file.digest == by_tables.digest
    assert by_file.round().players[2] == "West, by the sea"


def test_a_csv_of_a_spreadsheet_is_read(tmp_path: Path) -> None:
    text = "\ufeff" + "name, local_data ,max_contribution,value,unit_cost\r\nNord,1,2,3,4\r\n\r\n"
    (tmp_path / "people.csv").write_bytes(text.encode())
    scenario = load_scenario(written(tmp_path, "\ufeff" + 'organizations = "people.csv"\n' + GAIN))
    assert scenario.organizations == ("Nord",)
    assert scenario.columns["local_data"] == [1.0]


def test_paths_are_relative_to_the_scenario(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    header = "name,local_data,max_contribution,value,unit_cost\n"
    written(tmp_path / "a", header + "Right,1,2,3,4\n", "people.csv")
    written(tmp_path / "b", header + "Wrong,1,2,3,4\n", "people.csv")
    path = written(tmp_path / "a", 'organizations = "people.csv"\n' + GAIN)
    monkeypatch.chdir(tmp_path / "b")
    assert load_scenario(path).organizations == ("Right",)
    assert load_scenario(Path("..") / "a" / "scenario.toml").organizations == ("Right",)
    elsewhere = written(tmp_path, f'organizations = "{tmp_path / "b" / "people.csv"}"\n' + GAIN)
    assert load_scenario(elsewhere).organizations == ("Wrong",)


def test_the_digest_names_what_is_said_not_how() -> None:
    digest = parsed(THREE).digest
    assert len(digest) == 16
    assert int(digest, 16) >= 0
    same = [
        "# a comment\n" + THREE,
        THREE.replace("local_data = 900", "local_data = 900.0"),
        THREE.replace("rate = 0.03", "rate = 3e-2"),
        "seed = 0\n" + THREE,
        THREE + "balanced = true\n",
        THREE.replace("[[0, 0.08, 0.02]", "[[0.0, 8e-2, 0.02]"),
    ]
    assert {parsed(text).digest for text in same} == {digest}
    other = [
        THREE.replace("three-hospitals", "3-hospitals"),
        THREE.replace("EUR", "USD"),
        THREE.replace("local_data = 900", "local_data = 901"),
        THREE.replace("exponent = 0.35", "exponent = 0.36"),
        THREE.replace("[[0, 0.08, 0.02]", "[[0, 0.08, 0.03]"),
        THREE.replace("[[0, 20, 0]", "[[0, 21, 0]"),
        THREE.replace("weight = 0.05", "weight = 0.06"),
        THREE.replace("rate = 0.03", "rate = 0.031"),
        THREE + "balanced = false\n",
        THREE.replace("equal-gain", "nash"),
        THREE.replace("equal-gain", "nash") + 'power = "data"\n',
        "seed = 1\n" + THREE,
        "draws = 2\n" + THREE,
        THREE.replace('"South"', '"Süd"'),
        MEASURED,
        MEASURED.replace("rounds = 2", "rounds = 3"),
    ]
    assert len({parsed(text).digest for text in other} | {digest}) == len(other) + 1


def test_the_digest_sees_every_point_of_a_long_curve() -> None:
    data = np.linspace(0.0, 9000.0, 3001)
    gains = 1.0 - np.exp(-data / 3000.0)
    digests = set()
    for shift in (0.0, 1e-9):
        gains[1500] -= shift
        gain = {"family": "tabulated", "data": data.tolist(), "gains": gains.tolist()}
        content = tomllib.loads(organization("North")) | {"gain": gain}
        digests.add(parse_scenario(content).digest)
    assert len(digests) == 2
