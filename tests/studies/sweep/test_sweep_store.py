"""Sweeps: the same bits wherever cells are computed, and the store that keeps them."""

import hashlib
import re
import sqlite3
import tomllib
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from coopetition.games.errors import InvalidInputError
from coopetition.oracles import Ledger
from coopetition.studies.sweep import cell as sweep_cell
from coopetition.studies.sweep.cell import solve_cells, solve_unit
from coopetition.studies.sweep.grid import Grid
from coopetition.studies.sweep.store import Store
from coopetition.studies.sweep.sweep import run_sweep
from coopetition.studies.sweep.values import read_axis
from tests.studies.command import EVEN, TWO, coopetition, written
from tests.studies.sweeping import DAMAGE, grid_of


def test_serial_and_processes_give_the_same_bits() -> None:
    grid = grid_of(EVEN, DAMAGE, "organization.North.value=500,1000")
    here = run_sweep(grid).rows
    assert run_sweep(grid, jobs=2).rows == here
    assert len({row.contribution for row in here}) > 7


def test_no_scheduler_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coopetition.oracles.parallel.executor.ANSWERS", 1.0)
    path, words = written(tmp_path, TWO), ["--vary", DAMAGE, "--cluster", "tcp://127.0.0.1:9"]
    answer = coopetition("sweep", path, *words)
    assert (answer.code, answer.out) == (2, "")
    said = answer.err.splitlines()[-1]
    assert re.search("no Dask scheduler answers at|distributed is not installed: pip", said)


def test_linear_algebra_has_one_thread_while_cells_are_solved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from threadpoolctl import threadpool_info

    seen: list[int] = []

    def look(grid: Grid, cells: Any) -> list[Any]:
        seen.extend(pool["num_threads"] for pool in threadpool_info())
        return []

    monkeypatch.setattr(sweep_cell, "solve_cells", look)
    before = [pool["num_threads"] for pool in threadpool_info()]
    solve_unit(grid_of(TWO, DAMAGE), [0])
    assert seen
    assert set(seen) == {1}
    after = [pool["num_threads"] for pool in threadpool_info()]
    assert after[: len(before)] == before


# The store


def test_a_store_serves_every_sweep_that_has_the_cell(tmp_path: Path) -> None:
    file, said = tmp_path / "s.sqlite", list[tuple[str, int, int | None]]()
    first = run_sweep(grid_of(TWO, DAMAGE), store=file, progress=lambda *at: said.append(at))
    again = run_sweep(grid_of(TWO, DAMAGE), store=file, progress=lambda *at: said.append(at))
    assert again.rows == first.rows
    assert (said[0], *said[-2:]) == (
        ("solving cells", 0, 7),
        ("solving cells", 7, 7),  # the first sweep ends, the other finds all stored
        ("solving cells", 7, 7),
    )
    other = run_sweep(grid_of(EVEN, DAMAGE), store=file)
    assert other.rows == run_sweep(grid_of(EVEN, DAMAGE)).rows
    with Store(file) as store:
        counts = store.counts()
    assert len(counts) == 14
    assert set(counts.values()) == {1}


def test_of_two_rows_the_first_counts(tmp_path: Path) -> None:
    grid = grid_of(TWO, DAMAGE)
    one, other = solve_cells(grid, [0, 1])
    with Store(tmp_path / "s.sqlite") as store:
        store.append([("key", one)])
        store.append([("key", other)])
        assert store.rows(["key"]) == {"key": one}
        assert store.counts()["key"] == 2


@pytest.mark.parametrize("kind", ["text", "other program's", "ledger", "damaged", "folder", "row"])
def test_a_damaged_or_foreign_store_is_refused_untouched(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "s.sqlite"
    if kind == "text":
        file.write_text("no database")
    elif kind == "other program's":
        with closing(sqlite3.connect(file)) as other:
            other.execute("CREATE TABLE result (number INTEGER)")
    elif kind == "ledger":
        from coopetition.oracles.protocol.oracle import FunctionOracle

        Ledger(file, FunctionOracle(function=lambda x: 1.0, upper=(1.0, 1.0))).close()
    elif kind == "folder":
        file.mkdir()
    else:
        run_sweep(grid_of(TWO, "competition.damage=0:0.3:40"), store=file)
        if kind == "row":
            with closing(sqlite3.connect(file)) as store, store:
                store.execute("DROP TRIGGER no_update")
                store.execute("UPDATE result SET body = '{}'")
        else:
            content = bytearray(file.read_bytes())
            content[5000:9000] = bytes(4000)
            file.write_bytes(content)
    before = file.read_bytes() if file.is_file() else b""
    path = written(tmp_path, TWO)
    answer = coopetition("sweep", path, "--vary", DAMAGE.replace("7", "40"), "--store", file)
    assert (answer.code, answer.out) == (2, ""), kind
    assert re.search("the store|no store|not a store", answer.err.splitlines()[-1])
    if before and kind != "row":  # SQLite itself keeps a note of who opened a sound file last
        assert hashlib.sha256(file.read_bytes()).digest() == hashlib.sha256(before).digest()


def test_another_code_of_ones_own_rule_is_another_cell(tmp_path: Path) -> None:
    code = "def pay(game, x):\n    return {} * (x - x.mean(axis=-1, keepdims=True))\n"
    (tmp_path / "mine.py").write_text(code.format(0.001))
    content = tomllib.loads(TWO) | {"mechanism": {"rule": "mine:pay"}}
    grid = Grid(content, [read_axis(DAMAGE)], tmp_path)
    store = tmp_path / "s.sqlite"
    first = run_sweep(grid, store=store)
    key = grid.key(0)
    assert run_sweep(grid, store=store).rows == first.rows
    (tmp_path / "mine.py").write_text(code.format(-1.0))
    assert grid.key(0) != key
    assert run_sweep(grid, store=store).rows[0].contribution != first.rows[0].contribution
    with pytest.raises(InvalidInputError, match="the rule mine:pay is a file of this machine"):
        run_sweep(grid, cluster="tcp://127.0.0.1:9")
