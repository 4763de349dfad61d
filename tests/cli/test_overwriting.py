"""No output eats an input, another output, or what was there before if it cannot be written."""

import json
import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from coopetition.games.errors import InvalidInputError
from coopetition.games.text.writing import check_place, write_whole
from coopetition.output.export import write_table
from tests.output.rows import table
from tests.studies.command import GAIN, TWO, coopetition, written

CSV = "name,local_data,max_contribution,value,unit_cost\nA,900,4000,1000,0.03\nB,900,400,900,0.1\n"
NFG = 'NFG 1 R "two" { "a" "b" } { 2 2 }\n1 1 0 0 0 0 2 2\n'
KEPT = "reads or keeps that file"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with a scenario of an ending of its own, and what it names."""
    monkeypatch.chdir(tmp_path)
    rule = '[mechanism]\nrule = "mine:free"\n'
    written(tmp_path, 'organizations = "orgs.csv"\n' + GAIN + rule, "scenario.txt")
    written(tmp_path, CSV, "orgs.csv")
    written(tmp_path, "def free(game, x):\n    return 0 * x\n", "mine.py")
    (tmp_path / "lib").mkdir()
    written(tmp_path, "def free(game, x):\n    return 0 * x\n", "lib/theirs.py")
    written(tmp_path, json.dumps({"contribution": [0, 0], "strategies": ["1", "1"]}), "p.json")
    written(tmp_path, NFG, "game.nfg")
    written(tmp_path, NFG, "game.json")
    os.link(tmp_path / "orgs.csv", tmp_path / "hard.csv")
    os.link(tmp_path / "scenario.txt", tmp_path / "hard.md")
    (tmp_path / "soft.csv").symlink_to("orgs.csv")
    (tmp_path / "softer.csv").symlink_to("soft.csv")
    (tmp_path / "here").symlink_to(".")
    return tmp_path


PROVE = ("verify", "scenario.txt", "--profile", "p.json", "--rigor", "interval", "--save")


@pytest.mark.parametrize(
    "words",
    [
        ("solve", "scenario.txt", "--out", "orgs.csv"),
        ("solve", "scenario.txt", "--out", "./here/orgs.csv"),
        ("solve", "scenario.txt", "--out", "hard.csv"),
        ("solve", "scenario.txt", "--out", "hard.md"),
        ("solve", "scenario.txt", "--out", "soft.csv"),
        ("solve", "scenario.txt", "--out", "new.json", "--out", "softer.csv"),
        ("compare", "scenario.txt", "--out", "hard.csv"),
        ("audit", "scenario.txt", "--out", "hard.csv"),
        ("design", "scenario.txt", "--out", "hard.csv"),
        ("statics", "scenario.txt", "--wrt", "organization.*.value", "--out", "hard.csv"),
        ("play", "scenario.txt", "--rounds", "1", "--out", "hard.csv"),
        ("sweep", "scenario.txt", "--vary", "draws=2,3", "--out", "hard.csv"),
        ("sweep", "scenario.txt", "--vary", "draws=2,3", "--store", "s.csv", "--out", "s.csv"),
        (*PROVE, "mine.py"),
        (*PROVE, "scenario.txt"),
        (*PROVE, "orgs.csv"),
        (*PROVE, "p.json"),
        (*PROVE, "lib/theirs.py", "--rule", "lib.theirs:free"),
        ("verify", "--certificate", "p.json", "--out", "p.json"),
        ("verify", "game.nfg", "--certificate", "c.json", "--out", "here/c.json"),
        ("equilibria", "game.json", "--out", "game.json"),
        ("potential", "game.json", "--out", "here/game.json"),
    ],
)
def test_what_a_command_reads_stays(folder: Path, words: tuple[str, ...]) -> None:
    before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    answer = coopetition(*words)
    assert answer.code == 2, answer
    assert KEPT in answer.err
    assert {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()} == before


@pytest.mark.parametrize(
    "words",
    [
        ("--out", "x.json", "--out", "x.json"),
        ("--out", "x.json", "--out", "here/./x.json"),
        ("--out", "old.csv", "--out", "older.csv"),
        ("--rigor", "interval", "--save", "x.json", "--out", "x.json"),
    ],
)
def test_two_outputs_are_two_files(folder: Path, words: tuple[str, ...]) -> None:
    written(folder, "old", "old.csv")
    os.link(folder / "old.csv", folder / "older.csv")
    verb = (
        ("verify", "game.nfg", "--profile", "p.json") if "--save" in words else ("solve", "t.toml")
    )
    written(folder, TWO, "t.toml")
    answer = coopetition(*verb, *words)
    assert answer.code == 2, answer
    assert "twice" in answer.err
    assert not (folder / "x.json").exists()
    assert (folder / "old.csv").read_text(encoding="utf-8") == "old"


def test_files_of_other_commands_are_overwritten(folder: Path) -> None:
    written(folder, "old", "answer.json")
    assert coopetition("solve", "scenario.txt", "--out", "answer.json").code == 0
    assert json.loads((folder / "answer.json").read_text(encoding="utf-8"))["contribution"]


def test_an_experiment_does_not_write_over_its_ledger(tmp_path: Path) -> None:
    ledger = written(tmp_path, "", "table.csv")
    answer = coopetition(
        "replicate", "cocogen-plus", "--quick", "--out", tmp_path, "--ledger", ledger
    )
    assert answer.code == 2
    assert KEPT in answer.err


@contextmanager
def small_files(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond some bytes, as a full disk would not."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


ROWS = [[f"organization {n}", 1.5 * n, None] for n in range(2000)]


def tabled(path: Path) -> None:
    write_table(path, {"rows": ROWS}, table(["name", "number", "none"], ROWS))


def picture(path: Path) -> None:
    from coopetition.output.pictures.files import save
    from coopetition.output.pictures.style import axes_for

    (axis,) = axes_for(None, 1, (6.0, 4.0))
    axis.plot(range(2000))
    save(axis, path)


@pytest.mark.parametrize(
    ("write", "name"),
    [
        (tabled, "t.json"), (tabled, "t.csv"), (tabled, "t.md"), (tabled, "t.tex"),
        (tabled, "t.parquet"), (tabled, "t.html"), (tabled, "t.dta"),
        (picture, "p.png"), (picture, "p.svg"),
        (lambda path: write_whole(path, lambda part: part.write_bytes(b"x" * 9999)), "bytes"),
    ],
)  # fmt: skip
def test_on_a_full_disk_the_old_file_stays(
    tmp_path: Path, write: Callable[[Path], None], name: str
) -> None:
    for needed, package in (("parquet", "pyarrow"), ("dta", "pandas")):
        if name.endswith(needed):
            pytest.importorskip(package)
    if name.startswith("p."):
        pytest.importorskip("matplotlib")
    file = tmp_path / name
    write(file)
    before = file.read_bytes()
    assert len(before) > 600
    with small_files(600), pytest.raises(InvalidInputError) as said:
        write(file)
    assert f"cannot write {file}: " in str(said.value)
    assert "\n" not in str(said.value)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert file.read_bytes() == before


def test_a_command_whose_disk_is_full_says_one_sentence(folder: Path) -> None:
    written(folder, "old", "answer.json")
    with small_files(600):
        answer = coopetition("solve", "scenario.txt", "--out", "answer.json")
    assert answer.code == 2
    assert "cannot write answer.json: File too large" in answer.err
    assert (folder / "answer.json").read_text(encoding="utf-8") == "old"
    assert not [name for name in os.listdir(folder) if name.endswith(".part")]


def test_looking_at_a_place_leaves_nothing_behind(tmp_path: Path) -> None:
    check_place(tmp_path / "new" / "deep" / "x.json")
    check_place(tmp_path / "x.json")
    assert not list(tmp_path.iterdir())
    with pytest.raises(InvalidInputError, match="too long"):
        check_place(tmp_path / "new" / ("x" * 300))
    check_place(tmp_path / ("x" * 255))  # as long as a name may be
    write_whole(tmp_path / ("x" * 255), lambda part: part.write_text("all"))
    assert (tmp_path / ("x" * 255)).read_text(encoding="utf-8") == "all"


def test_a_link_stays_a_link_and_a_pipe_a_pipe(tmp_path: Path) -> None:
    file = written(tmp_path, "old", "file.txt")
    link, pipe = tmp_path / "link.txt", tmp_path / "pipe"
    link.symlink_to("file.txt")
    write_whole(link, lambda part: part.write_text("new"))
    assert link.is_symlink()
    assert file.read_text(encoding="utf-8") == "new"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDWR)  # so that the writer need not wait
    check_place(pipe)
    write_whole(pipe, lambda part: part.write_text("through"))
    assert pipe.is_fifo()
    assert os.read(reader, 99) == b"through"
    os.close(reader)


def test_links_that_lead_nowhere_are_seen_beforehand(tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to("circle")
    with pytest.raises(InvalidInputError, match="circle is not a folder"):
        check_place(tmp_path / "circle" / "x.json")
    with pytest.raises(InvalidInputError, match="null byte"):
        check_place(tmp_path / "a\0.json")
