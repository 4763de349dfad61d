"""Time finite games: `python -m benchmarks.finite` from the checkout, four minutes, 3 GB."""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from benchmarks import mixtures
from benchmarks.run import machine
from benchmarks.targets import Target
from coopetition.games.finite import FiniteGame
from coopetition.games.finite.files.nfg import to_nfg
from coopetition.games.finite.potentials.potential import Kind, potential_of
from coopetition.solvers.finite import pure_equilibria

LARGE = ((8, 5), (7, 8), (20, 2), (10, 5))  # players and strategies of each
PEERS = (5, 5)
READ, PURE, FOUND = "read all payoffs", "`pure_equilibria`", "`potential_of`"
EXACT: Kind = "exact"
WEIGHTED: Kind = "weighted"


@dataclass(frozen=True, slots=True)
class Row:
    """One method on one instance: median CPU time, and how many equilibria it found."""

    instance: str
    method: str
    seconds: float
    found: int | None = None


def main() -> int:
    """Measure, print the table, and say which targets are met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.finite", description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit 1 where a target is missed")
    options = parser.parse_args()
    rows = [*passes(), *peers()]
    table = {(row.instance, row.method): row for row in rows}
    head = ["| instance | method | CPU time | read passes | equilibria |", "|---|---|--:|--:|--:|"]
    print(machine(), "", *head, sep="\n")
    for row in rows:
        read = table.get((row.instance, READ))
        share = "" if read is None else f"{row.seconds / read.seconds:.2f}"
        found = "" if row.found is None else str(row.found)
        time_cell = f"{1e3 * row.seconds:.3g} ms"
        print(f"| {row.instance} | {row.method} | {time_cell} | {share} | {found} |")
    mixed, in_time = mixtures.times()
    print("", "CPU time in milliseconds:", "", *mixed, sep="\n")
    print("", "Lists that are wrong or refused:", "", *mixtures.wrong(), sep="\n")
    found_targets = [*targets(table), *in_time, mixtures.brute()]
    print("", *(f"* {target}" for target in found_targets), sep="\n")
    return int(options.check and not all(target.met for target in found_targets))


def passes() -> list[Row]:
    """Large random games, next to one pass over all payoffs (their maximum)."""
    rows = []
    for players, each in LARGE:
        name = f"{players} players × {each}"
        game = random_game(players, each, 0)
        methods: dict[str, Callable[[], Any]] = {
            READ: game.tensor.max,
            PURE: lambda game=game: pure_equilibria(game),  # type: ignore[misc]
        }
        methods["exact: refused"] = lambda game=game: potential_of(game)  # type: ignore[misc]
        methods["weighted: refused"] = lambda game=game: potential_of(game, "weighted")  # type: ignore[misc]
        rows += timed(name, methods)
        del game, methods
        for weighted in (False, True):
            rows += potentials(name, players, each, weighted)
    return rows


def potentials(name: str, players: int, each: int, weighted: bool) -> list[Row]:
    """Find the potential of a game that has one, and its weights."""
    rng = np.random.default_rng(1)
    shape = (each,) * players
    phi, tensor = rng.random(shape), np.empty((players, *shape))
    for n in range(players):
        weight = n + 1 if weighted else 1
        tensor[n] = weight * phi + rng.random((*shape[:n], 1, *shape[n + 1 :]))
    del phi
    game = FiniteGame(tensor)
    del tensor
    kind = WEIGHTED if weighted else EXACT
    methods: dict[str, Callable[[], Any]] = {
        READ: game.tensor.max,
        FOUND: lambda: potential_of(game, kind),
    }
    return timed(f"{name}, {kind} potential", methods)


def peers() -> list[Row]:
    """All pure equilibria of a small game, ours and others', each with its own representation."""
    players, each = PEERS
    game = random_game(players, each, 3)
    methods: dict[str, Callable[[], Any]] = {PURE: lambda: pure_equilibria(game)}
    if find_spec("quantecon"):
        quantecon = import_module("quantecon.game_theory")
        # Player n's array starts with its own axis, and goes on with n + 1, …, n − 1.
        arrays = [
            np.ascontiguousarray(own.transpose([*range(n, players), *range(n)]))
            for n, own in enumerate(game.tensor)
        ]
        theirs = quantecon.NormalFormGame([quantecon.Player(own) for own in arrays])
        methods["quantecon `pure_nash_brute`"] = lambda: quantecon.pure_nash_brute(theirs)
    if find_spec("pygambit"):
        import io

        gambit = import_module("pygambit")
        read = gambit.read_nfg(io.StringIO(to_nfg(game)))
        methods["pygambit `enumpure_solve`"] = lambda: gambit.nash.enumpure_solve(read).equilibria
    return timed(f"{players} players × {each}", methods)


def random_game(players: int, each: int, seed: int) -> FiniteGame:
    """Return a game with payoffs drawn from [0, 1]."""
    rng = np.random.default_rng(seed)
    return FiniteGame(rng.random((players, *[each] * players)))


def timed(instance: str, methods: dict[str, Callable[[], Any]]) -> list[Row]:
    """Run the methods in turn, 7 times, and take medians."""
    times: dict[str, list[float]] = {name: [] for name in methods}
    found = {name: method() for name, method in methods.items()}
    for _ in range(7):
        for name, method in methods.items():
            start, repeats = time.process_time(), 0
            while repeats == 0 or time.process_time() - start < 0.005:
                method()
                repeats += 1
            times[name].append((time.process_time() - start) / repeats)
    counts = {name: len(one) if hasattr(one, "__len__") else None for name, one in found.items()}
    return [Row(instance, n, statistics.median(t), counts[n]) for n, t in times.items()]


def targets(table: dict[tuple[str, str], Row]) -> list[Target]:
    """Compare with read passes, and with peers where they are installed."""
    wanted = []
    for players, each in LARGE:
        name = f"{players} players × {each}"
        share = table[name, PURE].seconds / table[name, READ].seconds
        wanted.append(Target(f"{name}: pure equilibria in at most 6 passes", share, share <= 6))
    for kind in (EXACT, WEIGHTED):
        name = f"{LARGE[-1][0]} players × {LARGE[-1][1]}, {kind} potential"
        share = table[name, FOUND].seconds / table[name, READ].seconds
        text = f"{name}: found in at most 16 passes"
        wanted.append(Target(text, share, share <= 16))
    small = f"{PEERS[0]} players × {PEERS[1]}"
    ours = table[small, PURE]
    for method, factor in (("quantecon `pure_nash_brute`", 100), ("pygambit `enumpure_solve`", 30)):
        if (small, method) in table:
            ratio = table[small, method].seconds / ours.seconds
            met = ratio >= factor and table[small, method].found == ours.found
            wanted.append(Target(f"{small}: {factor} times as fast as {method}", ratio, met))
    return wanted


if __name__ == "__main__":
    sys.exit(main())
