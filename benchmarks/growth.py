"""Growth with the number of organizations: `python -m benchmarks.growth [--quick] [--out FILE]`.

Times the exact solver, the public call with its certificate, a proved certificate and the planner
on the same rounds, beside L-BFGS-B on the potential and the memory's own limit (read six arrays,
write one); draws them on logarithmic axes where FILE ends in .png, .svg or .pdf.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.measure import cpu_time, memory_floor
from benchmarks.methods import METHODS, kernel
from benchmarks.problems import quadratic_round
from benchmarks.run import machine
from benchmarks.targets import Target
from coopetition import prove, solve_aggregate, solve_planner
from coopetition.games.arrays import Array
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.output.export import PICTURES
from coopetition.output.pictures.files import save
from coopetition.output.pictures.series import line
from coopetition.output.pictures.style import dress, look, new_axes
from coopetition.output.pictures.units import show_unit
from tests.instances import payoff_scale

SIZES = (10, 100, 1_000, 10_000, 100_000, 1_000_000)
LIMIT = 8.0  # seconds: a method that took longer is not run at larger sizes
FLOOR = "read 6 arrays, write 1"
Timed = Callable[[CoopetitionRound], Array]

CERTIFIED, PROVED = "solve_aggregate, certified", "solve and prove"
CALLS: dict[str, Timed] = {
    "aggregate solver": kernel,
    CERTIFIED: lambda game: solve_aggregate(game).profile,
    PROVED: lambda game: prove(game, solve_aggregate(game).profile).certificate.regret,
    "planner": lambda game: solve_planner(game).profile,
    "SciPy L-BFGS-B": METHODS["SciPy L-BFGS-B"],
}


def measure(sizes: tuple[int, ...], instances: int) -> dict[str, list[float | None]]:
    """Return CPU seconds of every call at every size, medians; None where it was not run."""
    found: dict[str, list[float | None]] = {name: [] for name in (FLOOR, *CALLS)}
    for call in CALLS.values():
        call(quadratic_round(10, 0))  # imports
    for size in sizes:
        floor = memory_floor(size)
        times: dict[str, list[float]] = {name: [] for name in found}
        left = [n for n in CALLS if not found[n] or (found[n][-1] or LIMIT) < LIMIT / 10]
        for seed in range(instances):
            game = quadratic_round(size, seed)
            kernel(game)
            times[FLOOR].append(cpu_time(floor)[0])
            for name in left:
                times[name].append(cpu_time(lambda: CALLS[name](game))[0])  # noqa: B023
        for name, values in times.items():
            found[name].append(median(values) if values else None)
        print(f"N = {size:,}: measured", file=sys.stderr)
    return found


def table(sizes: tuple[int, ...], found: dict[str, list[float | None]]) -> str:
    """Return milliseconds as a table, and multiples of the floor."""
    lines = ["| N | " + " | ".join(found) + " |", "|--:" * (len(found) + 1) + "|"]
    for k, size in enumerate(sizes):
        floor = found[FLOOR][k] or 1.0
        cells = []
        for name, values in found.items():
            value = values[k]
            times = "" if name == FLOOR or value is None else f" ({value / floor:.3g}×)"
            cells.append("" if value is None else f"{1e3 * value:.3g} ms{times}")
        lines.append(f"| {size:,} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def targets(sizes: tuple[int, ...], found: dict[str, list[float | None]]) -> list[Target]:
    """Check the proof at the largest size: its own time, and the bound that it proves."""
    solved, proved = (found[name][-1] or float("nan") for name in (CERTIFIED, PROVED))
    game = quadratic_round(sizes[-1], 0)
    answer = solve_aggregate(game).profile
    epsilon = prove(game, answer).certificate.epsilon / payoff_scale(game, answer)
    size, share = f"N = {sizes[-1]:,}", (proved - solved) / solved
    return [
        Target(f"{size}: proved within 5 times the solve", share, share <= 5.0),
        Target(f"{size}: proved bound at most 1e-12 of payoffs", epsilon, epsilon <= 1e-12),
    ]


def draw(path: Path, sizes: tuple[int, ...], found: dict[str, list[float | None]]) -> None:
    """Draw the times over N on logarithmic axes."""
    (axis,) = new_axes(1, (7.5, 5.0))
    for k, (name, values) in enumerate(found.items()):
        points = [(n, v) for n, v in zip(sizes, values, strict=True) if v is not None]
        x, y = zip(*points, strict=True)
        line(axis, name, x, np.array(y), look(k), "CPU seconds")
        axis.annotate(
            name, points[-1], xytext=(8, 0), textcoords="offset points", va="center", fontsize=9
        )
    axis.set(xscale="log", yscale="log")
    axis.set_xlim(sizes[0] * 0.8, sizes[-1] * 1.3)
    dress(axis, "CPU time over the number of organizations")
    show_unit(axis, "organizations", "x")
    show_unit(axis, "CPU seconds")
    save(axis, path)


def main() -> int:
    """Measure, print the table, and draw it if a file is named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="up to N = 10,000, in seconds")
    parser.add_argument("--out", type=Path, metavar="FILE", help="a picture: .png, .svg or .pdf")
    parser.add_argument("--check", action="store_true", help="exit 1 where a target is missed")
    options = parser.parse_args()
    if options.out and options.out.suffix not in PICTURES:
        parser.error(f"--out must end in .png, .svg or .pdf, got {options.out}")
    sizes = SIZES[:4] if options.quick else SIZES
    found = measure(sizes, 3 if options.quick else 5)
    print("\n".join([machine(), "", table(sizes, found)]))
    if options.out:
        draw(options.out, sizes, found)
    met = targets(sizes, found)
    print("", *(f"* {target}" for target in met), sep="\n")
    return int(options.check and not all(target.met for target in met))


if __name__ == "__main__":
    sys.exit(main())
