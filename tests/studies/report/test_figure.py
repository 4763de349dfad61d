"""Pictures are complete, the same twice, and hold every name as it stands."""

import tomllib
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from coopetition.studies import Study, parse_scenario, play_scenario, run_study
from coopetition.studies.report.figure_gain import band
from coopetition.studies.report.figure_style import LINES
from coopetition.studies.report.figures import draw_comparison, draw_play, draw_study
from tests.studies.command import (
    GAIN,
    LEARNED,
    MEASURED,
    THREE,
    coopetition,
    organization,
    written,
)
from tests.studies.compared import paid_comparison
from tests.studies.measuring import measured_round
from tests.studies.playing import CURVE, quiet

matplotlib = pytest.importorskip("matplotlib")


@pytest.fixture(scope="module")
def study() -> Study:
    scenario = parse_scenario(tomllib.loads(THREE))
    return run_study(scenario.round(), scenario.mechanism)


def pixels(path: Path) -> np.ndarray:
    from matplotlib.image import imread

    assert path.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    return np.asarray(imread(str(path)))[..., :3]


def has_color(image: np.ndarray, color: str) -> bool:
    wanted = np.array([int(color[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    return bool((np.abs(image - wanted).max(axis=2) < 0.02).sum() > 100)


def test_a_picture_shows_the_bars(tmp_path: Path, study: Study) -> None:
    draw_study(study, tmp_path / "a.png", title="three", currency="EUR")
    image = pixels(tmp_path / "a.png")
    for color in ("#9aa3ab", "#3b6ea8", "#e08a2e", "#4c9a6a"):
        assert has_color(image, color), color
    assert image.shape[1] > image.shape[0] > 400


def test_a_comparison_shows_every_kind(tmp_path: Path) -> None:
    draw_comparison(paid_comparison(), tmp_path / "a.png", title="three", currency="EUR")
    image = pixels(tmp_path / "a.png")
    for color in ("#9aa3ab", "#3b6ea8", "#4c9a6a"):
        assert has_color(image, color), color


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_the_same_picture_twice(tmp_path: Path, study: Study, kind: str) -> None:
    files = [tmp_path / f"{k}.{kind}" for k in range(2)]
    for file in files:
        draw_study(study, file, title="three", currency="EUR")
    assert files[0].read_bytes() == files[1].read_bytes()


@pytest.mark.parametrize("text", [MEASURED, LEARNED], ids=["fixed", "adaptive"])
def test_a_measured_round_shows_what_was_trained_and_how_sure_it_is(
    tmp_path: Path, text: str
) -> None:
    pytest.importorskip("sklearn")
    measured = measured_round(text)
    solved = run_study(measured.game, alone=measured.alone)
    files = [tmp_path / f"{k}.png" for k in range(2)]
    for file, with_gains in zip(files, (measured, None), strict=True):
        draw_study(solved, file, title="t", currency="EUR", measured=with_gains)
    wide, narrow = (pixels(file) for file in files)
    assert wide.shape[1] > 1.4 * narrow.shape[1]
    omega, mean, half = band(measured)
    assert (np.diff(omega) > 0).all()
    assert (half > 0).all()
    at = np.asarray(measured.game.gain.value(omega))
    if measured.search:  # the surface's own, heterogeneity included
        expected, deviation = measured.search.surface.predict(
            np.outer([0.0, 1.0], measured.game.max_contribution)
        )
        np.testing.assert_allclose(mean[[0, -1]], expected)
        np.testing.assert_allclose(half[[0, -1]], 1.96 * deviation)
    else:
        np.testing.assert_allclose(mean, at)
        error = measured.fit.held_out_error[measured.fit.family]
        np.testing.assert_allclose(half, 1.96 * error)


def test_many_organizations_stay_readable(tmp_path: Path) -> None:
    text = GAIN + "".join(organization(f"Organization {k}") for k in range(60))
    many = run_study(parse_scenario(tomllib.loads(text)).round())
    draw_study(many, tmp_path / "a.png", title="many", currency="EUR")
    image = pixels(tmp_path / "a.png")
    assert image.shape[1] <= 2.5 * image.shape[0]


@pytest.mark.parametrize("name", ["$x$", "a$b$c$", "$\\nonsense{$", "x_1^2", "_hidden", "a\\$b"])
def test_a_name_is_no_formula(tmp_path: Path, name: str) -> None:
    """Matplotlib would read what stands between two dollars as mathematics, and fail on some."""
    content = tomllib.loads(GAIN + organization("North") + organization("South"))
    content["organization"][0]["name"] = name
    study = run_study(parse_scenario(content).round())
    with matplotlib.rc_context({"svg.fonttype": "none"}):  # texts stay texts
        draw_study(study, tmp_path / "a.svg", title=f"{name}: none", currency="US$ $")
    tree = ElementTree.parse(tmp_path / "a.svg")
    texts = ["".join(node.itertext()) for node in tree.iter() if node.tag.endswith("}text")]
    assert texts.count(name) == 2  # once on each axis
    assert f"{name}: none" in texts
    assert "US$ $ more than alone" in texts


@pytest.mark.parametrize("names", [["$x$", "_hidden", "a\\$b"], [f"Number {k}" for k in range(11)]])
def test_a_play_names_every_color(tmp_path: Path, names: list[str]) -> None:
    content = tomllib.loads(GAIN + "".join(organization(f"{k}") for k in range(len(names))))
    for table, name in zip(content["organization"], names, strict=True):
        table["name"] = name
    played = play_scenario(
        parse_scenario(content | {"name": "$", "currency": "US$ $"}), 3, tmp_path / "j", quiet
    )
    with matplotlib.rc_context({"svg.fonttype": "none"}):  # texts stay texts
        for k in range(2):
            draw_play(played, tmp_path / f"{k}.svg")
    assert (tmp_path / "0.svg").read_bytes() == (tmp_path / "1.svg").read_bytes()
    tree = ElementTree.parse(tmp_path / "0.svg")
    texts = ["".join(node.itertext()) for node in tree.iter() if node.tag.endswith("}text")]
    shown = names[: len(LINES)]
    assert [text for text in texts if text in names] == shown
    assert ("3 more" in texts) == (len(names) == 11)
    for text in ("Gain of the shared model", "Contribution", "US$ $", "$: none"):
        assert text in texts
    drawn = (tmp_path / "0.svg").read_text(encoding="utf-8")
    assert all(color in drawn for color in LINES[: len(shown)])


@pytest.mark.parametrize("count", [1, 40])
def test_few_and_many_rounds_are_drawn(tmp_path: Path, count: int) -> None:
    answer = coopetition(
        "play", written(tmp_path, CURVE), "--rounds", str(count), "--out", tmp_path / "a.png"
    )
    assert answer.code == 0, answer.err
    assert (tmp_path / "a.png").stat().st_size > 10_000
