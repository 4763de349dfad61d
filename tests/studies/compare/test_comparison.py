"""A comparison in any order, printed, and written to every kind of file."""

import csv
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from coopetition.games.errors import InvalidInputError
from coopetition.output.terminal import terminal_text
from coopetition.studies.compare.result import NUMBERS, VERDICTS, Comparison
from tests.studies.compared import free_comparison


@pytest.fixture(scope="module")
def table() -> Comparison:
    return free_comparison()


@pytest.mark.parametrize(("column", "more_is_better"), NUMBERS.items())
def test_sorting_by_every_column(table: Comparison, column: str, more_is_better: bool) -> None:
    rows = table.sorted_by(column.replace("_", "-")).rows
    assert sorted(row.rule for row in rows) == sorted(row.rule for row in table.rows)
    values = [getattr(row, column) for row in rows]
    known = [value for value in values if value is not None and np.isfinite(value)]
    assert all(value is None or np.isnan(value) for value in values[len(known) :])
    step = np.diff(known) * (-1 if more_is_better else 1)
    assert (step >= -1e-8 * np.abs(known).max() - 1e-9).all()


def test_no_other_column_can_be_sorted_by(table: Comparison) -> None:
    for name in ("note", "name", "potential_kept", "fame"):
        with pytest.raises(
            InvalidInputError, match="`column` must be one of welfare, welfare_standard_err"
        ):
            table.sorted_by(name)


def test_it_prints_every_row_in_one_line(table: Comparison) -> None:
    _, head, _, *lines = str(table).splitlines()
    names = [re.split(" {2,}", line)[0] for line in [head, *lines[: len(table.rows)]]]
    assert names == ["rule", *(row.rule for row in table.rows)]
    narrow = terminal_text(table.tables()[0], 100).splitlines()
    assert max(map(len, narrow)) <= 100
    assert "worst vs autarky" in narrow[1]
    line = next(line for line in lines if line.startswith("bilateral-prices")).split()
    assert float(line[1].replace(",", "")) == pytest.approx(table["planner"].welfare, abs=0.01)


NASTY = "a%b & c_d | $e$ #f {g} ~h ^i \\j \"k'"


def test_tables_hold_any_name(table: Comparison, tmp_path: Path) -> None:
    row = table["bilateral-prices"]
    table = Comparison((replace(row, rule=NASTY, note=NASTY), row))
    (shown,) = table.tables()
    header, heads = shown.header, shown.cells().heads
    for ending in ("csv", "md", "tex", "json", "parquet"):
        if ending == "parquet":
            pytest.importorskip("pyarrow")
        table.write(tmp_path / f"t.{ending}")
    back = list(csv.reader((tmp_path / "t.csv").read_text(encoding="utf-8").splitlines()))
    assert back[1][0] == back[1][-2] == NASTY
    assert back[0][-6:] == [*VERDICTS, "note", "provenance"]
    assert back[2][-6:-2] == ["proved", "checked", "proved", row.individual_rationality]
    assert float(back[2][header.index("payments")]) == row.payments
    lines = (tmp_path / "t.md").read_text(encoding="utf-8").splitlines()
    bars = {line.replace("\\|", "").count("|") for line in lines if line.startswith("|")}
    assert bars == {len(heads) + 1}
    tex = (tmp_path / "t.tex").read_text(encoding="utf-8").splitlines()
    body = next(line for line in tex if "a\\%b" in line)
    cell, *numbers = re.sub(r"\\[&%$#_{}]|\\text\w+\{\}", "", body).split(" & ")
    assert not set(cell) & set("&%$#_{}~^\\")
    assert len(numbers) == len(heads) - 1
    assert json.loads((tmp_path / "t.json").read_text())["rows"][0]["rule"] == NASTY
    if (tmp_path / "t.parquet").exists():
        import pyarrow.parquet

        columns = pyarrow.parquet.read_table(tmp_path / "t.parquet").to_pydict()
        assert columns["rule"] == [NASTY, "bilateral-prices"]
