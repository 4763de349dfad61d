"""Scenarios from data frames and mappings of columns: as strict as files, and the same scenario."""

import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coopetition.games.coopetition.gain import PowerGain
from coopetition.games.errors import InvalidInputError
from coopetition.studies import MechanismSettings, Scenario, load_scenario, parse_scenario
from tests.studies.command import MEASURED, THREE, written

FILE = parse_scenario(tomllib.loads(THREE))
COLUMNS: dict[str, Any] = {"name": [*FILE.organizations], **FILE.columns}
GAIN = {"family": "power", "ceiling": 1.0, "scale": 2.0, "exponent": 0.35}
REST: dict[str, Any] = {
    key: value for key, value in tomllib.loads(THREE).items() if key != "organization"
}


def test_a_mapping_needs_no_pandas() -> None:
    code = (
        "import sys; from coopetition.studies import Scenario\n"
        f"Scenario.from_frame({COLUMNS}, gain={GAIN})\n"
        "assert 'pandas' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def csv_of(columns: dict[str, Any]) -> str:
    rows = [columns, *zip(*columns.values(), strict=True)]
    return "\n".join(",".join(map(str, row)) for row in rows) + "\n"


def test_files_and_frames_that_say_the_same_have_one_digest(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    written(tmp_path, csv_of(COLUMNS), "people.csv")
    body = THREE[: THREE.index("[[")] + THREE[THREE.index("[competition]") :]
    file = load_scenario(written(tmp_path, 'organizations = "people.csv"\n' + body))
    assert file == FILE
    read = pandas.read_csv(tmp_path / "people.csv")
    for frame in (
        COLUMNS,
        {key: np.array(column) for key, column in COLUMNS.items()},
        read,
        read.set_index("name"),
        read.rename(columns={"name": "organization"}).iloc[:, ::-1],
        read.convert_dtypes(),
        read.astype({"local_data": "int32", "name": "category"}),
        pandas.read_csv(tmp_path / "people.csv", dtype_backend="pyarrow"),
        file.to_frame(),
    ):
        scenario = Scenario.from_frame(frame, **REST)
        assert scenario == file
        assert scenario.digest == file.digest
    changed = read.assign(value=[1000.0, 800.0, 1201.0])
    assert Scenario.from_frame(changed, **REST).digest != file.digest


@pytest.mark.parametrize("text", [THREE, MEASURED], ids=["curve", "oracle"])
def test_what_a_scenario_gives_is_what_it_reads(text: str) -> None:
    pytest.importorskip("pandas")
    scenario = parse_scenario(tomllib.loads(text))
    again = Scenario.from_frame(scenario.to_frame(), **scenario.to_dict())
    assert again == scenario
    assert again.digest == scenario.digest


def test_tables_may_be_objects_arrays_and_frames(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    losses = np.array([[0, 0.1, 0.2], [0.3, 0, 0.5], [0.6, 0.7, 0]])
    names = COLUMNS["name"]
    table = pandas.DataFrame(losses, names, names).iloc[::-1, [1, 0, 2]]
    table.rename_axis("loses").to_csv(tmp_path / "damage.csv")
    said = Scenario.from_frame(COLUMNS, gain=GAIN, competition={"damage": losses.tolist()})
    for damage in (losses, table, "damage.csv"):
        made = Scenario.from_frame(
            COLUMNS, gain=PowerGain(1.0, 2.0, 0.35), competition={"damage": damage}, folder=tmp_path
        )
        assert made.digest == said.digest
    rule = {"rule": "redistribution", "rate": np.float64(0.01)}
    inside = Scenario.from_frame(COLUMNS, gain=GAIN, mechanism={**rule, "intensity": table})
    for intensity in (losses, table, losses.tolist()):
        settings = MechanismSettings("redistribution", rate=0.01, intensity=intensity)
        assert Scenario.from_frame(COLUMNS, gain=GAIN, mechanism=settings) == inside
    wrong = MechanismSettings("redistribution", rate=0.01, intensity=[[0.0, 1.0]])
    with pytest.raises(InvalidInputError, match=r"\[mechanism\]: .*3 × 3"):
        Scenario.from_frame(COLUMNS, gain=GAIN, mechanism=wrong)


def without(*keys: str, **changes: Any) -> dict[str, Any]:
    return {k: v for k, v in (COLUMNS | changes).items() if k not in keys}


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (without(value=[1, np.nan, 3]), r"2 \(South\): `value` must be a finite number, got nan"),
        (without(quality=[1, 1, None]), r"3 \(West\): `quality` must be a finite number, got None"),
        (without(value=[1, "2", 3]), r"2 \(South\): `value` must be a finite number, got '2'"),
        (without(value=np.array([True] * 3)), r"1 \(North\): `value` must be a finite .* got True"),
        (
            without(value=[1, 2, -3.5]),
            r"3 \(West\): `value` must be finite and at least 0, got -3.5",
        ),
        (without(quality=[1, 1, 1.5]), r"3 \(West\): `quality` must be in \(0, 1\], got 1.5"),
        (without(qualty=[1, 1, 1]), "the data frame has the unknown column `qualty`: .*`quality`"),
        (without("value"), r"organization 1 \(North\) needs the key `value`"),
        (without("name"), "the data frame needs the column `name`, or the names as its index"),
        (without(name=["A", "B", "A"]), "distinct names, got 'A' twice"),
        (without(name=["A", "B", 3]), "organization 3: `name` must be a text .*, got 3"),
        (without(organization=["A", "B", "C"]), "unknown column `organization`: known: name"),
        (without(value=[1, 2]), "the column `value` must have 3 values, one for each name, got 2"),
        (without(value=7.0), "`value` must be a column, got 7.0"),
        (without(value="abc"), "`value` must be a column, got 'abc'"),
        ({key: [] for key in COLUMNS}, "the data frame must have at least one row"),
        ({" value": [1], "value ": [1]}, "the data frame has two columns `value`"),
        ([1, 2, 3], r"organizations must be a data frame or a mapping of columns, got \[1, 2, 3\]"),
    ],
)
def test_a_wrong_mapping_is_refused(columns: Any, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said) as refused:
        Scenario.from_frame(columns, **REST)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d.set_index("name").reset_index(drop=True), "needs the column `name`, or the"),
        (lambda d: d.assign(value=[1, None, 3]), r"2 \(South\): `value` must be .* got nan"),
        (lambda d: d.assign(value=[1, None, 3]).convert_dtypes(), r"`value` must be .* got <NA>"),
        (lambda d: d.assign(name=["A", None, "C"]), "organization 2: `name` must be a text"),
        (lambda d: d.set_axis([*d.columns[:-1], "value"], axis=1), "has two columns `value`"),
        (lambda d: d.assign(value=d.name), r"`value` must be a finite number, got 'North'"),
        (lambda d: d.iloc[:0], "must have at least one row"),
        (lambda d: d.assign(**{"0": 1}).rename(columns={"0": 0}), "has the unknown column `0`"),
    ],
)
def test_a_wrong_data_frame_is_refused(change: Callable[[Any], Any], said: str) -> None:
    pandas = pytest.importorskip("pandas")
    with pytest.raises(InvalidInputError, match=said):
        Scenario.from_frame(change(pandas.DataFrame(COLUMNS)), **REST)


def test_other_keys_are_those_of_a_file() -> None:
    with pytest.raises(InvalidInputError, match="unknown key `curency`: did you mean `currency`"):
        Scenario.from_frame(COLUMNS, gain=GAIN, curency="EUR")
    with pytest.raises(InvalidInputError, match=r"tables \[gain\] and \[oracle\], found neither"):
        Scenario.from_frame(COLUMNS)


def test_what_is_no_frame_is_refused_in_one_line() -> None:
    pandas = pytest.importorskip("pandas")
    with pytest.raises(InvalidInputError, match="must be a data frame") as error:
        Scenario.from_frame(pandas.Series([1.0, 2.0]))
    assert "\n" not in str(error.value)
