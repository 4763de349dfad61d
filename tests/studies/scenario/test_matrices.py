"""Matrices with names in both directions: read by names, refused in one sentence."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coopetition.games.errors import InvalidInputError
from coopetition.studies import load_scenario, parse_scenario
from coopetition.studies.sweep.grid import Grid
from coopetition.studies.sweep.values import read_axis
from tests.studies.command import GAIN, coopetition, organization, written

NAMES = ["North", "South", "West"]
LOSSES = [[0.0, 0.01, 0.02], [0.03, 0.0, 0.05], [0.06, 0.07, 0.0]]  # rows lose, all different
PLAIN = GAIN + "".join(map(organization, NAMES))
RULE = '[mechanism]\nrule = "redistribution"\nrate = 0.01\n'
GOOD = "loses,West,North,South\nSouth,0.05,0.03,\nNorth,0.02,,0.01\nWest,0,0.06,0.07\n"


def scenario_file(folder: Path, matrix: str, key: str = "damage") -> Path:
    written(folder, matrix, "matrix.csv")
    return written(folder, f'{PLAIN}[competition]\n{key} = "matrix.csv"\n')


@pytest.mark.parametrize("key", ["damage", "rivalry"])
def test_a_matrix_is_read_by_names_in_any_order(tmp_path: Path, key: str) -> None:
    read = load_scenario(scenario_file(tmp_path, GOOD, key))
    said = parse_scenario(tomllib.loads(f"{PLAIN}[competition]\n{key} = {LOSSES}\n"))
    assert read == said
    assert read.digest == said.digest
    assert read.to_dict()["competition"][key] == LOSSES
    other = load_scenario(scenario_file(tmp_path, GOOD.replace("0.07", "0.08"), key))
    assert other.digest != said.digest


def test_both_matrices_of_a_table_may_be_files(tmp_path: Path) -> None:
    written(tmp_path, GOOD, "losses.csv")
    written(tmp_path, GOOD.replace("0.07", "7"), "rivalry.csv")
    table = '[competition]\ndamage = "losses.csv"\nrivalry = "rivalry.csv"\n'
    read = load_scenario(written(tmp_path, PLAIN + table))
    assert read.damage == LOSSES
    assert read.to_dict()["competition"]["rivalry"][2][1] == 7


def test_names_are_tidied_quoted_and_may_hold_anything(tmp_path: Path) -> None:
    names = {"North": "No\u0308rd, AG", "South": "St. Mary", "West": "name"}
    body, matrix = PLAIN, '\ufeff,"Nörd, AG", St.  Mary ,name\r\nname,0.06,0.07,\r\n,,,\r\n'
    for old, new in names.items():
        body = body.replace(f'"{old}"', f'"{new}"')
    matrix += '\u00a0St. Mary,0.03,,0.05\r\n"No\u0308rd, AG", ,0.01,0.02\r\n'
    written(tmp_path, matrix, "m.CSV")
    read = load_scenario(written(tmp_path, body + '[competition]\ndamage = "m.CSV"\n'))
    assert read.damage == LOSSES


def test_intensities_may_be_negative_and_are_covered_by_the_digest(tmp_path: Path) -> None:
    written(tmp_path, GOOD.replace("0.07", "-0.07"), "rho.csv")
    read = load_scenario(written(tmp_path, PLAIN + RULE + 'intensity = "rho.csv"\n'))
    assert read.mechanism.intensity == [[0, 0.01, 0.02], [0.03, 0, 0.05], [0.06, -0.07, 0]]
    other = written(tmp_path, PLAIN + RULE + f"intensity = {read.mechanism.intensity}\n")
    assert load_scenario(other).digest == read.digest
    assert json.loads(json.dumps(read.to_dict()))["mechanism"]["intensity"][2][1] == -0.07


def test_sweeps_vary_entries_and_files(tmp_path: Path) -> None:
    path = scenario_file(tmp_path, GOOD)
    written(tmp_path, GOOD.replace("0.07", "0.7"), "much.csv")
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    axes = [
        read_axis("competition.damage=matrix.csv,much.csv"),
        read_axis("competition.damage.North.South=0.1,0.2"),
    ]
    grid = Grid(content, axes, tmp_path)
    losses = [np.array(grid.scenario(cell).damage) for cell in range(4)]
    assert [list(m[[0, 2, 1], [1, 1, 0]]) for m in losses] == [
        [0.1, 0.07, 0.03], [0.2, 0.07, 0.03], [0.1, 0.7, 0.03], [0.2, 0.7, 0.03],
    ]  # fmt: skip
    keys = [grid.key(cell) for cell in range(4)]
    written(tmp_path, GOOD.replace("0.07", "0.8"), "much.csv")
    again = Grid(content, axes, tmp_path)
    assert [again.key(cell) == key for cell, key in enumerate(keys)] == [True, True, False, False]
    assert again.digest == grid.digest
    written(tmp_path, GOOD.replace("0.07", "0.8"), "matrix.csv")
    assert Grid(content, axes, tmp_path).digest != grid.digest
    scaled = Grid(content, [read_axis("competition.damage*=0,2")], tmp_path).scenario(1)
    assert scaled.damage[0] == [0.0, 0.02, 0.04]
    with pytest.raises(InvalidInputError, match="a matrix of different ones"):
        Grid(content, [read_axis("competition.damage=0,1")], tmp_path)


def test_no_output_overwrites_a_matrix(tmp_path: Path) -> None:
    answer = coopetition("solve", scenario_file(tmp_path, GOOD), "--out", tmp_path / "matrix.csv")
    assert (answer.code, "reads or keeps that file" in answer.err) == (2, True)
    assert (tmp_path / "matrix.csv").read_text(encoding="utf-8") == GOOD


WRONG: dict[str, tuple[str, str]] = {
    "misspelt column": (
        GOOD.replace("North,South\n", "Nroth,South\n"),
        "matrix.csv, line 1 has the unknown organization 'Nroth': did you mean North?",
    ),
    "misspelt row": (
        GOOD.replace("South,0.05", "Suoth,0.05"),
        "matrix.csv, line 2 has the unknown organization 'Suoth': did you mean South?",
    ),
    "looks the same": (
        GOOD.replace("\nNorth", "\nNor\u200bth"),
        r"line 3 has the unknown organization 'Nor\u200bth': 'North' and 'Nor\u200bth', which look",
    ),
    "somebody else": (
        ",North,South,West,Zzz\nNorth,0,0,0,0\nSouth,0,0,0,0\nWest,0,0,0,0\nZzz,0,0,0,0\n",
        "line 1 has the unknown organization 'Zzz': the organizations are North, South, West",
    ),
    "column twice": (
        GOOD.replace("loses,West", "loses,South"), "matrix.csv, line 1 has 'South' a second time",
    ),
    "row twice": (
        GOOD.replace("\nNorth,", "\nSouth,").replace("0.02,,0.01", "0.02,0.01,"),
        "matrix.csv, line 3 has 'South' a second time",
    ),
    "column missing": (
        ",North,South\nNorth,,1\nSouth,1,\nWest,1,1\n", "matrix.csv, line 1 has no column for West",
    ),
    "rows missing": (GOOD[: GOOD.index("North,0.02")], "matrix.csv has no row for North, West"),
    "no names": ("0,1,2\n1,0,2\n1,2,0\n", "matrix.csv, line 1 has the unknown organization '1'"),
    "word": (
        GOOD.replace("0.03", "much"),
        "matrix.csv, line 2 (South): `North` must be a number, got 'much'",
    ),
    "not a number": (
        GOOD.replace("0.03", "nan"), "line 2 (South): `North` must be a finite number, got nan",
    ),
    "huge": (GOOD.replace("0.03", "1e31"), "line 2 (South): `North` must be at most 1e+30"),
    "blank": (
        GOOD.replace("0.03", " "), "line 2 (South): `North` must be a number, it is blank",
    ),
    "negative": (
        GOOD.replace("0.06", "-0.06"), "line 4 (West): `North` must be at least 0, got -0.06",
    ),
    "own rival": (
        GOOD.replace("West,0,", "West,0.5,"),
        "line 4 (West): `West` must be blank or 0, as nobody is its own rival, got 0.5",
    ),
    "short line": (GOOD.replace(",0.07", ""), "line 4 must have 4 cells as the first line, got 3"),
    "semicolons": (GOOD.replace(",", ";"), "line 1 must have organizations after its first cell, "
                   "got none: this looks like a semicolon file"),
    "semicolons and decimal commas": (
        GOOD.replace(",", ";").replace(".", ","), "this looks like a semicolon file",
    ),
    "decimal commas": (
        GOOD.replace(".", ","), "line 2 must have 4 cells as the first line, got 6: decimals have",
    ),
    "quoted decimal commas": (
        GOOD.replace("0.03", '"0,03"'),
        "line 2 (South): `North` must be a number, got '0,03': decimals have a point",
    ),
    "open quote": (GOOD + '"North', "matrix.csv is not a CSV file: line 5"),
    "empty": ("", "matrix.csv must have a line of organizations and at least one more"),
}  # fmt: skip


@pytest.mark.parametrize(("matrix", "said"), WRONG.values(), ids=list(WRONG))
def test_a_wrong_matrix_is_refused_where_it_stands(tmp_path: Path, matrix: str, said: str) -> None:
    path = scenario_file(tmp_path, matrix)
    with pytest.raises(InvalidInputError) as refused:
        load_scenario(path)
    assert said in str(refused.value)
    assert str(refused.value).startswith(f"{path}: ")
    assert "\n" not in str(refused.value)


def test_a_missing_file_and_other_words_are_refused(tmp_path: Path) -> None:
    for value, said in (
        ("none.csv", "cannot read .*none.csv: No such file"),
        ("none.txt", r"\[competition\]: `damage` must be .* or the name of a .csv file"),
    ):
        path = written(tmp_path, f'{PLAIN}[competition]\ndamage = "{value}"\n')
        with pytest.raises(InvalidInputError, match=said):
            load_scenario(path)


def frame(change: Callable[[Any], Any]) -> Any:
    """Return the losses as a data frame in another order, with a change to it."""
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame(LOSSES, index=NAMES, columns=NAMES)
    return change(table.loc[["South", "West", "North"], ["West", "North", "South"]])


def with_damage(damage: Any) -> Any:
    return parse_scenario(tomllib.loads(PLAIN) | {"competition": {"damage": damage}})


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d,
        lambda d: d.replace(0.0, np.nan),  # as pandas reads a blank diagonal
        lambda d: d.convert_dtypes().replace(0.0, None),
        lambda d: d.rename_axis("loses").reset_index(),  # as pandas reads the file
        lambda d: d.astype(object),
    ],
)
def test_a_data_frame_says_what_a_file_does(change: Callable[[Any], Any]) -> None:
    assert with_damage(frame(change)).damage == LOSSES


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda d: d.rename(columns={"West": "Wst"}),
            "damage has the unknown .* did you mean West",
        ),
        (lambda d: d.drop(index="West"), "competition.damage has no row for West"),
        (lambda d: d.drop(columns="West"), "competition.damage has no column for West"),
        (lambda d: d.mask(d == 0.05), r"row 1 \(South\): `West` must be a number, it is blank"),
        (lambda d: d - 0.02, r"row 1 \(South\): `South` must be blank or 0"),
        (lambda d: -d, r"row 1 \(South\): `West` must be at least 0, got -0.05"),
        (lambda d: d.astype(str), r"row 1 \(South\): `West` must be a finite number, got '0.05'"),
        (lambda d: d > 0, r"row 1 \(South\): `West` must be a finite number, got True"),
        (lambda d: d.set_axis(["North"] * 3, axis=1), "has two columns `North`"),
        (lambda d: d.set_axis(["North"] * 3), "row 2 has 'North' a second time"),
        (lambda d: d.reset_index(drop=True), "must have the organizations as its index, or in"),
    ],
)
def test_a_wrong_data_frame_is_refused(change: Callable[[Any], Any], said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        with_damage(frame(change))
