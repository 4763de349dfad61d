"""Time the division rules: `python -m benchmarks.division` from the checkout, a minute."""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.util import find_spec
from math import comb

import numpy as np

from benchmarks.run import machine
from benchmarks.targets import Target
from coopetition.games.arrays import Array
from coopetition.games.coopetition.gain import PowerGain
from coopetition.mechanisms.division import (
    SumGame,
    nucleolus,
    shapley,
    shapley_of_sum,
    shapley_sampled,
)
from coopetition.mechanisms.division.table import sizes

Method = Callable[[], Array]


@dataclass(frozen=True, slots=True)
class Row:
    """One method on one instance: median CPU time, and the largest error where it is known."""

    instance: str
    method: str
    seconds: float
    error: float | None


def main() -> int:
    """Measure, print the table, and say which targets are met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.division", description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit 1 where a target is missed")
    options = parser.parse_args()
    rows = [row for part in (folds, sums, nuclei) for row in part()]
    print(machine(), "", "| instance | method | CPU time | error |", "|---|---|--:|--:|", sep="\n")
    for row in rows:
        error = "" if row.error is None else f"{row.error:.0e}"
        print(f"| {row.instance} | {row.method} | {1e3 * row.seconds:.3g} ms | {error} |")
    found = targets({(row.instance, row.method): row for row in rows})
    print("", *(f"* {target}" for target in found), sep="\n")
    return int(options.check and not all(target.met for target in found))


def folds() -> list[Row]:
    """Exact Shapley values of random tables, next to reading the table once.

    shapiq is shown where it is installed, for 20 players once, which takes it half a minute.
    """
    rows = []
    for players in (14, 16, 20, 22):
        table = np.random.default_rng(players).random(1 << players)
        table[0] = 0.0
        exact = plain(table)
        methods: dict[str, Method] = {
            "read the table": lambda table=table: np.atleast_1d(table.sum()),  # type: ignore[misc]
            "`shapley`": lambda table=table: shapley(table).values,  # type: ignore[misc]
            "one pass per player": lambda table=table: plain(table),  # type: ignore[misc]
        }
        if find_spec("shapiq") and players <= 16:
            methods["shapiq"] = lambda table=table: by_shapiq(table)  # type: ignore[misc]
        rows += timed(f"table, N = {players}", methods, {"`shapley`": exact, "shapiq": exact})
        if find_spec("shapiq") and players == 20:
            start = time.process_time()
            error = float(np.abs(by_shapiq(table) - exact).max())
            seconds = time.process_time() - start
            rows.append(Row(f"table, N = {players}", "shapiq", seconds, error))
    return rows


def sums() -> list[Row]:
    """Values of v(S) = P(50 + Σ a), by quadrature and by random orders at 1e7 evaluations."""
    rows: list[Row] = []
    for players in (100, 1000):
        amounts = np.random.default_rng(players).uniform(1.0, 100.0, players)
        game = SumGame(PowerGain(1.0, 2.0, 0.35), amounts, base=50.0)
        found = shapley_of_sum(game)
        closed: Method = lambda game=game: shapley_of_sum(game).values  # type: ignore[misc]  # noqa: E731
        row = timed(f"sum, N = {players}", {"`shapley_of_sum`": closed}, {})[0]
        rows.append(replace(row, error=found.error / found.total))
        direct: dict[str, Method] = {
            "random orders, 1e7 evaluations": lambda a=amounts: by_orders(a, 10**7),  # type: ignore[misc]
            "`shapley_sampled`, 1e5 evaluations": lambda g=game, n=players: (  # type: ignore[misc]
                shapley_sampled(g, n, evaluations=10**5).values
            ),
        }
        truth = found.values / found.total
        for name, method in direct.items():
            start = time.process_time()
            values = method()
            seconds = time.process_time() - start
            error = float(np.abs(values / found.total - truth).max())
            rows.append(Row(f"sum, N = {players}", name, seconds, error))
    return rows


def nuclei() -> list[Row]:
    """Nucleoli of random tables in which all together have most, with Kohlberg's check."""
    rows = []
    for players in (10, 15):
        table = 2.0 * np.random.default_rng(players).random(1 << players)
        table[0], table[-1] = 0.0, 1.5 * players
        method: Method = lambda table=table: nucleolus(table).values  # type: ignore[misc]  # noqa: E731
        rows += timed(f"table, N = {players}", {"`nucleolus`": method}, {})
    return rows


def timed(instance: str, methods: dict[str, Method], truth: dict[str, Array]) -> list[Row]:
    """Run the methods in turn, 7 times, and take medians; errors relative to the mean value."""
    times: dict[str, list[float]] = {name: [] for name in methods}
    values: dict[str, Array] = {name: method() for name, method in methods.items()}
    for _ in range(7):
        for name, method in methods.items():
            start = time.process_time()
            repeats = 0
            while repeats == 0 or time.process_time() - start < 0.005:
                method()
                repeats += 1
            times[name].append((time.process_time() - start) / repeats)
    errors = {n: float(np.abs(values[n] - v).max()) for n, v in truth.items() if n in values}
    return [Row(instance, n, statistics.median(t), errors.get(n)) for n, t in times.items()]


def plain(table: Array) -> Array:
    """Return Shapley values by one pass over the table for each player, vectorized."""
    players = table.size.bit_length() - 1
    count = sizes(players)
    weights = np.array([0.0, *(1 / (players * comb(players - 1, s)) for s in range(players))])
    found = np.empty(players)
    for player in range(players):
        cube = table.reshape(-1, 2, 1 << player)
        joined = weights[count.reshape(cube.shape)[:, 1]]
        found[player] = (joined * (cube[:, 1] - cube[:, 0])).sum()
    return found


def by_orders(amounts: Array, evaluations: int) -> Array:
    """Return means over random orders for a sum game, as fast as its cumulated sums allow."""
    gain = PowerGain(1.0, 2.0, 0.35)
    rng, total = np.random.default_rng(0), np.zeros(amounts.size)
    orders = evaluations // amounts.size
    for _ in range(orders):
        order = rng.permutation(amounts.size)
        path = gain.value(50.0 + np.concatenate(([0.0], np.cumsum(amounts[order]))))
        total[order] += np.diff(path)
    return total / orders


def by_shapiq(table: Array) -> Array:
    """Return Shapley values by shapiq's exact computer, where that is installed."""
    shapiq = import_module("shapiq")
    players = table.size.bit_length() - 1
    bits = 1 << np.arange(players)
    values = shapiq.ExactComputer(lambda inside: table[inside @ bits], n_players=players)("SV")
    return np.array([values.dict_values[(player,)] for player in range(players)])


def targets(rows: dict[tuple[str, str], Row]) -> list[Target]:
    """Compare with reading, with one pass per player, and with sampling."""
    fold, read = (rows["table, N = 22", name].seconds for name in ("`shapley`", "read the table"))
    slow = rows["table, N = 22", "one pass per player"].seconds
    closed = rows["sum, N = 1000", "`shapley_of_sum`"]
    orders = rows["sum, N = 1000", "random orders, 1e7 evaluations"]
    error = np.inf if closed.error is None else closed.error
    share = closed.seconds / orders.seconds
    beside = []
    for players in (14, 20):
        name = f"table, N = {players}"
        if (name, "shapiq") in rows:
            theirs, agreed = rows[name, "shapiq"], rows[name, "shapiq"].error or 0.0
            ratio = theirs.seconds / rows[name, "`shapley`"].seconds
            met = ratio >= 100 and agreed <= 1e-9
            beside.append(Target(f"N = {players}: 100 times as fast as shapiq", ratio, met))
    return [
        *beside,
        Target("N = 22: at most 10 times reading the table", fold / read, fold <= 10 * read),
        Target("N = 22: at least 8 times as fast as N passes", slow / fold, slow >= 8 * fold),
        Target("N = 1000: relative error at most 1e-10", error, error <= 1e-10),
        Target("N = 1000: share of the time of 1e7 evaluations", share, share < 1),
    ]


if __name__ == "__main__":
    sys.exit(main())
