"""Time sweeps of many rounds: `python -m benchmarks.batch` from the checkout."""

import argparse
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.methods import quasi_newton
from benchmarks.problems import quadratic_round, residual, violation
from benchmarks.run import machine
from benchmarks.targets import Target
from coopetition import solve_aggregate, solve_planner
from coopetition.games.arrays import Array
from coopetition.games.coopetition.aggregate import AggregateForm
from coopetition.games.coopetition.gain import PowerGain
from coopetition.games.coopetition.round import CoopetitionRound
from coopetition.solvers import plan_many, solve_many
from coopetition.solvers.batch.newton import fill
from coopetition.solvers.batch.rounds import Rounds
from coopetition.solvers.batch.row_table import RowTable, chunks
from coopetition.studies import prices_many

ROWS, REPEATS = 10_000, 7
TOGETHER, ALONE = "`solve_many`", "its solver alone"
COLUMNS = ("local_data", "max_contribution", "value", "unit_cost", "quadratic_cost", "quality")
Sweep = Callable[[], Array]
OneByOne = Callable[[CoopetitionRound], Array]


@dataclass(frozen=True, slots=True)
class Row:
    """One method on one sweep: median CPU time of all rows, and the worst violation of KKT."""

    sweep: str
    method: str
    timed: int
    seconds: float
    worst: float | None = None


def main() -> int:
    """Measure, print the table, and say which targets are met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.batch", description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit 1 where a target is missed")
    options = parser.parse_args()
    rows = [*ten(), *kinds(), *planned(), *larger()]
    print(machine(), "", sep="\n")
    print("| sweep | method | rows timed | CPU time of the sweep | ratio | KKT residual |")
    print("|---|---|--:|--:|--:|--:|")
    base = {row.sweep: row.seconds for row in reversed(rows)}  # the first of each
    for row in rows:
        ratio = f"{float(f'{row.seconds / base[row.sweep]:.2g}'):,g}"
        worst = "" if row.worst is None else f"{row.worst:.0e}"
        time_ = f"{float(f'{1e3 * row.seconds:.3g}'):,g} ms"
        print(f"| {row.sweep} | {row.method} | {row.timed:,} | {time_} | {ratio} | {worst} |")
    found = targets({(row.sweep, row.method): row for row in rows})
    print("", *(f"* {target}" for target in found), sep="\n")
    return int(options.check and not all(target.met for target in found))


def sweep(size: int, rows: int) -> tuple[list[CoopetitionRound], dict[str, Array]]:
    """Return rounds with quadratic costs, and the same numbers as changes of the first."""
    games = [quadratic_round(size, seed) for seed in range(rows)]
    for game in games:
        assert game.form.pull.size == size  # fills the caches, for everybody
    changes = {name: np.array([getattr(game, name) for game in games]) for name in COLUMNS}
    scale: list[Any] = [game.gain for game in games]
    return games, changes | {"gain.scale": np.array([gain.scale for gain in scale])}


def ten() -> list[Row]:
    """Ten thousand rounds of ten: at once, one by one, and by outside methods one by one."""
    games, changes = sweep(10, ROWS)
    loops: dict[str, tuple[OneByOne, int]] = {
        "`solve_aggregate`, one by one": (lambda game: solve_aggregate(game).profile, 200),
        "SciPy L-BFGS-B, one by one": (quasi_newton, 60),
        "cvxpy and Clarabel, parameters compiled once": (Compiled(10), 15),
    }
    name = f"{ROWS:,} × N = 10"
    together = lambda: solve_many(games[0], changes).profiles  # noqa: E731
    forms = prepared(games[0], changes)
    alone = lambda: np.concatenate([fill(form).profile for form in forms])  # noqa: E731
    return measured(name, {TOGETHER: together, ALONE: alone}, loops, games)


def prepared(game: CoopetitionRound, changes: dict[str, Array]) -> list[AggregateForm]:
    """Return the aggregate forms, as the outside methods get theirs: computed beforehand."""
    table = RowTable.of(game, changes)
    return [Rounds.of(table, rows).form for rows in chunks(table, {})]


def kinds() -> list[Row]:
    """Rows that need more: linear costs (a search for the jump), skews (a cubic per player)."""
    games, changes = sweep(10, ROWS)
    rng = np.random.default_rng(0)
    linear = changes | {"quadratic_cost": np.zeros(ROWS), "unit_cost": 1.2 * changes["unit_cost"]}
    skewed = changes | {
        "skew": rng.uniform(0.0, 2.0, (ROWS, 10)),
        "personal_weight": np.full(ROWS, 0.05),
    }
    rows = []
    for name, changed in (("linear costs", linear), ("skewed labels", skewed)):
        own = [rebuilt(games[row], changed, row) for row in range(ROWS)]
        together = lambda changed=changed: solve_many(games[0], changed).profiles  # noqa: E731
        loop: OneByOne = lambda game: solve_aggregate(game).profile  # noqa: E731
        loops = {"`solve_aggregate`, one by one": (loop, 100)}
        rows += measured(f"{ROWS:,} × N = 10, {name}", {TOGETHER: together}, loops, own)
    return rows


def rebuilt(game: CoopetitionRound, changes: Mapping[str, Array], row: int) -> CoopetitionRound:
    """Return one row's round."""
    own = {name: array[row] for name, array in changes.items() if not name.startswith("gain.")}
    return game.replace(**own)


def planned() -> list[Row]:
    """Planner and prices of ten thousand rounds of ten with costs at which optima are inside."""
    games, changes = sweep(10, ROWS)
    changes |= {
        "unit_cost": 6 * changes["unit_cost"],
        "quadratic_cost": 8 * changes["quadratic_cost"],
    }
    own = [rebuilt(games[row], changes, row) for row in range(200)]
    sweeps: dict[str, Sweep] = {
        "`plan_many`": lambda: plan_many(games[0], changes).profiles,
        "`prices_many`": lambda: prices_many(games[0], changes).priced.profiles,
    }
    loop: OneByOne = lambda game: solve_planner(game).profile  # noqa: E731
    loops = {"`solve_planner`, one by one": (loop, 40)}
    return measured(f"{ROWS:,} × N = 10, planner", sweeps, loops, own, equilibria=False)


def larger() -> list[Row]:
    """More organizations per round."""
    rows = []
    for size, count in ((100, 2000), (1000, 500)):
        games, changes = sweep(size, count)
        together = lambda g=games, c=changes: solve_many(g[0], c).profiles  # noqa: E731
        loop: OneByOne = lambda game: solve_aggregate(game).profile  # noqa: E731
        loops = {"`solve_aggregate`, one by one": (loop, 100)}
        rows += measured(f"{count:,} × N = {size:,}", {TOGETHER: together}, loops, games)
    return rows


def measured(
    name: str,
    sweeps: Mapping[str, Sweep],
    loops: Mapping[str, tuple[OneByOne, int]],
    games: list[CoopetitionRound],
    *,
    equilibria: bool = True,
) -> list[Row]:
    """Run everything in turn, `REPEATS` times, a loop on other rows each time; take medians.

    A loop's time is that of the rows it ran, scaled to the whole sweep.
    """
    times: dict[str, list[float]] = {method: [] for method in (*sweeps, *loops)}
    worst = dict.fromkeys(times, 0.0)
    answers = {method: call() for method, call in sweeps.items()}  # a first call warms up
    for solver, _ in loops.values():
        solver(games[0])
    count = answers[next(iter(sweeps))].shape[0]
    for repeat in range(REPEATS):
        for method, call in sweeps.items():
            start = time.process_time()
            call()
            times[method].append(time.process_time() - start)
        for method, (solver, rows) in loops.items():
            some = [games[(repeat * rows + k) % len(games)] for k in range(rows)]
            start = time.process_time()
            found = [solver(game) for game in some]
            times[method].append((time.process_time() - start) * count / rows)
            if equilibria:
                missed = [residual(game.form, x) for game, x in zip(some, found, strict=True)]
                worst[method] = max(worst[method], *missed)
    for method in sweeps if equilibria else ():
        worst[method] = max(map(violation, [game.form for game in games], answers[method]))
    timed = {method: count for method in sweeps} | {m: REPEATS * n for m, (_, n) in loops.items()}
    return [
        Row(name, m, timed[m], statistics.median(t), worst[m] if equilibria else None)
        for m, t in times.items()
    ]


class Compiled:
    """The potential in cvxpy, compiled once with parameters for everything that differs.

    Variables are the shares x/X, so that all numbers are of one size; square-root gain.
    """

    def __init__(self, size: int) -> None:
        cp: Any = import_module("cvxpy")
        self.share = cp.Variable(size)
        self.linear, self.root = cp.Parameter(size), cp.Parameter(size, nonneg=True)
        self.effective, self.base = cp.Parameter(size, nonneg=True), cp.Parameter(nonneg=True)
        level = self.base + self.effective @ self.share
        own = self.linear @ self.share - 0.5 * cp.sum_squares(cp.multiply(self.root, self.share))
        gain = -cp.power(level, -0.5)
        self.problem = cp.Problem(cp.Maximize(gain + own), [self.share >= 0, self.share <= 1])
        assert self.problem.is_dcp(dpp=True)

    def __call__(self, game: CoopetitionRound) -> Array:
        """Set the parameters of one round and solve."""
        form, gain = game.form, game.gain
        assert isinstance(gain, PowerGain)
        reach = float(form.aggregate(form.upper))
        unit = form.upper / form.weight / (gain.scale * reach**-0.5)
        self.linear.value = form.linear * unit
        self.root.value = np.sqrt(form.curvature * form.upper * unit)
        self.effective.value = form.quality * form.upper / reach
        self.base.value = form.base / reach
        tight = dict.fromkeys(("tol_gap_abs", "tol_gap_rel", "tol_feas"), 1e-10)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "the solution may be inaccurate"
            self.problem.solve(solver="CLARABEL", **tight)
        assert self.share.value is not None
        return np.asarray(np.clip(self.share.value, 0.0, 1.0) * form.upper)


def targets(rows: Mapping[tuple[str, str], Row]) -> list[Target]:
    """Compare with loops of outside methods, and look at every row's KKT conditions."""
    name = f"{ROWS:,} × N = 10"
    ours = rows[name, ALONE].seconds
    found = []
    for method, factor in (
        ("SciPy L-BFGS-B, one by one", 400.0),
        ("cvxpy and Clarabel, parameters compiled once", 800.0),
    ):
        ratio = rows[name, method].seconds / ours
        text = f"{name}: the solver alone at least {factor:g} times as fast as {method}"
        found.append(Target(text, ratio, ratio >= factor))
    for (sweep_, method), row in rows.items():
        if method == TOGETHER:
            worst = np.inf if row.worst is None else row.worst
            text = f"{sweep_}: KKT residual of every row at most 1e-13"
            found.append(Target(text, worst, worst <= 1e-13))
    plan = f"{name}, planner"
    ratio = rows[plan, "`solve_planner`, one by one"].seconds / rows[plan, "`plan_many`"].seconds
    found.append(Target(f"{plan}: at least 150 times as fast as one by one", ratio, ratio >= 150))
    return found


if __name__ == "__main__":
    sys.exit(main())
