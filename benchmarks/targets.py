"""What the exact solver must reach, against the rows of one run and on hard random games."""

from dataclasses import dataclass

import numpy as np

from benchmarks.measure import FLOOR, Row
from benchmarks.methods import OURS
from benchmarks.peers import NASHOPT, PEERS, ROOT
from benchmarks.problems import violation
from coopetition.solvers.aggregate.aggregate import fill
from tests.instances import heavy_tailed_form

HARD_GAMES = 3000


@dataclass(frozen=True, slots=True)
class Target:
    """One requirement and what was measured."""

    text: str
    measured: float
    met: bool

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{'met' if self.met else 'MISSED'}: {self.text}; measured {self.measured:.3g}"


def speed_targets(rows: list[Row]) -> list[Target]:
    """Check the sizes that were run: ten organizations, and a million."""
    table = {(row.size, row.method): row for row in rows}
    targets = []
    for size, method, factor in (
        (10, "minimize_scalar", 150.0),
        (10, "SciPy L-BFGS-B", 8.0),
        (10, "cvxpy", 80.0),
        (1_000_000, "SciPy L-BFGS-B", 100.0),
        *(((10, ROOT, 8.0), (10, NASHOPT, 1e4)) if PEERS else ()),
    ):
        if (size, OURS) in table:
            ratio = _seconds(table.get((size, method))) / _seconds(table[size, OURS])
            text = f"N = {size}: at least {factor:g} times as fast as {method}"
            targets.append(Target(text, ratio, bool(ratio >= factor)))
    for size, limit in ((10, 1e-13), (1_000_000, 1e-12)):
        if (size, OURS) in table:
            worst = table[size, OURS].violation
            targets.append(_at_most(f"N = {size}: KKT residual at most {limit:g}", worst, limit))
    if (1_000_000, OURS) in table:
        ours = table[1_000_000, OURS]
        ratio = _seconds(ours) / _seconds(table[1_000_000, FLOOR])
        text = "N = 1000000: at most 14 times the time to read 6 arrays and write 1"
        targets.append(_at_most(text, ratio, 14.0))
        text = "N = 1000000: at most 60 MB of extra memory"
        targets.append(_at_most(text, ours.megabytes, 60.0))
    return targets


def robustness_targets() -> list[Target]:
    """Solve heavy-tailed games: parameters over ten decades, ties, zeros, linear costs."""
    worst, most, failures = 0.0, 0, 0
    for seed in range(HARD_GAMES):
        form = heavy_tailed_form(seed)
        with np.errstate(all="ignore"):
            found = fill(form)
            missed = violation(form, found.profile)
        failures += not missed <= 1e-14
        worst, most = max(worst, missed), max(most, found.sweeps)
    games = f"{HARD_GAMES} heavy-tailed games"
    return [
        _at_most(f"{games}: no failure", float(failures), 0.0),
        _at_most(f"{games}: KKT residual at most 1e-14", worst, 1e-14),
        _at_most(f"{games}: at most 40 sweeps", float(most), 40.0),
    ]


def _seconds(row: Row | None) -> float:
    """Return a row's time; NaN, which meets no target, where there is none."""
    return np.nan if row is None or row.seconds is None else row.seconds


def _at_most(text: str, measured: float | None, limit: float) -> Target:
    value = np.nan if measured is None else measured
    return Target(text, value, bool(value <= limit))
