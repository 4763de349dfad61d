"""A comparison in any order, printed, and written to every kind of file."""

import csv
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from coopetition.games.errors import InvalidInputError
from coopetition.output.export import write_table
from coopetition.studies.compare.result import NUMBERS, Comparison
from coopetition.studies.report.tables import comparison_table
from tests.studies.compared import free_comparison


@pytest.fixture(scope="module")
def table() -> Comparison:
    return free_comparison()


@pytest.mark.parametrize(("column", "more_is_better"), NUMBERS.items())
def test_sorting_by_every_column(table: Comparison, column: str, more_is_better: bool) -> None:
    rows = table.sorted_by(column.replace("_", "-")).rows
    assert sorted(row.name for row in rows) == sorted(row.name for row in table.rows)
    values = [getattr(row, column) for row in rows]
    known = [value for value in values if value is not None and np.isfinite(value)]
    assert all(value is None or np.isnan(value) for value in values[len(known) :])
    step = np.diff(known) * (-1 if more_is_better else 1)
    assert (step >= -1e-8 * np.abs(known).max() - 1e-9).all()


def test_no_other_column_can_be_sorted_by(table: Comparison) -> None:
    for name in ("note", "name", "potential_kept", "fame"):
        with pytest.raises(
            InvalidInputError, match="`column` must be one of welfare, standard_err"
        ):
            table.sorted_by(name)


def test_it_prints_every_row_in_one_line(table: Comparison) -> None:
    lines = str(table).splitlines()
    names = [re.split(" {2,}", line)[0] for line in lines]
    assert names == ["rule", *(row.name for row in table.rows)]
    assert len({len(line) for line in lines}) == 1
    assert len(lines[0]) <= 135
    line = next(line for line in lines if line.startswith("bilateral-prices")).split()
    assert float(line[1].replace(",", "")) == pytest.approx(table["planner"].welfare, abs=0.01)


NASTY = "a%b & c_d | $e$ #f {g} ~h ^i \\j \"k'"


def test_tables_hold_any_name(table: Comparison, tmp_path: Path) -> None:
    row = table["bilateral-prices"]
    table = Comparison((replace(row, name=NASTY, note=NASTY), row))
    header, rows = comparison_table(table)
    for ending in ("csv", "md", "tex", "json", "parquet"):
        if ending == "parquet":
            pytest.importorskip("pyarrow")
        write_table(tmp_path / f"t.{ending}", table.to_dict(), header, rows)
    back = list(csv.reader((tmp_path / "t.csv").read_text(encoding="utf-8").splitlines()))
    assert back[1][0] == back[1][-1] == NASTY
    assert back[0][-5:] == ["budget", "optimum", "potential", "rationality", "note"]
    assert back[2][-5:-1] == ["proved", "checked", "proved", row.individual_rationality]
    assert float(back[2][header.index("payments")]) == row.payments
    lines = (tmp_path / "t.md").read_text(encoding="utf-8").splitlines()
    assert {line.replace("\\|", "").count("|") for line in lines} == {len(header) + 1}
    tex = (tmp_path / "t.tex").read_text(encoding="utf-8").splitlines()
    body = next(line for line in tex if "a\\%b" in line)
    bare = re.sub(r"\\[&%$#_{}]|\\text\w+\{\}", "", body.removesuffix(r" \\"))
    assert bare.count("&") == len(header) - 1
    assert not set(bare) & set("%$#_{}~^\\")
    assert json.loads((tmp_path / "t.json").read_text())["rows"][0]["name"] == NASTY
    if (tmp_path / "t.parquet").exists():
        import pyarrow.parquet

        columns = pyarrow.parquet.read_table(tmp_path / "t.parquet").to_pydict()
        assert columns["rule"] == [NASTY, "bilateral-prices"]
