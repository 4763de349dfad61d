"""Sweeps on one and on two processes: `python -m benchmarks.sweep [--cells N]`.

Wall-clock time of the same sweep in this process, in one worker process and in two, in turn; the
speedup is that of two over one, and cannot exceed the cores that are free.
"""

import argparse
import os
import sys
import time
import tomllib
from pathlib import Path
from statistics import median

from benchmarks.run import machine
from coopetition.studies.sweep import run_sweep
from coopetition.studies.sweep.grid import Grid
from coopetition.studies.sweep.values import read_axis

SCENARIO = Path(__file__).parent.parent / "examples" / "three.toml"
ROUNDS = 3


def main() -> int:
    """Measure, and print one line a number of processes."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sweep", description=__doc__)
    parser.add_argument("--cells", type=int, default=600, help="cells of the sweep")
    parser.add_argument("--check", action="store_true", help="for uniformity: there is no target")
    options = parser.parse_args()
    content = tomllib.loads(SCENARIO.read_text(encoding="utf-8"))
    axis = read_axis(f"competition.damage=0:0.3:{options.cells}")
    times: dict[int, list[float]] = {1: [], 2: []}
    tables = []
    for jobs in times:
        run_sweep(Grid(content, [read_axis("competition.damage=0:0.3:32")]), jobs=jobs)  # starts
    for _ in range(ROUNDS):
        for jobs, taken in times.items():
            start = time.perf_counter()
            found = run_sweep(Grid(content, [axis]), jobs=jobs)
            taken.append(time.perf_counter() - start)
            tables.append(found.to_dict())
    one, two = (median(taken) for taken in times.values())
    print(f"{machine()}, load {os.getloadavg()[0]:.1f}\n")
    for jobs, taken in times.items():
        each = 1e3 * median(taken) / options.cells
        print(f"* {jobs} process{'es' * (jobs > 1)}: {median(taken):.2f} s, {each:.1f} ms a cell")
    print(f"* two over one: {one / two:.2f}; equal tables: {all(t == tables[0] for t in tables)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
