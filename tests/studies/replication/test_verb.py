"""`coopetition replicate`: complete files, the same twice, bad input in one sentence."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from coopetition.studies.replication.design import Cell, ExperimentPlan, full_design, quick_design
from coopetition.studies.replication.intervals import interval
from tests.studies.command import Answer, coopetition
from tests.studies.replication.test_experiment import SMALL

pytest.importorskip("matplotlib")
pytest.importorskip("sklearn")
TABLES = ("table.csv", "runs.csv", "table.md", "claims.json")
PICTURES = [
    f"{name}.{kind}"
    for name in ("generation-competition", "generation-skew", "welfare")
    for kind in ("png", "svg", "pdf")
]


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let --quick be smaller still."""

    def small(dataset: str, seeds: int) -> ExperimentPlan:
        assert (dataset, seeds) == ("breast-cancer", 2)
        return SMALL

    monkeypatch.setattr("coopetition.cli.replicate.quick_design", small)


def replicate(out: Path, *more: str) -> Answer:
    options = ["--quick", "--dataset", "breast-cancer", "--jobs", "1", *more]
    return coopetition("replicate", "cocogen-plus", "--out", out, *options)


def test_the_same_files_twice(tmp_path: Path) -> None:
    ledger = str(tmp_path / "gains.sqlite")
    folder, answers, contents = tmp_path / "out", [], []
    for _ in range(2):
        answers.append(replicate(folder, "--json", "--ledger", ledger))
        contents.append({name: (folder / name).read_bytes() for name in (*TABLES, *PICTURES)})
        assert not (folder / "gains.sqlite").exists()
        shutil.rmtree(folder)
    assert [answer.code for answer in answers] == [0, 0], answers[0].err
    assert answers[0].out == answers[1].out
    for name, content in contents[0].items():
        assert content == contents[1][name], name
        assert f"wrote {folder / name}" in answers[0].err
    assert json.loads(contents[0]["claims.json"]) == answers[0].document


def test_the_table_is_the_mean_of_the_runs(tmp_path: Path) -> None:
    answer = replicate(tmp_path)
    assert answer.code == 0, answer.err
    assert (tmp_path / "gains.sqlite").exists()
    for text in ("Claim 1", "Claim 2", "Claim 3", "Claim 5", "Nothing failed."):
        assert text in answer.out
    with (tmp_path / "runs.csv").open(encoding="utf-8") as file:
        runs = list(csv.DictReader(file))
    with (tmp_path / "table.csv").open(encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    keys = ("alpha", "kind", "level", "rule")
    assert len(table) == 5 * len(list(SMALL.cells()))
    for row in table:
        mine = [run for run in runs if all(run[key] == row[key] for key in keys)]
        if row["outcome"] == "welfare over WPR":
            wpr = [
                run for run in runs if all(run[key] == {**row, "rule": "WPR"}[key] for key in keys)
            ]
            pairs = zip(mine, wpr, strict=True)
            values = [float(a["welfare"]) - float(b["welfare"]) for a, b in pairs]
        else:
            values = [float(run[row["outcome"]]) for run in mine]
        found = interval(values)
        assert found.half_width is not None
        assert float(row["mean"]) == pytest.approx(found.mean, rel=1e-9, abs=1e-9)
        assert float(row["half width"]) == pytest.approx(found.half_width, rel=1e-9, abs=1e-6)
        assert (row["seeds"], row["failed"]) == ("2", "0")
        assert 0 < float(row["skew"]) < 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["tradefl", "--out", "x"], "'tradefl' is not 'cocogen-plus'"),
        (["cocogen-plus"], "Missing option '--out'"),
        (["cocogen-plus", "--out", "x", "--seeds", "0"], "'--seeds'"),
        (["cocogen-plus", "--out", "x", "--jobs", "0"], "'--jobs'"),
        (["cocogen-plus", "--out", "x", "--dataset", "mnist"], "`dataset` must be a folder"),
        (["cocogen-plus", "--out", "x", "--dataset", "."], "must hold the file train-images"),
        (["cocogen-plus", "--out", "file"], "cannot write into file: it is not a folder"),
        (["cocogen-plus", "--out", "file/x"], "cannot write into file/x"),
    ],
)
def test_bad_input_is_one_sentence(
    tmp_path: Path, options: list[str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    answer = coopetition("replicate", *options)
    assert answer.code == 2
    assert words in answer.err
    assert not answer.out
    assert not (tmp_path / "x" / "table.csv").exists()


@pytest.mark.parametrize("make", [full_design, quick_design])
@pytest.mark.parametrize("dataset", ["digits", "breast-cancer"])
def test_weights_stay_positive(dataset: str, make: object) -> None:
    """So that every round has a potential, whatever values are drawn."""
    assert callable(make)
    design = make(dataset, 10)
    assert design.levels[0] == 0
    for seed in range(200):
        value = design.columns(seed)["value"]
        assert (value - design.levels[-1] * (value.sum() - value) > 0).all()


def test_the_full_design_is_the_documented_one() -> None:
    design = full_design("digits", 10)
    assert len(design.points) == 50
    cells = list(design.cells())
    assert len(cells) == len(set(cells)) == (2 * 4 + 2) * 8
    assert Cell("random damage", 0.15, "redistribution") in cells
    assert np.all(np.diff(design.levels) > 0)
