"""Files that commands write: of every kind, complete or absent, and over nothing else."""

import csv
import io
import json
import shlex
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from coopetition.output.export import ENDINGS, PROVENANCE
from tests.studies.command import (
    MEASURED,
    THREE,
    coopetition,
    written,
)


@pytest.fixture
def three(tmp_path: Path) -> Path:
    return written(tmp_path, THREE)


def parse(file: Path) -> Any:
    if file.suffix == ".parquet":
        return pytest.importorskip("pyarrow.parquet").read_table(file).to_pylist()
    if file.suffix == ".dta":
        return pytest.importorskip("pandas").read_stata(file).to_dict("records")
    text = (
        file.read_bytes() if file.suffix in (".png", ".pdf") else file.read_text(encoding="utf-8")
    )
    if file.suffix == ".json":
        return json.loads(text)
    if file.suffix == ".csv":
        return list(csv.DictReader(io.StringIO(str(text))))
    if file.suffix == ".svg":
        return ElementTree.fromstring(text)
    return text


@pytest.mark.parametrize("verb", ["solve", "compare"])
def test_files_of_every_kind(three: Path, verb: str) -> None:
    pytest.importorskip("matplotlib")
    pytest.importorskip("pyarrow")
    pytest.importorskip("pandas")
    folder = three.parent / "new" / "folder"
    files = [folder / f"out{ending}" for ending in ENDINGS]
    options = [word for file in files for word in ("--out", str(file))]
    answer = coopetition(verb, three, "--json", *options)
    assert answer.code == 0, answer.err
    assert sorted(path.name for path in folder.iterdir()) == sorted(f.name for f in files)
    said = answer.document
    by_kind = {file.suffix: parse(file) for file in files}
    assert by_kind[".json"] == said
    rows = by_kind[".csv"]
    if verb == "solve":
        assert [row["organization"] for row in rows] == said["organizations"]
        for column, key in (("contribution", "contribution"), ("payoff", "payoff"), ("fee", "fee")):
            assert [float(row[column]) for row in rows] == said[key]
    else:
        assert [row["rule"] for row in rows] == [row["rule"] for row in said["rows"]]
        assert [float(row["welfare"]) for row in rows] == [row["welfare"] for row in said["rows"]]
    key = "organization" if verb == "solve" else "rule"
    for kind in (".parquet", ".dta"):
        assert [row[key] for row in by_kind[kind]] == [row[key] for row in rows]
    told = {key: said[key] for key in PROVENANCE}
    assert told["command"] == shlex.join(["coopetition", verb, str(three), "--json", *options])
    origin, *lines = by_kind[".tex"].splitlines()
    assert json.loads(origin.removeprefix("% ")) == told
    assert lines[2].startswith(r"\caption{three-hospitals: ")
    body = lines[lines.index(r"\midrule") + 1 : lines.index(r"\bottomrule")]
    assert [line.partition(" &")[0] for line in body] == [row[key] for row in rows]
    origin, *lines = by_kind[".md"].splitlines()
    assert json.loads(origin.removeprefix("<!-- ").removesuffix(" -->")) == told
    table = [line for line in lines if line.startswith("|")]
    assert len(table) == len(rows) + 2
    assert len({line.count("|") for line in table}) == 1
    for kind in (".tex", ".md", ".html"):
        assert f"digest {said['digest']}" in by_kind[kind]
        assert f"Rule {said['mechanism']['rule']}" in by_kind[kind]
    assert json.loads(rows[0]["provenance"]) == told
    assert {row["provenance"] for row in rows[1:]} == {""}
    parquet = pytest.importorskip("pyarrow.parquet").read_schema(folder / "out.parquet")
    assert json.loads(parquet.metadata[b"coopetition"]) == told
    described = next(n for n in by_kind[".svg"].iter() if n.tag.endswith("description"))
    assert json.loads(described.text) == told
    assert json.dumps(told).encode() in by_kind[".png"]
    assert by_kind[".svg"].tag.endswith("svg")
    assert sum(1 for node in by_kind[".svg"].iter() if node.tag.endswith("path")) > 20
    assert by_kind[".png"].startswith(b"\x89PNG\r\n\x1a\n")
    for file in files:
        assert f"wrote {file}" in answer.err

    before = {file: file.read_bytes() for file in files}
    coopetition(verb, three, "--json", *options)
    assert {file: file.read_bytes() for file in files} == before


def test_another_ending_is_refused_before_anything_else(tmp_path: Path) -> None:
    out = tmp_path / "new" / "out.json"
    answer = coopetition(
        "solve", tmp_path / "missing.toml", "--out", out, "--out", tmp_path / "out.txt"
    )
    assert answer.code == 2
    assert (
        "out.txt: its ending must be one of .json, .csv, .parquet, .dta, .md, .tex, .html"
        in answer.err
    )
    assert "missing.toml" not in answer.err
    assert list(tmp_path.iterdir()) == []
    for name in ("out.png", "out.csv"):
        refused = coopetition("verify", tmp_path / "a", "--profile", "b", "--out", tmp_path / name)
        assert refused.code == 2
        assert "verify writes .json" in refused.err


def test_a_file_in_the_way_of_a_folder_is_found_before_the_work(three: Path) -> None:
    answer = coopetition("solve", three.parent / "missing", "--out", three / "out.json")
    assert answer.code == 2
    assert f"{three} is not a folder" in answer.err


def test_a_picture_without_matplotlib_names_the_extra(
    three: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    answer = coopetition("solve", three.parent / "missing", "--out", three.parent / "out.png")
    assert answer.code == 2
    assert "pip install 'coopetition[plot]'" in answer.err


def test_measuring_without_scikit_learn_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    answer = coopetition("solve", written(tmp_path, MEASURED), "--json")
    assert (answer.code, answer.out) == (2, "")
    assert "pip install 'coopetition[reference]'" in answer.err


def test_no_output_overwrites_what_a_command_reads_or_keeps(tmp_path: Path) -> None:
    header = "name,local_data,max_contribution,value,unit_cost\n"
    rows = header + "A,900,4000,1000,0.03\nB,900,400,900,0.1\n"
    (tmp_path / "orgs.csv").write_text(rows)
    path = tmp_path / "two.toml"
    path.write_text(
        'organizations = "orgs.csv"\n'
        '[gain]\nfamily = "power"\nceiling = 1.0\nscale = 2.0\nexponent = 0.35\n'
    )
    profile = tmp_path / "profile.json"
    assert coopetition("solve", path, "--out", profile).code == 0
    before = profile.read_bytes()
    journal, store = tmp_path / "j.csv", tmp_path / "s.csv"
    for words in (
        ("solve", path, "--out", tmp_path / "orgs.csv"),
        ("play", path, "--rounds", "1", "--journal", journal, "--out", journal),
        ("sweep", path, "--vary", "competition.damage=0,0.1", "--store", store, "--out", store),
        ("verify", path, "--profile", profile, "--out", tmp_path / "." / "profile.json"),
        ("verify", path, "--profile", profile, "--rigor", "interval", "--save", profile),
    ):
        answer = coopetition(*words)
        assert answer.code == 2, words
        assert "this command reads or keeps that file" in answer.err
    assert (tmp_path / "orgs.csv").read_text() == rows
    assert profile.read_bytes() == before
    assert not journal.exists()
    assert not store.exists()
