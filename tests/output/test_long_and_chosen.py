"""Long tables tell their rows apart, and a column that is chosen is what it says."""

from pathlib import Path

import pytest

from coopetition.output.columns import keyed
from coopetition.output.formats import formatted
from coopetition.output.frame import long
from coopetition.output.table import Column, Table
from coopetition.solvers.sensitivity import sensitivity
from coopetition.studies import load_scenario, run_study
from tests.studies.command import EVEN, coopetition, written

pandas = pytest.importorskip("pandas")


def test_large_numbers_beside_small_ones_look_as_different_as_they_are() -> None:
    assert formatted([5.00001e12, 5.00002e12]) == ["5.00001e+12", "5.00002e+12"]
    assert formatted([1e-5, 1e9, 1.0001e9]) == ["1e-05", "1e+09", "1.0001e+09"]
    assert formatted([1e-9, 1e4, 1e4 + 5e-3]) == ["1e-09", "10,000", "10,000.005"]


def test_a_share_below_one_never_reads_as_one_whatever_the_decimals() -> None:
    assert formatted([0.99961, 0.5, 1.0, 0.0], kind="share", decimals=2) == [
        "0.9996", "0.50", "1.00", "0",
    ]  # fmt: skip


def test_decimals_leave_what_names_a_row_alone() -> None:
    damage = Column("damage", "damage", [0.0, 0.15, 0.3], kind="name")
    table = Table("", (damage, Column("welfare", "welfare", [1.5, 2.5, 3.5])), decimals=0)
    assert [row[0] for row in table.cells().rows] == ["0", "0.15", "0.30"]


def test_a_column_that_is_asked_twice_is_there_once() -> None:
    table = keyed("", {"organization": ["A"], "payoff": [1.0]})
    assert table.select(["payoff", "payoff", "organization"]).header == ["organization", "payoff"]


def test_a_key_is_meant_before_the_head_of_another_column() -> None:
    columns = Column("payoff", "after", [1.0]), Column("payoff_before", "payoff", [2.0])
    assert Table("", columns).select(["payoff"]).columns[0].key == "payoff"


def test_rows_of_a_long_table_are_told_apart_by_what_names_them() -> None:
    table = keyed("", {"round": [1, 2], "organization": ["A", "A"], "payment": [3.0, 4.0]}, names=2)
    rows = [[row[3], row[4], row[5], row[6]] for row in long(table).rows]
    assert rows == [["1", "A", "payment", 3.0], ["2", "A", "payment", 4.0]]


def test_a_long_sweep_sums_up_to_its_totals_and_names_its_rules(tmp_path: Path) -> None:
    out = tmp_path / "sweep.csv"
    scenario = written(tmp_path, EVEN.replace("rate = 0.03\n", ""))
    said = coopetition(
        "sweep", scenario, "--vary", "mechanism.rule=none,bilateral-prices",
        "--vary", "competition.damage=0,0.1", "--long", "--out", out,
    )  # fmt: skip
    assert said.code == 0
    frame = pandas.read_csv(out)
    values = frame[["cell", "variable", "value"]].groupby(["variable", "cell"]).value.sum()
    assert values["contribution"].tolist() == pytest.approx(values["total_contribution"].tolist())
    assert frame.groupby("cell").rule.unique().str[0].tolist() == [
        "none", "none", "bilateral-prices", "bilateral-prices",
    ]  # fmt: skip


def test_columns_of_long_files_are_chosen_by_their_variables(tmp_path: Path) -> None:
    out = tmp_path / "long.csv"
    scenario = written(tmp_path, EVEN)
    said = coopetition("solve", scenario, "--long", "--columns", "fee,payoff", "--out", out)
    assert said.code == 0
    frame = pandas.read_csv(out)
    assert frame.variable.tolist() == ["fee", "payoff"] * 3
    assert frame.organization.tolist() == ["North"] * 2 + ["South"] * 2 + ["West"] * 2


def test_payoffs_of_statics_are_called_what_they_are_elsewhere(tmp_path: Path) -> None:
    out = tmp_path / "long.csv"
    scenario = written(tmp_path, EVEN)
    said = coopetition("statics", scenario, "--wrt", "competition.damage", "--long", "--out", out)
    solved = coopetition("solve", scenario, "--json").document
    assert said.code == 0
    frame = pandas.read_csv(out)
    before = frame[frame.variable == "payoff_before_transfers"]
    assert before.value.tolist() == pytest.approx(solved["payoff_before_transfers"])
    assert before.organization.tolist() == solved["organizations"]


def test_payoffs_of_derivatives_are_called_what_they_are_elsewhere(tmp_path: Path) -> None:
    scenario = load_scenario(written(tmp_path, EVEN))
    study = run_study(scenario.round())
    found = sensitivity(scenario.round()).to_frame(wide=True)
    assert found["payoff_before_transfers"].tolist() == pytest.approx(study.payoff_before.tolist())


def test_a_seed_that_is_varied_is_one_column(tmp_path: Path) -> None:
    out = tmp_path / "seeds.csv"
    scenario = written(tmp_path, EVEN)
    assert coopetition("sweep", scenario, "--vary", "seed=1,2", "--out", out).code == 0
    header = out.read_text(encoding="utf-8").splitlines()[0].split(",")
    assert len(header) == len(set(header))
