"""Figures hold every line and panel, and leave gaps where a skew failed."""

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from coopetition.output.pictures.files import save
from coopetition.studies.pictures.experiment import draw_all
from coopetition.studies.replication.design import Cell, Deal, ExperimentPlan, TrainedRun
from coopetition.studies.replication.experiment import failed as make_failed
from tests.studies.drawing import readable

pytest.importorskip("matplotlib")
DESIGN = ExperimentPlan(seeds=3, alphas=(0.1, 1.0, 10.0), levels=(0.0, 0.05, 0.1))


def texts_of(file: Path) -> list[str]:
    tree = ElementTree.parse(file)
    return ["".join(node.itertext()).strip() for node in tree.iter() if node.tag.endswith("}text")]


def worth(seed: int, cell: Cell) -> float:
    return 7000.0 + seed + 1500 * (cell.rule != "VCFL") + 1000 * cell.level


def run_of(alpha: float, seed: int, cell: Cell, failed: float) -> TrainedRun:
    if alpha == failed:
        return make_failed(alpha, seed, cell, "no")
    return TrainedRun(alpha, seed, cell, 500.0 + seed, 1.8, 1.8, worth(seed, cell), (), "")


def test_every_line_is_named(tmp_path: Path) -> None:
    failed = 1.0
    deals = [
        Deal(a, s, np.nan if a == failed else 1 / (1 + a), 0.9, 0.1, "no" * (a == failed))
        for a, s in DESIGN.points
    ]
    runs = [run_of(a, s, cell, failed) for a, s in DESIGN.points for cell in DESIGN.cells()]
    drawn = draw_all(DESIGN, deals, runs, tmp_path)
    assert [file.suffix for file in drawn] == [".png", ".svg", ".pdf"] * 3
    files = [file for file in drawn if file.suffix == ".svg"]
    for file in files:
        readable(drawn[file])
        save(drawn[file], file)
    said = {file.stem: texts_of(file) for file in files}
    for name in ("generation-competition", "welfare"):
        assert all(f"α = {alpha:g}" in said[name] for alpha in DESIGN.alphas)
    for text in (
        "damage, no rule",
        "damage, redistribution",
        "rivalry, no rule",
        "generation (samples)",
    ):
        assert text in said["generation-competition"]
    for text in ("no competition, no rule", "damage, bilateral prices", "welfare (EUR)"):
        assert text in said["generation-skew"]
    for text in (
        "RaDG",
        "redistribution, best κ",
        "bilateral prices",
        "welfare less WPR's (EUR)",
    ):
        assert text in said["welfare"]
    assert any("−1,500" in text for text in said["welfare"])  # VCFL, below the axis
    assert not any("-1" in text for text in said["welfare"])  # a true minus, as on axes
