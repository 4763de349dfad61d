"""Time the solvers: `python -m benchmarks.run` from the checkout (Linux or macOS)."""

import argparse
import json
import os
import platform
import sys
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from benchmarks import peers
from benchmarks.measure import FLOOR, Row, measure
from benchmarks.methods import METHODS, OURS
from benchmarks.problems import quadratic_round
from benchmarks.targets import Target, robustness_targets, speed_targets

SIZES = (10, 1_000, 100_000, 1_000_000)


def main() -> int:
    """Measure, print the table, and say which targets are met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="up to N = 1000, in seconds")
    parser.add_argument("--check", action="store_true", help="exit 1 where a target is missed")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the table: .md or .json")
    options = parser.parse_args()
    if options.out and options.out.suffix not in (".md", ".json"):
        parser.error(f"--out must end in .md or .json, got {options.out}")
    rows = table_rows(quick=options.quick)
    targets = speed_targets(rows)
    if options.check:
        targets += robustness_targets()
    lines = [f"* {target}" for target in targets]
    text = "\n".join([machine(), "", as_markdown(rows), "", *lines])
    print(text)
    if options.out:
        written = text + "\n" if options.out.suffix == ".md" else as_json(rows, targets)
        options.out.write_text(written, encoding="utf-8")
    return int(options.check and not all(target.met for target in targets))


def table_rows(*, quick: bool) -> list[Row]:
    """Measure all sizes; a method that fails or is too slow is not run at larger ones."""
    if peers.MISSING:
        print(
            f"left out {', '.join(peers.LARGEST)}: no {', '.join(peers.MISSING)}", file=sys.stderr
        )
    rows: list[Row] = []
    left = list(METHODS)
    for method in METHODS.values():
        method(quadratic_round(10, 0))  # imports
    for size in sorted({*(SIZES[:2] if quick else SIZES), *peers.SIZES}):
        rounds = 5 if quick else 15 if size <= 1000 else 7
        names = methods_at(size, left)
        for name in peers.PEERS.keys() & names:
            METHODS[name](quadratic_round(size, 0))  # compiles
        new = measure(size, names, rounds=rounds, patience=1.0 if quick else 10.0)
        print(f"N = {size}: measured", file=sys.stderr)
        out = {row.method for row in new if row.note} - {OURS}
        left = [name for name in left if name not in out]
        rows += new
    return rows


def methods_at(size: int, left: list[str]) -> list[str]:
    """Return which methods are run: peers up to their largest size, at sizes of their own too."""
    among = left if size in SIZES else [OURS, *peers.PEERS]
    return [name for name in among if name in left and size <= peers.LARGEST.get(name, size)]


def machine() -> str:
    """Say where the numbers come from."""
    names = ("numpy", "scipy", "cvxpy", "clarabel", *(peers.NEEDS if peers.PEERS else ()))
    packages = ", ".join(f"{name} {version(name)}" for name in names)
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, one thread used, "
        f"Python {platform.python_version()}, {packages}"
    )


def as_markdown(rows: list[Row]) -> str:
    """Return the table; times are relative to our solver's at the same size."""
    lines = [
        "| N | method | CPU time | ratio | KKT residual | extra memory |",
        "|--:|---|--:|--:|--:|--:|",
    ]
    ours = {row.size: row.seconds for row in rows if row.method == OURS}
    for row in rows:
        base = ours[row.size]
        ratio = f"{float(f'{row.seconds / base:.2g}'):,g}" if row.seconds and base else ""
        name = row.method if row.method == FLOOR else f"`{row.method}`"
        accuracy = "" if row.residual is None else f"{row.residual:.0e}"
        spent = row.note or _with_unit(row.seconds, {"s": 1.0, "ms": 1e-3, "µs": 1e-6})
        memory = _with_unit(row.megabytes, {"MB": 1.0, "kB": 1e-3})
        cells = (f"{row.size:,}", name, spent, ratio, accuracy, memory)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _with_unit(value: float | None, units: dict[str, float]) -> str:
    """Return a number in the largest unit of which it holds one."""
    if value is None:
        return ""
    unit = next((unit for unit, size in units.items() if value >= size), list(units)[-1])
    return f"{float(f'{value / units[unit]:.3g}'):g} {unit}"


def as_json(rows: list[Row], targets: list[Target]) -> str:
    """Return everything measured."""
    found = {
        "machine": machine(),
        "rows": [asdict(row) for row in rows],
        "targets": [asdict(target) for target in targets],
    }
    return json.dumps(found, indent=2) + "\n"


if __name__ == "__main__":
    sys.exit(main())
