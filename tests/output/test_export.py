"""Files are complete or absent, and hold what was computed."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coopetition.games.errors import InvalidInputError
from coopetition.games.text.writing import check_place, write_whole
from coopetition.output.data_files import to_csv
from coopetition.output.export import ending, to_json, write_table
from coopetition.output.latex import latex
from coopetition.output.markdown import markdown
from tests.output.rows import table


def test_json_has_no_nan_at_any_depth() -> None:
    value = {
        "a": np.array([[1.0, np.nan], [np.inf, -np.inf]]),
        "b": [np.float64("nan"), np.int64(3), np.bool_(True), None, "ß"],
        "c": {1: (0.1, 2)},
    }
    assert json.loads(to_json(value), parse_constant=lambda _: 1 / 0) == {
        "a": [[1.0, None], [None, None]],
        "b": [None, 3, True, None, "ß"],
        "c": {"1": [0.1, 2]},
    }


def test_floats_survive_to_the_last_bit() -> None:
    values = np.random.default_rng(0).standard_normal(50) * 10.0 ** np.arange(-25, 25)
    assert json.loads(to_json(values)) == values.tolist()
    rows = list(csv.reader(io.StringIO(to_csv(table(["x"], [[x] for x in values])))))
    assert [float(cell) for (cell,) in rows[1:]] == values.tolist()


def test_csv_quotes_what_needs_it() -> None:
    names = ["a,b", 'say "x"', "two\nlines", "ü", "", "1=1", "-5", "+2e-6"]
    rows = [[name, None, 1.5, float("nan")] for name in names]
    back = list(csv.reader(io.StringIO(to_csv(table(["name", "none", "x", "nan"], rows)))))
    assert back[0] == ["name", "none", "x", "nan"]
    assert back[1:] == [[name, "", "1.5", ""] for name in names]


def test_markdown_cells_stay_in_their_column() -> None:
    text = markdown(table(["name", "x"], [["a|b\\|c\nd", 1 / 3], ["e", None]]))
    lines = text.splitlines()
    assert len(lines) == 4
    for line in lines:
        bare = line.replace("\\\\", "").replace("\\|", "")
        assert bare.count("|") == 3
    assert lines[2].endswith("| 0.3333 |")


def test_latex_shows_every_name_as_it_is() -> None:
    rows: list[list[Any]] = [["50% & {more} $#_~^\\", 1 / 3], ["plain", None]]
    lines = latex(table(["a_b", "x"], rows, "c_d")).splitlines()
    start = lines.index(r"\begin{tabular}{lr}")
    assert lines[start - 1] == r"\caption{c\_d}"
    assert lines[start + 2] == r"a\_b & x \\"
    shown = r"50\% \& \{more\} \$\#\_\textasciitilde{}\textasciicircum{}\textbackslash{}"
    assert lines[start + 4] == shown + r" & 0.3333 \\"
    assert lines[start + 5] == r"plain & -- \\"


def test_latex_notes_need_no_package_and_rows_are_no_options() -> None:
    notes = "κ = 1 ± 2 ≥ x° − ρ² ∂ Σ ↔ ÷ <b> a|b"
    text = latex(table(["name", "x"], [["one", notes], ["[1pt] & *", "x"]]))
    assert text.isascii()
    for said in (
        r"\ensuremath{\kappa}",
        r"\textless{}b\textgreater{} a\textbar{}b",
        r"\ensuremath{\ge}",
    ):
        assert said in text
    assert "\n{[}1pt{]} \\& {*} & x" in text  # after a line's end [1pt] would be a length


def test_latex_names_stay_names() -> None:
    rows = [["-5", -5.0], ["1e-5", 1e-12], ["A--B", 1.0], ["?`''", 2.0]]
    lines = latex(table(["name", "x"], rows)).splitlines()
    names = [line.partition(" & ")[0] for line in lines if line.endswith(r"\\")][1:]
    assert names == ["-5", "1e-5", "A-{}-B", r"?\textasciigrave{}'{}'"]
    assert any("$-5" in line for line in lines)


def test_markdown_names_are_no_html_and_not_emphasized() -> None:
    assert markdown(table(["n"], [["*A* <b>"]])).splitlines()[-1] == r"| \*A\* \<b> |"


def test_markdown_makes_no_links_of_addresses() -> None:
    names = ["https://e.example", "ftp://e", "WWW.e.example", "a: b.c"]
    said = [line.strip("| ") for line in markdown(table(["n"], [[n] for n in names])).splitlines()]
    assert said[2:] == [r"https\://e.example", r"ftp\://e", r"WWW\.e.example", "a: b.c"]


def test_parquet_keeps_types_and_gaps(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = [["a", 0.1, None], ["ü", float("nan"), 2]]
    write_table(tmp_path / "t.parquet", {}, table(["name", "x", "n"], rows))
    back = parquet.read_table(tmp_path / "t.parquet").to_pydict()
    assert back == {"name": ["a", "ü"], "x": [0.1, None], "n": [None, 2]}
    odd = table(["name"], [["a\ud800"]])
    write_table(tmp_path / "\udcff.parquet", {}, odd)  # a name that is no UTF-8
    assert (tmp_path / "\udcff.parquet").stat().st_size > 0
    write_table(tmp_path / "none.parquet", {}, table(["name", "x"], []))
    assert parquet.read_table(tmp_path / "none.parquet").num_rows == 0


def test_nothing_is_half_written(tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    file.write_text("old", encoding="utf-8")

    def fill(part: Path) -> None:
        part.write_text("half", encoding="utf-8")
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        write_whole(file, fill)
    assert [path.name for path in tmp_path.iterdir()] == ["out.json"]
    assert file.read_text(encoding="utf-8") == "old"


def test_folders_are_made(tmp_path: Path) -> None:
    file = tmp_path / "new" / "deep" / "out.csv"
    write_table(file, None, table(["a"], [[1]]))
    assert file.read_text(encoding="utf-8") == "a\n1\n"
    assert [path.name for path in file.parent.iterdir()] == ["out.csv"]


@pytest.mark.parametrize("name", ["out.txt", "out", "out.xlsx", "json", ".json", "a.json.gz"])
def test_other_endings_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInputError, match=r"one of \.json, \.csv, \.parquet, \.dta, \.md"):
        ending(tmp_path / name)


def test_what_stands_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(InvalidInputError, match="it is a folder"):
        check_place(tmp_path / "folder.json")
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(InvalidInputError, match="file is not a folder"):
        check_place(tmp_path / "file" / "deep" / "out.json")


def test_an_ending_in_capitals_will_do(tmp_path: Path) -> None:
    write_table(tmp_path / "OUT.JSON", {"a": 1}, table(["a"], []))
    assert json.loads((tmp_path / "OUT.JSON").read_text(encoding="utf-8")) == {"a": 1}


def test_columns_of_numbers_and_words_become_words(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "t.parquet"
    rows: list[list[Any]] = [[0.5, 1.0], ["damage", None], [None, 2.0]]
    write_table(path, {}, table(["field", "number"], rows))
    read = parquet.read_table(path).to_pydict()
    assert read == {"field": ["0.5", "damage", None], "number": [1.0, None, 2.0]}


def test_markdown_headers_are_escaped() -> None:
    head = markdown(table(["payoff A|B"], [[1.0]])).splitlines()[0]
    assert head == r"| payoff A\|B |"


def test_a_data_set_of_stata_holds_no_time(tmp_path: Path) -> None:
    stata = pytest.importorskip("pandas.io.stata")
    made = table(["name", "x"], [["a", 1.5]])
    write_table(tmp_path / "t.dta", {"digest": "ab12"}, made)
    with stata.StataReader(tmp_path / "t.dta") as read:
        assert read.time_stamp == "01 Jan 2000 00:00"
        assert read.data_label.endswith("digest ab12")
