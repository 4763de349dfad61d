"""Sweeps: solved together, one by one, and on processes: `python -m benchmarks.sweep [--cells N]`.

CPU time a cell of the same sweep in this process, and of `run_study` for each cell of a part of
it; the same sweep without a rule, with competition so strong that weights are negative and welfare
is not concave, beside one where it is; then wall-clock time in this process, in one worker process
and in two, in turn: the speedup is that of two over one, and cannot exceed the cores that are free.
"""

import argparse
import os
import sys
import time
import tomllib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.run import machine
from benchmarks.targets import Target
from coopetition.studies import run_study
from coopetition.studies.sweep import run_sweep
from coopetition.studies.sweep.grid import Grid
from coopetition.studies.sweep.values import read_axis

SCENARIO = Path(__file__).parent.parent / "examples" / "three.toml"
ROUNDS = 5
ALONE = 100  # cells of a round that are solved one by one


def main() -> int:
    """Measure, print one line a method, and say whether the target is met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sweep", description=__doc__)
    parser.add_argument("--cells", type=int, default=2001, help="cells of the sweep")
    parser.add_argument("--check", action="store_true", help="exit 1 where the target is missed")
    options = parser.parse_args()
    content = tomllib.loads(SCENARIO.read_text(encoding="utf-8"))
    grid = Grid(content, [read_axis(f"competition.damage=0:0.3:{options.cells}")])
    print(f"{machine()}, load {os.getloadavg()[0]:.1f}\n")
    one, many, read = alone_and_together(grid)
    print(f"* one by one: {1e3 * one:.2f} ms of CPU time a cell")
    print(f"* together: {1e3 * many:.3f} ms, of which reading and checking {1e3 * read:.3f} ms")
    target = Target("together at least 5 times as fast", one / many, one / many >= 5)
    print(f"* {target}")
    weak, strong = competition(content, options.cells)
    print(f"* no rule, positive weights {1e3 * weak:.3f} ms, negative ones {1e3 * strong:.3f} ms")
    text = "negative weights and branch and bound for at most 3 times the positive ones"
    crowded = Target(text, strong / weak, strong / weak <= 3)
    print(f"* {crowded}")
    in_processes(grid)
    return int(options.check and not (target.met and crowded.met))


def alone_and_together(grid: Grid) -> tuple[float, float, float]:
    """Return the CPU time a cell: one by one, together, and of reading the scenarios alone."""
    times: tuple[list[float], ...] = ([], [], [])
    run_sweep(Grid(grid.content, [read_axis("competition.damage=0:0.3:32")]))  # warms up
    for k in range(ROUNDS):
        cells = [(k * ALONE + n) * 7 % grid.size for n in range(ALONE)]

        def study(cells: Sequence[int] = cells) -> None:
            for cell in cells:
                scenario = grid.scenario(cell)
                run_study(scenario.round(), scenario.mechanism)

        def read(cells: Sequence[int] = cells) -> None:
            for cell in cells:
                grid.scenario(cell)

        whole = cpu_time(lambda: run_sweep(grid)) / grid.size
        for taken, each in zip(
            times, (cpu_time(study) / ALONE, whole, cpu_time(read) / ALONE), strict=True
        ):
            taken.append(each)
    one, many, reading = (median(taken) for taken in times)
    return one, many, reading


def competition(content: dict[str, Any], cells: int) -> tuple[float, float]:
    """Return the CPU time a cell without a rule: with positive weights, and with negative ones."""
    ranges = "competition.damage=0:0.3", "competition.damage=0.6:1.2"
    plain = content | {"mechanism": {"rule": "none"}}
    grids = [Grid(plain, [read_axis(f"{one}:{cells}")]) for one in ranges]
    times: tuple[list[float], ...] = ([], [])
    for _ in range(ROUNDS):
        for grid, taken in zip(grids, times, strict=True):
            taken.append(cpu_time(partial(run_sweep, grid)) / grid.size)
    weak, strong = (median(taken) for taken in times)
    return weak, strong


def cpu_time(call: Callable[[], object]) -> float:
    """Return the CPU time of a call."""
    start = time.process_time()
    call()
    return time.process_time() - start


def in_processes(grid: Grid) -> None:
    """Print wall-clock times of the sweep in this process, and in two workers."""
    times: dict[int, list[float]] = {1: [], 2: []}
    tables = []
    for jobs in times:
        warm = read_axis("competition.damage=0:0.3:32")
        run_sweep(Grid(grid.content, [warm]), jobs=jobs)  # starts
    for _ in range(ROUNDS):
        for jobs, taken in times.items():
            start = time.perf_counter()
            found = run_sweep(grid, jobs=jobs)
            taken.append(time.perf_counter() - start)
            tables.append(found.to_dict())
    one, two = (median(taken) for taken in times.values())
    for jobs, taken in times.items():
        each = 1e3 * median(taken) / grid.size
        print(f"* {jobs} process{'es' * (jobs > 1)}: {median(taken):.2f} s, {each:.2f} ms a cell")
    print(f"* two over one: {one / two:.2f}; equal tables: {all(t == tables[0] for t in tables)}")


if __name__ == "__main__":
    sys.exit(main())
