"""Sweeps: what is varied, and the rows that come of it."""

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coopetition.games.errors import InvalidInputError, OracleError
from coopetition.games.unknown import Unknown
from coopetition.studies import parse_scenario, run_study
from coopetition.studies.sweep.cell import solve_cells
from coopetition.studies.sweep.sweep import compute, run_sweep
from coopetition.studies.sweep.values import read_axis
from tests.studies.command import EVEN, NO_PURE, TWO, coopetition, written
from tests.studies.sweeping import DAMAGE, grid_of

# What is varied


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a.b=0:0.3:4", (0.0, 0.1, 0.2, 0.3)),
        ("a.b=1:0:3", (1.0, 0.5, 0.0)),
        ("a.b=10:30:3", (10, 20, 30)),
        ("a.b=30:10:3", (30, 20, 10)),
        ("a.b=log:0.01:100:5", (0.01, 0.1, 1.0, 10.0, 100.0)),
        ("a.b=1:4:3:log", (1.0, 2.0, 4.0)),
        (" a.b = 500, 1e3 ,none,true ", (500, 1000.0, "none", True)),
    ],
)
def test_values_are_read(text: str, values: tuple[Any, ...]) -> None:
    axis = read_axis(text)
    assert axis.path == "a.b"
    assert axis.values == pytest.approx(values) if axis.numeric else axis.values == values
    assert [type(v) for v in axis.values] == [type(v) for v in values]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("competition.damage", "must be PATH=VALUES"),
        ("=1,2", "must be PATH=VALUES"),
        ("a.b=", "must be PATH=VALUES"),
        ("a.b=1,,2", "a value of a.b is missing"),
        ("a.b=1,1.0", "must differ"),
        ("a.b=0:1", "START:STOP:COUNT"),
        ("a.b=0:1:2:3", "START:STOP:COUNT"),
        ("a.b=0:x:3", "must be finite numbers"),
        ("a.b=0:inf:3", "must be finite numbers"),
        ("a.b=0:1:2.5", "at least 2"),
        ("a.b=0:1:1", "at least 2"),
        ("a.b=1:1:5", "another STOP"),
        ("a.b=0:1:5:log", "positive ends"),
    ],
)
def test_wrong_values_are_one_sentence(text: str, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        read_axis(text)


@pytest.mark.parametrize(
    ("axes", "words"),
    [
        ([], "at least one field"),
        (["damage=0,1"], "did you mean competition.damage"),
        (["competiton.damage=0,1"], "did you mean competition.damage"),
        (["size=0,1"], "a parameter is TABLE.KEY"),
        (["name=a,b"], "no such parameter"),
        (["organization.value=0,1"], r"did you mean organization\.\*\.value"),
        (["organization.North.name=a,b"], "no such parameter"),
        (["organization.Nort.value=0,1"], "did you mean organization.North.value"),
        ([DAMAGE, "competition.damage=0,1"], "varied twice"),
        (["gain.scale=1:2:1001", "gain.ceiling=1:2:1001"], "at most 1,000,000 cells"),
        (["competition.damge=0,1"], "did you mean competition.damage"),
        (["gain.scal=0,1"], "no cell is a valid scenario.*did you mean `scale`"),
        (["competition.damage=a,b"], "no cell is a valid scenario.*finite number.*'a'"),
        (["mechanism.rule=nothing,all"], "no cell is a valid scenario.*must be one of"),
    ],
)
def test_wrong_fields_are_one_sentence(axes: list[str], words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        run_sweep(grid_of(TWO, *axes))


def test_a_cell_is_the_scenario_with_fields_replaced(tmp_path: Path) -> None:
    """Every number of a row is that of the scenario solved by itself, by another method."""
    axes = ["competition.damage=0.02,0.05", "organization.West.value=900,1500"]
    grid = grid_of(EVEN, *axes, "mechanism.rate=0.01,0.02")
    assert grid.size == 8
    assert grid.values(5) == (0.05, 900, 0.02)
    content = tomllib.loads(EVEN)
    content["competition"]["damage"] = 0.05
    content["organization"][2]["value"] = 900
    content["mechanism"]["rate"] = 0.02
    scenario = parse_scenario(content)
    study = run_study(scenario.round(), scenario.mechanism)
    row = run_sweep(grid).rows[5]
    assert row.contribution == pytest.approx(study.contribution)
    assert row.payoff == pytest.approx(study.payoff)
    assert row.transfer == pytest.approx(study.transfer)
    assert (row.welfare, row.efficiency) == pytest.approx((study.welfare, study.efficiency))
    autarky = study.outside["autarky"]
    assert not isinstance(autarky, Unknown)
    assert row.slack == pytest.approx(min(study.payoff - autarky))
    assert row.epsilon is not None
    assert row.epsilon <= study.equilibrium.certificate.tolerance.max()
    assert sum(row.transfer or ()) + sum(row.fee or ()) == pytest.approx(row.deficit, abs=1e-12)


def test_all_organizations_and_those_of_a_csv_file(tmp_path: Path) -> None:
    table = "name,local_data,max_contribution,value,unit_cost\nA.B,900,400,1000,0.001\nC,9,4,8,1\n"
    written(tmp_path, table, "some.csv")
    text = TWO[: TWO.index("[[organization]]")]
    text = 'organizations = "some.csv"\n' + text
    one = grid_of(text, "organization.A.B.value=500,700", folder=tmp_path)
    assert one.scenario(1).columns["value"] == [700.0, 8.0]
    every = grid_of(text, "organization.*.unit_cost=0.1,0.2", folder=tmp_path)
    assert every.scenario(1).columns["unit_cost"] == [0.2, 0.2]
    assert one.organizations == ("A.B", "C")


def test_another_rule_drops_the_parameters_of_the_first() -> None:
    grid = grid_of(EVEN, "mechanism.rule=bilateral-prices,redistribution,none")
    assert [grid.scenario(k).mechanism.rate for k in range(3)] == [None, 0.03, None]
    assert {row.status for row in run_sweep(grid).rows} == {"converged"}


def test_seeds_follow_from_the_number_of_a_cell() -> None:
    grid = grid_of(TWO, DAMAGE)
    seeds = [grid.seed(cell) for cell in reversed(range(grid.size))]
    children = np.random.SeedSequence(0).spawn(grid.size)
    assert seeds[::-1] == [int(child.generate_state(1)[0]) for child in children]
    assert [grid_of(TWO, "seed=3,5").scenario(k).seed for k in (0, 1)] == [3, 5]
    with pytest.raises(InvalidInputError, match="`seed` must be"):
        run_sweep(grid_of("seed = -1\n" + TWO, DAMAGE))


# Rows of cells that have no numbers


def test_a_refused_cell_is_a_row_with_its_sentence() -> None:
    rows = run_sweep(grid_of(TWO, "competition.damage=-1,0.1")).rows
    assert [row.status for row in rows] == ["refused", "converged"]
    assert rows[0].note == "`damage` must be finite and at least 0, got -1.0"
    assert rows[0].welfare is None


def test_no_equilibrium_is_a_row_without_numbers() -> None:
    (row, _) = run_sweep(grid_of(NO_PURE, "mechanism.rate=6.7e-4,1e-6")).rows
    assert (row.status, row.welfare) == ("no-pure-equilibrium", None)
    assert row.note == "no pure equilibrium found"


def test_what_another_attempt_may_cure_is_told_and_not_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, TWO + '[mechanism]\nrule = "linear-pigou"\n')  # one by one
    errors = iter([None, ZeroDivisionError("oh"), OracleError("a silo\nis down")])

    def broken(game: Any, settings: Any, **known: Any) -> Any:
        if error := next(errors):
            raise error
        return run_study(game, settings)

    words = [
        "sweep",
        str(path),
        "--vary",
        "competition.damage=0,0.15,0.25",
        "--json",
        "--jobs",
        "1",
    ]
    with monkeypatch.context() as patch:
        patch.setattr("coopetition.studies.sweep.cell.run_study", broken)
        answer = coopetition(*words)
    assert answer.code == 3
    notes = [row["note"] for row in answer.document["rows"]]
    assert notes[2] == "a silo is down"
    assert "internal error, please report it: ZeroDivisionError: oh" in notes[1]
    solved = []

    def counted(game: Any, settings: Any, **known: Any) -> Any:
        solved.append(game)
        return run_study(game, settings, **known)

    with monkeypatch.context() as patch:
        patch.setattr("coopetition.studies.sweep.cell.run_study", counted)
        answer = coopetition(*words)
    assert answer.code == 0
    assert len(solved) == 2  # the first cell was stored
    assert {row["status"] for row in answer.document["rows"]} == {"converged"}


def test_a_cell_that_kills_its_worker_takes_no_other_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A unit that does not come back is split, and its cells at last run alone."""
    grid, asked = grid_of(TWO, "competition.damage=0:0.3:40"), []

    def run(call: Any, units: Any, alone: bool) -> Any:
        for _, unit in units:
            asked.append((len(unit), alone))
            if 7 not in unit:
                yield solve_cells(grid, unit)

    rows = {row.cell: row for found in compute(grid, range(40), run, 1) for row in found}
    assert sorted(rows) == list(range(40))
    assert [cell for cell, row in rows.items() if row.status != "converged"] == [7]
    assert rows[7].note == "its worker died, also when it had nothing else to do"
    assert asked[-1] == (1, True)
    assert sum(length for length, _ in asked) == 40 + 5 + 1
