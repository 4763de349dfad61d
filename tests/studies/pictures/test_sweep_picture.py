"""Pictures of sweeps have the cells' values on their axes, and show every line."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coopetition.studies.pictures.sweep_map import cell_ticks
from tests.studies.command import MEASURED, THREE, coopetition, written
from tests.studies.drawing import Figures, beyond, draw, flat, readable, spy

pytest.importorskip("matplotlib")
ROOT = Path(__file__).parents[3]
UNIT = "synthetic rows, rounded to whole numbers"


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Figures:
    """Return the figures that are drawn."""
    return spy(monkeypatch)


def ticks(axis: Any) -> list[float]:
    return [float(t.get_text().replace(",", "").replace("−", "-")) for t in axis.get_ticklabels()]


def test_the_ticks_of_a_map_are_the_cells_values(tmp_path: Path, drawn: Figures) -> None:
    path = written(tmp_path, THREE)
    for k, (x, y) in enumerate(
        [("gain.exponent=0.2:0.8:13", "organization.North.value=500,2000,1000"),
         ("gain.scale=0.1:10:9:log", "organization.North.unit_cost=0.001:0.1:20:log")]
    ):  # fmt: skip
        draw("sweep", path, "--vary", x, "--vary", y, "--jobs", "1", out=f"{k}.png")
    grids: list[tuple[Any, Any]] = [
        (np.linspace(0.2, 0.8, 13), [500.0, 1000.0, 2000.0]),
        (np.geomspace(0.1, 10, 9), np.geomspace(0.001, 0.1, 20)),
    ]
    for picture, sets in zip(drawn, grids, strict=True):
        readable(picture.axes)
        for panel in picture.axes[:2]:
            for axis, values in zip((panel.xaxis, panel.yaxis), sets, strict=True):
                places = np.array(axis.get_ticklocs())
                assert 3 <= places.size <= 8
                cells = np.floor(places).astype(int)
                np.testing.assert_allclose(places, cells + 0.5)  # the middle of a cell
                np.testing.assert_allclose(ticks(axis), np.array(values)[cells], rtol=1e-3)
            (shown,) = panel.collections
            assert shown.get_array().shape == (len(sets[1]), len(sets[0]))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([-1.0, 0.0, 1.0], ["−1", "0", "1"]),
        ([12000.0, 1234567.0], ["0.012", "1.235"]),  # million
        ([100.001, 100.002], ["0", "1,000"]),  # 10⁻⁶ above 100.001
        ([1e-7, 2e-7], ["100", "200"]),  # 10⁻⁹
        ([1e-3, 1e7], ["0.001", "10⁷"]),
    ],
)
def test_values_are_told_apart(values: list[float], said: list[str]) -> None:
    assert cell_ticks(np.array(values))[1] == said


def test_the_planner_is_seen_where_the_equilibrium_is_as_good(
    tmp_path: Path, drawn: Figures
) -> None:
    path = ROOT / "examples" / "three.toml"
    answer = coopetition(
        "sweep", path, "--vary", "competition.damage=0:0.3:4", "--jobs", "1",
        "--store", tmp_path / "s", "--out", tmp_path / "a.png",
    )  # fmt: skip
    assert answer.code == 0, answer.err
    welfare, made = drawn[0].axes
    lines = {line.get_label(): line for line in welfare.get_lines()}
    planner, equilibrium = lines["_planner"], lines["_equilibrium"]
    np.testing.assert_allclose(planner.get_ydata(), equilibrium.get_ydata())
    order = list(welfare.get_children())
    assert order.index(planner) > order.index(equilibrium)  # drawn on top
    assert planner.is_dashed()
    assert not equilibrium.is_dashed()
    assert planner.get_linewidth() > equilibrium.get_linewidth()
    assert not beyond(welfare)
    assert not beyond(made)
    readable(drawn[0].axes)


def test_a_measured_sweep_speaks_its_oracles_words(tmp_path: Path, drawn: Figures) -> None:
    pytest.importorskip("sklearn")
    text = MEASURED.replace("[oracle]", '[oracle]\nledger = "gains.sqlite"')
    draw("sweep", written(tmp_path, text), "--vary", "competition.damage=0.1,0.2", "--jobs", "1")
    assert flat(drawn[0].axes[1].get_ylabel()) == UNIT
