"""Picture files are complete, the same twice, say where they are from, and keep names as texts."""

import json
import tomllib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from coopetition.output.pictures.files import save
from coopetition.studies import Study, parse_scenario, play_scenario, run_study
from coopetition.studies.pictures.play import draw_play
from coopetition.studies.pictures.study import draw_study
from tests.studies.command import GAIN, THREE, coopetition, organization, written
from tests.studies.playing import CURVE

matplotlib = pytest.importorskip("matplotlib")
DOCUMENT = {"version": "0.1", "command": "coopetition solve ü", "digest": "ab12"}


@pytest.fixture(scope="module")
def study() -> Study:
    scenario = parse_scenario(tomllib.loads(THREE))
    return run_study(scenario.round(), scenario.mechanism)


def texts_of(file: Path) -> list[str]:
    tree = ElementTree.parse(file)
    return ["".join(node.itertext()) for node in tree.iter() if node.tag.endswith("}text")]


@pytest.fixture(scope="module")
def drawn(study: Study) -> list[Any]:
    """Return two pictures of one study."""
    return [draw_study(study, name="three", currency="EUR") for _ in range(2)]


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_the_same_picture_twice_and_where_it_is_from(
    tmp_path: Path, drawn: list[Any], kind: str
) -> None:
    files = [tmp_path / f"{k}.{kind}" for k in range(2)]
    for file, axes in zip(files, drawn, strict=True):
        save(axes, file, DOCUMENT)
    content = files[0].read_bytes()
    assert content == files[1].read_bytes()
    if kind == "png":
        from PIL import Image

        image: Any = Image.open(files[0])
        assert json.loads(image.text["Description"]) == DOCUMENT
    elif kind == "svg":
        assert '"digest": "ab12"' in "".join(ElementTree.parse(files[0]).getroot().itertext())
    else:
        assert "ab12".encode("utf-16-be") in content  # not ASCII: PDF writes UTF-16
        assert b"/FontFile2" in content  # TrueType: letters, not outlines of them
        assert b"/Type3" not in content


NAMES = ["$x$", "a$b$c$", "$\\nonsense{$", "x_1^2 %", "_hidden", "a\\$b", "Süd-Öst"]


def test_a_name_is_no_formula(tmp_path: Path) -> None:
    """Matplotlib would read what stands between two dollars as mathematics, and fail on some."""
    content = tomllib.loads(GAIN + "".join(organization(f"{k}") for k in range(len(NAMES))))
    for table, name in zip(content["organization"], NAMES, strict=True):
        table["name"] = name
    study = run_study(parse_scenario(content).round())
    save(draw_study(study, name="$a$ $b$: none", currency="US$ $"), tmp_path / "a.svg")
    texts = texts_of(tmp_path / "a.svg")
    assert [texts.count(name) for name in NAMES] == [1] * len(NAMES)
    assert "Scenario $a$ $b$: none." in texts
    assert any(text.endswith("US$ $ more than in autarky") for text in texts)


def test_a_play_names_every_line(tmp_path: Path) -> None:
    names = ["$x$", "_hidden", "a\\$b", *(f"Number {k}" for k in range(8))]
    content = tomllib.loads(GAIN + "".join(organization(f"{k}") for k in range(len(names))))
    for table, name in zip(content["organization"], names, strict=True):
        table["name"] = name
    played = play_scenario(
        parse_scenario(content | {"name": "$", "currency": "US$ $"}), 3, tmp_path / "j"
    )
    save(draw_play(played), tmp_path / "a.svg")
    texts = texts_of(tmp_path / "a.svg")
    assert sorted(text for text in texts if text in names) == sorted([*names, *names])
    for text in ("Gain of the shared model", "Contribution", "Cumulative payoff", "Scenario $."):
        assert text in texts


def test_a_single_round_is_drawn(tmp_path: Path) -> None:
    answer = coopetition(
        "play", written(tmp_path, CURVE), "--rounds", "1", "--out", tmp_path / "a.png"
    )
    assert answer.code == 0, answer.err
    assert (tmp_path / "a.png").stat().st_size > 10_000


def test_a_picture_has_its_data_beside_it(tmp_path: Path, study: Study) -> None:
    path = written(tmp_path, THREE)
    out = tmp_path / "a.svg"
    answer = coopetition("solve", path, "--out", out, "--data")
    assert answer.code == 0, answer.err
    assert f"wrote {out.with_suffix('.csv')}" in answer.err
    lines = out.with_suffix(".csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "panel,series,at,value,unit,provenance"
    alone = study.outside["autarky"]
    assert isinstance(alone, np.ndarray)
    for name, made, gained in zip(
        study.game.players, study.contribution, study.payoff - alone, strict=True
    ):
        rows = [line for line in lines if f",{name}," in line]
        assert f"Contribution,under redistribution,{name},{made}" in "\n".join(rows)
        assert f",after transfers and fees,{name},{gained}" in "\n".join(rows)


@pytest.mark.parametrize(
    ("outs", "said"), [(["a.csv"], "needs a picture"), (["a.csv", "a.png"], "a.csv twice")]
)
def test_data_need_a_picture_and_a_place(tmp_path: Path, outs: list[str], said: str) -> None:
    given = [option for out in outs for option in ("--out", str(tmp_path / out))]
    answer = coopetition("solve", written(tmp_path, THREE), *given, "--data")
    assert answer.code == 2
    assert said in answer.err
    assert not (tmp_path / "a.png").exists()
