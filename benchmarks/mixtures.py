"""All equilibria of two players: how long it takes, and how often a list is wrong.

Peers where they are installed: QuantEcon and nashpy enumerate vertices in floating point, Gambit in
floating point and in fractions. All mean to return every extreme equilibrium.
"""

import io
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from benchmarks.targets import Target
from coopetition.games.arrays import Array
from coopetition.games.finite import FiniteGame, to_nashpy
from coopetition.games.finite.files.nfg import to_nfg
from coopetition.solvers.finite import mixed_equilibria
from coopetition.solvers.finite.bimatrix.extreme_equilibria import extreme_equilibria
from tests.solvers.finite.brute import brute_extreme, hard_game

SIZES = range(3, 13)
GAMES = 5  # of a size, timed together
COMPARED = 40  # games of a kind, of which lists are compared
SLOW = {"nashpy": 4, "Gambit, fractions": 5, "Gambit, floats": 6}  # strategies up to which
FACTOR = 12.0  # of QuantEcon's time
BRUTE = 2000  # games that are enumerated by brute force
OURS, QUANTECON = "`mixed_equilibria`", "QuantEcon"
KINDS = ("random floats", "integers -9 … 9", "the same, one entry × 10^0 … 10^12")

Profiles = list[Any]


@dataclass(frozen=True, slots=True)
class Method:
    """A library: its own form of a game, made outside the timing; its search; what it found."""

    made: Callable[[FiniteGame], Any]
    solve: Callable[[Any], Any]
    read: Callable[[Any, Any], Profiles] = lambda _, answer: list(answer)


def methods() -> dict[str, Method]:
    """Return ours and those of peers that are installed."""
    found = {
        OURS: Method(
            lambda game: game,
            lambda game: mixed_equilibria(game, time_limit=600),
            lambda _, answer: list(answer.profiles),
        )
    }
    if find_spec("quantecon"):
        library = import_module("quantecon.game_theory")

        def normal_form(game: FiniteGame) -> Any:
            first, second = np.asarray(game.tensor, dtype=float)
            players = [library.Player(np.ascontiguousarray(own)) for own in (first, second.T)]
            return library.NormalFormGame(players)

        found[QUANTECON] = Method(normal_form, library.vertex_enumeration)
    if find_spec("nashpy"):
        found["nashpy"] = Method(to_nashpy, lambda game: list(game.vertex_enumeration()))
    if find_spec("pygambit"):
        gambit = import_module("pygambit")

        def text(game: FiniteGame) -> Any:
            return gambit.read_nfg(io.StringIO(to_nfg(FiniteGame(game.tensor))))

        def read(game: Any, answer: Any) -> Profiles:
            all_players = [[one[player] for player in game.players] for one in answer.equilibria]
            return [[[p for _, p in own] for own in one] for one in all_players]

        for name, rational in (("Gambit, floats", False), ("Gambit, fractions", True)):
            solve = partial(gambit.nash.enummixed_solve, rational=rational)
            found[name] = Method(text, solve, read)
    return found


def vectors(profiles: Profiles) -> Array:
    """Return one row an equilibrium."""
    return np.array([[float(Fraction(str(p))) for own in one for p in own] for one in profiles])


def alike(one: Array, other: Array) -> bool:
    """Whether each equilibrium of either list is within 1e-6 of one of the other."""
    if not len(one) or not len(other):
        return len(one) == len(other)
    far = np.abs(one[:, None] - other[None]).max(2) > 1e-6
    return not far.all(1).any() and not far.all(0).any()


def drawn(kind: str, size: int, seed: int) -> FiniteGame:
    """Return a game of one of the kinds; the last two are exact."""
    rng = np.random.default_rng(seed)
    if kind == KINDS[0]:
        return FiniteGame(rng.random((2, size, size)))
    payoffs = rng.integers(-9, 10, (2, size, size)).astype(object)
    if kind == KINDS[2]:
        for own in payoffs:
            own[tuple(rng.integers(0, size, 2))] *= 10 ** int(rng.integers(0, 13))
    return FiniteGame(payoffs)


def times() -> tuple[list[str], list[Target]]:
    """Return a table of milliseconds a game, and how we compare with QuantEcon."""
    known, worst = methods(), {}
    lines = [f"| 2 players × | payoffs | {' | '.join(known)} |", "|--:|---|" + "--:|" * len(known)]
    for size in SIZES:
        for kind in KINDS[:2]:
            games = [drawn(kind, size, seed) for seed in range(GAMES)]
            cells = {
                name: _seconds(method, games)
                for name, method in known.items()
                if size <= SLOW.get(name, size)
            }
            shown = (f"{1e3 * cells[name]:.3g}" if name in cells else "" for name in known)
            lines.append(f"| {size} | {kind} | {' | '.join(shown)} |")
            if QUANTECON in cells:
                worst[size, kind] = cells[OURS] / cells[QUANTECON]
    text = f"all mixed equilibria, 3 × 3 to 12 × 12: at most {FACTOR:g} times QuantEcon's time"
    largest = max(worst.values(), default=0.0)
    return lines, [Target(text, largest, largest <= FACTOR)] if worst else []


def _seconds(method: Method, games: list[FiniteGame]) -> float:
    """Return CPU time a game: the best of three runs, of one where that takes long."""
    best, made = float("inf"), [method.made(game) for game in games]
    _tried(method.solve, made[0])  # the first call may compile
    for _ in range(3):
        start = time.process_time()
        for game in made:
            _tried(method.solve, game)
        best = min(best, (time.process_time() - start) / len(games))
        if best > 0.3:
            break
    return best


def wrong() -> list[str]:
    """Return a table of how many lists are wrong, or refused, beside ours, which are proved."""
    known = methods()
    lines = [f"| payoffs, 3 × 3 to 6 × 6 | {' | '.join(known)} |", "|---|" + "--:|" * len(known)]
    for kind in KINDS:
        bad, seen = dict.fromkeys(known, 0), dict.fromkeys(known, 0)
        for seed in range(COMPARED):
            size = 3 + seed % 4
            game = drawn(kind, size, 1000 + seed)
            right = vectors(list(mixed_equilibria(game).profiles))
            for name, method in known.items():
                if size <= SLOW.get(name, size):
                    made = method.made(game)
                    answer = _tried(method.solve, made)
                    found = None if answer is None else vectors(method.read(made, answer))
                    seen[name] += 1
                    bad[name] += found is None or not alike(found, right)
        cells = " | ".join(f"{bad[name]} of {seen[name]}" for name in known)
        lines.append(f"| {kind} | {cells} |")
    return lines


def _tried(solve: Callable[[Any], Any], game: Any) -> Any:
    """Return an answer; None where there is an error instead."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return solve(game)
    except Exception:
        return None


def brute() -> Target:
    """Compare with brute force: ties, duplicates, zero-sum, constant, large and tiny entries."""
    different = 0
    for seed in range(BRUTE):
        _, first, second = hard_game(seed)
        wanted, degenerate = brute_extreme(first, second)
        found = extreme_equilibria(first, second)
        pairs = {
            tuple(tuple(Fraction(w, sum(own)) for w in own) for own in pair) for pair in found.pairs
        }
        right = pairs == wanted and found.complete and found.degenerate == degenerate
        different += not right
    text = f"{BRUTE} games to 5 × 5: extreme equilibria and degeneracy equal to brute force"
    return Target(text, different, different == 0)
