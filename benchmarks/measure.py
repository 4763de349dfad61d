"""CPU time, memory and accuracy of the methods, on the same instances and interleaved."""

import signal
import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

import numpy as np

from benchmarks.methods import METHODS, Method, kernel
from benchmarks.problems import quadratic_round, residual, violation
from coopetition.games.arrays import Array
from coopetition.games.coopetition.round import CoopetitionRound

LIMIT = 60.0  # seconds that a method may take
FLOOR = "read 6 arrays, write 1"
CHUNK = 8192


@dataclass(frozen=True, slots=True)
class Row:
    """What one method did at one size: medians of time, the worst accuracy of all instances."""

    size: int
    method: str
    runs: int
    seconds: float | None = None
    residual: float | None = None
    violation: float | None = None
    megabytes: float | None = None
    note: str = ""


class TooSlowError(Exception):
    """A method took longer than it may."""


def measure(size: int, methods: list[str], *, rounds: int, patience: float) -> list[Row]:
    """Time the methods on instances 0, 1, … of one size, and the floor next to them.

    A method that has spent `patience` seconds sits out the remaining instances; memory is looked
    at in a run of its own, which is only done where that is quick.
    """
    times: dict[str, list[float]] = {name: [] for name in (FLOOR, *methods)}
    errors: dict[str, tuple[float, float]] = dict.fromkeys(methods, (0.0, 0.0))
    notes: dict[str, str] = {}
    floor = memory_floor(size)
    for seed in range(rounds):
        game = quadratic_round(size, seed)
        kernel(game)  # fills the caches of the game's arrays, for everybody
        times[FLOOR].append(cpu_time(floor)[0])
        for name in methods:
            if name in notes or sum(times[name]) > patience:
                continue
            try:
                with limited(LIMIT):
                    seconds, x = cpu_time(lambda: METHODS[name](game))  # noqa: B023
            except Exception as error:
                notes[name] = _why(error)
                continue
            times[name].append(seconds)
            worst, strict = errors[name]
            errors[name] = (
                max(worst, residual(game.form, x)),
                max(strict, violation(game.form, x)),
            )
    rows = [Row(size, FLOOR, rounds, statistics.median(times[FLOOR]))]
    for name in methods:
        if name in notes:
            rows.append(Row(size, name, len(times[name]), note=notes[name]))
            continue
        seconds = statistics.median(times[name])
        megabytes = peak_memory(METHODS[name], game) if seconds < min(patience, 5.0) else None
        rows.append(Row(size, name, len(times[name]), seconds, *errors[name], megabytes))
    return rows


def _why(error: Exception) -> str:
    return f"> {LIMIT:.0f} s" if isinstance(error, TooSlowError) else type(error).__name__


def cpu_time(call: Callable[[], Array]) -> tuple[float, Array]:
    """Return the CPU seconds of a call, a mean over many where it is short, and its result."""
    start = time.process_time()
    result = call()
    once = time.process_time() - start
    repeats = int(0.002 / max(once, 1e-6))
    if repeats < 1:
        return once, result
    start = time.process_time()
    for _ in range(repeats):
        call()
    return (time.process_time() - start) / repeats, result


def memory_floor(size: int) -> Callable[[], Array]:
    """Return a call that reads six arrays and writes one, at the speed of the memory."""
    a, b, c, d, e, f, out = np.random.default_rng(0).random((7, size))

    def run() -> Array:
        for start in range(0, size, CHUNK):
            part = slice(start, start + CHUNK)
            out[part] = a[part] @ b[part] + c[part] @ d[part] + e[part] @ f[part]
        return out

    return run


def peak_memory(method: Method, game: CoopetitionRound) -> float:
    """Return the peak of what a call allocates through Python and NumPy, its answer included."""
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    method(game)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (peak - before) / 1e6


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise `TooSlowError` after so many seconds; compiled code is interrupted at its end.

    By the clock on the wall: a timer of CPU time would make the CPU time itself coarse.
    """

    def stop(signum: int, frame: FrameType | None) -> None:
        raise TooSlowError

    previous = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, previous)
