"""What starting costs, as a multiple of NumPy's own import: `python -m benchmarks.startup`.

CPU seconds of whole processes, less those of an interpreter that does nothing: medians of nine
interleaved runs, after one that compiles the files. About 20 seconds.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.targets import Target

RUNS = 9
FIVE = """
name = "five hospitals"
[gain]
family = "power"
ceiling = 1.0
scale = 2.0
exponent = 0.35
[competition]
damage = 0.08
[mechanism]
rule = "bilateral-prices"
fees = "equal-gain"
""" + "".join(
    f"""[[organization]]
name = "{name}"
local_data = {rows}
max_contribution = 4000
value = {value}
unit_cost = 0.001
quadratic_cost = 2e-6
"""
    for name, rows, value in (
        ("North", 1500, 1000), ("South", 900, 1200), ("East", 700, 900), ("West", 1100, 1100),
        ("Coast", 500, 800),
    )
)  # fmt: skip
NOTHING, NUMPY = "nothing", "import numpy"
LIMITS = {"import coopetition": 2.0, "coopetition --help": 2.5, "coopetition solve, N = 5": 4.0}


def main() -> int:
    """Print the ratios; with --check 1 where one is above its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit code 1 where a target is missed")
    options = parser.parse_args()
    seconds = measure()
    numpy = seconds[NUMPY] - seconds[NOTHING]
    print(f"{NUMPY}: {numpy:.3f} s of CPU, after {seconds[NOTHING]:.3f} s for the interpreter")
    targets = []
    for name, limit in LIMITS.items():
        ratio = (seconds[name] - seconds[NOTHING]) / numpy
        text = f"{name}: at most {limit:g} times NumPy's import"
        targets.append(Target(text, ratio, ratio <= limit))
        print(targets[-1])
    return int(options.check and not all(target.met for target in targets))


def measure() -> dict[str, float]:
    """Return the median of the CPU seconds of each process."""
    with tempfile.TemporaryDirectory() as folder:
        scenario = Path(folder, "five.toml")
        scenario.write_text(FIVE, encoding="utf-8")
        ours = [sys.executable, "-m", "coopetition"]
        commands = {
            NOTHING: [sys.executable, "-c", "pass"],
            NUMPY: [sys.executable, "-c", NUMPY],
            "import coopetition": [sys.executable, "-c", "import coopetition"],
            "coopetition --help": [*ours, "--help"],
            "coopetition solve, N = 5": [*ours, "solve", str(scenario), "--json"],
        }
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": folder}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(1 + RUNS):
            for name, command in commands.items():
                times[name].append(_cpu_seconds(command, environment))
    return {name: statistics.median(values[1:]) for name, values in times.items()}


def _cpu_seconds(command: list[str], environment: dict[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    sys.exit(main())
