"""The verb `coopetition sweep`: tables, pictures, and cells whose gains are measured."""

import csv
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from coopetition.games.errors import InvalidInputError
from coopetition.oracles import ReferenceOracle
from coopetition.studies.sweep.sweep import Sweep, run_sweep
from tests.studies.command import EVEN, MEASURED, coopetition, written
from tests.studies.sweeping import DAMAGE, grid_of


def test_tables_and_pictures_are_written(tmp_path: Path) -> None:
    path = written(tmp_path, EVEN)
    outs = [tmp_path / f"table{end}" for end in (".json", ".csv", ".md", ".tex")]
    words = [word for out in outs for word in ("--out", out)]
    answer = coopetition("sweep", path, "--vary", DAMAGE, "--json", *words)
    assert answer.code == 0, answer.err
    document = answer.document
    assert document["vary"] == [
        {"parameter": "competition.damage", "values": [0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3]}
    ]
    assert json.loads(outs[0].read_text()) == document
    with outs[1].open(newline="") as file:
        table = list(csv.DictReader(file))
    for line, row in zip(table, document["rows"], strict=True):
        assert float(line["competition.damage"]) == row["values"][0]
        assert float(line["welfare"]) == row["welfare"]
        assert float(line["contribution.South"]) == row["contribution"][1]
        assert float(line["transfer.West"]) == row["transfer"][2]
    assert (tmp_path / "table.sweep.sqlite").exists()


def test_parquet_is_the_table(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    sweep = run_sweep(grid_of(EVEN, DAMAGE))
    path, out = written(tmp_path, EVEN), tmp_path / "t.parquet"
    assert coopetition("sweep", path, "--vary", DAMAGE, "--out", out).code == 0
    table = sweep.tables()[0]
    read = parquet.read_table(out)
    assert read.column_names == table.header
    assert [list(row.values()) for row in read.to_pylist()] == table.rows


@pytest.mark.parametrize(
    ("named", "axes"),
    [
        (("damage ρ", "North"), [DAMAGE]),
        (
            ("scale of the gain", "bilateral-prices", "no rule"),
            ["gain.scale=0.1:10:5:log", "mechanism.rule=bilateral-prices,none"],
        ),
        (
            ("damage ρ", "value p of North (EUR"),
            ["competition.damage=0.1,-1,0.2", "organization.North.value=1000:500:3"],
        ),
    ],
)
def test_pictures_are_drawn(tmp_path: Path, named: tuple[str, ...], axes: list[str]) -> None:
    pytest.importorskip("matplotlib")
    path, out = written(tmp_path, EVEN), tmp_path / "p.svg"
    words = [word for axis in axes for word in ("--vary", axis)]
    answer = coopetition("sweep", path, *words, "--jobs", "1", "--out", out)
    assert answer.code == 0, answer.err
    tree = ElementTree.parse(out)
    texts = ["".join(node.itertext()) for node in tree.iter() if node.tag.endswith("}text")]
    for word in ("Welfare", *named):
        assert any(text.startswith(word) for text in texts), (word, texts)
    assert not any(axis.partition("=")[0] in text for axis in axes for text in texts)


def test_what_no_picture_shows_is_refused_before_any_work(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    path, out = written(tmp_path, EVEN), tmp_path / "p.png"
    answer = coopetition("sweep", path, "--vary", "mechanism.rule=none,walker", "--out", out)
    assert answer.code == 2
    assert "a picture shows one or two varied fields" in answer.err
    assert not list(tmp_path.glob("*.sqlite"))


@pytest.mark.parametrize(
    ("address", "words"),
    [("inproc://x", "such as tcp://"), ("http://127.0.0.1:9", "such as tcp://"),
     ("tcp://", "such as tcp://"), ("tls://127.0.0.1:9", "no Dask scheduler answers")],
)  # fmt: skip
def test_no_address_of_a_scheduler_is_an_internal_error(
    address: str, words: str, tmp_path: Path
) -> None:
    pytest.importorskip("distributed", reason="needs the extra `cluster`")
    answer = coopetition("sweep", written(tmp_path, EVEN), "--vary", DAMAGE, "--cluster", address)
    assert (answer.code, answer.out) == (2, "")
    assert words in answer.err
    assert "internal error" not in answer.err


# Measured gains


def test_measured_cells_share_one_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sklearn")
    grid = grid_of(MEASURED, DAMAGE, folder=tmp_path)
    with pytest.raises(InvalidInputError, match="needs its `ledger`"):
        run_sweep(grid)
    text = MEASURED.replace("[oracle]", '[oracle]\nledger = "gains.sqlite"')
    grid = grid_of(text, "competition.damage=0.1,0.2,0.3", folder=tmp_path)
    foreign = grid_of(text, "oracle.kind=reference,flower", folder=tmp_path)
    with pytest.raises(
        InvalidInputError, match="whose program is one of this machine: leave it out"
    ):
        run_sweep(foreign, cluster="tcp://127.0.0.1:9")
    real, asked = ReferenceOracle.evaluate, list[int]()

    def evaluate(oracle: ReferenceOracle, queries: Any) -> Any:
        asked.append(len(queries))
        return real(oracle, queries)

    monkeypatch.setattr(ReferenceOracle, "evaluate", evaluate)
    sweep: Sweep = run_sweep(grid, store=tmp_path / "s.sqlite")
    assert {row.status for row in sweep.rows} == {"converged"}
    assert len({row.contribution for row in sweep.rows}) == 3
    units = {column.key: column.unit for column in sweep.tables()[0].columns}
    assert units["total_contribution"] == units["contribution.North"] == "rows"  # the oracle's word
    trained = sum(asked)
    assert trained <= 8 * 2 + 10 * 2  # of one cell: the fit's, and everybody alone
    assert run_sweep(grid).rows == sweep.rows
    assert sum(asked) == trained
    assert not (tmp_path / "s.sqlite").exists()
    (tmp_path / "gains.sqlite").unlink()
    parallel = run_sweep(grid, jobs=2)
    assert parallel.rows == sweep.rows
    assert parallel.grid.digest == sweep.grid.digest
    assert sum(asked) == trained  # the trainings were done elsewhere
