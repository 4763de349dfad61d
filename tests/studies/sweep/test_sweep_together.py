"""Cells that are solved together: the numbers of `run_study`, and the same bits however cut."""

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coopetition.games import CoopetitionRound
from coopetition.games.coopetition.columns import COLUMNS
from coopetition.games.coopetition.gain import TabulatedGain
from coopetition.games.errors import InvalidInputError
from coopetition.studies import run_study
from coopetition.studies.scenario.scenario import Scenario
from coopetition.studies.sweep import cell as sweep_cell
from coopetition.studies.sweep import sweep as sweep_run
from coopetition.studies.sweep.cell import CellRow, solve_cells
from coopetition.studies.sweep.grid import Grid
from coopetition.studies.sweep.sweep import run_sweep
from coopetition.studies.sweep.values import read_axis
from coopetition.studies.sweep.vectorized import SolvedCell
from coopetition.studies.sweep.vectorized import solve_together as solved_or_planned
from tests.instances import random_round
from tests.studies.command import EVEN, NO_PURE, TWO
from tests.studies.sweeping import grid_of


def solve_together(scenarios: Mapping[int, Scenario]) -> dict[int, SolvedCell]:
    """Return the cells that are solved together, without those of which the optimum is all."""
    found = solved_or_planned(scenarios)
    return {cell: one for cell, one in found.items() if isinstance(one, SolvedCell)}


FAMILIES = {
    "PowerGain": "power",
    "ExponentialGain": "exponential",
    "LogarithmicGain": "logarithmic",
}


def content_of(game: CoopetitionRound, mechanism: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of a scenario file that says what a round says."""
    curve: Any = game.gain
    gain: dict[str, Any]
    if isinstance(curve, TabulatedGain):
        gain = {"family": "tabulated", "data": list(curve.data), "gains": list(curve.gains)}
    else:
        gain = {part.name: float(getattr(curve, part.name)) for part in fields(curve)}
        gain["family"] = FAMILIES[type(curve).__name__]
    pairs: Any = np.eye(len(game.players))
    columns: dict[str, Any] = {key: getattr(game, key).tolist() for key in COLUMNS}
    return {
        "gain": gain,
        "personal_gain": {"weight": game.personal_weight},
        "competition": {k: getattr(game, k).weigh(pairs).T.tolist() for k in ("damage", "rivalry")},
        "organization": [
            {"name": name, **{key: column[n] for key, column in columns.items()}}
            for n, name in enumerate(game.players)
        ],
        "mechanism": dict(mechanism),
    }


def drawn(seed: int) -> Grid:
    """Draw a scenario and three cells of it: rules, fees and outside options of all kinds."""
    rng = np.random.default_rng([seed, 11])
    game = random_round(seed, players=int(rng.integers(1, 7)), positive=bool(rng.integers(4)))
    mechanism: dict[str, Any] = {
        "rule": str(rng.choice(["none", "redistribution", "bilateral-prices"])),
        "fees": str(rng.choice(["none", "equal-gain", "nash", "almost-ideal"])),
    }
    if mechanism["fees"] != "almost-ideal":
        mechanism["outside_option"] = str(rng.choice(["autarky", "exit"]))
    if mechanism["fees"] in ("nash", "almost-ideal"):
        mechanism["power"] = str(rng.choice(["equal", "value"]))
    if mechanism["rule"] == "redistribution":
        size = len(game.players)
        kinds = ["damage", 0.3, (rng.normal(size=(size, size)) * (1 - np.eye(size))).tolist()]
        if game.rivalry.row_sums.any():
            kinds.append("rivalry")
        mechanism |= {
            "rate": float(game.unit_cost.mean() * rng.uniform(-1.0, 1.0)),
            "balanced": bool(rng.integers(2)),
            "intensity": kinds[rng.integers(len(kinds))],
        }
    content = content_of(game, mechanism)
    if rng.random() < 0.5:  # one number for every pair
        content["competition"] = {
            key: float(np.max(matrix)) for key, matrix in content["competition"].items()
        }
    top = float(game.value.max())
    return Grid(content, [read_axis(f"organization.*.value={0.7 * top},{top},{1.3 * top}")])


def alone(grid: Grid, cell: int) -> CellRow:
    """Return a cell's row by the single path: `run_study`."""
    found = sweep_cell._tried(lambda: sweep_cell._alone(grid, grid.scenario(cell)))
    return sweep_cell._row(grid, cell, found)


def size_of(grid: Grid, cell: int) -> float:
    """Return the money that a cell is about."""
    game = grid.scenario(cell).round()
    return float(max(game.welfare_scale(x) for x in (game.spaces.lower, game.spaces.upper)))


# Numbers and sentences of the single path


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_numbers_and_sentences_are_those_of_run_study(seed: int) -> None:
    grid = drawn(seed)
    for cell, row in enumerate(solve_cells(grid, range(3))):
        one = alone(grid, cell)
        assert (row.status, row.note, row.seed) == (one.status, one.note, one.seed)
        if row.status != "converged":
            continue
        size = size_of(grid, cell)
        for name in ("welfare", "planner_welfare", "deficit", "slack", "epsilon"):
            assert getattr(row, name) == pytest.approx(getattr(one, name), abs=1e-8 * size), name
        for name in ("payoff", "transfer", "fee"):
            assert getattr(row, name) == pytest.approx(getattr(one, name), abs=1e-8 * size), name
        assert row.efficiency == pytest.approx(one.efficiency, abs=1e-8)
        tops = [max(own["max_contribution"], 1e-9) for own in grid.content["organization"]]
        pairs = zip(row.contribution or (), one.contribution or (), tops, strict=True)
        assert max(abs(x - y) / top for x, y, top in pairs) < 1e-6


def test_most_random_cells_go_together() -> None:
    """The comparison above compares two methods, not one with itself."""
    count = 0
    for seed in range(20):
        grid = drawn(seed)
        count += len(solve_together({cell: grid.scenario(cell) for cell in range(3)}))
    assert count >= 45


def test_an_organization_fixed_at_nothing_is_named() -> None:
    grid = grid_of(TWO, "competition.damage=0.1,1.5")
    assert len(solve_together({cell: grid.scenario(cell) for cell in range(2)})) >= 1
    for cell in range(2):
        assert solve_cells(grid, [cell])[0].note == alone(grid, cell).note


@pytest.mark.parametrize(
    "axis",
    [
        "mechanism.rule=linear-pigou",
        "mechanism.fees=shapley",
        "mechanism.outside_option=sub-coalition",
        "mechanism.rule=deviation-from-average",
    ],
)
def test_what_the_batches_do_not_know_is_solved_by_itself(axis: str) -> None:
    grid = grid_of(EVEN, axis)
    assert solve_together({0: grid.scenario(0)}) == {}
    assert solve_cells(grid, [0]) == [alone(grid, 0)]


# The same bits however a sweep is cut

MIXED = grid_of(
    EVEN,
    "mechanism.rule=none,redistribution,bilateral-prices,linear-pigou",
    "mechanism.fees=none,equal-gain",
    "competition.damage=-0.1:0.4:8",
)


def test_units_of_one_of_sixteen_and_all_give_the_same_bits() -> None:
    """Cells of several rules, refused ones, and ones whose welfare is not concave."""
    grid, cells = MIXED, range(MIXED.size)
    one = [row for cell in cells for row in solve_cells(grid, [cell])]
    some = [row for k in range(0, MIXED.size, 16) for row in solve_cells(grid, cells[k : k + 16])]
    assert some == one
    assert solve_cells(grid, cells[:16][::-1]) == one[:16][::-1]
    known = {row.cell: row for row in solve_cells(grid, cells)}
    assert 0 < len(known) < MIXED.size  # what goes one by one is left
    assert all(one[cell] == row for cell, row in known.items())
    assert list(run_sweep(grid).rows) == one


def test_cells_whose_welfare_is_not_concave_go_together() -> None:
    """With negative weights too, as long as 0 is dominant for who has one."""
    grid = grid_of(EVEN, "mechanism.rule=none", "competition.damage=0.6:1.2:6")
    rows = solve_cells(grid, range(6))
    assert len(rows) == 6  # none is left
    assert [row for cell in range(6) for row in solve_cells(grid, [cell])] == rows
    for row in rows:
        scenario = grid.scenario(row.cell)
        study = run_study(scenario.round(), scenario.mechanism)
        assert not study.planner.concave
        assert row.planner_welfare == pytest.approx(study.planner.welfare, rel=1e-9)
        assert "planner" not in row.note


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6))
def test_random_cells_have_the_same_bits_alone_and_in_pairs(seed: int) -> None:
    grid = drawn(seed)
    rows = solve_cells(grid, range(3))
    assert [row for cell in range(3) for row in solve_cells(grid, [cell])] == rows
    assert solve_cells(grid, [2, 0]) == [rows[2], rows[0]]


@pytest.mark.parametrize("many", [1, 16, 100])
def test_a_resumed_sweep_cut_otherwise_gives_the_same_bits(
    many: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    axis = "competition.damage=0:0.3:150"
    whole = run_sweep(grid_of(EVEN, axis)).rows
    part = "competition.damage=" + ",".join(str(row.values[0]) for row in whole[7:90:3])
    file = tmp_path / "s.sqlite"
    stored = run_sweep(grid_of(EVEN, part, "seed=1,2"), store=file).rows
    monkeypatch.setattr(sweep_run, "MANY", many)
    assert run_sweep(grid_of(EVEN, axis), store=file).rows == whole
    assert run_sweep(grid_of(EVEN, part, "seed=1,2"), store=file).rows == stored


def test_large_units_are_followed_by_small_ones_of_what_they_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []

    def run(call: Any, units: Any, alone: bool) -> Any:
        for _, unit in units:
            asked.append(len(unit))
            yield solve_cells(grid, unit)

    grid = grid_of(EVEN, "competition.damage=0:0.5:140")
    scenarios = {cell: grid.scenario(cell) for cell in range(140)}
    solved = solve_together(scenarios)
    left = [cell for cell in range(126) if cell not in solved]  # the last unit is a small one
    found = [row for part in sweep_run.compute(grid, range(140), run, 1) for row in part]
    assert sorted(row.cell for row in found) == list(range(140))
    assert asked[:8] == [18] * 7 + [14]
    assert 0 < len(left) < 70
    assert max(asked[8:]) <= 16
    assert sum(asked) == 140 + len(left)


def test_large_coalitions_make_small_units() -> None:
    content = grid_of(TWO, "competition.damage=0,1").content
    row = content["organization"][0]
    rows = [row | {"name": f"organization {n}"} for n in range(300)]
    grid = Grid(
        dict(content) | {"organization": rows}, [read_axis("competition.damage=0:0.001:400")]
    )
    asked: list[int] = []

    def run(call: Any, units: Any, alone: bool) -> Any:
        asked.extend(len(unit) for _, unit in units)
        return iter([[sweep_cell.lost_cell(grid, cell) for cell in range(400)]])

    list(sweep_run.compute(grid, range(400), run, 1))
    assert asked == [16] * 25


def test_a_bug_in_the_batches_is_said_and_not_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grid, file = grid_of(TWO, "competition.damage=0,0.1"), tmp_path / "s.sqlite"

    def broken(scenarios: Any) -> Any:
        raise InvalidInputError("no sentence about a cell")

    with monkeypatch.context() as patch:
        patch.setattr(sweep_cell, "solve_together", broken)
        rows = run_sweep(grid, store=file).rows
    assert {row.status for row in rows} == {"failed"}
    assert "internal error, please report it: InvalidInputError" in rows[0].note
    assert {row.status for row in run_sweep(grid, store=file).rows} == {"converged"}


def test_no_pure_equilibrium_is_left_to_the_single_path() -> None:
    grid = grid_of(NO_PURE, "mechanism.rate=6.7e-4,1e-6")
    assert 0 not in solve_together({0: grid.scenario(0)})
    assert solve_cells(grid, [0])[0].status == "no-pure-equilibrium"


def test_cells_that_go_alone_take_the_optimum_that_was_planned_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Prices under strong damage: weights stay negative, one round at a time, but not the plan."""
    content = tomllib.loads(EVEN) | {"mechanism": {"rule": "bilateral-prices"}}
    grid = Grid(content, [read_axis("competition.damage=0.6:0.8:3")])
    scenarios = {cell: grid.scenario(cell) for cell in range(3)}
    assert solve_together(scenarios) == {}
    assert len(solved_or_planned(scenarios)) == 3
    studies = [run_study(one.round(), one.mechanism) for one in scenarios.values()]
    with monkeypatch.context() as patch:
        patch.delattr("coopetition.studies.solve.study.solve_planner")
        rows = solve_cells(grid, range(3))
    for row, study in zip(rows, studies, strict=True):
        assert row.status == "converged"
        assert row.planner_welfare == pytest.approx(study.planner.welfare, rel=1e-9)
        assert row.contribution == pytest.approx(study.contribution, rel=1e-6)
